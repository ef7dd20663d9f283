"""The only loop. Optimizers say where to go; here the step is taken, timed by the schedule and written down."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np

from core.entry import Entry
from optimizers.bases.goal import Condition, Kept
from optimizers.bases.optimizer import Differentiable, Optimizer, SpentError, gradient, loss_at
from optimizers.bases.rule import Rule
from optimizers.bases.schedule import SCHEDULES, Schedule
from optimizers.loop.counted import Counted, Counter
from optimizers.loop.ruled import Halts, Ruled
from optimizers.loop.status import CHECK_EVERY, Verdict, asks_for_losses, judge, kept_steps
from optimizers.trace.floats import WIDTH, loops_of
from optimizers.trace.fused import Steps, steps_of
from optimizers.trace.tape import UntraceableError

# Rows stepped together when only the last position is kept: small enough to stay in the cache, large enough that
# numpy's call overhead is nothing beside the arithmetic.
TILE, FUSED = 8192, 16384
# Positions of a tile that are kept for its verdicts: of long runs tiles are smaller.
KEPT = 1 << 20


class Recipe(NamedTuple):
    """What a run was made of beside its start and its number of steps: enough to run it again, or on."""

    surface: Differentiable
    optimizer: Optimizer
    schedule: Schedule
    rules: tuple[Rule, ...]
    seed: int


@dataclass(frozen=True, eq=False)
class Path:
    """What a run did. For B starts each array has an axis B behind the time axis; with keep="last" there is no time axis.

    theta (steps+1, 2) positions; loss (steps+1,); grad (steps+1, 2) the surface's gradient at every position;
    used (steps, 2) that gradient after the rules; m, sigma, decay (steps, 2) the factors of each step
    theta <- theta - decay - lr / sigma * m (for a method that does not factor, theta - decay - m), which a rule may have
    moved further; lr (steps,) the rate that was used. After an overflow all are NaN. halt_step is the step at which a
    rule stopped the run for good, -1 where none did, and halt_reason what that rule measured (see `Rule.reason`).

    recipe is what the path of one start was made of, None where there are many, or only an end was kept.

    Of a surface from data: batch_loss (steps,) the loss of each step's own mini-batch where steps see less than the whole,
    validation (steps+1,) that of the held-out points where there are some. Where a surface is a plane through a model's D
    weights, `full` is the path through these, with loss, gradients and factors of the model; theta, grad and used are then
    what the plane shows of it, loss is the model's, m is the step as the plane shows it, with sigma 1 and decay 0.

    `asked` is the number of steps that were asked for where the run ended sooner, because its method took all of the
    `evaluations` that it had; None where it took all of its steps.

    `reached` (B,), or a number for one start, is the step from which on the run keeps to the goal that it was given to the
    end, -1 where it does not; None where it was given none.
    """

    surface: Differentiable
    theta: np.ndarray
    loss: np.ndarray
    grad: np.ndarray
    lr: np.ndarray | None = None
    used: np.ndarray | None = None
    m: np.ndarray | None = None
    sigma: np.ndarray | None = None
    decay: np.ndarray | None = None
    halt_step: int | np.ndarray = -1
    halt_reason: str = ""
    batch_loss: np.ndarray | None = None
    validation: np.ndarray | None = None
    full: "Path | None" = None
    judged: Verdict | None = None
    recipe: Recipe | None = None
    evaluations: float | None = None
    asked: int | None = None
    reached: int | np.ndarray | None = None

    @cached_property
    def verdict(self) -> Verdict:
        """How the run ended, one rule each; see `optimizers.loop.status`. Worked out when first asked for."""
        if self.full is not None:
            return self.full.verdict
        if self.judged is not None:
            return self.judged
        return judge(self.surface, self.theta, self.loss, self.grad)

    @property
    def status(self) -> str | np.ndarray:
        """diverged, converged, local_minimum, as_good, stalled or running, at sight: a str, or (B,) of them."""
        words = self.verdict.status
        return words if words.ndim else str(words)

    @property
    def stop_step(self) -> int | np.ndarray:
        """The step from which the status holds to the end, -1 where there is none: an int, or (B,)."""
        steps = self.verdict.stop_step
        return steps if steps.ndim else int(steps)


def judge_together(paths: Sequence[Path]) -> None:
    """Work out the verdicts on several runs of one start each at once, which is far quicker than one by one."""
    unknown = [path for path in paths if path.full is None and path.judged is None and "verdict" not in vars(path)]
    groups: dict[tuple[Any, ...], list[Path]] = {}
    for path in unknown:
        groups.setdefault((path.surface, path.theta.shape), []).append(path)
    for (surface, _), alike in groups.items():
        theta, loss, grad = (
            np.stack(rows, axis=1) for rows in zip(*((p.theta, p.loss, p.grad) for p in alike), strict=True)
        )
        verdict = judge(surface, theta, loss, grad)
        for path, status, step in zip(alike, verdict.status, verdict.stop_step, strict=True):
            # As the cached property keeps it.
            vars(path)["verdict"] = Verdict(np.asarray(status)[()], np.asarray(step)[()])


def run(
    surface: Differentiable,
    optimizer: Optimizer,
    schedule: Schedule | float,
    start: Sequence[float] | np.ndarray,
    steps: int,
    rules: Sequence[Rule] = (),
    seed: int = 0,
    keep: Literal["path", "last"] = "path",
    evaluations: float | None = None,
    goal: Condition | None = None,
) -> Path:
    """Let `optimizer` run on `surface` from `start`, of shape (2,) or (B, 2), for `steps` steps.

    A bare float as `schedule` is a constant rate. Any hyperparameter, and `lr`, may be an array of shape (B, 1): a sweep.
    `rules` act in their order, their noise drawn from `seed`. With keep="last" only where each start ended is kept, and
    the status is looked at every 10 steps. Raises ValueError for a start or a number of steps that makes no sense, and for
    a rule on x or y where a model's weights are trained.

    With keep="last" a run may follow a `goal`, a condition on loss and place, at every step (`reached`); its status is then
    that of its whole path.

    `evaluations` is how often the method may ask for losses and gradients beside the one of each step (see `Counted`); a
    run of one start that asks for more ends before that step, or rests in its first. None: as often as it likes.

    A surface may also have, all of them optional: `sampled` and `sample(t, seed)`, the loss that step t sees instead (a
    mini-batch; methods that run SciPy see the whole data all the same); `tested(seed)`, which follows the loss on held-out
    points; `full`, the loss over all weights of a model, with `lift` and `project` between these and the plane.
    """
    if not isinstance(schedule, Schedule):
        schedule = SCHEDULES["constant"](lr=schedule)
    theta = np.asarray(start, dtype=float)
    if theta.ndim not in (1, 2) or theta.shape[-1] != 2 or not np.all(np.isfinite(theta)):
        raise ValueError(f"start must be finite numbers of shape (2,) or (B, 2); got {start!r}")
    if isinstance(steps, bool) or not 1 <= steps < math.inf or steps != int(steps):
        raise ValueError(f"steps must be a whole number of at least 1; got {steps!r}")
    if keep not in ("path", "last"):
        raise ValueError(f"keep must be 'path' or 'last'; got {keep!r}")
    if evaluations is not None and (keep == "last" or theta.ndim > 1):
        raise ValueError("evaluations are counted for one start whose whole path is kept")
    if goal is not None and keep == "path":
        raise ValueError("a goal is followed where only ends are kept; a whole path shows when it is reached")
    steps = int(steps)

    model = getattr(surface, "full", None)
    if model is not None:
        for rule in rules:
            if rule.plane_only:
                words = f"{rule.slug} acts on x and y; here all {model.dimension} weights are trained, and it has to go"
                raise ValueError(words)
        whole = _run(model, optimizer, schedule, surface.lift(theta), steps, rules, seed, keep, evaluations, goal)  # type: ignore[attr-defined]
        path = on_the_plane(surface, whole, optimizer)
    else:
        path = _run(surface, optimizer, schedule, theta, steps, rules, seed, keep, evaluations, goal)
    if path.theta.ndim != 2 or keep != "path" or path.recipe is not None:
        return path
    return replace(path, recipe=Recipe(surface, optimizer, schedule, tuple(rules), seed))


def _run(
    surface: Differentiable,
    optimizer: Optimizer,
    schedule: Schedule,
    theta: np.ndarray,
    steps: int,
    rules: Sequence[Rule],
    seed: int,
    keep: Literal["path", "last"],
    evaluations: float | None = None,
    goal: Condition | None = None,
) -> Path:
    """`run` over the surface's own coordinates, however many, from a start of shape (D,) or (B, D)."""
    single = theta.ndim == 1 and not _swept(optimizer, schedule, rules)
    sampled = getattr(surface, "sampled", False) and not optimizer.row_by_row
    with np.errstate(all="ignore"):
        plain = not (rules or schedule.watches_loss or sampled or theta.shape[-1] != 2)
        if single and keep == "path" and plain:
            try:
                return _on_floats(surface, optimizer, schedule, theta, steps, seed)
            except (OverflowError, ZeroDivisionError, ValueError, UntraceableError):
                # A float raised where an array would have given infinity or NaN, or a step is more than operations on
                # numbers: arrays take it from the start.
                pass
        if keep == "path":
            path = _on_arrays(surface, optimizer, schedule, theta, steps, rules, seed, evaluations=evaluations)
        else:
            path = _in_tiles(surface, optimizer, schedule, theta, steps, rules, seed, goal)
    return _first_row(path) if single else path


