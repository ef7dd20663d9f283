"""How numbers travel to the browser: the length of a JSON head as uint32, the head, and float32 numbers."""

import json
from collections.abc import Iterable
from typing import Any

import numpy as np

FLOAT32_MAX = float(np.finfo(np.float32).max)


def packed(head: dict[str, Any], numbers: Iterable[np.ndarray]) -> bytes:
    """A head and rows of numbers behind it, each row flat. What is too large for float32 is its largest; NaN stays NaN."""
    text = json.dumps(head, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    with np.errstate(over="ignore"):
        body = (
            np.clip(np.concatenate([np.ravel(row) for row in numbers]), -FLOAT32_MAX, FLOAT32_MAX)
            .astype("<f4")
            .tobytes()
        )
    return len(text).to_bytes(4, "little") + text + body
