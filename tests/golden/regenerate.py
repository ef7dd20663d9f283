"""Make the reference files beside this script again, from the libraries themselves.

In an environment of its own, because Ravine itself needs none of these:

    pip install torch optax jax keras qhoptim schedulefree transformers
    python tests/golden/regenerate.py --check     compare every row with the stored one
    python tests/golden/regenerate.py             write the files

Both take names of files ("beyond.json") to leave the others out. The libraries only ever see a gradient (or a loss) that is
worked out here by hand, in float64. For networks and models on data (network.json) it is torch that works out everything,
from the points, first weights, mini-batches and dropped units of our surfaces.
"""

import argparse
import json
import math
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from operator import attrgetter
from pathlib import Path
from typing import Any

# Over jax, Keras works its cosine out in float32 whatever it is given.
os.environ["KERAS_BACKEND"] = "torch"

jax, keras, optax, torch = (import_module(name) for name in ("jax", "keras", "optax", "torch"))
jax.config.update("jax_enable_x64", True)
keras.config.set_floatx("float64")
# NAdam and ASGD keep numbers of their own in the default type.
torch.set_default_dtype(torch.float64)

Point = Sequence[float]
Points = dict[str, Point]
Step = Callable[[Point], Points]
Row = dict[str, Any]

HERE = Path(__file__).parent
STEPS = 60
TOLERANCE = 1e-9


# Surfaces


def beale(x: Any, y: Any) -> Any:
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def beale_gradient(x: float, y: float) -> Point:
    a, b, c = 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3
    return 2 * (a * (y - 1) + b * (y**2 - 1) + c * (y**3 - 1)), 2 * x * (a + 2 * b * y + 3 * c * y**2)


@dataclass(frozen=True)
class Surface:
    formula: str
    start: Point
    scale: float
    """Share of a case's learning rate that is right here."""
    value: Callable[[Any, Any], Any]
    gradient: Callable[[Any, Any], Point]


SURFACES = {
    "beale": Surface(
        "(1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2", (1.0, 1.0), 0.3, beale, beale_gradient
    ),
    "bowl": Surface(
        "0.5*(0.2*x**2 + 4*y**2)",
        (-4.0, 1.5),
        1.0,
        lambda x, y: 0.5 * (0.2 * x**2 + 4 * y**2),
        lambda x, y: (0.2 * x, 4 * y),
    ),
    "saddle": Surface(
        "x**2 - y**2 + 0.1*y**4",
        (1.2, 0.001),
        1.0,
        lambda x, y: x**2 - y**2 + 0.1 * y**4,
        lambda x, y: (2 * x, -2 * y + 0.4 * y**3),
    ),
}


# Optimizers


@dataclass(frozen=True)
class Case:
    """One optimizer with one setting, in our words and in its library's; it becomes one row on each surface."""

    optimizer: str
    rate: float
    hyperparameters: Row
    library: str
    reference: str
    reference_kwargs: Row = field(default_factory=dict)
    schedule: Row | None = None
    surfaces: Sequence[str] = tuple(SURFACES)
    scaled: bool = True

    def rows(self) -> list[Row]:
        return [self.row(name) for name in self.surfaces]

    def row(self, name: str) -> Row:
        surface = SURFACES[name]
        row = {
            "optimizer": self.optimizer,
            "hyperparameters": self.hyperparameters,
            "library": self.library,
            "reference": self.reference,
            "reference_kwargs": self.reference_kwargs,
            "learning_rate": round(self.rate * (surface.scale if self.scaled else 1), 9),
            "surface": name,
            "formula": surface.formula,
            "start": list(surface.start),
        }
        if self.schedule:
            arguments = {"lr": row["learning_rate"], **self.schedule["arguments"]}
            row["schedule"] = {**self.schedule, "arguments": arguments}
            row["learning_rates"] = keras_rates(cosine_decay(**arguments), STEPS)
        step = STEPPERS.get(self.reference, STEPPERS[self.library])(row, surface)
        at: Point = surface.start
        paths: dict[str, list[Point]] = {}
        for _ in range(STEPS):
            points = step(surface.gradient(*at))
            at = points["positions"]
            for key, point in points.items():
                paths.setdefault(key, [list(surface.start)]).append(point)
        return row | paths


def named(row: Row) -> Any:
    return attrgetter(row["reference"])(import_module(MODULES[row["library"]]))


def torch_start(surface: Surface) -> Any:
    return torch.nn.Parameter(torch.tensor(surface.start, dtype=torch.float64))


def torch_step(optimizer: Any, at: Any, gradient: Point) -> Point:
    at.grad = torch.tensor(gradient, dtype=torch.float64)
    optimizer.step()
    return list(at.tolist())


def with_torch(row: Row, surface: Surface) -> Step:
    at = torch_start(surface)
    optimizer = named(row)([at], lr=row["learning_rate"], **row["reference_kwargs"])
    rates = iter(row.get("learning_rates", ()))

    def step(gradient: Point) -> Points:
        for group in optimizer.param_groups:
            group["lr"] = next(rates, group["lr"])
        return {"positions": torch_step(optimizer, at, gradient)}

    return step


