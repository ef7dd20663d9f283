"""What several tests share: an optimizer made of one file, which is there only as long as its test."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from optimizers import OPTIMIZERS, Optimizer

Adder = Callable[[str, str], type[Optimizer]]


@pytest.fixture
def add_optimizer(tmp_path: Path) -> Iterator[Adder]:
    """A function of a slug and a source text: writes the one file, imports it, and gives what it registered."""
    added: list[str] = []

    def add(slug: str, source: str) -> type[Optimizer]:
        path = tmp_path / f"{slug}.py"
        path.write_text(source, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(f"optimizers.{slug}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        added.append(slug)
        # Dataclasses look their module up there.
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return OPTIMIZERS[slug]

    yield add
    for slug in added:
        OPTIMIZERS.pop(slug, None)
        sys.modules.pop(f"optimizers.{slug}", None)
