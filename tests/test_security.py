"""Every answer says what a browser may do with it."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from app.security import SecurityHeaders, embedders, policy
from tests.test_opening import ask, streamlit_behind


def rules(text: str) -> dict[str, list[str]]:
    return {name: sources for name, *sources in (part.split() for part in text.split("; "))}


def test_every_answer_has_the_headers_and_what_is_not_there_too() -> None:
    app = streamlit_behind(Middleware(SecurityHeaders, base=""))
    for path in ("/", "/compare", "/health", "/static/js/nothing.js", "/_stcore/metrics"):
        headers = ask(app, path).headers
        assert rules(headers["content-security-policy"])["default-src"] == ["'self'"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]


def test_nothing_from_elsewhere_and_no_inline_script_or_eval_is_let_in() -> None:
    own = rules(policy([]))
    assert "'unsafe-inline'" not in own["script-src"]
    assert "'unsafe-eval'" not in own["script-src"]
    assert any(source.startswith("'sha256-") for source in own["script-src"])
    assert own["worker-src"] == own["connect-src"] == own["frame-ancestors"] == ["'self'"]
    assert own["object-src"] == ["'none'"]
    assert not any("*" in source or "://" in source for sources in own.values() for source in sources)


def test_only_named_origins_may_show_it_in_a_frame() -> None:
    named = "https://moodle.example.org http://localhost:8080 https://*.instructure.com"
    origins = embedders({"RAVINE_EMBEDDED_IN": named})
    assert rules(policy(origins))["frame-ancestors"] == ["'self'", *named.split()]
    assert embedders({}) == embedders({"RAVINE_EMBEDDED_IN": " "}) == []


@pytest.mark.parametrize(
    "text", ["*", "moodle.example.org", "https://a.org/course", "https://a.org; script-src *", "'none'"]
)
def test_what_is_no_origin_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="RAVINE_EMBEDDED_IN must hold origins"):
        embedders({"RAVINE_EMBEDDED_IN": text})


@pytest.mark.parametrize("base", ["", "/school"])
def test_streamlit_s_own_numbers_are_nobody_s(base: str) -> None:
    routes = [Route(f"{base}/_stcore/{name}", lambda _: PlainTextResponse("told")) for name in ("metrics", "health")]
    app = Starlette(routes=routes, middleware=[Middleware(SecurityHeaders, base=base)])
    assert ask(app, f"{base}/_stcore/health").status == 200
    for path in (f"{base}/_stcore/metrics", f"{base}/_stcore/metrics/"):
        assert ask(app, path).status == 404
