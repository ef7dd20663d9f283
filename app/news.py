"""What there is to say of a run, and from which step on: the news that its chip shows and the strip spells out."""

from functools import lru_cache
from typing import Any

import numpy as np

from optimizers import Path
from optimizers.verdicts import Finding, findings
from surfaces import Surface

# A minimum is the one that a run came to if it lies within this share of the window from its end.
NEAR = 0.05


@lru_cache(maxsize=256)
def events(path: Path, surface: Surface) -> tuple[dict[str, Any], ...]:
    """All that there is to say of a run, in order.

    Each has the step `at` from which it holds and the last one, `until`, the `text` of the chip, a `sentence` for the strip,
    a `tone` (good, bad, note) and, where the scrubber marks it, `mark`.
    """
    return _told(path, surface, findings(path))


def brief(path: Path, surface: Surface) -> tuple[dict[str, Any], ...]:
    """The same without what takes a closer look: for a path that is there for a moment."""
    return _told(path, surface, ())


def _told(path: Path, surface: Surface, found: tuple[Finding, ...]) -> tuple[dict[str, Any], ...]:
    status, n, end = str(path.status), int(path.stop_step), len(path.theta) - 1
    why = next((one for one in found if one.kind == "diverges"), None)
    news = _left_and_back(path, surface)
    news += [_of(one) for one in found if one is not why]
    if status in ("converged", "diverged"):
        # What the run does after that is no news.
        news = [item | {"until": min(item["until"], n)} for item in news if item["at"] < n]
    if why is not None and status == "diverged" and why.first < n:
        news.append(_news(why.first, "diverging", why.sentence, "note", until=n))
    resting = [one for one in found if one.kind in ("saddle", "plateau", "crawls", "bounces") and one.last == end]
    if status == "converged":
        news.append(_news(n, f"converged at {n}", f"converged at step {n}{_where(path, surface)}", "good", mark=True))
    elif status == "diverged":
        words = f"diverged at step {n}: it is far outside and does not come back"
        if why is not None and why.sentence.startswith("diverges because"):
            words = f"diverged at step {n}, {why.sentence.removeprefix('diverges ').replace(' is above', ' was above')}"
        elif why is not None:
            words = f"diverged at step {n}: it {why.sentence}"
        news.append(_news(n, f"diverged at {n}", words, "bad", mark=True))
    elif status == "local_minimum":
        words = f"ended in a local minimum at step {n}: lower ones exist"
        news.append(_news(n, f"local minimum at {n}", words, "bad", mark=True))
    elif status == "stalled" and path.halt_step == -1 and not resting:
        words = f"has hardly moved since step {n}: the slope here is under a thousandth of the steepest in the picture"
        news.append(_news(n, "stuck: no slope here", words, "bad", mark=True))
    if path.halt_step != -1:
        n = int(path.halt_step)
        words = f"was stopped at step {n}, because the loss no longer got better"
        news.append(_news(n, f"stopped at {n}", words, "good", mark=True))
    return tuple(sorted(news, key=lambda item: item["at"]))


def _left_and_back(path: Path, surface: Surface) -> list[dict[str, Any]]:
    """That a run left the picture, and that it came back."""
    (x0, x1), (y0, y1) = surface.window
    x, y = path.theta[:, 0], path.theta[:, 1]
    outside = ~((x0 <= x) & (x <= x1) & (y0 <= y) & (y <= y1))
    if not outside.any():
        return []
    left = int(np.argmax(outside))
    news = [_news(left, f"left at {left}", f"left the picture at step {left}", "bad")]
    if not outside[left:].all() and not outside[-1]:
        back = len(outside) - int(np.argmax(outside[::-1]))
        words = f"left the picture at step {left} and was back at {back}"
        news.append(_news(back, f"left at {left}, back at {back}", words, "bad"))
    return news


def _where(path: Path, surface: Surface) -> str:
    """Which of the known minima a run came to."""
    (x0, x1), _ = surface.window
    for place in surface.minima:
        if np.hypot(*(path.theta[-1] - place)) <= NEAR * (x1 - x0):
            return f" to the minimum at ({place[0]:.3g}, {place[1]:.3g})".replace("-", "−")
    return ""


def _of(one: Finding) -> dict[str, Any]:
    stuck = one.kind in ("saddle", "plateau")
    return _news(one.first, one.chip, one.sentence, "bad" if stuck else "note", until=one.last, mark=stuck)


def _news(at: int, text: str, sentence: str, tone: str, *, until: int = 10**9, mark: bool = False) -> dict[str, Any]:
    return {"at": at, "until": until, "text": text, "sentence": sentence, "tone": tone, "mark": mark}
