"""What a browser may do with the pages: the headers that say it.

The policy is the strictest that Streamlit's and plotly's own pages satisfy; tests/browser/test_policy.py sees to it that no
page breaks it.
"""

import base64
import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# A scheme and a host, with a port if need be, the host's first part "*" for all beneath it.
ORIGIN = re.compile(r"https?://(\*\.)?[\w-]+(\.[\w-]+)*(:\d+)?")


def _own_scripts() -> list[str]:
    """The checksums of what stands between the script tags of Streamlit's page."""
    page = (Path(st.__file__).parent / "static" / "index.html").read_bytes()
    inline = re.findall(rb"<script>(.*?)</script>", page, re.DOTALL)
    return [f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'" for text in inline]


def embedders(environment: Mapping[str, str] = os.environ) -> list[str]:
    """The origins whose pages may show Ravine in a frame, from RAVINE_EMBEDDED_IN; ValueError if one is none."""
    origins = environment.get("RAVINE_EMBEDDED_IN", "").split()
    for origin in origins:
        if not ORIGIN.fullmatch(origin):
            raise ValueError(f"RAVINE_EMBEDDED_IN must hold origins like https://moodle.example.org; got {origin!r}.")
    return origins


def policy(embedded_in: list[str]) -> str:
    """The content-security policy."""
    rules = {
        "default-src": ["'self'"],
        # Streamlit gives a component's own script an address in a blob, and protobuf.js counts in WebAssembly.
        "script-src": ["'self'", "blob:", "'wasm-unsafe-eval'", *_own_scripts()],
        # Both Streamlit (emotion) and plotly write their styles into the page.
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'self'", *embedded_in],
    }
    return "; ".join(" ".join([name, *sources]) for name, sources in rules.items())


class SecurityHeaders:
    """Every answer says what may be done with it; the numbers that Streamlit keeps of itself are nobody's."""

    def __init__(self, app: ASGIApp, base: str) -> None:
        self.app = app
        self.hidden = f"{base}/_stcore/metrics"
        self.headers = {
            "Content-Security-Policy": policy(embedders()),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        hidden = scope["path"].rstrip("/") == self.hidden
        app = PlainTextResponse("There is no such page.", status_code=404) if hidden else self.app
        await app(scope, receive, secured)