def _swept(*entries: Any) -> list[np.ndarray]:
    """The arrays among the fields of the entries and of the entries in sequences."""
    found: list[np.ndarray] = []
    for entry in entries:
        found += entry.arrays().values() if isinstance(entry, Entry) else _swept(*entry)
    return found


def row_count(start: np.ndarray, *entries: Any) -> int:
    """How many runs there are: as many as starts, or as values in a sweep."""
    return max(len(np.atleast_2d(start)), *(len(a) for a in _swept(*entries)), 1)


def _on_floats(
    surface: Differentiable, optimizer: Optimizer, schedule: Schedule, start: np.ndarray, steps: int, seed: int
) -> Path:
    """One start on Python floats, at a tenth of the time that arrays of two numbers take; see `optimizers.trace.floats`."""
    rates = schedule.rates(steps)
    table = np.empty((steps + 1, WIDTH))
    x, y = start.tolist()
    taken = loops_of(optimizer, surface).run(surface.grad, rates.tolist(), x, y, table)
    table[taken + 1 :] = np.nan
    theta, grad = table[:, 0:2], table[:, 2:4]
    m, sigma, decay = table[:-1, 4:6], table[:-1, 6:8], table[:-1, 8:10]
    _forget_after_overflow(theta, grad, m, sigma, decay)
    loss = surface.value(theta[:, 0], theta[:, 1])
    recipe = Recipe(surface, optimizer, schedule, (), seed)
    path = Path(surface, theta, loss, grad, rates, grad[:-1], m, sigma, decay, recipe=recipe)
    tested = _tested(surface, seed)
    if tested is None:
        return path
    each = [tested.after(t, theta[max(t - 1, 0)][None], place[None])[0] for t, place in enumerate(theta)]
    return replace(path, validation=np.array(each))


