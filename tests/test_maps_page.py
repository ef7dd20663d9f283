"""The page of maps: what is told of one, its pixels on their way, what bounds them, and what a viewer may ask for."""

import asyncio
import gzip
import json
import threading
from base64 import b64decode
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode

import numpy as np
import pytest
from hypothesis import Phase, assume, given, settings
from starlette.responses import Response, StreamingResponse
from streamlit.testing.v1 import AppTest

from app import server
from app.asks import pixel_from
from app.atlas import asked_map, described, map_pieces, symbol_of
from app.experiment import surface_of
from app.piecemeal import Turn
from maps.computing import answer, refined
from maps.model import FIRST_MAP, Map, parse_map
from optimizers import OPTIMIZERS, RULES, SCHEDULES
from optimizers.loop.window import pictured
from surfaces import SURFACES
from tests.test_app import link as address
from tests.test_app import sent
from tests.test_maps import link, maps
from tests.test_server import asked as request
from tests.test_server import unpacked

RATE = (
    "surface=bowl&schedule=constant&start=-4~2.6&steps=40&r2=momentum~lr~0.05&map=rate~momentum&across=0.01~1&size=64"
)
BASINS = "map=basins&surface=himmelblau&r2=momentum~lr~0.01&steps=40&size=64"
SMALL = replace(FIRST_MAP, size=64, experiment=replace(FIRST_MAP.experiment, steps=40))


def answered(query: str) -> tuple[Response, bytes]:
    """What the route answers, to its end."""

    async def ask() -> tuple[Response, bytes]:
        response = await server.chart(request(query=query))
        if not isinstance(response, StreamingResponse):
            return response, bytes(response.body)
        return response, b"".join([bytes(part) async for part in response.body_iterator])

    return asyncio.run(ask())


def arrays(part: dict[str, Any]) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """Step, loss and label, as app/atlas.py says that they are packed."""
    body, shape = gzip.decompress(b64decode(part["pixels"])), (part["rows"], part["columns"])
    count = part["rows"] * part["columns"]
    step = np.frombuffer(body, "<u2", count).reshape(shape)
    loss = np.frombuffer(body, "<f4", count, 2 * count).reshape(shape) if part["loss"] else None
    label = np.frombuffer(body, "u1", offset=(6 if part["loss"] else 2) * count).reshape(shape)
    return step, loss, label


@pytest.mark.parametrize("query", [BASINS, RATE, RATE + "&goal=final"])
def test_a_map_comes_coarse_first_and_then_as_the_engine_has_it(query: str) -> None:
    response, body = answered(query)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    asked, complaints = link(query)
    assert not complaints
    pieces = [json.loads(line) for line in gzip.decompress(body).splitlines()]
    assert pieces[-1] == {"over": True}
    parts = [piece["part"] for piece in pieces if "part" in piece]
    *_, last = refined(asked)
    step, loss, label = arrays(parts[-1])
    assert parts[-1]["whole"]
    assert np.array_equal(step, last.step)
    assert np.array_equal(label, last.label)
    assert loss is None or np.array_equal(loss, last.loss, equal_nan=True)
    assert parts[-1]["stride"] == [1, 1]
    assert [one["words"] for one in parts[-1]["classes"]] == [one.words for one in last.classes]
    assert len(parts) == 2
    for coarse in parts[:-1]:
        down, right = coarse["stride"]
        assert np.array_equal(arrays(coarse)[0], step[::down, ::right])


def test_a_map_that_cannot_be_is_refused_in_words() -> None:
    for query, words in {
        "map=nowhere": "map must be basins",
        "map=two~lr~nothing": "cannot vary here",
        "surface=<b>": "is unknown",
        "size=1e9": "size must be one of",
        "a" * (server.LONGEST_QUERY + 1): f"at most {server.LONGEST_QUERY}",
    }.items():
        response, body = answered(query)
        assert response.status_code == 400
        assert words in body.decode(), body


