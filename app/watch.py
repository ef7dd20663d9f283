"""How the processes that serve are getting on: each keeps a row of numbers that all can read, and readiness is read off them.

A row holds sums and moments, and nothing of anybody: no address, no link, no session's name.
"""

import asyncio
import logging
import mmap
import os
import resource
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streamlit.runtime import Runtime

logger = logging.getLogger("ravine")

# Seconds. The cap on work keeps a run near one, so what takes so long hangs, or the machine is many times overloaded.
STUCK = 15.0
BEAT = 0.5
# For so long a run has this process to itself. All runs share one interpreter: a class's hundred, all at work at once, would
# each wait for all the others, and the event loop for them; but one that is dear must not hold up the rest.
SHARE = 0.1

# What each number is to whoever reads it; a counter begins anew with its process.
METRICS = {
    "sessions": ("gauge", "Sessions whose browser is connected."),
    "script_runs_total": ("counter", "Runs of the page's script."),
    "script_seconds_total": ("counter", "Seconds that they took, waiting for the processor included."),
    "script_errors_total": ("counter", "Those of them that ended in an exception."),
    "answers_total": (
        "counter",
        "Answers that were computed: surfaces, dissections, previews, tiles of maps and races.",
    ),
    "answer_seconds_total": ("counter", "Seconds that they took."),
    "oldest_run_seconds": ("gauge", "How long what has run longest has been running."),
    "loop_lag_seconds": ("gauge", "How much later than it was due the event loop came round."),
    "memory_bytes": ("gauge", "Memory that is held, shares of what is shared with other processes included."),
}
# When a process was last heard of, in seconds of the machine's monotonic clock; 0 for one that does not serve yet.
COLUMNS = ("beat", *METRICS)


class Board:
    """A row of numbers for each process, in memory that they share once they are forked; each writes only its own."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self._cells = memoryview(mmap.mmap(-1, 8 * rows * len(COLUMNS))).cast("d")

    def read(self, row: int) -> dict[str, float]:
        at = row * len(COLUMNS)
        return dict(zip(COLUMNS, self._cells[at : at + len(COLUMNS)], strict=True))

    def write(self, row: int, **numbers: float) -> None:
        """Set numbers of a row by name; what is not named stays."""
        for name, number in numbers.items():
            self._cells[row * len(COLUMNS) + COLUMNS.index(name)] = number

    def quiet(self, row: int, since: float = 0.0) -> float:
        """For how many seconds the process that came at `since` has brought nothing to an end."""
        numbers = self.read(row)
        if numbers["beat"] < since:
            # These are those of the one before.
            return time.monotonic() - since
        return max(time.monotonic() - numbers["beat"], numbers["oldest_run_seconds"])

    def not_ready(self) -> str:
        """Why nobody should be sent here, in words; empty where all is well."""
        for row in range(self.rows):
            if not self.read(row)["beat"]:
                return f"process {row} does not serve yet"
            if self.quiet(row) > STUCK:
                return f"process {row} hangs"
        return ""

    def text(self) -> str:
        """All numbers in Prometheus' text format."""
        lines = [
            "# HELP ravine_ready Whether every process serves.",
            "# TYPE ravine_ready gauge",
            f"ravine_ready {int(not self.not_ready())}",
        ]
        rows = [self.read(row) for row in range(self.rows)]
        for name, (kind, words) in METRICS.items():
            lines += [f"# HELP ravine_{name} {words}", f"# TYPE ravine_{name} {kind}"]
            lines += [f'ravine_{name}{{process="{row}"}} {numbers[name]:.10g}' for row, numbers in enumerate(rows)]
        return "\n".join(lines) + "\n"


class Turns:
    """Lets one thread work at a time, in the order in which they came; beside one that takes long the next begins."""

    def __init__(self, share: float = SHARE) -> None:
        self.share = share
        self._waiting: deque[threading.Lock] = deque()
        self._begun: dict[threading.Lock, float] = {}
        self._lock = threading.Lock()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Wait for a turn, and have it for as long as the block lasts."""
        # Shut until it is this thread's turn.
        gate = threading.Lock()
        gate.acquire()
        with self._lock:
            self._waiting.append(gate)
        self._pass_on()
        while not gate.acquire(timeout=self.share):
            self._pass_on()
        try:
            yield
        finally:
            with self._lock:
                del self._begun[gate]
            self._pass_on()

    def _pass_on(self) -> None:
        """Let in whoever has waited longest, unless someone has only just begun."""
        with self._lock:
            now = time.monotonic()
            young = sum(now - begun < self.share for begun in self._begun.values())
            if self._waiting and young <= len(self._begun) - young:
                gate = self._waiting.popleft()
                self._begun[gate] = now
                gate.release()


class Watch:
    """What this process does: it counts, and writes into its row of a board."""

    def __init__(self) -> None:
        self.board, self.row = Board(1), 0
        self._lock = threading.Lock()
        self._sums = {name: 0.0 for name, (kind, _) in METRICS.items() if kind == "counter"}
        self._begun: dict[int, float] = {}
        self._turns = Turns()

    @contextmanager
    def running(self, what: str) -> Iterator[None]:
        """Do what the block does once it is its turn, and count it as one "script" or one "answer".

        A block within another of the same thread's is a part of it.
        """
        thread = threading.get_ident()
        if thread in self._begun:
            yield
            return
        with self._turns.one(), self._counted(what, thread):
            yield

    @contextmanager
    def _counted(self, what: str, thread: int) -> Iterator[None]:
        begin = time.monotonic()
        with self._lock:
            self._begun[thread] = begin
        try:
            yield
        finally:
            seconds = time.monotonic() - begin
            with self._lock:
                del self._begun[thread]
                self._sums["script_runs_total" if what == "script" else "answers_total"] += 1
                self._sums[f"{what}_seconds_total"] += seconds
            if seconds > STUCK:
                logger.warning("A %s took %.1f seconds.", what, seconds)

    def failed(self, _: Exception) -> None:
        """A script's run ended in an exception, which Streamlit logs."""
        with self._lock:
            self._sums["script_errors_total"] += 1

    def write(self, lag: float = 0.0) -> None:
        """Say how it is going."""
        now = time.monotonic()
        with self._lock:
            oldest = now - min(self._begun.values(), default=now)
            sums = dict(self._sums)
        sessions = 0.0
        if Runtime.exists():
            stats = Runtime.instance().stats_mgr.get_stats(["active_sessions"])
            sessions = sum(getattr(stat, "value", 0) for stat in stats.get("active_sessions", []))
        self.board.write(
            self.row,
            beat=now,
            sessions=sessions,
            oldest_run_seconds=oldest,
            loop_lag_seconds=lag,
            memory_bytes=_memory(),
            **sums,
        )

    async def beat(self) -> None:
        """Write again and again, as long as the event loop comes round."""
        lag = 0.0
        while True:
            self.write(lag)
            due = time.monotonic() + BEAT
            await asyncio.sleep(BEAT)
            lag = time.monotonic() - due


def _memory() -> float:
    """Bytes of memory that this process holds at present; where there is no /proc, the most that it has held."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * float(os.sysconf("SC_PAGE_SIZE"))
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0


watch = Watch()
