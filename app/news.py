"""What there is to say of a run, and from which step on: the news that its chip shows and the picture's title spells out."""

from functools import lru_cache
from typing import Any

import numpy as np

from core.words import fitting
from optimizers import Path
from optimizers.explain.again import at_rate
from optimizers.explain.ending import Ending, ending, sighted
from optimizers.explain.finding import Finding
from optimizers.explain.findings import findings
from optimizers.explain.law import limit, limit_name
from optimizers.explain.numbers import apart
from optimizers.explain.table import KINDS
from surfaces import Surface

# The longest sentence that a picture's title has room for.
TITLE = 56
# After these what a run does is no news.
OVER = ("converged", "diverged", "undefined", "escaped")
# What a run does to its last step, so that there is no more to say of how it ends; and what says the less then.
RESTING = ("saddle", "leaving", "plateau", "crawls", "bounces", "zigzags")
WEAKER = ("stuck", "rests", "rate_spent", "rate_small", "higher", "swings", "no_progress", "little")


@lru_cache(maxsize=256)
def events(path: Path, surface: Surface) -> tuple[dict[str, Any], ...]:
    """All that there is to say of a run, in order.

    Each is of a `kind` (see `optimizers.explain.table`), whose `text` (the chip's words), `tone` (good, bad, note) and
    `mark` (on the scrubber) it has; it has the step `at` from which it holds and the last one, `until`, a `sentence`, and
    the same in `brief` for a title.
    """
    return _told(path, surface, findings(path), ending(path), closer=True)


def brief(path: Path, surface: Surface) -> tuple[dict[str, Any], ...]:
    """The same without what takes a closer look: for a path that is there for a moment."""
    return _told(path, surface, (), sighted(path), closer=False)


def _told(
    path: Path, surface: Surface, found: tuple[Finding, ...], end: Ending, closer: bool
) -> tuple[dict[str, Any], ...]:
    why = next((one for one in found if one.kind == "diverges"), None)
    news = _comings_and_goings(path, surface, closer)
    news += [_of(one) for one in found if one is not why]
    if end.kind in ("escaped", "as_good"):
        # To leave is what it is for; and where the minimum lies at infinity, the way there leads out of the window.
        news = [item for item in news if item["kind"] != "left" or item["at"] < end.at]
    if end.kind in OVER:
        news = [item | {"until": min(item["until"], end.at)} for item in news if item["at"] < end.at]
    if why is not None and end.kind == "diverged" and why.first < end.at:
        news.append(_news("diverges", why.first, why.sentence, _brief_of(why, path, why.first), until=end.at))
    resting = any(one.kind in RESTING and one.last == len(path.theta) - 1 for one in found)
    if end.kind == "diverged":
        news.append(_diverged(path, end, why))
    elif end.kind and not (resting and end.kind in WEAKER):
        news.append(_said(end.kind, end.at, **end.measured))
    if path.halt_step != -1:
        reason = str(path.halt_reason)
        news.append(_said("stopped", int(path.halt_step), reason=reason, by=f" {reason.partition(':')[0]}"))
    if path.asked is not None:
        news.append(_said("ended", len(path.theta) - 1, asked=path.asked))
    return tuple(sorted(news, key=lambda item: item["at"]))


def _diverged(path: Path, end: Ending, why: Finding | None) -> dict[str, Any]:
    """That a run diverged, and why, if that is known."""
    n, kind = end.at, KINDS["diverged"]
    sentence = kind.sentence.format(at=n)
    short = [kind.brief.format(at=n), f"diverged at step {n}"]
    if why is not None:
        short.insert(0, f"diverged at step {n}: {_brief_of(why, path, why.first).replace(' is above', ' was above')}")
        if why.sentence.startswith("diverges because"):
            reason = (
                why.sentence.removeprefix("diverges ").replace(" is above", " was above").replace(" is too", " was too")
            )
            sentence = f"diverged at step {n}, {reason}"
        else:
            sentence = f"diverged at step {n}: it {why.sentence}"
    return _news("diverged", n, sentence, *short)


