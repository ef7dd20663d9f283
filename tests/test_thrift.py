"""What is remembered of Streamlit's own messages is what Streamlit says."""

from unittest.mock import Mock

import pytest
from streamlit import config
from streamlit.proto.NewSession_pb2 import CustomThemeConfig, NewSession
from streamlit.runtime import app_session
from streamlit.runtime.app_session import AppSession

from app.thrift import heeding, install, remembering

# As it is before any server of this process has begun to remember.
OWN = app_session._populate_theme_msg
REGISTER = AppSession.register_file_watchers
SECTIONS = ["theme", *(f"theme.{one.value}" for one in config.CustomThemeCategories)]


@pytest.mark.parametrize("section", SECTIONS)
def test_a_theme_that_is_remembered_is_the_one_that_is_configured(section: str) -> None:
    quick = remembering(OWN)
    for _ in range(2):
        own, ours = NewSession(), NewSession()
        OWN(own.custom_theme, section)
        quick(ours.custom_theme, section)
        assert ours == own
        assert ours.HasField("custom_theme") == own.HasField("custom_theme")


def test_a_theme_is_read_once() -> None:
    read: list[str] = []

    def populate(message: CustomThemeConfig, section: str) -> None:
        read.append(section)
        message.primary_color = section

    quick = remembering(populate)
    for _ in range(3):
        for section in ("theme", "theme.dark"):
            message = CustomThemeConfig()
            quick(message, section)
            assert message.primary_color == section
    assert read == ["theme", "theme.dark"]


@pytest.mark.parametrize(("kind", "watched"), [("none", 0), ("poll", 1)])
def test_a_session_that_comes_back_watches_files_only_where_they_are_watched(
    monkeypatch: pytest.MonkeyPatch, kind: str, watched: int
) -> None:
    register = Mock()
    monkeypatch.setattr(config, "get_option", {"server.fileWatcherType": kind}.__getitem__)
    heeding(register)(Mock(AppSession))
    assert register.call_count == watched


def test_a_session_of_streamlit_s_own_that_comes_back_watches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_session, "_populate_theme_msg", OWN)
    monkeypatch.setattr(AppSession, "register_file_watchers", REGISTER)
    session = Mock(AppSession, _local_sources_watcher=None, _pages_manager=Mock())
    install()
    AppSession.register_file_watchers(session)
    assert config.get_option("server.fileWatcherType") == "none"
    assert session._local_sources_watcher is None


def test_streamlit_is_changed_where_it_has_what_is_to_be_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_session, "_populate_theme_msg", OWN)
    monkeypatch.setattr(AppSession, "register_file_watchers", REGISTER)
    install()
    assert app_session._populate_theme_msg is not OWN
    assert AppSession.register_file_watchers is not REGISTER
    monkeypatch.delattr(app_session, "_populate_theme_msg")
    monkeypatch.delattr(AppSession, "register_file_watchers")
    install()
    assert not hasattr(app_session, "_populate_theme_msg")
    assert not hasattr(AppSession, "register_file_watchers")
