"""Every verdict that there is on a run, in one table: what it is called, its chip, its mark, its tone and its words.

The screen takes its chips, the scrubber its marks, speech its sentences from here; the player draws each kind's glyph.
"""

from dataclasses import dataclass
from typing import Literal

Tone = Literal["good", "bad", "note"]


@dataclass(frozen=True)
class Kind:
    """A kind of verdict.

    `word` names it, `chip` are the words of its chip, `mark` says whether the scrubber shows where it begins, `sentence`
    goes on after the run's name, and `brief` is the same for a title. Braces hold what a verdict measures: `{at}` is the
    step from which it holds. Where a verdict of `optimizers.explain.verdicts` writes its own sentence, there is none here.
    """

    word: str
    chip: str
    tone: Tone
    mark: bool = False
    sentence: str = ""
    brief: str = ""


KINDS = {
    # How a run ends.
    "converged": Kind(
        "converged", "converged at {at}", "good", True, "converged at step {at}{place}", "converged at step {at}"
    ),
    "as_good": Kind(
        "as good as its lowest",
        "as good as the lowest at {at}",
        "good",
        True,
        "is as good as its lowest, {lowest}, since step {at}{within}{falls}",
        "as good as its lowest since step {at}{falling}",
    ),
    "escaped": Kind(
        "escaped",
        "escaped at {at}",
        "good",
        True,
        "escaped at step {at}: the surface has no bottom, and from there on the loss is below all of its window",
        "escaped at step {at}: the surface has no bottom",
    ),
    "at_minimum": Kind(
        "at a minimum, not for good",
        "at a minimum, not for good",
        "note",
        True,
        "has been at {which} since step {at}, but not for good: with more steps it leaves at {leaves}",
        "at a minimum since step {at}, but not for good",
    ),
    "so_far": Kind(
        "at a minimum so far",
        "at a minimum so far",
        "good",
        True,
        "has been at {which} since step {at}; whether for good is not known: its σ forgets, and may let it leap again",
        "at a minimum since step {at}, so far",
    ),
    "local_minimum": Kind(
        "local minimum",
        "local minimum at {at}",
        "bad",
        True,
        "ended in a local minimum at step {at}{place}: lower ones exist",
        "ended in a local minimum at step {at}: lower ones exist",
    ),
    "outside_minimum": Kind(
        "minimum outside",
        "minimum outside at {at}",
        "note",
        True,
        "ended in a minimum outside the surface's window at step {at}{place}, lower than all within",
        "ended in a lower minimum outside the window",
    ),
    "diverged": Kind(
        "diverged",
        "diverged at {at}",
        "bad",
        True,
        "diverged at step {at}: from there to its end it is far outside",
        "diverged at step {at}: it is far outside",
    ),
    "undefined": Kind(
        "0/0",
        "0/0 at step {at}",
        "bad",
        True,
        "is lost at step {at}: {division} in {axis}, where σ is 0",
        "is lost at step {at}: {division} in {axis}",
    ),
    "stuck": Kind(
        "stuck on a plateau",
        "stuck: no slope here",
        "bad",
        True,
        "has hardly moved since step {at}: the gradient is {slope} long here, and a rate 30 times as large would not help",
        "has hardly moved since step {at}: no slope here",
    ),
    "rests": Kind(
        "hardly moves",
        "hardly moves",
        "note",
        True,
        "has hardly moved since step {at}; the gradient is {slope} long here",
        "has hardly moved since step {at}",
    ),
    "rate_spent": Kind(
        "rate spent",
        "rate spent at {at}",
        "note",
        True,
        "has hardly moved since step {at}: the schedule has cut the rate to {rate}{times}; the gradient is still {slope} long",
        "has hardly moved since {at}: the rate has run out",
    ),
    "rate_small": Kind(
        "the rate is too small",
        "rate too small",
        "bad",
        True,
        "has hardly moved since step {at}: the rate {rate} is too small, with a gradient {slope} long",
        "has hardly moved since {at}: the rate is too small",
    ),
    "higher": Kind(
        "higher than it began",
        "ends higher",
        "bad",
        False,
        "ends higher than it began: the loss was {first} and is {last}",
        "ends higher than it began",
    ),
    "swings": Kind(
        "up and down",
        "loss up and down",
        "note",
        False,
        "goes up and down: in its last half the loss rose {rises} times and lay between {low} and {high}",
        "its loss goes up and down",
    ),
    "no_progress": Kind(
        "no progress",
        "no progress",
        "note",
        False,
        "makes no progress in its last half: the loss was {middle} at step {at} and is {last}",
        "makes no progress in its last half",
    ),
    "little": Kind(
        "hardly lower",
        "hardly lower",
        "note",
        False,
        "has come down by only {share}% of the way to the lowest: the loss was {first} and is {last}",
        "has come down by only {share}% of the way",
    ),
    "stopped": Kind(
        "stopped", "stopped at {at}", "note", True, "was stopped at step {at} {reason}", "was stopped at step {at}{by}"
    ),
    "ended": Kind(
        "ended",
        "ended at {at}",
        "note",
        True,
        "ended after {at} of {asked} steps: the searches of its method asked for more losses and gradients than one run may",
        "ended after {at} of {asked} steps: too many searches",
    ),
    # Comings and goings.
    "left": Kind("left the window", "left at {at}", "bad", False, "left the surface's window at step {at}{why}"),
    "left_back": Kind(
        "left and back",
        "out at {left}, back at {at}",
        "note",
        False,
        "left the surface's window at step {left} and was back at {at}",
        "left the window at step {left} and was back at {at}",
    ),
    "in_and_out": Kind(
        "in and out",
        "in and out {times}",
        "bad",
        False,
        "left the surface's window {times}, first at step {at}{why}, {since}",
        "left the window {times}, first at step {at}",
    ),
    "began_outside": Kind(
        "began outside",
        "began outside",
        "note",
        False,
        "began outside the surface's window{came}",
        "began outside the window{came}",
    ),
    # What goes on in a run, and why.
    "saddle": Kind(
        "stuck on a saddle",
        "stuck on a saddle",
        "bad",
        True,
        brief="stands where it curves up one way and down another",
    ),
    "leaving": Kind(
        "leaving a saddle",
        "leaving a saddle",
        "note",
        False,
        brief="hangs on a saddle, but is leaving it",
    ),
    "plateau": Kind(
        "stuck on a plateau",
        "stuck: no slope here",
        "bad",
        True,
        brief="has neither slope nor curvature to move it here",
    ),
    "waits": Kind("on a plateau", "on a plateau", "note", False, brief="hangs on a plateau, and then moves on"),
    "bounces": Kind("bouncing", "bouncing", "note", brief="goes to and fro between two walls, and hardly lower"),
    "zigzags": Kind("zigzagging", "zigzagging", "note", brief="goes to and fro between two walls, and lower"),
    "crawls": Kind("crawling", "crawling", "note", brief="at this pace it needs many times its steps"),
    "burst": Kind("burst", "burst at {at}", "note", brief="σ has shrunk, so the rate is too high and the loss leaps"),
    "diverges": Kind("diverging", "diverging", "note", brief="its steps grow without end"),
}
