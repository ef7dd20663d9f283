"""What Streamlit does for each run of the page though it need not: done once, or left.

Both reach into Streamlit; a Streamlit that no longer has what is reached for is left as it is.
"""

from collections.abc import Callable
from typing import Any

from streamlit import config
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.app_session import AppSession

Populate = Callable[..., Any]
Register = Callable[[AppSession], None]


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


def heeding(register: Register) -> Register:
    """The same, unless no files are to be watched.

    Streamlit asks that of a session that begins and not of one that comes back after a cut: from then on it would look up
    each module's files after every run of that session's, a tenth of a second each time. Its issue #8738 is the same for
    sessions that begin.
    """

    def registered(session: AppSession) -> None:
        if config.get_option("server.fileWatcherType") != "none":
            register(session)

    return registered


def install() -> None:
    """Have Streamlit do so."""
    if hasattr(app_session, "_populate_theme_msg"):
        app_session._populate_theme_msg = remembering(app_session._populate_theme_msg)
    if hasattr(AppSession, "register_file_watchers"):
        AppSession.register_file_watchers = heeding(AppSession.register_file_watchers)  # type: ignore[assignment, method-assign]
