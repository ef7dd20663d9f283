"""Landscapes of models on data: their losses are what they are called, and they show what the lecture says of them."""

import hashlib
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit, log_expit

from optimizers import OPTIMIZERS, RULES, SCHEDULES, Path, run
from optimizers.bases.hessian import eigen, hessian
from optimizers.bases.optimizer import gradient, loss_at
from surfaces import SURFACES, Surface
from surfaces.bases.iris import SPECIES, iris
from tests.rounding import assert_close, assert_same_path, points_of

SIGMOIDS = ["logistic_regression", "one_neuron"]
NORMALIZATIONS = ["none", "standardize", "minmax", "batch"]
BATCH = {"normalization": "batch", "gamma": 1.7, "beta": -0.4}
# Surfaces whose two weights stand in front of measured features, and a rate that moves them.
FEATURES = {"linear_regression": 0.02, "logistic_regression": 0.3, "softmax": 0.1}
# Batches whose last is smaller, of every model that has points.
BATCHES: dict[str, dict[str, Any]] = {
    "linear_regression": {"batch_size": 16, "held_out": 0.1},
    "logistic_regression": {"batch_size": 48, "normalization": "standardize"},
    "softmax": {"batch_size": 40, "held_out": 0.1},
    "one_neuron": {"batch_size": 4},
    "sparse_embedding": {"batch_size": 30},
    "two_layer": {"batch_size": 16, "held_out": 0.3},
}

every_feature = pytest.mark.parametrize("slug", FEATURES)
every_normalization = pytest.mark.parametrize("normalization", NORMALIZATIONS)
every_batch = pytest.mark.parametrize("slug", BATCHES)


def scores(surface: Surface, w: float, v: float) -> np.ndarray:
    """The scores of a surface's points, point by point."""
    x, _ = surface.data
    if surface.slug == "one_neuron":
        return np.array([w * row[0] + v for row in x])
    return np.array([w * row[0] + v * row[1] + surface.bias for row in x])


@pytest.mark.parametrize("slug", SIGMOIDS)
@pytest.mark.parametrize("place", [(0.3, -1.2), (-4.0, 3.0), (6.0, -2.0)])
def test_the_two_losses_are_written_out_point_by_point(slug: str, place: tuple[float, float]) -> None:
    for loss in ("mse", "cross_entropy"):
        surface = SURFACES[slug](loss=loss)
        z, y = scores(surface, *place), surface.data[1]
        each = (expit(z) - y) ** 2 if loss == "mse" else -y * log_expit(z) - (1 - y) * log_expit(-z)
        assert surface.value(*place) == pytest.approx(each.mean(), rel=1e-9)


@pytest.mark.parametrize("slug", SIGMOIDS)
@pytest.mark.parametrize("loss", ["mse", "cross_entropy"])
def test_the_minimum_is_where_scipy_finds_it(slug: str, loss: str) -> None:
    surface = SURFACES[slug](loss=loss)
    (minimum,) = surface.minima
    found = minimize(lambda p: surface.value(*p), minimum, jac=lambda p: np.array(surface.grad(*p)), tol=1e-12)
    np.testing.assert_allclose(found.x, minimum, atol=1e-5)
    assert surface.value(*minimum) <= found.fun + 1e-12


@pytest.mark.parametrize("slug", [*SIGMOIDS, "softmax"])
def test_cross_entropy_curves_up_everywhere_and_mse_does_not(slug: str) -> None:
    shares = {}
    for loss in ("cross_entropy", "mse"):
        surface = SURFACES[slug](loss=loss)
        x, y, _ = surface.grid(41)
        places = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        values, _ = eigen(hessian(surface, places))
        shares[loss] = np.mean(values[:, 0] < -1e-9 * np.abs(values).max())
    assert shares["cross_entropy"] == 0
    assert shares["mse"] > 0.5


# Normalization.


@every_normalization
@pytest.mark.parametrize("slug", ["linear_regression", "logistic_regression"])
def test_the_condition_number_is_that_of_the_hessian_on_paper(slug: str, normalization: str) -> None:
    surface = SURFACES[slug](normalization=normalization)
    x, _ = surface.data
    if slug == "linear_regression":
        on_paper = 2 * np.cov(x.T, bias=True)
    else:
        p = expit(scores(surface, *surface.minima[0]))
        on_paper = x.T @ (x * (p * (1 - p))[:, None]) / len(x)
    np.testing.assert_allclose(hessian(surface, np.array(surface.minima))[0], on_paper, rtol=1e-6, atol=1e-8)
    assert surface.condition_number == pytest.approx(np.linalg.cond(on_paper), rel=1e-6)


