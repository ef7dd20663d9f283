"""What the server's own routes give: files that may be kept for ever, heights for an address, and nothing else."""

import gzip

import numpy as np
import pytest
from starlette.requests import Request
from starlette.responses import Response

from app import server
from app.player import FILES, GRID, PREFIX, field_bytes


def asked(name: str = "", query: str = "", packed: bool = True) -> Request:
    headers = [(b"accept-encoding", b"gzip, br")] if packed else []
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": "/",
            "headers": headers,
            "query_string": query.encode(),
            "path_params": {"name": name},
        }
    )


def unpacked(response: Response) -> bytes:
    body = bytes(response.body)
    return gzip.decompress(body) if response.headers.get("content-encoding") == "gzip" else body


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_file_is_served_whole_packed_or_not_and_may_be_kept(name: str) -> None:
    for packed in (True, False):
        response = server.file(asked(name, packed=packed))
        assert response.status_code == 200
        assert unpacked(response) == FILES[name].read_bytes()
        assert "immutable" in response.headers["cache-control"]
        assert ("content-encoding" in response.headers) == packed


@pytest.mark.parametrize("name", ["", "..", "../main.py", "/etc/passwd", "__init__.py", "player.js.map"])
def test_no_other_file_can_be_asked_for(name: str) -> None:
    assert server.file(asked(name)).status_code == 404


def test_plotly_is_the_installed_one() -> None:
    body = unpacked(server.file(asked("plotly.min.js")))
    assert b"plotly.js v" in body[:200]
    assert len(server.file(asked("plotly.min.js")).body) < len(body) / 2.5


def test_a_field_is_what_the_address_says() -> None:
    response = server.field(asked(query="surface=bowl~condition~30"))
    heights = np.frombuffer(unpacked(response), "<f4")
    assert heights.shape == (GRID * GRID,)
    assert unpacked(response) == field_bytes({"surface": "bowl~condition~30"}) != field_bytes({"surface": "bowl"})


@pytest.mark.parametrize(
    "text", ["", "volcano", "bowl~condition~nan", "bowl~condition~1e99", "bowl~x~1", "a" * 5000, "a" * 9000]
)
def test_a_field_that_makes_no_sense_is_refused_in_words(text: str) -> None:
    response = server.field(asked(query=f"surface={text}"))
    assert response.status_code == 400
    assert any(words in response.body for words in (b"unknown", b"must be", b"not a field", b"at most"))
    assert "immutable" not in response.headers.get("cache-control", "")


def test_the_routes_lie_under_one_version() -> None:
    assert PREFIX.startswith("/ravine/")
    assert len(PREFIX.rpartition("/")[2]) == 12