def _tested(surface: Differentiable, seed: int) -> Any:
    """What follows the loss on the surface's held-out points along a run, None where there are none."""
    return surface.tested(seed) if hasattr(surface, "tested") else None


def on_the_plane(surface: Any, whole: Path, optimizer: Optimizer) -> Path:
    """What the plane shows of a path through all weights: the nearest places, and the gradient's parts along the plane."""
    project, directions = surface.project, surface.laid.directions
    theta, grad = project(whole.theta), whole.grad @ directions.T
    used = None if whole.used is None else whole.used @ directions.T
    m = sigma = decay = None
    if whole.m is not None and whole.lr is not None:
        m, sigma, decay = -np.diff(theta, axis=0), np.ones_like(theta[1:]), np.zeros_like(theta[1:])
        if optimizer.factors:
            rate = whole.lr[..., None]
            m = np.divide(m, rate, out=np.zeros_like(m), where=rate != 0)
    return replace(whole, surface=surface, theta=theta, grad=grad, used=used, m=m, sigma=sigma, decay=decay, full=whole)


def _on_arrays(
    surface: Differentiable,
    optimizer: Optimizer,
    schedule: Schedule,
    start: np.ndarray,
    steps: int,
    rules: Sequence[Rule],
    seed: int,
    at: np.ndarray | None = None,
    evaluations: float | None = None,
    goal: Condition | None = None,
) -> Path:
    """Many rows at once. Only the positions of the steps `at` are kept, or the whole path."""
    counter = None if evaluations is None else Counter(evaluations)
    rows, dimension = row_count(start, optimizer, schedule, rules), start.shape[-1]
    now = np.broadcast_to(start, (rows, dimension)).astype(float)
    clock = np.arange(steps)
    for rule in rules:
        clock = rule.clock(clock)
    rates = schedule.rates(int(clock.max()) + 1)[clock]

    all_of_them = at is None
    at = np.arange(steps + 1) if at is None else at
    theta, grad = np.full((2, len(at), rows, dimension), np.nan)
    used, m, sigma, decay = np.full((4, steps if all_of_them else 0, rows, dimension), np.nan)
    lr = np.empty((steps, rows))
    lr[:] = rates.reshape(steps, -1)
    eta, memory, state, begun = rates[0], (), optimizer.init(), 0
    halts = Halts(surface, rules, rows)
    sampled = getattr(surface, "sampled", False) and not optimizer.row_by_row
    batch_loss = np.full((steps, rows), np.nan) if sampled and all_of_them else None
    tested = _tested(surface, seed) if all_of_them or halts.watching else None
    validation = np.full((steps + 1, rows), np.nan) if tested is not None else None
    if tested is not None and validation is not None:
        validation[0] = tested.after(0, now, now)
    kept, taken, spent = 0, steps, False
    kept_to = None if goal is None else Kept(goal, surface, rows)
    if kept_to is not None:
        kept_to.look(*now.T)
    for t in range(1, steps + 1):
        if any(rule.forgets(t) for rule in rules):
            state, begun = optimizer.init(), t - 1
        part: Any = surface.sample(t, seed) if sampled else surface  # type: ignore[attr-defined]
        g = gradient(part, now)
        if at[kept] == t - 1:
            theta[kept], grad[kept] = now, g
            kept += 1
        if batch_loss is not None:
            batch_loss[t - 1] = loss_at(part, now)
        seen: Differentiable = part
        if rules or getattr(part, "touched", None) is not None:
            seen = Ruled(part, rules, t, seed)
            g = seen.ruled(g, now)
        looked_at: Any = seen if counter is None else Counted(seen, counter)
        try:
            step = direction, scale, shrink, after = optimizer.step(g, state, now, eta, t - begun, looked_at)
        except SpentError:
            taken, spent = max(t - 1, 1), True
            if t > 1:
                break
            # A path has a step: the first one, which was too dear, is a rest.
            step = direction, scale, shrink, after = np.zeros_like(g), np.ones_like(g), np.zeros_like(g), state
        if isinstance(seen, Ruled):
            untouched, held = seen.left_out(halts.halted)
            shrink = np.where(untouched, 0.0, shrink)
            direction = np.where(held, 0.0, direction)
            if optimizer.coordinatewise and np.any(held):
                pairs = enumerate(zip(state, after, strict=True))
                after = tuple(new if k in optimizer.common else np.where(held, old, new) for k, (old, new) in pairs)
            step = (direction, scale, shrink, after)
        if all_of_them:
            used[t - 1], m[t - 1], sigma[t - 1], decay[t - 1] = g, direction, scale, shrink
        state, before, now = after, now, optimizer.moved(now, step, eta)
        if isinstance(seen, Ruled):
            now = np.where(held, before, seen.placed(now))
        if tested is not None and validation is not None:
            validation[t] = tested.after(t, before, now)
        halts.look(now, t, None if validation is None else validation[t])
        if kept_to is not None:
            kept_to.look(*now.T)
        if t % CHECK_EVERY == 0 and not np.isfinite(now).any():
            break
        if t == steps or spent:
            break
        eta = rates[t]
        if schedule.watches_loss:
            if clock[t] == 0:
                memory = ()
            counts = clock[t] > np.asarray(schedule.warmup)
            loss = np.where(counts, loss_at(surface, now)[:, None], np.nan)
            # The first step of a pass has no loss of that pass to look at.
            if clock[t] > 0:
                reacted, memory = schedule.react(loss, memory)
                eta = np.where(counts, reacted, rates[t])
            lr[t] = np.ravel(eta) if np.ndim(eta) else eta
    if spent:
        theta, grad = theta[: taken + 1], grad[: taken + 1]
        used, m, sigma, decay, lr = (array[:taken] for array in (used, m, sigma, decay, lr))
        batch_loss = None if batch_loss is None else batch_loss[:taken]
        validation = None if validation is None else validation[: taken + 1]
    theta[-1], grad[-1] = now, gradient(surface, now)
    if sampled:
        # What the steps saw were gradients of batches; these are the whole data's.
        grad[:] = gradient(surface, theta)
    each_step = (array for array in (used, m, sigma, decay) if all_of_them)
    _forget_after_overflow(theta, grad, *each_step, *(a for a in (batch_loss, validation) if a is not None))
    loss = loss_at(surface, theta)
    reason = halts.reason if rows == 1 else ""
    path = Path(surface, theta, loss, grad, lr, used, m, sigma, decay, halts.steps, reason, batch_loss, validation)
    reached = None if kept_to is None else kept_to.since(steps)
    return replace(path, evaluations=evaluations, asked=steps if spent else None, reached=reached)