def with_schedulefree(row: Row, surface: Surface) -> Step:
    at = torch_start(surface)
    optimizer = named(row)([at], lr=row["learning_rate"], **row["reference_kwargs"])

    def step(gradient: Point) -> Points:
        optimizer.train()
        position = torch_step(optimizer, at, gradient)
        optimizer.eval()
        evaluated = at.tolist()
        optimizer.train()
        return {"positions": position, "evaluated": evaluated}

    return step


def with_averages(row: Row, surface: Surface) -> Step:
    at = torch_start(surface)
    (base, settings), decay = (row["reference_kwargs"][key] for key in ("base", "decay"))
    optimizer = getattr(torch.optim, base)([at], lr=row["learning_rate"], **settings)
    model = torch.nn.ParameterList([at])
    average = None if decay is None else torch.optim.swa_utils.get_ema_avg_fn(decay)
    averaged = named(row)(model, avg_fn=average)

    def step(gradient: Point) -> Points:
        position = torch_step(optimizer, at, gradient)
        averaged.update_parameters(model)
        return {"positions": position, "averaged": averaged.module[0].tolist()}

    return step


def follow(transformation: Any, surface: Surface, at: Any, seen: Callable[[Any, Any], Points], **extra: Any) -> Step:
    """The steps of an optax transformation; of `extra`, the loss is worked out where each step begins."""
    state = transformation.init(at)

    def step(gradient: Point) -> Points:
        nonlocal at, state
        given = {name: of(at) if name == "value" else of for name, of in extra.items()}
        slope = jax.numpy.array(gradient)
        updates, state = transformation.update(slope, state, at, **given)
        at = optax.apply_updates(at, updates)
        return {name: point.tolist() for name, point in seen(at, state).items()}

    return step


def with_optax(row: Row, surface: Surface) -> Step:
    def loss(at: Any) -> Any:
        return surface.value(at[0], at[1])

    def seen(at: Any, state: Any) -> Any:
        free = row["optimizer"] == "schedule_free"
        return {"positions": at} | ({"evaluated": optax.contrib.schedule_free_eval_params(state, at)} if free else {})

    extra = {"polyak_sgd": {"value": loss}, "contrib.sophia": {"obj_fn": loss}}.get(row["reference"], {})
    transformation = named(row)(row["learning_rate"], **row["reference_kwargs"])
    return follow(transformation, surface, jax.numpy.array(surface.start), seen, **extra)


def optax_base(row: Row) -> tuple[Any, Row]:
    """The optimizer that the row's own is put around, and the settings of the latter."""
    (base, settings), rest = row["reference_kwargs"]["base"], dict(row["reference_kwargs"])
    del rest["base"]
    return getattr(optax, base)(row["learning_rate"], **settings), rest


def with_lookahead(row: Row, surface: Surface) -> Step:
    base, settings = optax_base(row)
    start = optax.LookaheadParams.init_synced(jax.numpy.array(surface.start))
    return follow(named(row)(base, **settings), surface, start, lambda at, _: {"positions": at.fast, "slow": at.slow})


def with_sam(row: Row, surface: Surface) -> Step:
    base, settings = optax_base(row)
    uphill = optax.chain(optax.contrib.normalize(), optax.sgd(settings["rho"]))
    return follow(
        named(row)(base, uphill, opaque_mode=True),
        surface,
        jax.numpy.array(surface.start),
        lambda at, _: {"positions": at},
        grad_fn=lambda at, _: jax.numpy.array(surface.gradient(*at)),
    )


def with_keras(row: Row, surface: Surface) -> Step:
    rate = cosine_decay(**row["schedule"]["arguments"]) if "schedule" in row else row["learning_rate"]
    optimizer = named(row)(learning_rate=rate, **row["reference_kwargs"])
    at = keras.Variable(surface.start, dtype="float64")
    optimizer.build([at])

    def step(gradient: Point) -> Points:
        optimizer.apply([keras.ops.convert_to_tensor(gradient, dtype="float64")], [at])
        return {"positions": at.numpy().tolist()}

    return step


MODULES = {
    "torch": "torch.optim",
    "qhoptim": "qhoptim.pyt",
    "schedulefree": "schedulefree",
    "optax": "optax",
    "keras": "keras.optimizers",
}
STEPPERS: dict[str, Callable[[Row, Surface], Step]] = {
    "torch": with_torch,
    "qhoptim": with_torch,
    "schedulefree": with_schedulefree,
    "optax": with_optax,
    "keras": with_keras,
    "swa_utils.AveragedModel": with_averages,
    "lookahead": with_lookahead,
    "contrib.sam": with_sam,
}

