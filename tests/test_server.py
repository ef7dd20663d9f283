"""What the server's own routes give: files that may be kept for ever, heights for an address, and nothing else."""

import gzip
import hashlib
import inspect
import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest
from starlette.requests import Request
from starlette.responses import Response

from app import server
from app.comparison import EXAMPLES
from app.dissection import dissection_bytes
from app.experiment import FIRST, MAX_STEPS, parse, simulate, with_rate
from app.player import FILES, GRID, PREFIX, VENDOR, Scene, field_bytes, height, message, passing_message, sources
from surfaces import SURFACES
from surfaces.bases.iris import iris


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


def held(path: Path) -> bytes:
    """What a file holds, unpacked."""
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_file_is_served_whole_packed_or_not_and_may_be_kept(name: str) -> None:
    for packed in (True, False):
        response = server.file(asked(name, packed=packed))
        assert response.status_code == 200
        assert unpacked(response) == b"\n".join(held(path) for path in FILES[name])
        assert "immutable" in response.headers["cache-control"]
        assert ("content-encoding" in response.headers) == packed


@pytest.mark.parametrize(
    "name",
    ["", "..", "../main.py", "/etc/passwd", "__init__.py", "player.js.map", "plotly.min.js", "plotly-gl3d.min.js.gz"],
)
def test_no_other_file_can_be_asked_for(name: str) -> None:
    assert server.file(asked(name)).status_code == 404