class Tile(NamedTuple):
    """Where some rows of many ended: positions and gradients (b, 2), for each row its loss, verdict and halt, and the step
    from which on it keeps to the goal, all -1 without one.
    """

    theta: np.ndarray
    loss: np.ndarray
    grad: np.ndarray
    halt_step: np.ndarray
    status: np.ndarray
    stop_step: np.ndarray
    reached: np.ndarray


def _in_tiles(
    surface: Differentiable,
    optimizer: Optimizer,
    schedule: Schedule,
    start: np.ndarray,
    steps: int,
    rules: Sequence[Rule],
    seed: int,
    goal: Condition | None,
) -> Path:
    """Only where each row ended, and when it reached its goal; the verdicts are read off every tenth position."""
    rows = row_count(start, optimizer, schedule, rules)
    start = np.broadcast_to(start, (rows, start.shape[-1]))
    fused = _fused(surface, optimizer, schedule, rules, start.shape[-1], goal)
    # Not more positions are kept at once than these.
    size = TILE if fused is None else max(1, min(FUSED, KEPT // len(kept_steps(steps, CHECK_EVERY, goal is not None))))
    whole: list[np.ndarray] = []
    for first in range(0, rows, size):
        part = slice(first, first + size)
        some = [rule.rows(part) for rule in rules]
        tile = _tile(surface, optimizer.rows(part), schedule.rows(part), start[part], steps, some, seed, goal)
        whole = whole or [np.empty((rows, *array.shape[1:]), array.dtype) for array in tile]
        for array, own in zip(whole, tile, strict=True):
            array[part] = own
    theta, loss, grad, halts, status, stop_step, reached = whole
    judged = Verdict(status, stop_step)
    return Path(surface, theta, loss, grad, halt_step=halts, judged=judged, reached=None if goal is None else reached)


def _tile(
    surface: Differentiable,
    optimizer: Optimizer,
    schedule: Schedule,
    start: np.ndarray,
    steps: int,
    rules: Sequence[Rule],
    seed: int,
    goal: Condition | None,
) -> Tile:
    """Where the rows from `start` (b, 2) end."""
    at = kept_steps(steps, CHECK_EVERY, goal is not None)
    with np.errstate(all="ignore"):
        fused = _fused(surface, optimizer, schedule, rules, start.shape[-1], goal)
        if fused is not None:
            try:
                return _on_two_arrays(fused, surface, optimizer, schedule, start, at)
            except (OverflowError, ZeroDivisionError, ValueError, UntraceableError):
                # As on floats: what all rows share is worked out on these.
                pass
        path = _on_arrays(surface, optimizer, schedule, start, steps, rules, seed, at, goal=goal)
        verdict = judge(surface, path.theta, path.loss, path.grad, at)
    reached = np.full(len(start), -1) if path.reached is None else np.asarray(path.reached)
    return Tile(path.theta[-1], path.loss[-1], path.grad[-1], np.asarray(path.halt_step), *verdict, reached)


def _fused(
    surface: Differentiable,
    optimizer: Optimizer,
    schedule: Schedule,
    rules: Sequence[Rule],
    dimension: int,
    goal: Condition | None = None,
) -> Steps | None:
    """The steps of a method on a surface without a temporary, where it traces and nothing but the two decides."""
    if rules or schedule.watches_loss or getattr(surface, "sampled", False) or dimension != 2:
        return None
    try:
        return steps_of(optimizer, surface, [*optimizer.arrays(), *(["lr"] if schedule.arrays() else [])], goal)
    except UntraceableError:
        return None


def _on_two_arrays(
    fused: Steps,
    surface: Differentiable,
    optimizer: Optimizer,
    schedule: Schedule,
    start: np.ndarray,
    at: np.ndarray,
) -> Tile:
    """Where many rows end, x and y each in an array of its own; see `optimizers.trace.fused`."""
    rates = schedule.rates(int(at[-1]))
    fields = {name: np.ravel(column).astype(float) for name, column in optimizer.arrays().items()}
    kept, reached = fused.run(optimizer.init(), rates[..., 0] if rates.ndim > 1 else rates, fields, start, at)
    theta = np.moveaxis(kept, 0, -1)
    grad = gradient(surface, theta[-1])
    if not np.isfinite(kept[:, -1]).all():
        lost = np.zeros(len(start), dtype=bool)
        for places in kept.swapaxes(0, 1):
            lost |= ~(np.isfinite(places[0]) & np.isfinite(places[1]))
            places[:, lost] = np.nan
        grad[lost] = np.nan
    loss = loss_at(surface, theta if asks_for_losses(surface) else theta[-1:])
    verdict = judge(surface, theta, loss, grad[None], at)
    never = np.full(len(start), -1)
    return Tile(theta[-1], loss[-1], grad, never, *verdict, never if reached is None else reached)


def _forget_after_overflow(theta: np.ndarray, *others: np.ndarray) -> None:
    """Make a row NaN, in place, from its first position that is not finite."""
    if np.isfinite(theta[-1]).all():
        return
    lost = np.logical_or.accumulate(~np.isfinite(theta).all(axis=-1))
    for array in (theta, *others):
        array[lost[: len(array)]] = np.nan


def _first_row(path: Path) -> Path:
    """The path of one start, which was stepped as a batch of one, without the batch axis."""
    halt_step = int(np.ravel(path.halt_step)[0])
    if path.judged is not None:
        status, stop_step = path.judged
        judged = Verdict(status[0], stop_step[0])
        one = {name: getattr(path, name)[0] for name in ("theta", "loss", "grad")}
        reached = None if path.reached is None else int(np.ravel(path.reached)[0])
        return replace(path, **one, halt_step=halt_step, judged=judged, reached=reached)
    arrays: dict[str, Any] = {
        f.name: value[:, 0]
        for f in fields(path)
        if f.name != "halt_step" and isinstance(value := getattr(path, f.name), np.ndarray)
    }
    return replace(path, **arrays, halt_step=halt_step)