MOMENTUM = {"momentum": 0.9}
DAMPED = {"momentum": 0.8, "dampening": 0.3}
ADAGRAD = {"eps": 1e-6, "initial_accumulator_value": 0.1}
RMSPROP = {"alpha": 0.9, "centered": True, "momentum": 0.5}
ADAM = {"beta1": 0.8, "beta2": 0.95, "eps": 1e-6}
FTRL = {"l1_regularization_strength": 0.5, "l2_regularization_strength": 0.1}

TRAJECTORIES = [
    Case("sgd", 0.01, {}, "torch", "SGD"),
    Case("momentum", 0.004, MOMENTUM, "torch", "SGD", MOMENTUM),
    Case("momentum", 0.006, DAMPED, "torch", "SGD", DAMPED),
    Case("nesterov", 0.004, MOMENTUM, "torch", "SGD", {**MOMENTUM, "nesterov": True}),
    Case("adagrad", 0.3, {}, "torch", "Adagrad"),
    Case("adagrad", 0.2, ADAGRAD, "torch", "Adagrad", ADAGRAD),
    Case("adadelta", 1.0, {}, "torch", "Adadelta"),
    Case("rmsprop", 0.02, {}, "torch", "RMSprop"),
    Case("rmsprop", 0.01, RMSPROP, "torch", "RMSprop", RMSPROP),
    Case("adam", 0.05, {}, "torch", "Adam"),
    Case("adam", 0.1, ADAM, "torch", "Adam", {"betas": [0.8, 0.95], "eps": 1e-6}),
    Case("amsgrad", 0.05, {}, "torch", "Adam", {"amsgrad": True}),
    Case("adamw", 0.05, {"weight_decay": 0.1}, "torch", "AdamW", {"weight_decay": 0.1}),
    Case("adamax", 0.05, {}, "torch", "Adamax"),
    Case("nadam", 0.05, {}, "torch", "NAdam"),
    Case("radam", 0.05, {}, "torch", "RAdam"),
    Case("rprop", 0.02, {}, "torch", "Rprop"),
    Case("adabelief", 0.05, {}, "optax", "adabelief"),
    Case("lion", 0.02, {}, "optax", "lion", {"weight_decay": 0.0}),
    Case("yogi", 0.05, {}, "optax", "yogi"),
    Case("signsgd", 0.02, {}, "optax", "sign_sgd"),
    Case("adan", 0.05, {}, "optax", "adan"),
    Case("signum", 0.02, {}, "optax", "signum", {"beta": 0.9}),
    Case("ademamix", 0.02, {}, "optax", "contrib.ademamix"),
    Case("adopt", 0.02, {}, "optax", "contrib.adopt"),
    Case("asgd", 0.01, {}, "torch", "ASGD"),
    Case("ftrl", 0.3, {}, "keras", "Ftrl"),
    Case("ftrl", 0.3, {"l1": 0.5, "l2": 0.1, "learning_rate_power": -0.5}, "keras", "Ftrl", FTRL),
]

PRODIGY = {"eps": 1e-8, "estim_lr0": 1e-6, "estim_lr_coef": 1.0, "weight_decay": 0.0, "safeguard_warmup": False}
PRODIGY_SET = {"eps": 1e-6, "estim_lr0": 0.01, "estim_lr_coef": 0.5, "weight_decay": 0.02, "safeguard_warmup": True}
SOPHIA = {"eps": 1e-8, "weight_decay": 1e-4, "gamma": 0.01, "clip_threshold": 1.0, "update_interval": 10}
SOPHIA_SET = {"eps": 1e-6, "weight_decay": 0.01, "gamma": 0.8, "clip_threshold": 0.7, "update_interval": 4}
FREE = {"beta1": 0.9, "weight_lr_power": 2.0}
COSINE: Row = {"slug": "cosine", "arguments": {"T_max": STEPS, "eta_min": 0.0}}
KERAS = {"flavour": "keras"}
OPTAX = {"flavour": "optax"}
STRAIGHT = ("bowl", "saddle")


def polyak(surface: str, rate: float, scaling: float, f_min: float, eps: float) -> Case:
    settings = {"scaling": scaling, "f_min": f_min, "eps": eps}
    return Case("polyak_sgd", rate, settings, "optax", "polyak_sgd", settings, surfaces=[surface], scaled=False)


def prodigy(beta1: float, beta2: float, rest: Row) -> Case:
    own = {"beta1": beta1, "beta2": beta2, **rest}
    return Case("prodigy", 1.0, own, "optax", "contrib.prodigy", {"betas": [beta1, beta2], **rest}, scaled=False)


def sophia(rate: float, beta1: float, beta2: float, rest: Row) -> Case:
    own = {"beta1": beta1, "beta2": beta2, **rest}
    given = {"b1": beta1, "b2": beta2, **rest}
    return Case("sophia", rate, own, "optax", "contrib.sophia", given, surfaces=STRAIGHT)