def _comings_and_goings(path: Path, surface: Surface, closer: bool) -> list[dict[str, Any]]:
    """Whether a run began outside the window, how often it left, why if that is known, and whether it came back."""
    (x0, x1), (y0, y1) = surface.window
    x, y = path.theta[:, 0], path.theta[:, 1]
    outside = ~((x0 <= x) & (x <= x1) & (y0 <= y) & (y <= y1))
    if not outside.any():
        return []
    exits = (np.flatnonzero(outside[1:] & ~outside[:-1]) + 1).tolist()
    entries = (np.flatnonzero(~outside[1:] & outside[:-1]) + 1).tolist()
    news = []
    if outside[0]:
        came = f" and comes in at step {entries[0]}" if entries else ""
        news.append(_said("began_outside", 0, came=came))
        entries = entries[1:]
    if not exits:
        return news
    left = exits[0]
    why = _too_high(path, surface, left) if closer else ""
    reason = f": its rate {why}" if why else ""
    if len(exits) == 1:
        briefs = [f"left the window at step {left}: rate {why}", f"left at step {left}: rate {why}"] if why else []
        plain = KINDS["left"].sentence.format(at=left, why=reason)
        news.append(_news("left", left, plain, *briefs, f"left the window at step {left}"))
        if entries:
            news.append(_said("left_back", entries[0], left=left))
        return news
    since = f"and is outside since step {exits[-1]}" if outside[-1] else f"and was last back at {entries[-1]}"
    news.append(
        _said("in_and_out", left, times="twice" if len(exits) == 2 else f"{len(exits)} times", why=reason, since=since)
    )
    if outside[-1]:
        brief = f"outside the window since step {exits[-1]}"
        news.append(_news("left", exits[-1], f"has been outside the surface's window since step {exits[-1]}", brief))
    return news


def _too_high(path: Path, surface: Surface, position: int) -> str:
    """That the rate of the step that led out of the window, to a position, is above the limit, if that is why.

    It is if the run at half the limit would have stayed in the window from the step before on; empty else.
    """
    words, limits = _above(path, position), limit(path)
    if not words or limits is None:
        return ""
    lower = at_rate(path, position - 1, float(limits[position - 1]) / 2)
    if lower is None:
        return ""
    low, high = np.array(surface.window).T
    return words if np.all((low <= lower.theta) & (lower.theta <= high)) else ""


def _above(path: Path, position: int) -> str:
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
    name = limit_name(path)
    return {"limit": "this method's limit", "limit at this σ": "the limit at this σ"}.get(name, name)


def _brief_of(one: Finding, path: Path, t: int) -> str:
    """What a finding says in a title."""
    if one.kind == "diverges" and one.sentence.startswith("runs off"):
        return "the surface falls without end that way"
    if one.kind == "diverges" and "too high" in one.sentence:
        return "the rate is too high"
    why = _above(path, t + 1) if one.kind == "diverges" else ""
    return f"rate {why}" if why else KINDS[one.kind].brief


def _of(one: Finding) -> dict[str, Any]:
    return _news(one.kind, one.first, one.sentence, KINDS[one.kind].brief, until=one.last)


def _said(kind: str, at: int, **measured: Any) -> dict[str, Any]:
    """One piece of news in the words of the table."""
    known = KINDS[kind]
    words, short = (text.format(at=at, **measured) for text in (known.sentence, known.brief))
    return _news(kind, at, words, short, short.partition(":")[0], **measured)


def _news(kind: str, at: int, sentence: str, *briefs: str, until: int = 10**9, **measured: Any) -> dict[str, Any]:
    """One piece of news; of `briefs`, the fullest first, the first that a title has room for."""
    known = KINDS[kind]
    own = {"kind": kind, "text": known.chip.format(at=at, **measured), "tone": known.tone, "mark": known.mark}
    short = fitting(TITLE, *(briefs or (sentence,)))
    return own | {"at": at, "until": until, "sentence": sentence, "brief": short}
