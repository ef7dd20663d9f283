"""Several processes serve one port: they share the work, one that ends or hangs is replaced, and all end in time."""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from app import logs, serve, watch
from app.player import FILES
from app.watch import COLUMNS, METRICS, Board, Turns, Watch
from tests.served import PATIENCE, Served, fetch, records, run_script, serving


def soon(happens: Callable[[], bool]) -> bool:
    """Whether something happens before patience ends."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if happens():
            return True
        time.sleep(0.05)
    return False


# How many.


@pytest.mark.parametrize(
    ("limit", "wanted"),
    [("max 100000", 3), ("100000 100000", 1), ("150000 100000", 2), ("50000 100000", 1), ("900000 100000", 3)],
)
def test_there_is_a_process_for_each_core_that_the_container_may_use(
    limit: str, wanted: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 2, 5})
    assert serve.cores(tmp_path) == 3
    (tmp_path / "cpu.max").write_text(f"{limit}\n")
    assert serve.cores(tmp_path) == wanted


def test_a_number_that_is_none_is_refused_in_words() -> None:
    assert serve.whole({}, "RAVINE_PROCESSES", 4, 256) == 4
    assert serve.whole({"RAVINE_PROCESSES": ""}, "RAVINE_PROCESSES", 4, 256) == 4
    assert serve.whole({"RAVINE_PROCESSES": "2"}, "RAVINE_PROCESSES", 4, 256) == 2
    for text in ("0", "-1", "257", "2.5", "two", "²"):
        with pytest.raises(ValueError, match="RAVINE_PROCESSES must be a whole number from 1 to 256"):
            serve.whole({"RAVINE_PROCESSES": text}, "RAVINE_PROCESSES", 4, 256)


# How it is going.


def test_a_process_is_ready_while_it_beats_and_nothing_in_it_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    own, board = Watch(), Board(2)
    own.board, own.row = board, 1
    board.write(0, beat=now + 1e9)
    assert board.not_ready() == "process 1 does not serve yet"
    own.write()
    assert board.not_ready() == ""
    now += watch.STUCK + 1
    assert board.not_ready() == "process 1 hangs"
    own.write()
    assert board.not_ready() == ""
    with own.running("script"):
        now += watch.STUCK + 1
        own.write()
        assert board.not_ready() == "process 1 hangs"
    own.write()
    assert board.not_ready() == ""


def test_a_new_process_is_not_blamed_for_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0)
    board = Board(1)
    board.write(0, beat=900.0, oldest_run_seconds=400.0)
    assert board.quiet(0, since=0.0) == 400.0
    assert board.quiet(0, since=990.0) == 10.0


def test_one_works_at_a_time_and_first_come_are_first_served() -> None:
    turns, order, at_work = Turns(share=3600.0), list[int](), list[int]()
    gates = [threading.Event() for _ in range(5)]

    def work(number: int) -> None:
        with turns.one():
            at_work.append(number)
            order.append(number)
            gates[number].wait(10)
            at_work.remove(number)

    def alone(number: int) -> bool:
        return at_work == [number]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
        assert soon(lambda: len(at_work) + len(turns._waiting) == len([one for one in threads if one.ident]))
    for number in range(5):
        assert soon(partial(alone, number))
        gates[number].set()
        threads[number].join(10)
    assert order == [0, 1, 2, 3, 4]
    with pytest.raises(KeyError), turns.one():
        raise KeyError
    assert not turns._begun
    assert not turns._waiting


def test_beside_what_takes_long_others_begin() -> None:
    turns, done, at_work, order = Turns(share=0.02), threading.Event(), list[int](), list[int]()

    def work(number: int) -> None:
        with turns.one():
            at_work.append(number)
            order.append(number)
            done.wait(10)

    def reached(count: int) -> bool:
        return len(at_work) == count

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for count, thread in enumerate(threads, 1):
        thread.start()
        assert soon(partial(reached, count))
    done.set()
    for thread in threads:
        thread.join(10)
    assert order == [0, 1, 2, 3]
    assert not turns._begun


def test_what_runs_within_a_run_is_a_part_of_it() -> None:
    own = Watch()
    with own.running("script"), own.running("script"), own.running("answer"):
        assert len(own._turns._begun) == 1
    own.write()
    row = own.board.read(0)
    assert (row["script_runs_total"], row["answers_total"]) == (1, 0)


def test_runs_and_answers_are_counted_with_their_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 5.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    own = Watch()
    for what, seconds in (("script", 2.0), ("script", 3.0), ("answer", 0.5)):
        with own.running(what):
            now += seconds
    with pytest.raises(KeyError), own.running("answer"):
        raise KeyError
    own.failed(ValueError())
    own.write(lag=0.25)
    row = own.board.read(0)
    assert (row["script_runs_total"], row["script_seconds_total"], row["script_errors_total"]) == (2, 5.0, 1)
    assert (row["answers_total"], row["answer_seconds_total"]) == (2, 0.5)
    assert row["loop_lag_seconds"] == 0.25
    assert row["memory_bytes"] > 10e6
    assert set(row) == set(COLUMNS)


def test_the_metrics_are_in_prometheus_form() -> None:
    board = Board(2)
    board.write(1, beat=1.0, sessions=7, script_seconds_total=1.5)
    lines = board.text().splitlines()
    assert 'ravine_sessions{process="1"} 7' in lines
    assert 'ravine_script_seconds_total{process="1"} 1.5' in lines
    assert "ravine_ready 0" in lines
    for name, (kind, _) in METRICS.items():
        assert f"# TYPE ravine_{name} {kind}" in lines
        assert (kind == "counter") == name.endswith("_total")
        assert sum(line.startswith(f"ravine_{name}{{") for line in lines) == 2


# What is written down.


def test_a_line_is_json_and_an_exception_s_words_are_not_in_it() -> None:
    try:
        raise ValueError("surface 'Ada Lovelace' is unknown")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "Uncaught: %s", ("Ada Lovelace",), sys.exc_info())
    text = logs.Line().format(record)
    assert "\n" not in text
    assert "Lovelace" not in text
    assert '"error": "ValueError"' in text
    assert "test_serve.py" in text


# Served for real, beneath a path of its host.


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("serve") / "log.txt", base="/school", RAVINE_LOG="json") as served:
        yield served
    # Two processes, so that two were there to be asked to end; and in time.
    assert served.process.returncode == 0


def test_every_process_has_sessions_and_tells_of_them(served: Served) -> None:
    before = served.metric("script_runs_total")
    with ExitStack() as open_for_now:
        for _ in range(24):
            session = open_for_now.enter_context(served.session())
            kinds = {message.WhichOneof("type") for message in run_script(session, "surface=bowl")}
            assert {"new_session", "delta", "script_finished"} <= kinds
        assert soon(lambda: sum(served.metric("sessions")) == 24)
        # A connection falls to either with the same chance: one in 8 million that one gets all.
        assert min(served.metric("sessions")) > 0
        assert soon(lambda: sum(served.metric("script_runs_total")) - sum(before) >= 24)
    assert soon(lambda: sum(served.metric("sessions")) == 0)


def test_whatever_process_is_asked_has_all_that_a_page_asks_for(served: Served) -> None:
    """What Streamlit keeps in the memory of one process, pictures above all, another would not have."""
    with served.session() as session:
        sent = b"".join(message.SerializeToString() for message in run_script(session))
    assert b"/school/ravine/" in sent
    assert b"data:image/svg+xml" in sent
    assert b"/media/" not in sent


def test_pages_files_and_links_lie_beneath_the_path(served: Served) -> None:
    status, page = fetch(f"{served.address}/compare")
    assert status == 200
    links = [part.partition('"')[0] for part in page.split('href="/')[1:]]
    assert links
    assert all(link.startswith("school/ravine/") for link in links)
    host = f"http://127.0.0.1:{served.port}"
    for link in links:
        assert fetch(f"{host}/{link}")[0] == 200
    prefix = next(f"{host}/{link}" for link in links if link.endswith("/player.js")).removesuffix("/player.js")
    assert {fetch(f"{prefix}/{name}")[0] for name in FILES} == {200}
    assert fetch(f"{prefix}/field?surface=bowl")[0] == 200
    assert fetch(f"{host}/ravine/anything")[0] != 200


def test_readiness_is_answered_on_both_ports_and_metrics_on_one(served: Served) -> None:
    assert fetch(f"{served.address}/readyz") == (200, "ready")
    assert served.ready() == (200, "ready\n")
    assert fetch(f"http://127.0.0.1:{served.metrics_port}/else")[0] == 404
    for path in ("metrics", "_stcore/metrics", "_stcore/metrics/"):
        assert "ravine_" not in fetch(f"{served.address}/{path}")[1]
        assert "active_sessions" not in fetch(f"{served.address}/{path}")[1]
    assert fetch(f"{served.address}/_stcore/metrics")[0] == 404


def test_a_killed_process_is_replaced_and_who_comes_meanwhile_is_served(served: Served) -> None:
    before = served.children()
    for victim in before:
        os.kill(victim, signal.SIGKILL)
    for _ in range(16):
        # Half of them go to a socket that nobody listens to at the moment.
        assert fetch(f"{served.address}/_stcore/health")[0] == 200
    served.wait_until_ready()
    after = served.children()
    assert len(after) == len(before) == 3
    assert not set(after) & set(before)
    with served.session() as session:
        assert run_script(session)


def test_the_log_is_json_and_names_nobody(served: Served) -> None:
    with served.session() as session:
        run_script(session, "surface=ada_lovelace")
    said = records(served.log)
    assert {"time", "level", "logger", "process", "message"} == set(said[0])
    assert any("is replaced" in str(line["message"]) for line in said)
    text = served.log.read_text(encoding="utf-8")
    assert "lovelace" not in text
    assert "127.0.0.1:" not in text


def test_all_end_within_five_seconds_of_the_signal_with_a_session_open(tmp_path: Path) -> None:
    with serving(tmp_path / "log.txt") as served:
        children = served.children()
        with served.session() as session:
            run_script(session, until_finished=False)
            begin = time.monotonic()
            served.process.send_signal(signal.SIGTERM)
            assert served.process.wait(PATIENCE) == 0
            assert time.monotonic() - begin < 5.0
    assert not any(Path(f"/proc/{pid}").exists() for pid in children)
    assert "Traceback" not in served.log.read_text(encoding="utf-8")


def test_a_process_whose_script_hangs_is_not_ready_and_then_replaced(tmp_path: Path) -> None:
    with serving(tmp_path / "log.txt", module=("-m", "tests.hanging_server")) as served:
        before = set(served.children())
        with served.session() as session:
            run_script(session, until_finished=False)
            assert soon(lambda: served.ready()[0] == 503)
            assert "hangs" in served.ready()[1]
            assert fetch(f"{served.address}/readyz")[0] == 503
            # The one that hangs, and no other.
            assert soon(lambda: served.ready()[0] == 200)
        assert len(before - set(served.children())) == 1
    assert "hangs and is ended" in served.log.read_text(encoding="utf-8")


def test_what_cannot_start_says_so_and_ends(tmp_path: Path) -> None:
    with (
        pytest.raises(AssertionError, match="RAVINE_PROCESSES must be"),
        serving(tmp_path / "l", RAVINE_PROCESSES="no"),
    ):
        pass