def around(slug: str, rate: float, base: str, library: str, reference: str, theirs: list[Any], own: Row) -> Case:
    return Case(slug, rate, {"base": base, **own}, library, reference, {"base": theirs, **own})


BEYOND = [
    Case("qhm", 0.1, {"nu": 0.7, "beta1": 0.999}, "qhoptim", "QHM", {"nu": 0.7, "momentum": 0.999}),
    Case("qhm", 0.05, {"nu": 0.5, "beta1": 0.9}, "qhoptim", "QHM", {"nu": 0.5, "momentum": 0.9}),
    prodigy(0.9, 0.999, PRODIGY),
    prodigy(0.8, 0.95, PRODIGY),
    prodigy(0.9, 0.99, PRODIGY_SET),
    Case("schedule_free", 0.05, FREE, "optax", "contrib.schedule_free_sgd", {"b1": 0.9, "weight_lr_power": 2.0}),
    Case("schedule_free", 0.05, FREE, "schedulefree", "SGDScheduleFree", {"momentum": 0.9, "weight_lr_power": 2.0}),
    polyak("beale", 0.1, 1.0, 0.0, 0.1),
    polyak("beale", 0.2, 0.5, 0.0, 0.0),
    polyak("beale", 0.05, 1.5, 0.0, 0.1),
    polyak("bowl", 0.3, 1.0, 0.0, 0.1),
    polyak("bowl", 1.0, 0.5, -0.05, 0.0),
    polyak("bowl", 0.5, 0.5, 0.0, 0.1),
    polyak("bowl", 0.2, 1.5, 0.0, 0.1),
    polyak("saddle", 0.2, 1.0, -2.5, 0.1),
    polyak("saddle", 0.05, 0.5, -10.0, 0.1),
    sophia(0.05, 0.965, 0.99, SOPHIA),
    sophia(0.05, 0.9, 0.8, SOPHIA_SET),
    around(
        "lookahead",
        0.004,
        "momentum",
        "optax",
        "lookahead",
        ["sgd", MOMENTUM],
        {"sync_period": 5, "slow_step_size": 0.5},
    ),
    around("lookahead", 0.05, "adam", "optax", "lookahead", ["adam", {}], {"sync_period": 7, "slow_step_size": 0.8}),
    around("sam", 0.004, "momentum", "optax", "contrib.sam", ["sgd", MOMENTUM], {"rho": 0.05}),
    around("sam", 0.01, "sgd", "optax", "contrib.sam", ["sgd", {}], {"rho": 0.1}),
    Case(
        "averaging",
        0.004,
        {"base": "momentum", "kind": "ema", "decay": 0.9},
        "torch",
        "swa_utils.AveragedModel",
        {"base": ["SGD", MOMENTUM], "decay": 0.9},
    ),
    Case(
        "averaging",
        0.004,
        {"base": "momentum", "kind": "polyak"},
        "torch",
        "swa_utils.AveragedModel",
        {"base": ["SGD", MOMENTUM], "decay": None},
    ),
    Case("momentum", 0.006, {**MOMENTUM, **KERAS}, "keras", "SGD", MOMENTUM, COSINE),
    Case("momentum", 0.006, {**MOMENTUM, "flavour": "torch"}, "torch", "SGD", MOMENTUM, COSINE),
    Case("amsgrad", 0.05, OPTAX, "optax", "amsgrad"),
    Case("nadam", 0.05, OPTAX, "optax", "nadam"),
    Case("nadam", 0.05, {**KERAS, "eps": 1e-7}, "keras", "Nadam", {"epsilon": 1e-7}),
    Case("rmsprop", 0.02, {**OPTAX, "alpha": 0.9, "eps": 1e-8}, "optax", "rmsprop", {"decay": 0.9, "eps": 1e-8}),
    Case(
        "rmsprop",
        0.01,
        {**OPTAX, **RMSPROP, "eps": 1e-7},
        "keras",
        "RMSprop",
        {"rho": 0.9, "centered": True, "momentum": 0.5, "epsilon": 1e-7},
    ),
    Case("ftrl", 0.3, KERAS, "keras", "Ftrl", {}, COSINE),
    Case("ftrl", 0.3, {**KERAS, "l1": 0.5, "l2": 0.1}, "keras", "Ftrl", FTRL, COSINE),
]


# Schedules


def torch_rates(
    lr: float, scheduler: Callable[..., Any], steps: int = STEPS, losses: Point = (), **given: Any
) -> Point:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr)
    schedule = scheduler(optimizer, **given)
    rates = []
    for t in range(steps):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        schedule.step(*losses[t : t + 1])
    return rates


def keras_rates(schedule: Any, steps: int) -> Point:
    return [float(schedule(t)) for t in range(steps)]


def cosine_decay(lr: float, T_max: int, eta_min: float) -> Any:
    return keras.optimizers.schedules.CosineDecay(lr, T_max, alpha=eta_min / lr)


