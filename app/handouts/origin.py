"""Under what address a visitor sees this server: for links that are read off paper."""

import re

from starlette.requests import Request

# A name or an address, with a port if need be; of an IPv6 address only what may stand in one.
HOST = re.compile(r"(?:[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")
LONGEST = 255
SCHEMES = ("http", "https")


def origin(request: Request) -> str:
    """Scheme and host as the visitor's browser has them; ValueError, in words, where they are no address.

    The host is the header's own, which a proxy hands on. The scheme is what a proxy says that it was, else the connection's:
    it decides of nothing but this one answer, which nobody else is given.
    """
    host = request.headers.get("host", "")
    if len(host) > LONGEST or not HOST.fullmatch(host):
        raise ValueError("The address of this server could not be read, so that no link to it can be printed.")
    told = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower()
    scheme = told if told in SCHEMES else request.url.scheme
    return f"{scheme if scheme in SCHEMES else 'http'}://{host}"
