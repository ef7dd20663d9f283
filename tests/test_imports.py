"""The arrows run one way: app -> lessons, maps -> optimizers and surfaces -> core; the screen's libraries stay in app/."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from optimizers import OPTIMIZERS, RULES, SCHEDULES
from surfaces import SURFACES

ROOT = Path(__file__).parent.parent
OURS = {"app", "core", "lessons", "maps", "optimizers", "surfaces"}
SCREEN = {"streamlit", "starlette"}
# Of our packages, what each may import.
MAY = {
    "core": {"core"},
    "surfaces": {"core", "surfaces"},
    "optimizers": {"core", "optimizers"},
    "lessons": OURS,
    "maps": OURS - {"lessons"},
    "app": OURS,
}
# What an experiment is, how it runs and what is said of it, without a screen: all of the app that lessons and maps may import.
SCREENLESS = {"app.bounds", "app.comparison", "app.experiment", "app.labels", "app.news", "app.work"}
FILES = [path for package in sorted(OURS) for path in sorted((ROOT / package).rglob("*.py"))]


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, at its top or inside a function; relative imports as dots."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_arrows_run_one_way(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    top = {name.partition(".")[0] for name in imported(path)}
    assert top & OURS <= MAY[package]
    if package != "app":
        assert not top & SCREEN


def of_the_app(path: Path) -> set[str]:
    """The modules of the app that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.partition(".")[0] == "app"}
        elif isinstance(node, ast.ImportFrom) and node.module == "app":
            found |= {f"app.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("app."):
            found.add(str(node.module))
    return found


BESIDE_THE_APP = {"lessons", "maps"}


@pytest.mark.parametrize("path", [path for path in FILES if name_of(path).split("/")[0] in BESIDE_THE_APP], ids=name_of)
def test_lessons_and_maps_know_no_screen(path: Path) -> None:
    assert of_the_app(path) <= SCREENLESS


@pytest.mark.parametrize("module", sorted(SCREENLESS))
def test_what_these_import_knows_neither_a_screen_nor_them(module: str) -> None:
    path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    assert not {name.partition(".")[0] for name in imported(path)} & (SCREEN | BESIDE_THE_APP)
    assert of_the_app(path) <= SCREENLESS


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_modules_are_named_in_full(path: Path) -> None:
    """`import experiment` works where app/ is on the path, and breaks everywhere else."""
    siblings = {p.stem for p in path.parent.glob("*.py")} | {p.name for p in path.parent.iterdir() if p.is_dir()}
    for name in imported(path):
        assert not name.startswith("."), name
        top = name.partition(".")[0]
        assert top in OURS or top not in siblings, name


def test_the_walk_sees_every_kind_of_import(tmp_path: Path) -> None:
    file = tmp_path / "some.py"
    file.write_text(
        "import a.b, c as d\nfrom e.f import g\nfrom . import h\ndef i():\n    import j\n", encoding="utf-8"
    )
    assert sorted(imported(file)) == [".", "a.b", "c", "e.f", "j"]
    assert len(FILES) > 30


# Folders of entries, a file each; the others hold machinery.
ENTRIES = {"optimizers/methods", "optimizers/schedules", "optimizers/rules", "surfaces/functions", "surfaces/models"}
ROOMS = [path for path in FILES if path.relative_to(ROOT).parts[0] in ("optimizers", "surfaces")]


@pytest.mark.parametrize("path", [path for path in ROOMS if path.name != "__init__.py"], ids=name_of)
def test_a_folder_holds_entries_or_machinery(path: Path) -> None:
    entries = [entry for registry in (OPTIMIZERS, SCHEDULES, RULES, SURFACES) for entry in registry.values()]
    room = str(path.relative_to(ROOT).parent)
    assert "/" in room
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    assert any(entry.__module__ == module for entry in entries) == (room in ENTRIES)


def test_lessons_challenges_and_words_are_files_and_what_reads_them_is_beside() -> None:
    folders = {
        path.name: {file.suffix for file in path.iterdir()} for path in (ROOT / "lessons").iterdir() if path.is_dir()
    }
    folders.pop("__pycache__", None)
    assert folders == {name: {".md"} for name in ("texts", "challenges", "words", "demonstrations", "plans")}
    assert not list((ROOT / "lessons").glob("*.md"))