@dataclass(frozen=True)
class Plan:
    """One schedule with one setting: `rates` is given the arguments, and for the schedule that needs it the losses."""

    schedule: str
    arguments: Row
    library: str
    reference: str
    rates: Callable[..., Point]
    watches: bool = False

    def rows(self) -> list[Row]:
        seen = {"losses": LOSSES} if self.watches else {}
        return [
            {
                "schedule": self.schedule,
                "arguments": self.arguments,
                "library": self.library,
                "reference": self.reference,
                "learning_rates": self.rates(**self.arguments, **seen),
                **seen,
            }
        ]


def by_torch(slug: str, reference: str, arguments: Row, steps: int = STEPS, **more: Any) -> Plan:
    """A schedule whose arguments torch takes by our names, and the settings that are torch's alone."""
    kind = getattr(torch.optim.lr_scheduler, reference.split()[0].rstrip(","))
    settings = {"steps": steps, **more}
    watches = slug == "plateau"
    return Plan(
        slug, arguments, "torch", reference, lambda **own: torch_rates(scheduler=kind, **own, **settings), watches
    )


def cyclic(mode: str, base_lr: float, step_size_up: int, gamma: float) -> Plan:
    def rates(lr: float, **own: Any) -> Point:
        return torch_rates(lr, torch.optim.lr_scheduler.CyclicLR, max_lr=lr, cycle_momentum=False, **own)

    arguments = {"lr": 0.1, "base_lr": base_lr, "step_size_up": step_size_up, "mode": mode, "gamma": gamma}
    return Plan("cyclic", arguments, "torch", "CyclicLR", rates)


def one_cycle(total_steps: int, pct_start: float, div_factor: float, final_div_factor: float, **shape: Any) -> Plan:
    def rates(lr: float, **own: Any) -> Point:
        kind = torch.optim.lr_scheduler.OneCycleLR
        return torch_rates(lr, kind, steps=total_steps, max_lr=lr, cycle_momentum=False, **own)

    arguments = {
        "lr": 0.1,
        "total_steps": total_steps,
        "pct_start": pct_start,
        "div_factor": div_factor,
        "final_div_factor": final_div_factor,
        **shape,
    }
    return Plan("one_cycle", arguments, "torch", "OneCycleLR", rates)


