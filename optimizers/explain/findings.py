"""Why a run went as it did, in words with numbers: read off the path and its surface, never off the optimizer.

Each has its file in `verdicts`.

*diverges*: the rate is above the limit of stability of the local quadratic from the step on at which the growth begins
that never ends, the steps along the stiffest direction turn round each time, and at half the limit the run would have stayed
from there on; or the loss falls without end; or the run diverges and at a tenth of its rate does not.
*bounces*: the gradient turns round at (nearly) every step and neither it nor the gap halves meanwhile.
*zigzags*: it turns as often, and one of them does.
*crawls*: at the end of a run the gradient is small, the minimum far, and the pace would need many times the run.
*saddle*, *plateau*: the run hardly moves at a place without slope that is no minimum; *leaving*: it is on its way off a
saddle when it ends.
*burst*: the scale sigma has shrunk until the rate is above the limit; the loss leaps up, sigma grows, and the run is back.

A verdict that cannot be established says nothing. For a network seen on a plane only bouncing is spoken of: the plane's
curvature is not the model's.
"""

from optimizers.explain.finding import Finding
from optimizers.explain.rows import QUIET
from optimizers.explain.verdicts.bounces import bounces
from optimizers.explain.verdicts.bursts import bursts
from optimizers.explain.verdicts.crawls import crawls
from optimizers.explain.verdicts.diverges import diverges
from optimizers.explain.verdicts.stuck import stuck
from optimizers.loop.run import Path


@QUIET
def findings(path: Path) -> tuple[Finding, ...]:
    """All that is found, in the order in which it begins; for one start with its whole path kept."""
    found = [*diverges(path), *bounces(path), *crawls(path), *stuck(path), *bursts(path)]
    return tuple(sorted(found, key=lambda finding: finding.first))