def test_plotly_is_what_its_readme_says_packed_in_the_repository() -> None:
    rows = re.findall(
        r"^\| `(plotly-(\w+)\.min\.js)\.gz` \| `plotly\.js-\2-dist-min` \| ([\d.]+) \| `([0-9a-f]{64})` \|$",
        (VENDOR / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert [part for _, part, _, _ in rows] == ["gl3d"]
    wanted = re.findall(r"^PLOTLY := (.+)$", (VENDOR.parents[2] / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for name, part, version, checksum in rows:
        body = unpacked(server.file(asked(name)))
        assert hashlib.sha256(body).hexdigest() == checksum
        assert body.startswith(f"/**\n* plotly.js ({part} - minified) v{version}\n".encode())
        assert [version] == wanted
        # As they lie there, so nothing is packed at start.
        assert server.file(asked(name)).body == (VENDOR / f"{name}.gz").read_bytes()
    assert {path.name for path in VENDOR.iterdir()} == {"LICENSE", "README.md", *(f"{name}.gz" for name, *_ in rows)}
    assert (VENDOR / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")


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


def test_a_view_is_a_part_of_the_same_surface() -> None:
    surface = SURFACES["bowl"]()
    (x0, x1), (y0, y1) = surface.window
    whole = unpacked(server.field(asked(query="surface=bowl")))
    same = unpacked(server.field(asked(query=f"surface=bowl&view={x0}~{x1}~{y0}~{y1}")))
    assert same == whole
    close = np.frombuffer(unpacked(server.field(asked(query="surface=bowl&view=1~1.5~-2~-1"))), "<f4").reshape(
        GRID, GRID
    )
    assert close[0, 0] == pytest.approx(float(height(surface, surface.value(np.array(1.0), np.array(-2.0)))))
    assert close[-1, -1] == pytest.approx(float(height(surface, surface.value(np.array(1.5), np.array(-1.0)))))


@pytest.mark.parametrize(
    "view", ["", "1", "1~2~3", "2~1~0~1", "0~0~0~1", "0~1~nan~2", "0~inf~0~1", "-9e99~1~0~1", "a~b~c~d"]
)
def test_a_view_that_makes_no_sense_is_refused_in_words(view: str) -> None:
    response = server.field(asked(query=f"surface=bowl&view={view}"))
    assert response.status_code == 400
    assert b"view must be" in response.body


def test_a_dissection_and_a_dragged_start_have_their_addresses() -> None:
    link = urlencode(FIRST.query())
    response = server.dissection(asked(query=f"{link}&run=4"))
    assert unpacked(response) == dissection_bytes(FIRST.query() | {"run": "4"})
    assert server.dissection(asked(query=link)).status_code == 400
    response = server.begun(asked(query=f"{link}&at=-1~1&scene=0&selected=2"))
    assert response.status_code == 200
    # Nobody keeps what is looked at for a moment.
    assert response.headers["cache-control"] == "no-store"
    begun = replace(FIRST, start=(-1.0, 1.0))
    assert unpacked(response) == passing_message((Scene(begun),), 2)
    assert server.begun(asked(query=f"{link}&at=1")).status_code == 400


def test_a_dragged_rate_is_answered_and_kept_by_nobody() -> None:
    link = urlencode(FIRST.query())
    response = server.begun(asked(query=f"{link}&rate=2~0.004&selected=2"))
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    rated = with_rate(FIRST, 2, 0.004)
    assert unpacked(response) == passing_message((Scene(rated),), 2, passing=(2,))
    # On Compare a rate is that of both halves.
    comparison = next(one for one in EXAMPLES.values() if one.name == "normalization")
    body = unpacked(server.begun(asked(query=urlencode(comparison.query() | {"rate": "4~0.7"}))))
    head = json.loads(body[4 : 4 + int.from_bytes(body[:4], "little")])
    assert [[run["lr"] for run in scene["runs"]] for scene in head["scenes"]] == [[0.2, 0.7], [0.2, 0.7]]
    assert head["page"] == "compare"


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        ("rate=2~nan", "learning rate must be between 0.0000001 and 1000; got"),
        ("rate=2~1e9", "learning rate must be between 0.0000001 and 1000; got"),
        ("rate=2~x", "learning rate must be between 0.0000001 and 1000; got 'x'"),
        ("rate=9~1", "a run's slot and its rate"),
        ("rate=", "a run's slot and its rate"),
        ("rate=2", "learning rate must be between"),
        ("rate=2~0.1&at=0~0", "Either at"),
        ("scene=0", "Either at"),
    ],
)
def test_a_dragged_rate_that_is_none_is_refused_in_words(ask: str, words: str) -> None:
    response = server.begun(asked(query=f"{urlencode(FIRST.query())}&{ask}"))
    assert response.status_code == 400
    assert words in bytes(response.body).decode()


@pytest.mark.parametrize("at", ["", "1", "nan~1", "1e99~0", "x~y", "1~2~3"])
def test_a_start_that_is_none_is_refused_in_words(at: str) -> None:
    response = server.begun(asked(query=f"{urlencode(FIRST.query())}&at={at}&scene=0"))
    assert response.status_code == 400
    assert b"two numbers" in response.body


def test_a_start_dragged_on_the_right_is_the_same_model_on_the_left() -> None:
    comparison = next(one for one in EXAMPLES.values() if one.name == "normalization")
    link = comparison.query()
    response = server.begun(asked(query=urlencode(link | {"at": "0.5~0.25", "scene": "1", "selected": "1"})))
    body = unpacked(response)
    size = int.from_bytes(body[:4], "little")
    right = json.loads(body[4 : 4 + size])["scenes"][1]
    assert right["start"] == pytest.approx([0.5, 0.25])


def test_what_is_dragged_pushes_nothing_out_that_others_need() -> None:
    link = urlencode(FIRST.query())
    paths = simulate(FIRST)
    for k in range(100):
        assert server.begun(asked(query=f"{link}&at={k / 100}~1&scene=0")).status_code == 200
    assert all(new is old for new, old in zip(simulate(FIRST), paths, strict=True))


def test_the_routes_lie_under_one_version() -> None:
    assert PREFIX.startswith("/ravine/")
    assert len(PREFIX.rpartition("/")[2]) == 12


def test_beneath_another_version_nothing_is_answered_but_that() -> None:
    """What an old page asks for must not be misunderstood, nor answered with a page of HTML."""
    paths = [route.path for route in server.routes]
    assert paths[-1] == "/ravine/{name:path}"
    assert [path for path in paths[:-1] if not path.startswith(PREFIX)] == [
        "/readyz",
        "/gallery",
        "/plan",
        "/worksheet",
    ]
    answer = server.outdated(asked())
    assert answer.status_code == 410
    assert answer.headers["content-type"].startswith("text/plain")
    assert "Reload" in bytes(answer.body).decode()


def test_the_version_changes_with_whatever_computes_heights_and_is_served() -> None:
    """Or browsers would keep the heights, or the scripts, of an older file."""
    read = set(sources())
    assert read.issuperset(path for name, parts in FILES.items() for path in parts if name != "katex.js")
    assert Path(inspect.getfile(inspect.unwrap(iris))).with_name("iris.csv") in read
    for slug, kind in SURFACES.items():
        bases = [
            Path(inspect.getfile(base))
            for base in kind.__mro__[:-1]
            if base.__module__.startswith(("surfaces", "core"))
        ]
        assert bases, slug
        assert read.issuperset(bases), slug


def test_the_longest_message_is_far_below_the_limit() -> None:
    config = tomllib.loads(
        (Path(server.__file__).parents[1] / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    )
    limit = 1e6 * config["server"]["maxMessageSize"]
    for slug in ("linear_regression", "one_neuron"):
        experiment, _ = parse({"surface": [f"{slug}~batch_size~99"], "r1": ["sgd~lr~0.01"], "steps": ["999999"]})
        assert experiment.steps == MAX_STEPS
        longest = len(message((Scene(experiment), Scene(experiment)), 1))
        assert 0.3e6 < longest < limit / 4
