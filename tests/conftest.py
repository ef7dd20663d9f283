"""What several tests share: an entry made of one file, which is there only as long as its test."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from streamlit.runtime.state.session_state import SessionState

from core.entry import load_entries
from optimizers import OPTIMIZERS, RULES, SCHEDULES, Optimizer
from surfaces import SURFACES

# A slow machine is no fault of a test's: no time is measured, that of making up examples neither.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

# Where the files of a registry's entries lie.
PACKAGES: dict[str, dict[str, Any]] = {
    "surfaces.functions": SURFACES,
    "surfaces.models": SURFACES,
    "optimizers.methods": OPTIMIZERS,
    "optimizers.schedules": SCHEDULES,
    "optimizers.rules": RULES,
}

# Bare `pytest` looks for modules beside the tests, not for the generator beside the document.
sys.path.insert(0, str(Path(__file__).parent.parent))

Adder = Callable[[str, str], type[Optimizer]]
EntryAdder = Callable[[str, str, str], Any]


@pytest.fixture
def add_entry(tmp_path: Path) -> Iterator[EntryAdder]:
    """A function of a package, a slug and a source text: puts the one file into the package, and gives what it registered."""
    added: list[tuple[str, str]] = []
    folders: list[tuple[str, str]] = []

    def add(package: str, slug: str, source: str) -> Any:
        folder = tmp_path / package
        if not folder.exists():
            folder.mkdir()
            folders.append((package, str(folder)))
            sys.modules[package].__path__.append(str(folder))
        (folder / f"{slug}.py").write_text(source, encoding="utf-8")
        assert slug not in PACKAGES[package]
        added.append((package, slug))
        importlib.invalidate_caches()
        load_entries(package)
        return PACKAGES[package][slug]

    yield add
    for package, slug in added:
        PACKAGES[package].pop(slug, None)
        sys.modules.pop(f"{package}.{slug}", None)
        vars(sys.modules[package]).pop(slug, None)
    for package, name in folders:
        sys.modules[package].__path__.remove(name)
    # What the app remembers of a slug must not meet another entry of that name.
    for module in ("app.experiment", "app.player", "app.server"):
        for remembered in vars(sys.modules.get(module, sys)).values():
            if added and hasattr(remembered, "cache_clear"):
                remembered.cache_clear()


@pytest.fixture
def add_optimizer(add_entry: EntryAdder) -> Adder:
    """The same for an optimizer: a function of a slug and a source text."""
    return lambda slug, source: add_entry("optimizers.methods", slug, source)


@pytest.fixture
def all_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that begins anew knows none of its widgets' values, so whatever the page has counts as a change."""
    compact = SessionState._compact_state

    def forget(state: SessionState) -> None:
        compact(state)
        for name, widget in state._new_widget_state.widget_metadata.items():
            # No browser says that a button was not pressed.
            if widget.value_type != "trigger_value":
                state._old_state.pop(name, None)

    monkeypatch.setattr(SessionState, "_compact_state", forget)


@pytest.fixture
def each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server looks at each step, as a browser does, and not at each tenth."""
    monkeypatch.setattr("optimizers.loop.run.CHECK_EVERY", 1)
    monkeypatch.setattr("maps.computing.CHECK_EVERY", 1)
