"""What is remembered of Streamlit's own messages is what Streamlit says."""

import pytest
from streamlit import config
from streamlit.proto.NewSession_pb2 import CustomThemeConfig, NewSession
from streamlit.runtime import app_session

from app.thrift import install, remembering

# As it is before any server of this process has begun to remember.
OWN = app_session._populate_theme_msg
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


def test_streamlit_is_made_to_remember_where_it_has_something_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_session, "_populate_theme_msg", OWN)
    install()
    assert app_session._populate_theme_msg is not OWN
    monkeypatch.delattr(app_session, "_populate_theme_msg")
    install()
    assert not hasattr(app_session, "_populate_theme_msg")