@pytest.mark.parametrize(("slug", "times"), [("linear_regression", 10), ("logistic_regression", 20), ("softmax", 10)])
def test_standardizing_makes_the_bowl_rounder_and_no_better(slug: str, times: float) -> None:
    raw, standardized = (SURFACES[slug](normalization=n) for n in ("none", "standardize"))
    assert raw.condition_number > times * standardized.condition_number
    if slug != "softmax":
        assert raw.lowest == pytest.approx(standardized.lowest)


@every_feature
def test_features_are_normalized_by_the_training_points_alone(slug: str) -> None:
    made = {n: SURFACES[slug](normalization=n, held_out=0.3) for n in NORMALIZATIONS}
    train, held = made["none"].split
    scaled = {n: surface.scaling(surface.raw[0]) for n, surface in made.items()}
    np.testing.assert_array_equal(scaled["none"], made["none"].raw[0])
    np.testing.assert_allclose(scaled["standardize"][train].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(scaled["standardize"][train].std(axis=0), 1)
    np.testing.assert_array_equal(scaled["minmax"][train].min(axis=0), 0)
    np.testing.assert_allclose(scaled["minmax"][train].max(axis=0), 1)
    # Those held out have had no say.
    assert np.abs(scaled["standardize"][held].mean(axis=0)).max() > 0.01
    # All points in one batch: standardized, but for the eps.
    np.testing.assert_allclose(scaled["batch"], scaled["standardize"], rtol=1e-3)
    gamma, beta = BATCH["gamma"], BATCH["beta"]
    wider = SURFACES[slug](**BATCH, held_out=0.3)
    np.testing.assert_allclose(wider.scaling(wider.raw[0]), gamma * scaled["batch"] + beta, rtol=1e-12)


@every_feature
@every_normalization
def test_raw_weights_are_those_of_the_same_model_on_the_data_as_measured(slug: str, normalization: str) -> None:
    surface, raw = SURFACES[slug](**{**BATCH, "normalization": normalization}), SURFACES[slug]()
    places = np.random.default_rng(0).uniform(-5, 5, (20, 2))
    np.testing.assert_allclose(surface.from_raw_weights(surface.raw_weights(places)), places, rtol=1e-12)
    # Equal weights differ by equal scores from point to point.
    x = [np.diff(s.scaling(s.raw[0]) @ w.T, axis=0) for s, w in ((surface, places), (raw, surface.raw_weights(places)))]
    np.testing.assert_allclose(*x, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(surface.raw_weights(np.array(surface.best)), raw.best, rtol=1e-4)
    # The held bias is right for the best weights; only where it is fitted everywhere is the loss the same everywhere.
    assert surface.value(*surface.best) == pytest.approx(raw.value(*raw.best), rel=1e-6)
    if slug == "linear_regression":
        np.testing.assert_allclose(loss_at(surface, places), loss_at(raw, surface.raw_weights(places)), rtol=1e-9)


def test_the_mean_of_single_points_gradients_is_the_gradient() -> None:
    surface = SURFACES["logistic_regression"]()
    features, labels = surface.data
    w = (0.7, -0.2)
    p = expit(scores(surface, *w))
    np.testing.assert_allclose(surface.grad(*w), ((p - labels)[:, None] * features).mean(axis=0), rtol=1e-10)


# Softmax.


def test_the_flowers_are_fisher_s() -> None:
    x, species = iris()
    assert x.shape == (150, 4)
    assert np.bincount(species).tolist() == [50, 50, 50]
    # UCI's copy, which most libraries have, differs from Fisher's table in two flowers, by half a centimetre at most.
    numbers = x.astype("<f8").tobytes() + species.astype("<i8").tobytes()
    assert hashlib.sha256(numbers).hexdigest() == "d2712b028401f0400cb671cb99d85387a1c721d41262f30ecb7b90f029d20a90"
    np.testing.assert_allclose(x.mean(axis=0), (5.843, 3.057, 3.758, 1.199), atol=0.005)


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
@pytest.mark.parametrize("species", SPECIES)
@pytest.mark.parametrize("normalization", ["none", "standardize"])
@pytest.mark.parametrize("measures", ["petal_length_and_width", "petal_width_and_sepal_length"])
def test_the_softmax_is_that_of_all_fifteen_weights(loss: str, species: str, normalization: str, measures: str) -> None:
    surface = SURFACES["softmax"](loss=loss, species=species, normalization=normalization, measures=measures)
    measured, right = iris()
    x, weights, bias = measured, surface.layer[:, :4], surface.layer[:, 4]
    mean, spread = x.mean(axis=0), x.std(axis=0)
    if normalization == "standardize":
        x = (x - mean) / spread
    else:
        weights, bias = weights / spread, bias - weights / spread @ mean
    moved = SPECIES.index(species)
    places = {"petal_length_and_width": [2, 3], "petal_width_and_sepal_length": [3, 0]}[measures]
    for w in np.random.default_rng(2).uniform(-4, 4, (5, 2)) + surface.best:
        weights = weights.copy()
        weights[moved, places] = w
        losses, slopes = [], []
        for flower, species_of_it in zip(x, right, strict=True):
            z = weights @ flower + bias
            p = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
            wrong = p - np.eye(3)[species_of_it]
            by_score = wrong if loss == "cross_entropy" else 2 * p * (wrong - p @ wrong)
            losses.append(-np.log(p[species_of_it]) if loss == "cross_entropy" else wrong @ wrong)
            slopes.append(by_score[moved] * flower[places])
        assert surface.value(*w) == pytest.approx(np.mean(losses), rel=1e-9)
        np.testing.assert_allclose(surface.grad(*w), np.mean(slopes, axis=0), rtol=1e-8, atol=1e-12)


# Mini-batches.


def trained(slug: str, **values: Any) -> Any:
    """The loss that runs on a surface go down: over its two weights, or over all of its model's."""
    surface = SURFACES[slug](**{**BATCHES[slug], **values})
    return getattr(surface, "full", surface)


def training_rows(model: Any) -> np.ndarray:
    return model.train if hasattr(model, "train") else model.split[0]


def places_of(model: Any, n: int = 4) -> np.ndarray:
    return np.random.default_rng(4).normal(0, 1.5, (n, getattr(model, "dimension", 2)))


def walked(
    slug: str, optimizer: str = "momentum", steps: int = 12, seed: int = 3, start: Any = None, **values: Any
) -> Path:
    surface = SURFACES[slug](**{**BATCHES[slug], **values})
    rate = {"momentum": 0.05, "adam": 0.2, "sgd": 0.1}[optimizer] * (0.1 if slug == "linear_regression" else 1)
    return run(surface, OPTIMIZERS[optimizer](), rate, surface.start if start is None else start, steps, seed=seed)


@every_batch
@pytest.mark.parametrize("seed", [0, 7])
def test_each_epoch_shows_every_training_point_once(slug: str, seed: int) -> None:
    model, size = trained(slug), BATCHES[slug]["batch_size"]
    train = training_rows(model)
    each = -(-len(train) // size)
    orders = []
    for epoch in range(3):
        batches = [model.batch(epoch * each + t, seed) for t in range(1, each + 1)]
        assert [len(rows) for rows in batches[:-1]] == [size] * (each - 1)
        assert 0 < len(batches[-1]) < size
        orders.append(np.concatenate(batches).tolist())
        assert sorted(orders[-1]) == train.tolist()
    assert orders[0] != orders[1] != orders[2]
    assert orders[0] != np.concatenate([model.batch(t, seed + 1) for t in range(1, each + 1)]).tolist()


@every_batch
@pytest.mark.parametrize("penalties", [{}, {"l1": 0.3, "l2": 0.2}], ids=["plain", "penalised"])
def test_the_batches_of_an_epoch_make_the_whole_loss_and_its_gradient(slug: str, penalties: dict[str, float]) -> None:
    for loss in next(p.choices for p in SURFACES[slug].params() if p.name == "loss"):
        model = trained(slug, loss=loss, **penalties)
        whole, places = len(training_rows(model)), places_of(model)
        value, slope, seen, t = np.zeros(len(places)), np.zeros_like(places), 0, 0
        while seen < whole:
            t += 1
            part, size = model.sample(t, 5), len(model.batch(t, 5))
            value += size / whole * loss_at(part, places)
            slope += size / whole * gradient(part, places)
            seen += size
        np.testing.assert_allclose(value, loss_at(model, places), rtol=1e-12)
        np.testing.assert_allclose(slope, gradient(model, places), rtol=1e-9, atol=1e-12)


@every_batch
@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
def test_a_path_says_what_each_step_saw_and_what_the_whole_is(slug: str, optimizer: str) -> None:
    path = walked(slug, optimizer)
    model, surface = trained(slug), path.surface
    whole = path.full or path
    size = max(np.abs(whole.used).max(), np.abs(whole.grad).max())
    for t in range(1, 13):
        part, place = model.sample(t, 3), whole.theta[t - 1][None]
        assert path.batch_loss[t - 1] == pytest.approx(loss_at(part, place)[0], rel=1e-12)
        assert_close(whole.used[t - 1], gradient(part, place)[0], points_of(surface), size)
    np.testing.assert_allclose(path.loss, loss_at(model, whole.theta), rtol=1e-12)
    assert_close(whole.grad, gradient(model, whole.theta), points_of(surface), size)
    assert np.abs(whole.used - whole.grad[:-1]).max() > 1e-3


@every_batch
def test_the_seed_alone_decides_the_batches_and_a_batch_of_starts_equals_single_ones(slug: str) -> None:
    path = walked(slug)
    np.testing.assert_array_equal(walked(slug).theta, path.theta)
    assert np.abs(walked(slug, seed=4).theta - path.theta).max() > 1e-4
    starts = path.theta[0] + np.array([[0.0, 0.0], [0.4, -0.3], [-0.2, 0.5]])
    together = walked(slug, start=starts)
    for i, start in enumerate(starts):
        alone = walked(slug, start=start)
        for name in ("theta", "loss", "grad", "used", "batch_loss", "validation"):
            if getattr(alone, name) is not None:
                np.testing.assert_allclose(
                    getattr(together, name)[:, i], getattr(alone, name), rtol=1e-9, atol=1e-12, err_msg=name
                )


@every_batch
def test_a_batch_of_everything_is_no_mini_batch(slug: str) -> None:
    whole, large = (walked(slug, batch_size=size) for size in (0, 1000))
    assert whole.batch_loss is None
    assert large.batch_loss is None
    np.testing.assert_array_equal(whole.theta, large.theta)


@pytest.mark.parametrize("optimizer", ["bfgs", "nelder_mead"])
def test_scipy_s_methods_see_the_whole_data(optimizer: str) -> None:
    start = SURFACES["logistic_regression"]().start
    paths = [
        run(SURFACES["logistic_regression"](batch_size=size), OPTIMIZERS[optimizer](), 0.5, start, 6)
        for size in (0, 20)
    ]
    np.testing.assert_allclose(paths[0].theta, paths[1].theta, rtol=1e-12)
    assert paths[1].batch_loss is None


# Batch normalization of the features.


@every_feature
def test_a_batch_is_normalized_by_itself(slug: str) -> None:
    surface = SURFACES[slug](batch_size=16, held_out=0.2, **BATCH)
    # The bias of the regression takes the mean away.
    mean = 0.0 if slug == "linear_regression" else BATCH["beta"]
    for t in range(1, 12):
        x = surface.sample(t, 0).features
        assert len(x) <= 16
        np.testing.assert_allclose(x.mean(axis=0), mean, atol=1e-12)
        np.testing.assert_allclose(x.std(axis=0), BATCH["gamma"], rtol=1e-3)


@every_feature
def test_held_out_points_are_normalized_by_moving_averages_as_torch_keeps_them(slug: str) -> None:
    surface = SURFACES[slug](batch_size=16, held_out=0.2, **BATCH)
    measured, held = surface.raw[0], surface.split[1]
    # torch.nn.BatchNorm1d: the weight of the newest batch is 0.1, and the variance is the unbiased one.
    running_mean, running_var = np.zeros(2), np.ones(2)
    beta = 0.0 if slug == "linear_regression" else BATCH["beta"]
    path = run(surface, OPTIMIZERS["momentum"](), FEATURES[slug], surface.start, 140, seed=2)
    for t in range(141):
        if t:
            batch = measured[surface.batch(t, 2)]
            running_mean = 0.9 * running_mean + 0.1 * batch.mean(axis=0)
            running_var = 0.9 * running_var + 0.1 * batch.var(axis=0, ddof=1)
        x = (measured[held] - running_mean) / np.sqrt(running_var + 1e-5) * BATCH["gamma"] + beta
        bias = surface.bias[held] if slug == "softmax" else surface.bias
        loss = surface.losses(x @ path.theta[t] + bias, held).mean()
        assert path.validation[t] == pytest.approx(loss, rel=1e-9)


# Held-out points.


def held_apart(slug: str, **values: Any) -> tuple[Any, Any]:
    """A surface with held-out points, and one for which these are others altogether."""
    surface, other = (SURFACES[slug](held_out=0.3, **values) for _ in range(2))
    x, y = (a.copy() for a in surface.raw)
    held = surface.split[1]
    x[held] += 5.0
    y[held] = y[held] + 3.0 if slug == "linear_regression" else (y[held] + 1) % (3 if slug == "softmax" else 2)
    vars(other)["raw"] = x, y
    return surface, other


@pytest.mark.parametrize("slug", [*FEATURES, "two_layer"])
@pytest.mark.parametrize(
    "values",
    [{}, {"batch_size": 16}, {"normalization": "standardize"}, {"normalization": "batch", "batch_size": 16}],
    ids=lambda v: " ".join(map(str, v.values())) or "plain",
)
def test_held_out_points_take_no_part_in_training(slug: str, values: dict[str, Any]) -> None:
    surface, other = held_apart(slug, **values)
    assert surface.start == other.start
    path, same = (run(s, OPTIMIZERS["momentum"](), 0.01, s.start, 20) for s in (surface, other))
    # A copy of the points lies otherwise in memory, and its products are another kernel's.
    terms = points_of(surface)
    assert_same_path(path.theta, same.theta, terms)
    assert_same_path(path.loss, same.loss, terms)
    assert np.abs(np.subtract(path.validation, same.validation)).max() > 0.01


def test_validation_is_the_loss_of_the_points_held_out() -> None:
    surface = SURFACES["logistic_regression"](held_out=0.3, normalization="standardize")
    train, held = surface.split
    assert len(held) == 60
    assert sorted([*train, *held]) == list(range(200))
    path = run(surface, OPTIMIZERS["sgd"](), 1.0, surface.start, 30)
    measured, labels = surface.raw
    x = (measured - measured[train].mean(axis=0)) / measured[train].std(axis=0)
    for rows, losses in ((train, path.loss), (held, path.validation)):
        z, y = path.theta @ x[rows].T + surface.bias, labels[rows]
        by_hand = -y * log_expit(z) - (1 - y) * log_expit(-z)
        np.testing.assert_allclose(losses, by_hand.mean(axis=1), rtol=1e-10)


def test_early_stopping_watches_the_points_held_out() -> None:
    surface = SURFACES["logistic_regression"](held_out=0.2, normalization="standardize")
    stopping = RULES["early_stopping"](criterion="UP", strip=1, rises=1)
    free, path = (run(surface, OPTIMIZERS["sgd"](), 1.0, surface.start, 80, rules) for rules in ([], [stopping]))
    # Their loss turns while that of the training points still falls.
    turn = np.argmin(free.validation)
    assert 5 < turn < 60
    assert (np.diff(free.loss) < 0).all()
    assert path.halt_step == turn + 1
    assert (path.validation[path.halt_step :] == path.validation[path.halt_step]).all()


# Where the weights begin.


@pytest.mark.parametrize("slug", [s for s in BATCHES if s != "two_layer"])
def test_initial_weights_are_zeros_xavier_s_or_he_s(slug: str) -> None:
    kind = SURFACES[slug]
    assert kind(initialization="zeros").start == (0.0, 0.0)
    assert kind(initialization="point").start == kind().start
    inputs, outputs = {"softmax": (4, 3), "one_neuron": (1, 1)}.get(slug, (2, 1))
    drawn = {i: np.array([kind(initialization=i, draw=d).start for d in range(400)]) for i in ("xavier", "he")}
    if slug == "one_neuron":
        # The other is its bias.
        assert all((d[:, 1] == 0).all() for d in drawn.values())
        drawn = {i: d[:, :1] for i, d in drawn.items()}
    reach = np.sqrt(6 / (inputs + outputs))
    assert 0.95 * reach < np.abs(drawn["xavier"]).max() <= reach
    np.testing.assert_allclose(drawn["xavier"].std(axis=0), reach / np.sqrt(3), rtol=0.15)
    np.testing.assert_allclose(drawn["he"].std(axis=0), np.sqrt(2 / inputs), rtol=0.15)
    for places in drawn.values():
        assert np.abs(places.mean(axis=0)).max() < 0.25
        assert len(np.unique(places, axis=0)) == 400


# The sparse embedding.


@pytest.mark.parametrize(("optimizer", "values"), [("momentum", {}), ("adamw", {"weight_decay": 0.5})])
def test_the_row_of_an_absent_word_stays_only_if_its_gradients_are_sparse(
    optimizer: str, values: dict[str, float]
) -> None:
    paths = {}
    for update in ("sparse", "dense"):
        surface = SURFACES["sparse_embedding"](update=update, batch_size=5)
        paths[update] = run(surface, OPTIMIZERS[optimizer](**values), 0.2, surface.start, 60, seed=1)
    words = surface.raw[0]
    absent = np.array([not words[surface.batch(t, 1), 1].any() for t in range(1, 61)])
    assert 10 < absent.sum() < 50
    moved = {update: np.diff(path.theta[:, 1]) != 0 for update, path in paths.items()}
    assert not moved["sparse"][absent].any()
    assert moved["sparse"][~absent].all()
    # From the first occurrence on the momentum carries it along; decay does so from the start.
    assert moved["dense"][np.argmax(~absent) :].all()
    # Neither is there a gradient of a word that is absent.
    assert all((path.used[absent, 1] == 0).all() for path in paths.values())
    # The frequent word is in every batch.
    np.testing.assert_array_equal(paths["sparse"].theta[:, 0], paths["dense"].theta[:, 0])


@pytest.mark.parametrize("optimizer", ["momentum", "adamw"])
def test_where_every_word_occurs_sparse_and_dense_are_the_same(optimizer: str) -> None:
    paths = []
    for update in ("sparse", "dense"):
        surface = SURFACES["sparse_embedding"](update=update)
        paths.append(run(surface, OPTIMIZERS[optimizer](), 0.2, surface.start, 40).theta)
    np.testing.assert_array_equal(*paths)


# What the lecture says.


def test_after_standardizing_one_rate_leads_straight_to_the_minimum() -> None:
    lengths = {}
    for normalization in ("none", "standardize"):
        surface = SURFACES["linear_regression"](normalization=normalization)
        path = run(surface, OPTIMIZERS["sgd"](), 0.03, surface.start, 2000)
        way = np.linalg.norm(np.diff(path.theta, axis=0), axis=1).sum()
        lengths[normalization] = way / np.linalg.norm(path.theta[0] - surface.minima[0])
        assert path.status == "converged"
    assert lengths["standardize"] < 1.05
    assert lengths["none"] > 1.2


def test_far_from_right_squared_errors_do_not_move_and_cross_entropy_does() -> None:
    paths = {}
    for loss in ("mse", "cross_entropy"):
        surface = SURFACES["three_class"](loss=loss)
        paths[loss] = run(surface, OPTIMIZERS["sgd"](), 1.0, surface.start, 100)
    assert paths["mse"].loss[-1] == pytest.approx(2.0, abs=1e-5)
    assert paths["mse"].status == "stalled"
    assert paths["cross_entropy"].loss[-1] < 0.001 * paths["cross_entropy"].loss[0]
    assert paths["cross_entropy"].status == "as_good"


@pytest.mark.parametrize(("start", "rate", "steps"), [((-4.5, 1.0), 0.3, 300), ((-4.8, 0.2), 0.12, 60)])
@pytest.mark.parametrize("decay", ["power", "exponential"])
def test_adagrad_s_sigma_bursts_under_a_constant_rate_and_not_under_a_decay(
    start: tuple[float, float], rate: float, steps: int, decay: str
) -> None:
    """Across the valley small gradients pile up, and their mean shrinks until eta / sigma is too long a step."""
    adagrad, bowl = OPTIMIZERS["composed"](direction="gradient", scale="rms_all"), SURFACES["bowl"]()
    rates = SCHEDULES["constant"](lr=rate), SCHEDULES[decay](lr=rate)
    constant, decayed = (np.abs(run(bowl, adagrad, r, start, steps).theta[:, 1]) for r in rates)
    assert constant[10:20].max() < 0.01 * start[1]
    assert constant[20:].max() > start[1]
    assert decayed[20:].max() < 0.01 * start[1]


def test_adagrad_is_thrown_off_a_curved_valley_s_floor_unless_the_rate_decays() -> None:
    adagrad, valley = OPTIMIZERS["composed"](direction="gradient", scale="rms_all"), SURFACES["rosenbrock"](b=5.0)
    rates = SCHEDULES["constant"](lr=0.2), SCHEDULES["inverse_sqrt"](lr=0.2)
    constant, decayed = (run(valley, adagrad, r, (-1.5, 2.0), 250) for r in rates)
    off = [np.abs(path.theta[:, 1] - path.theta[:, 0] ** 2) for path in (constant, decayed)]
    assert off[0][40:75].max() < 0.2
    assert off[0][75:].max() > 1.0
    assert off[1][40:].max() < 0.1
    assert (constant.status, decayed.status) == ("running", "converged")


def test_the_cliff_is_so_steep_that_a_thousandth_away_it_is_a_plain() -> None:
    surface = SURFACES["recurrent_cliff"]()
    b, low, high = -3.0, 5.0, 6.0
    assert surface.value(low, b) > 5 * surface.value(high, b)
    # Halve the stretch that holds the greater part of the fall, until the wall is found.
    while high - low > 1e-8:
        middle = (low + high) / 2
        left = abs(surface.value(middle, b) - surface.value(low, b))
        right = abs(surface.value(high, b) - surface.value(middle, b))
        low, high = (low, middle) if left > right else (middle, high)
    wall = np.hypot(*surface.grad((low + high) / 2, b))
    for beside in (low - 1e-3, high + 1e-3):
        assert wall > 1e4 * np.hypot(*surface.grad(beside, b))


def test_the_cliff_is_a_wall_and_clipping_saves_a_run_from_it() -> None:
    surface = SURFACES["recurrent_cliff"]()
    x, y, _ = surface.grid(301)
    norms = np.hypot(*surface.grad(x[None, :], y[:, None]))
    assert norms.max() > 100 * np.median(norms)
    # From the same place at the same rate: thrown out of the picture, or down into the valley.
    (x0, x1), (y0, y1) = surface.window
    start, rate = (7.2, -4.05), 1.0
    free = run(surface, OPTIMIZERS["sgd"](), rate, start, 300)
    clipped = run(surface, OPTIMIZERS["sgd"](), rate, start, 300, rules=(RULES["clip_norm"](limit=0.2),))
    outside = (free.theta[:, 0] > x1) | (free.theta[:, 0] < x0) | (free.theta[:, 1] > y1) | (free.theta[:, 1] < y0)
    assert outside.any()
    inside = (clipped.theta[:, 0] <= x1) & (clipped.theta[:, 0] >= x0) & (clipped.theta[:, 1] <= y1)
    assert inside.all()


@pytest.mark.parametrize(
    ("slug", "l1"), [("linear_regression", 1.0), ("linear_regression", 3.0), ("logistic_regression", 0.3)]
)
def test_at_the_tip_of_a_penalty_there_is_no_condition_number(slug: str, l1: float) -> None:
    surface = SURFACES[slug](l1=l1)
    assert any(0.0 in place for place in surface.minima)
    assert surface.condition_number is None
    assert "condition" not in surface.facts()


def test_beside_the_tip_the_penalty_bends_nothing() -> None:
    bare, bent = SURFACES["linear_regression"](), SURFACES["linear_regression"](l1=1e-3)
    assert np.all(np.abs(bent.minima[0]) > 0.01)
    assert bent.condition_number == pytest.approx(bare.condition_number, rel=1e-6)