def test_who_leaves_has_the_computing_end_at_its_next_tile() -> None:
    cancelled, told = threading.Event(), list[Any]()
    with Turn(cancelled, told.append) as turn:
        pieces = map_pieces(replace(SMALL, size=512), turn)
        assert next(pieces)["part"]["rows"] == 32
        tiles = len(told)
        cancelled.set()
        assert list(pieces) == []
    assert len(told) == tiles


# What is told.


@settings(max_examples=15, deadline=None, phases=[Phase.generate])
@given(maps())
def test_every_map_can_be_told_and_its_chosen_pixel_found_again(asked: Map) -> None:
    # What a page shows is within the bound on work.
    assume(not parse_map({key: [value] for key, value in asked.query().items()})[1])
    told = json.loads(json.dumps(described(asked), allow_nan=False))
    assert len(told["across"]["values"]) == told["columns"]
    assert len(told["up"]["values"]) == told["rows"]
    assert asked_map(dict(parse_qsl(told["link"]))) == asked.bare
    # A range of a few floats has one number for many pixels, of which the first is found.
    assume(all(len({*told[side]["values"]}) == len(told[side]["values"]) for side in ("across", "up")))
    row, column = told["rows"] // 2, told["columns"] // 3
    new = asked.chosen(row, column)
    assert new.pixel == (row, column)
    assert new.scene() == asked.at(row, column)


@pytest.mark.parametrize("query", ["", RATE, "map=methods&steps=20", "map=two~x~lr&steps=20"])
def test_whichever_pixel_is_chosen_the_map_is_the_same_one(query: str) -> None:
    asked, _ = link(query) if query else (FIRST_MAP, [])
    rows, columns = asked.shape
    assert asked.chosen(1, 2).bare == asked.chosen(rows - 1, columns - 1).bare == asked.bare
    assert answer(asked.bare, 1, 2).step == answer(asked, 1, 2).step


def test_a_field_has_the_letter_of_its_formula_or_none() -> None:
    assert [symbol_of(tex) for tex in (r"\eta", r"\beta_1", "x", r"\lambda", r"\mathrm{dof}", "", "r_{max}")] == [
        "η",
        "β₁",
        "x",
        "λ",
        "",
        "",
        "",
    ]
    params = [
        p
        for registry in (OPTIMIZERS, RULES, SCHEDULES, SURFACES)
        for entry in registry.values()
        for p in entry.params()
    ]
    assert all(len(symbol_of(p.tex)) <= 3 for p in params)


# What may be asked.


@pytest.mark.parametrize("text", ["", "1", "1~2~3", "-1~2", "64~0", "0~64", "a~b", "1e3~1", "1.5~1", "٣~1", "99999~1"])
def test_a_pixel_that_there_is_not_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a pixel is a row below 64 and a column below 64"):
        pixel_from(text, (64, 64))


def test_a_pixel_is_looked_at_for_a_moment() -> None:
    query = urlencode(SMALL.query())
    right = unpacked(server.begun(request(query=f"{query}&pixel=10~20&selected=2")))
    wrong = server.begun(request(query=f"{query}&pixel=64~20"))
    start = server.begun(request(query=f"{query}&at=1~2"))
    (scene,) = json.loads(right[4 : 4 + int.from_bytes(right[:4], "little")])["scenes"]
    assert scene["start"] == [SMALL.columns[20], SMALL.rows[10]]
    assert wrong.status_code == 400
    assert b"a pixel is" in wrong.body
    assert start.status_code == 200


def script() -> None:
    """The page alone."""
    import streamlit as st

    from app.views import maps

    maps.page(st.Page(lambda: None, title="Playground", url_path="playground"))


def opened(**query: str) -> AppTest:
    at = AppTest.from_function(script, default_timeout=120)
    for key, value in query.items():
        at.query_params[key] = value
    at.session_state["map.more"] = at.session_state["map.methods"] = True
    at.run()
    assert not at.exception
    return at


def shown(at: AppTest) -> Map:
    asked, complaints = parse_map(address(at))
    assert not complaints
    return asked


