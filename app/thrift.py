"""What Streamlit makes anew for each run of the page, though it is always the same: made once, and remembered."""

from collections.abc import Callable
from typing import Any

from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

Populate = Callable[..., Any]


def remembering(populate: Populate) -> Populate:
    """The same, which reads each section of the theme's configuration but once: a sixth of what a changed rate takes."""
    known: dict[str, CustomThemeConfig] = {}

    def populated(message: CustomThemeConfig, section: str = "theme") -> None:
        if section not in known:
            populate(read := CustomThemeConfig(), section)
            known[section] = read
        # A section in which nothing stands is not even there.
        if known[section].ByteSize():
            message.MergeFrom(known[section])

    return populated


def install() -> None:
    """Have Streamlit remember; one that has no such function any more is left as it is."""
    if hasattr(app_session, "_populate_theme_msg"):
        app_session._populate_theme_msg = remembering(app_session._populate_theme_msg)
