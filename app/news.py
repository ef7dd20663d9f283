"""What there is to say of a run, and from which step on: the news that its chip shows and the picture's title spells out."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from core.words import fitting, written
from optimizers import Path
from optimizers.explain.finding import Finding
from optimizers.explain.findings import findings
from optimizers.explain.law import limit, limit_name
from optimizers.explain.numbers import apart
from surfaces import Surface

# A minimum is the one that a run came to if it lies within this share of the window from its end.
NEAR = 0.05
# The longest sentence that a picture's title has room for.
TITLE = 56


@dataclass(frozen=True)
class Kind:
    """A kind of news: the words of its chip, their tone, and whether the scrubber marks it. `{at}` is the step."""

    chip: str
    tone: Literal["good", "bad", "note"]
    mark: bool = False


# Every kind of news there is. The player draws each one's mark.
KINDS = {
    "converged": Kind("converged at {at}", "good", True),
    "stopped": Kind("stopped at {at}", "good", True),
    "escaped": Kind("escaped at {at}", "good", True),
    "diverged": Kind("diverged at {at}", "bad", True),
    "stuck": Kind("stuck: no slope here", "bad", True),
    "saddle": Kind("stuck on a saddle", "bad", True),
    "local_minimum": Kind("local minimum at {at}", "bad", True),
    "left": Kind("out of view at {at}", "bad"),
    "left_back": Kind("out at {left}, back at {at}", "bad"),
    "ended": Kind("ended at {at}", "note", True),
    "rate_spent": Kind("rate spent at {at}", "note", True),
    "diverging": Kind("diverging", "note"),
    "bouncing": Kind("bouncing", "note"),
    "crawling": Kind("crawling", "note"),
    "bursts": Kind("burst at {at}", "note"),
}
# What the verdicts call them, and what each says in the title; the numbers stand in the sentence.
FOUND = {
    "saddle": ("saddle", "stands where it curves up one way and down another"),
    "plateau": ("stuck", "has neither slope nor curvature to move it here"),
    "bounces": ("bouncing", "its gradient turns round at every step"),
    "crawls": ("crawling", "at this pace it needs many times its steps"),
    "burst": ("bursts", "σ has shrunk, so the rate is too high and the loss leaps"),
    "diverges": ("diverging", "its steps grow without end"),
}


@lru_cache(maxsize=256)
def events(path: Path, surface: Surface) -> tuple[dict[str, Any], ...]:
    """All that there is to say of a run, in order.

    Each is of a `kind`, whose `text` (the chip's words), `tone` (good, bad, note) and `mark` (on the scrubber) it has; it has
    the step `at` from which it holds and the last one, `until`, a `sentence`, and the same in `brief` for a title.
    """
    return _told(path, surface, findings(path), closer=True)


def brief(path: Path, surface: Surface) -> tuple[dict[str, Any], ...]:
    """The same without what takes a closer look: for a path that is there for a moment."""
    return _told(path, surface, (), closer=False)


def _told(path: Path, surface: Surface, found: tuple[Finding, ...], closer: bool) -> tuple[dict[str, Any], ...]:
    status, n, end = str(path.status), int(path.stop_step), len(path.theta) - 1
    why = next((one for one in found if one.kind == "diverges"), None)
    news = _left_and_back(path, surface, closer)
    news += [_of(one) for one in found if one is not why]
    if status in ("converged", "diverged"):
        # What the run does after that is no news.
        news = [item | {"until": min(item["until"], n)} for item in news if item["at"] < n]
    if why is not None and status == "diverged" and why.first < n:
        news.append(_news("diverging", why.first, why.sentence, _brief_of(why, path, why.first), until=n))
    resting = [one for one in found if one.kind in ("saddle", "plateau", "crawls", "bounces") and one.last == end]
    if status == "converged":
        where = _where(path, surface)
        news.append(_news("converged", n, f"converged at step {n}{where}", f"converged at step {n}"))
    elif status == "diverged":
        words = f"diverged at step {n}: it is far outside and does not come back"
        short = words
        if why is not None:
            short = f"diverged at step {n}: {_brief_of(why, path, why.first).replace(' is above', ' was above')}"
        if why is not None and why.sentence.startswith("diverges because"):
            words = f"diverged at step {n}, {why.sentence.removeprefix('diverges ').replace(' is above', ' was above')}"
        elif why is not None:
            words = f"diverged at step {n}: it {why.sentence}"
        news.append(_news("diverged", n, words, short, f"diverged at step {n}"))
    elif status == "local_minimum":
        words = f"ended in a local minimum at step {n}: lower ones exist"
        news.append(_news("local_minimum", n, words, words))
    elif status == "stalled" and path.halt_step == -1 and not resting:
        words = f"has hardly moved since step {n}: the slope here is under a thousandth of the steepest in the picture"
        news.append(_news("stuck", n, words, f"has hardly moved since step {n}"))
    if path.halt_step != -1:
        n = int(path.halt_step)
        words = f"was stopped at step {n}, because the loss no longer got better"
        news.append(_news("stopped", n, words, f"was stopped at step {n}: the loss got no better"))
    if path.asked is not None:
        words = f"ended after {end} of {path.asked} steps"
        sentence = f"{words}: the searches of its method asked for more losses and gradients than one run may"
        news.append(_news("ended", end, sentence, f"{words}: too many searches", words))
    return tuple(sorted(news, key=lambda item: item["at"]))


def _left_and_back(path: Path, surface: Surface, closer: bool) -> list[dict[str, Any]]:
    """That a run left the picture, why if that is known, and that it came back."""
    (x0, x1), (y0, y1) = surface.window
    x, y = path.theta[:, 0], path.theta[:, 1]
    outside = ~((x0 <= x) & (x <= x1) & (y0 <= y) & (y <= y1))
    if not outside.any():
        return []
    left = int(np.argmax(outside))
    words = f"left the picture at step {left}" if left else "begins outside the picture"
    why = _too_high(path, left) if closer and left else ""
    briefs = [f"{words}: rate {why}", f"left at step {left}: rate {why}"] if why else []
    news = [_news("left", left, f"{words}: its rate {why}" if why else words, *briefs, words)]
    if not outside[left:].all() and not outside[-1]:
        back = len(outside) - int(np.argmax(outside[::-1]))
        words = f"{words} and was back at {back}" if left else f"begins outside the picture and comes in at step {back}"
        news.append(_news("left_back", back, words, words, left=left))
    return news


def _too_high(path: Path, position: int) -> str:
    """That the rate of the step that led to a position is above the limit, if it is; empty else."""
    limits = limit(path)
    if limits is None or path.lr is None:
        return ""
    rate, bound = float(path.lr[position - 1]), float(limits[position - 1])
    if not rate > bound:
        return ""
    r, b = apart(rate, bound)
    known = limits[np.isfinite(limits)]
    place = " there" if np.ptp(known) > 1e-3 * bound else ""
    return f"{r} is above {_called(path)} = {b}{place}"


def _called(path: Path) -> str:
    """The limit's name within a sentence."""
    return limit_name(path) if limit_name(path) != "limit" else "this method's limit"


def _where(path: Path, surface: Surface) -> str:
    """Which of the known minima a run came to."""
    (x0, x1), _ = surface.window
    for place in surface.minima:
        if np.hypot(*(path.theta[-1] - place)) <= NEAR * (x1 - x0):
            return f" to the minimum at ({written(place[0], 3)}, {written(place[1], 3)})"
    return ""


def _brief_of(one: Finding, path: Path, t: int) -> str:
    """What a finding says in a title."""
    if one.kind == "diverges" and one.sentence.startswith("runs off"):
        return "the surface falls without end that way"
    why = _too_high(path, t + 1) if one.kind == "diverges" else ""
    return f"rate {why}" if why else FOUND[one.kind][1]


def _of(one: Finding) -> dict[str, Any]:
    kind, words = FOUND[one.kind]
    return _news(kind, one.first, one.sentence, words, until=one.last)


def _news(kind: str, at: int, sentence: str, *briefs: str, until: int = 10**9, left: int = 0) -> dict[str, Any]:
    """One piece of news; of `briefs`, the fullest first, the first that a title has room for."""
    known = KINDS[kind]
    own = {"kind": kind, "text": known.chip.format(at=at, left=left), "tone": known.tone, "mark": known.mark}
    return own | {"at": at, "until": until, "sentence": sentence, "brief": fitting(TITLE, *briefs)}
