"""Source is read by many threads at once, as a class's questions are answered."""

import ast
import gc
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.syntax import parsed

LOOP = "def loop(rates, x):\n    for eta in rates:\n        x = x - eta * (x + [k for k in (1, 2)][0])\n    return x"


@pytest.fixture
def restless() -> Iterator[None]:
    """Whatever a thread is at, the collector soon lets another one go on."""
    going = True

    class Garbage:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            time.sleep(0)
            if going:
                Garbage()

    before = gc.get_threshold()
    gc.set_threshold(50)
    for _ in range(20):
        Garbage()
    yield
    going = False
    gc.set_threshold(*before)
    gc.collect()


@pytest.mark.usefixtures("restless")
def test_many_threads_read_source_at_once() -> None:
    # With ast.parse alone a few of so many end in a SystemError of CPython's.
    with ThreadPoolExecutor(4) as threads:
        assert all(len(tree.body) == 1 for tree in threads.map(lambda _: parsed(LOOP), range(3000)))


def test_what_is_no_source_is_an_error() -> None:
    with pytest.raises(SyntaxError):
        parsed("step(")
    assert ast.dump(parsed(LOOP)) == ast.dump(ast.parse(LOOP))