def exponential(lr: float, decay_steps: int, decay_rate: float, staircase: bool) -> Point:
    return [lr * decay_rate ** (t // decay_steps if staircase else t / decay_steps) for t in range(STEPS)]


def by_keras(slug: str, reference: str, arguments: Row, schedule: Callable[..., Any], steps: int = STEPS) -> Plan:
    return Plan(slug, arguments, "keras", reference, lambda **own: keras_rates(schedule(**own), steps))


def by_optax(slug: str, reference: str, arguments: Row, schedule: Callable[..., Any]) -> Plan:
    return Plan(slug, arguments, "optax", reference, lambda **own: keras_rates(schedule(**own), STEPS))


def wsd(shape: str, theirs: str, share: float, eta_min: float) -> Plan:
    def rates(lr: float, decay_share: float, shape: str, eta_min: float) -> Point:
        return torch_rates(
            lr,
            import_module("transformers.optimization").get_wsd_schedule,
            num_warmup_steps=0,
            num_decay_steps=round(decay_share * STEPS),
            num_training_steps=STEPS,
            decay_type=theirs,
            min_lr_ratio=eta_min / lr,
        )

    arguments = {"lr": 0.1, "decay_share": share, "shape": shape, "eta_min": eta_min}
    return Plan("wsd", arguments, "transformers", "get_wsd_schedule", rates)


def inverse_sqrt(lr: float, timescale: int) -> Point:
    kind = import_module("transformers.optimization").get_inverse_sqrt_schedule
    return torch_rates(lr, kind, num_warmup_steps=0, timescale=timescale)


def piecewise(lr: float, milestones: list[int], gamma: float) -> Any:
    values = [lr * gamma**i for i in range(len(milestones) + 1)]
    return keras.optimizers.schedules.PiecewiseConstantDecay([m - 1 for m in milestones], values)


def restarts(lr: float, T_0: int, T_mult: int, eta_min: float) -> Any:
    kind = keras.optimizers.schedules.CosineDecayRestarts
    return kind(lr, T_0, t_mul=float(T_mult), m_mul=1.0, alpha=eta_min / lr)


PLATEAU = {"lr": 0.1, "factor": 0.5, "patience": 3, "threshold": 1e-4, "cooldown": 2, "min_lr": 1e-4}
# Drawn once, and kept in the file.
LOSSES = json.loads((HERE / "schedules.json").read_text())["rows"][-1]["losses"]
EXPONENTIAL = {"lr": 0.1, "decay_steps": 10, "decay_rate": 0.4}
FORMULA = "lr*rate^(t/s), as Keras ExponentialDecay"
THEIRS = keras.optimizers.schedules

SCHEDULES = [
    by_torch("step", "StepLR", {"lr": 0.1, "step_size": 7, "gamma": 0.5}),
    by_torch("multi_step", "MultiStepLR", {"lr": 0.2, "milestones": [10, 25, 40], "gamma": 0.3}),
    by_torch(
        "cosine", "CosineAnnealingLR (closed form within T_max)", {"lr": 0.1, "T_max": 30, "eta_min": 0.002}, steps=30
    ),
    by_torch("warm_restarts", "CosineAnnealingWarmRestarts", {"lr": 0.1, "T_0": 8, "T_mult": 2, "eta_min": 0.001}),
    by_torch("polynomial", "PolynomialLR", {"lr": 0.1, "total_iters": 40, "power": 2.0}),
    cyclic("triangular", 0.01, 6, 1.0),
    cyclic("triangular2", 0.01, 6, 1.0),
    cyclic("exp_range", 0.01, 6, 0.97),
    one_cycle(60, 0.3, 25.0, 1e4),
    Plan("exponential", {**EXPONENTIAL, "staircase": False}, "formula", FORMULA, exponential),
    Plan("exponential", {**EXPONENTIAL, "staircase": True}, "formula", FORMULA, exponential),
    Plan(
        "power",
        {"lr": 0.1, "decay_steps": 10, "power": 1.5},
        "formula",
        "lr/(1+t/s)^c",
        lambda lr, decay_steps, power: [lr / (1 + t / decay_steps) ** power for t in range(STEPS)],
    ),
    by_torch("plateau", "ReduceLROnPlateau, loss given after each step", PLATEAU),
]

SCHEDULES_MORE = [
    by_torch("linear", "LinearLR", {"lr": 0.1, "start_factor": 1.0, "end_factor": 0.1, "total_iters": 40}),
    by_torch("linear", "LinearLR", {"lr": 0.1, "start_factor": 0.25, "end_factor": 1.0, "total_iters": 25}),
    by_torch("warm_restarts", "CosineAnnealingWarmRestarts", {"lr": 0.1, "T_0": 13, "T_mult": 1, "eta_min": 0.001}),
    by_torch("warm_restarts", "CosineAnnealingWarmRestarts", {"lr": 0.1, "T_0": 4, "T_mult": 3, "eta_min": 0.0}),
    one_cycle(50, 0.45, 10.0, 100.0),
    one_cycle(55, 0.3, 20.0, 50.0, anneal_strategy="linear"),
    one_cycle(60, 0.4, 10.0, 1000.0, three_phase=True),
    one_cycle(60, 0.45, 10.0, 1000.0, anneal_strategy="linear", three_phase=True),
    cyclic("triangular", 0.02, 5, 1.0),
    cyclic("triangular2", 0.02, 5, 1.0),
    cyclic("exp_range", 0.02, 5, 0.98),
    by_keras("cosine", "CosineDecay", {"lr": 0.1, "T_max": 40, "eta_min": 0.004}, cosine_decay, 41),
    by_keras("warm_restarts", "CosineDecayRestarts", {"lr": 0.1, "T_0": 9, "T_mult": 1, "eta_min": 0.002}, restarts),
    by_keras("warm_restarts", "CosineDecayRestarts", {"lr": 0.1, "T_0": 9, "T_mult": 2, "eta_min": 0.002}, restarts),
    by_keras(
        "polynomial",
        "PolynomialDecay (end_learning_rate 0)",
        {"lr": 0.1, "total_iters": 45, "power": 1.5},
        lambda lr, total_iters, power: THEIRS.PolynomialDecay(lr, total_iters, 0.0, power),
    ),
    by_keras(
        "power",
        "InverseTimeDecay (decay_rate 1)",
        {"lr": 0.1, "decay_steps": 12, "power": 1.0},
        lambda lr, decay_steps, power: THEIRS.InverseTimeDecay(lr, decay_steps, power),
    ),
    by_keras(
        "multi_step",
        "PiecewiseConstantDecay (boundaries one less than the milestones)",
        {"lr": 0.2, "milestones": [8, 20, 45], "gamma": 0.4},
        piecewise,
    ),
    *(
        by_keras(
            "exponential",
            "ExponentialDecay",
            {"lr": 0.1, "decay_steps": 13, "decay_rate": 0.6, "staircase": staircase},
            lambda lr, **own: THEIRS.ExponentialDecay(lr, **own),
        )
        for staircase in (False, True)
    ),
    by_optax(
        "polynomial",
        "polynomial_schedule (end_value 0)",
        {"lr": 0.1, "total_iters": 50, "power": 3.0},
        lambda lr, total_iters, power: optax.polynomial_schedule(lr, 0.0, power, total_iters),
    ),
    Plan("inverse_sqrt", {"lr": 0.1, "timescale": 15}, "transformers", "get_inverse_sqrt_schedule", inverse_sqrt),
    wsd("linear", "linear", 0.25, 0.01),
    wsd("sqrt", "1-sqrt", 0.5, 0.0),
    wsd("cosine", "cosine", 0.4, 0.002),
]


# Models on data

# The seed of the runs, and how far apart the places are that are kept of them.
SEED, EVERY = 5, 10
HELD = {"held_out": 0.3}
BATCHES = {"batch_size": 16}
NORMALIZED = {"normalization": "batch"}


def ours(slug: str, fields: Row) -> Any:
    """One of our surfaces, which is asked for its data alone."""
    root = str(HERE.parent.parent)
    if root not in sys.path:
        sys.path.insert(0, root)
    return import_module("surfaces").SURFACES[slug](**fields)


def loss_of(scores: Any, labels: Any, loss: str) -> Any:
    if loss == "cross_entropy":
        return torch.nn.functional.cross_entropy(scores, labels)
    wanted = torch.nn.functional.one_hot(labels, scores.shape[1])
    return ((scores.softmax(dim=1) - wanted) ** 2).sum(dim=1).mean()


@dataclass(frozen=True)
class Training:
    """A network trained by one of torch's optimizers, all of it torch's but what it is trained on."""

    optimizer: str
    rate: float
    hyperparameters: Row
    reference: str
    reference_kwargs: Row
    fields: Row

    def rows(self) -> list[Row]:
        network = ours("two_layer", self.fields).full
        x, y = torch.tensor(network.inputs), torch.tensor(network.labels)
        (hidden, features), classes = network.shapes[0], network.classes
        normalize = torch.nn.BatchNorm1d(hidden) if network.normalized else torch.nn.Identity()
        first, last = torch.nn.Linear(features, hidden), torch.nn.Linear(hidden, classes)
        model = torch.nn.Sequential(first, normalize, torch.nn.Tanh(), last)
        begin = ours("two_layer", self.fields).initial
        torch.nn.utils.vector_to_parameters(torch.tensor(begin), model.parameters())
        optimizer = getattr(torch.optim, self.reference)(model.parameters(), lr=self.rate, **self.reference_kwargs)
        positions: list[Point] = [begin.tolist()]
        validation: list[float] = []
        for t in range(1, STEPS + 1):
            rows, mask = network.batch(t, SEED), network.sample(t, SEED).mask
            units = model[:3](x[rows])
            scores = last(units if mask is None else units * torch.tensor(mask.T))
            loss = loss_of(scores, y[rows], network.loss)
            for layer in (first, last):
                size = layer.weight.abs().sum(), (layer.weight**2).sum()
                loss = loss + network.l1 * size[0] + network.l2 / 2 * size[1]
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if t % EVERY == 0:
                positions.append(torch.nn.utils.parameters_to_vector(model.parameters()).tolist())
                if len(network.held_rows):
                    model.eval()
                    validation.append(loss_of(model(x[network.held_rows]), y[network.held_rows], network.loss).item())
                    model.train()
        return [
            {
                "optimizer": self.optimizer,
                "hyperparameters": self.hyperparameters,
                "library": "torch",
                "reference": self.reference,
                "reference_kwargs": self.reference_kwargs,
                "learning_rate": self.rate,
                "surface": "two_layer",
                "fields": self.fields,
                "positions": positions,
            }
            | ({"validation": validation} if validation else {})
        ]


@dataclass(frozen=True)
class Slopes:
    """The loss of a model on data and its gradient by the two weights that move, from torch's autograd."""

    surface: str
    fields: Row

    def rows(self) -> list[Row]:
        surface = ours(self.surface, self.fields)
        scores = {"logistic_regression": self.logistic, "softmax": self.softmax}[self.surface]
        u, v = (round(w, 2) for w in surface.best)
        places = [[u, v], [u - 4.0, v + 2.5], [u + 3.0, v + 1.0], [u - 6.0, v - 6.0], [u + 0.5, v - 5.0]]
        losses, gradients = [], []
        for place in places:
            weights = torch.tensor(place, requires_grad=True)
            loss = loss_of(scores(surface, weights), torch.tensor(surface.raw[1]).long(), surface.loss)
            if self.surface == "logistic_regression" and surface.loss == "mse":
                # Of two answers that add up to one, each is as wrong as the other.
                loss = loss / 2
            loss.backward()
            losses.append(loss.item())
            gradients.append(weights.grad.tolist())
        return [
            {
                "library": "torch",
                "reference": "autograd",
                "surface": self.surface,
                "fields": self.fields,
                "places": places,
                "losses": losses,
                "gradients": gradients,
            }
        ]

    @staticmethod
    def logistic(surface: Any, weights: Any) -> Any:
        score = torch.tensor(surface.features) @ weights + surface.bias
        return torch.stack([torch.zeros_like(score), score], dim=1)

    @staticmethod
    def softmax(surface: Any, weights: Any) -> Any:
        layer, species = (
            torch.tensor(surface.layer),
            import_module("surfaces.bases.iris").SPECIES.index(surface.species),
        )
        scores = torch.tensor(surface.inputs) @ layer.T
        moved = torch.tensor(surface.features) @ (weights - torch.tensor(surface.best))
        return scores + moved[:, None] * torch.nn.functional.one_hot(torch.tensor(species), 3)


MOVING: tuple[Any, ...] = ("momentum", 0.1, MOMENTUM, "SGD", MOMENTUM)
ADAMS: tuple[Any, ...] = ("adam", 0.05, {}, "Adam", {})
# Batch normalization takes the first biases away: their gradients are rounding alone, which Adam must not blow up.
CALMER: tuple[Any, ...] = ("adam", 0.05, {"eps": 1e-3}, "Adam", {"eps": 1e-3})
CROSS, SQUARES = {"loss": "cross_entropy"}, {"loss": "mse"}
IRIS = {"data_set": "iris", "normalization": "standardize"}

NETWORK: list[Training | Slopes] = [
    Training(*MOVING, CROSS),
    Training(*ADAMS, SQUARES),
    Training(*ADAMS, {**CROSS, **IRIS, **BATCHES, **HELD}),
    Training(*MOVING, {**SQUARES, **BATCHES, **HELD}),
    Training(*MOVING, {**CROSS, **NORMALIZED, **BATCHES, **HELD}),
    Training(*CALMER, {**SQUARES, **NORMALIZED, **HELD}),
    Training(*ADAMS, {**CROSS, "dropout": 0.3}),
    Training(*MOVING, {**SQUARES, "dropout": 0.4, **BATCHES, **HELD}),
    Training(*CALMER, {**CROSS, "data_set": "iris", **NORMALIZED, "dropout": 0.2, **BATCHES, **HELD}),
    Training(*MOVING, {**CROSS, "initialization": "he", "draw": 3, "l1": 0.01, "l2": 0.05, **BATCHES}),
    *(
        Slopes("logistic_regression", {**loss, "normalization": n})
        for loss in (CROSS, SQUARES)
        for n in ("none", "minmax")
    ),
    *(Slopes("softmax", {**loss, "species": s}) for loss in (CROSS, SQUARES) for s in ("setosa", "virginica")),
]


# Files

FILES: dict[str, tuple[Sequence[Case | Plan | Training | Slopes], str]] = {
    "trajectories.json": (TRAJECTORIES, "torch optax keras jax"),
    "schedules.json": (SCHEDULES, "torch optax keras jax"),
    "beyond.json": (BEYOND, "torch optax keras jax qhoptim schedulefree"),
    "schedules_more.json": (SCHEDULES_MORE, "torch optax keras jax transformers"),
    "network.json": (NETWORK, "torch"),
}


def made(name: str) -> Row:
    table, libraries = FILES[name]
    return {
        "versions": {library: version(library) for library in libraries.split()},
        "rows": [row for entry in table for row in entry.rows()],
    }


def difference(a: Any, b: Any) -> float:
    """The largest between two numbers that stand at the same place; infinite where anything else differs."""
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        return max((difference(a[key], b[key]) for key in a), default=0.0)
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return max((difference(*pair) for pair in zip(a, b, strict=True)), default=0.0)
    if isinstance(a, float) and isinstance(b, float) and math.isfinite(a - b):
        return abs(a - b)
    return 0.0 if a == b else math.inf


def title(row: Row) -> str:
    settings = row.get("arguments", row.get("hyperparameters", ""))
    place = f" on {row['surface']} {row.get('fields', '')}" if "surface" in row else ""
    return (
        f"{row.get('optimizer', row.get('schedule', 'slopes'))} {settings}{place}, {row['library']} {row['reference']}"
    )


def check(name: str) -> float:
    new, old = made(name), json.loads((HERE / name).read_text())
    print(f"{name}: made with {new['versions']}, stored with {old['versions']}")
    if len(new["rows"]) != len(old["rows"]):
        print(f"  {len(new['rows'])} rows made, {len(old['rows'])} stored")
        return math.inf
    apart = [difference(a, b) for a, b in zip(json.loads(json.dumps(new["rows"])), old["rows"], strict=True)]
    for row, size in zip(old["rows"], apart, strict=True):
        print(f"  {size:8.1e}  {title(row)}")
    return max(apart)


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the reference files again from the libraries.")
    parser.add_argument("--check", action="store_true", help="compare with the stored files, write nothing")
    parser.add_argument("files", nargs="*", metavar="file", help=f"of {', '.join(FILES)}; all if none is given")
    given = parser.parse_args()
    if unknown := set(given.files) - FILES.keys():
        parser.error(f"no such file: {', '.join(sorted(unknown))}")
    files = given.files or list(FILES)
    if given.check:
        largest = max([check(name) for name in files])
        print(f"largest difference {largest:.1e}, {'more' if largest > TOLERANCE else 'not more'} than {TOLERANCE:.0e}")
        return int(largest > TOLERANCE)
    for name in files:
        (HERE / name).write_text(json.dumps(made(name)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
