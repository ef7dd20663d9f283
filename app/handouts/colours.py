"""The look's colours in light and dark, for what is drawn and written by the server."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Mode = Literal["light", "dark"]
MODES: tuple[Mode, Mode] = ("light", "dark")
CONFIG = Path(__file__).parents[2] / ".streamlit" / "config.toml"


@dataclass(frozen=True)
class Colours:
    """One theme: the page's own colours and those of the runs, by slot; `contour` is a line's colour and how opaque it is.

    `ramp` is the loss from low to high, and together with `contour`, `muted`, `soft` and `card` as the player's theme has it.
    """

    page: str
    card: str
    text: str
    muted: str
    accent: str
    line: str
    soft: str
    ramp: tuple[str, ...]
    contour: tuple[str, float]
    runs: tuple[str, ...]


# Those that Streamlit's theme does not know: as drawing/theme.js has them, which a test compares.
OWN: dict[Mode, dict[str, Any]] = {
    "light": {
        "card": "#FFFFFF",
        "muted": "#55606A",
        "soft": "#E9EEF0",
        "ramp": ("#F9F8F5", "#E2E6E8", "#CCD5DB", "#B6C4CE", "#A0B3C2"),
        "contour": ("#556672", 0.42),
    },
    "dark": {
        "card": "#181E23",
        "muted": "#A3AFB7",
        "soft": "#222D34",
        "ramp": ("#171B1E", "#232C32", "#303E47", "#3E505C", "#4C6473"),
        "contour": ("#C8D7E0", 0.38),
    },
}


def _of(mode: Mode) -> Colours:
    theme = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["theme"][mode]
    return Colours(
        page=theme["backgroundColor"],
        text=theme["textColor"],
        accent=theme["primaryColor"],
        line=theme["borderColor"],
        runs=tuple(theme["chartCategoricalColors"]),
        **OWN[mode],
    )


COLOURS: dict[Mode, Colours] = {mode: _of(mode) for mode in MODES}


def rgb(colour: str) -> tuple[int, int, int]:
    """A colour of six hexadecimal digits as three numbers."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