@pytest.mark.parametrize(
    "query",
    [
        "map=rate~momentum&across=0.01~0.5&up=0.1~0.9&size=64&surface=bowl~condition~30&r2=momentum~lr~0.0123&steps=30",
        "map=two~x~y&across=-1~2&up=0~3&size=64&surface=himmelblau&r2=adam~lr~0.0123&steps=30&start=1~2",
        "map=basins&size=64&surface=himmelblau~l2~0.1&r2=nesterov~lr~0.0123&start=1~2&steps=30",
    ],
)
def test_a_session_that_is_told_of_every_widget_changes_nothing(query: str, all_told: None) -> None:
    at = opened(**dict(parse_qsl(query)))
    before = shown(at)
    at.run()
    assert shown(at) == before
    assert not at.toast


def test_the_widgets_change_the_map_and_its_link() -> None:
    at = opened(**SMALL.query())
    head, _ = sent(at)
    assert head["page"] == "maps"
    assert head["chart"]["kind"] == "basins"
    assert len(head["scenes"][0]["runs"]) == 1
    at.text_input(key="map.lr").set_value("0,02").run()
    assert shown(at).scene().runs[0].lr == 0.02
    at.text_input(key="map.lr").set_value("a").run()
    assert shown(at).scene().runs[0].lr == 0.02
    assert "rate must be between" in at.toast[0].value
    at.text_input(key="map.steps").set_value("60").run()
    at.selectbox(key="map.size").set_value(32).run()
    assert (shown(at).experiment.steps, shown(at).size) == (60, 32)
    at.segmented_control(key="map.kind").set_value("rate").run()
    assert shown(at).names == ("lr", "momentum")
    assert shown(at).ranges[0] is not None
    at.selectbox(key="map.axis1").set_value("x").run()
    assert shown(at).names == ("lr", "x")
    at.selectbox(key="map.surface").set_value("bowl").run()
    assert shown(at).experiment.surface.slug == "bowl"
    assert shown(at).ranges[0] == (0.01, 1.0)
    at.text_input(key="map.lr.to").set_value("0.5").run()
    assert shown(at).ranges[0] == (0.01, 0.5)
    at.text_input(key="map.lr.to").set_value("0.001").run()
    assert shown(at).ranges[0] == (0.01, 0.5)
    assert "must rise" in at.toast[0].value.replace("\\", "")
    at.segmented_control(key="map.kind").set_value("methods").run()
    assert shown(at).kind == "methods"
    assert len(shown(at).experiment.runs) == 8
    at.multiselect(key="map.rows").set_value(["sgd", "adam"]).run()
    assert [run.optimizer.slug for run in shown(at).experiment.runs] == ["sgd", "adam"]
    at.segmented_control(key="map.kind").set_value("two").run()
    assert shown(at).kind == "two"
    at.selectbox(key="map.goal").set_value("final").run()
    assert shown(at).goal.kind == "final"
    assert not at.exception


def test_a_broken_link_gives_one_notice_and_a_page() -> None:
    at = opened(map="[here](http://evil)", size="7", goal="gap~nan")
    assert len(at.toast) == 1
    assert "[here](" not in at.toast[0].value


def test_what_is_not_known_of_a_link_falls_back() -> None:
    asked, complaints = parse_map(parse_qs("map=basins&size=7&across=1~0&of=9&steps=20&r1=sgd~lr~0.1"))
    assert asked.size == 256
    assert asked.of is None
    assert len(complaints) == 3


def test_the_title_names_the_loss_that_is_to_be_reached() -> None:
    """A thousandth of what the bowl's middling loss lies above its lowest, which is 0."""
    asked, complaints = parse_map(
        {"map": ["rate~momentum"], "surface": ["bowl~condition~12"], "r2": ["momentum~lr~0.1"]}
    )
    assert not complaints
    surface = surface_of(asked.experiment.surface)
    title = described(asked)["title"]
    assert title.startswith("Steps until the loss is ")
    assert float(title.rpartition(" ")[2]) == pytest.approx(pictured(surface).middle / 1000, rel=5e-3)
    varied, _ = parse_map({"map": ["two~lr~surface.condition"], "surface": ["bowl"], "r2": ["momentum~lr~0.1"]})
    assert described(varied)["title"] == "Steps to the goal"
