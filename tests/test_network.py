"""The network trains as torch's does, all of it, and the plane shows of its weights what it says."""

import json
from pathlib import Path as File
from typing import Any

import numpy as np
import pytest

from app.experiment import suggested_rate
from optimizers import OPTIMIZERS, RULES, SCHEDULES, Path, run
from optimizers.bases.optimizer import gradient, loss_at
from surfaces import SURFACES
from tests.rounding import assert_close, assert_same_path, points_of

ROWS = json.loads((File(__file__).parent / "golden" / "network.json").read_text())["rows"]
TRAINED = [row for row in ROWS if row["surface"] == "two_layer"]
SLOPES = [row for row in ROWS if row["surface"] != "two_layer"]
# The seed of the stored runs, and how far apart their places are.
SEED, EVERY = 5, 10

MODELS: dict[str, dict[str, Any]] = {
    "plain": {},
    "squares": {"loss": "mse", "data_set": "iris", "normalization": "standardize"},
    "penalised": {"l1": 0.3, "l2": 0.2, "batch_size": 16},
    "normalized": {"normalization": "batch", "batch_size": 16},
    "normalized squares": {"normalization": "batch", "loss": "mse", "data_set": "iris"},
    "dropout": {"dropout": 0.4, "loss": "mse"},
    "all": {"normalization": "batch", "dropout": 0.3, "batch_size": 20, "l1": 0.1, "l2": 0.1, "held_out": 0.2},
}
every_model = pytest.mark.parametrize("fields", MODELS.values(), ids=MODELS.keys())
both_planes = pytest.mark.parametrize("plane", ["path", "random"])


def two_layer(**fields: Any) -> Any:
    return SURFACES["two_layer"](**fields)


def words(row: dict[str, Any]) -> str:
    return " ".join([row.get("optimizer", row["surface"]), *map(str, row["fields"].values())])


def trained(surface: Any, optimizer: str = "momentum", rate: Any = 0.1, steps: int = 20, **asked: Any) -> Path:
    return run(surface, OPTIMIZERS[optimizer](), rate, surface.start, steps, **asked)


# The network.


@every_model
def test_backpropagation_is_the_derivative_by_every_weight(fields: dict[str, Any]) -> None:
    surface = two_layer(**fields)
    network = surface.full
    theta, h = np.random.default_rng(0).normal(0, 0.8, network.dimension), 1e-30
    # The whole, and a step's mini-batch with its dropped units.
    for part in (network, network.sample(3, 1)):
        by_step = np.imag(loss_at(part, theta + 1j * h * np.eye(network.dimension))) / h
        # Products of complex numbers are other kernels'.
        assert_close(gradient(part, theta), by_step, points_of(surface))


@pytest.mark.parametrize("row", TRAINED, ids=words)
def test_training_is_torch_s_and_so_is_the_loss_on_held_out_points(row: dict[str, Any]) -> None:
    surface = two_layer(**row["fields"])
    optimizer = OPTIMIZERS[row["optimizer"]](**row["hyperparameters"])
    steps = EVERY * (len(row["positions"]) - 1)
    path = run(surface, optimizer, row["learning_rate"], surface.start, steps, seed=SEED)
    np.testing.assert_allclose(path.full.theta[::EVERY], row["positions"], rtol=0, atol=1e-9)
    assert (path.validation is None) == ("validation" not in row)
    if path.validation is not None:
        np.testing.assert_allclose(path.validation[EVERY::EVERY], row["validation"], rtol=0, atol=1e-9)


@pytest.mark.parametrize("row", SLOPES, ids=words)
def test_losses_and_gradients_are_those_of_autograd(row: dict[str, Any]) -> None:
    surface, places = SURFACES[row["surface"]](**row["fields"]), np.array(row["places"])
    # The weights that are held have been fitted, to eight digits or so.
    np.testing.assert_allclose(loss_at(surface, places), row["losses"], rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(gradient(surface, places), row["gradients"], rtol=1e-6, atol=1e-10)


@pytest.mark.parametrize("data_set", ["moons", "iris"])
@pytest.mark.parametrize("normalization", ["none", "batch"])
def test_initial_weights_are_those_of_their_layers(data_set: str, normalization: str) -> None:
    features, classes = {"moons": (2, 2), "iris": (4, 3)}[data_set]
    drawn: dict[str, list[Any]] = {"xavier": [], "he": [], "zeros": []}
    for kind, found in drawn.items():
        for draw in range(100):
            surface = two_layer(data_set=data_set, normalization=normalization, initialization=kind, draw=draw)
            network = surface.full
            w = network.layers(network.initial(kind, draw)[None])
            found.append(w)
            assert not np.any(w.b1)
            assert not np.any(w.b2)
            assert (w.gamma is None) == (normalization == "none")
            assert w.gamma is None or (np.all(w.gamma == 1) and not np.any(w.beta))
    for layer, inputs, outputs in (("w1", features, 6), ("w2", 6, classes)):
        xavier, he, zeros = (np.array([getattr(w, layer) for w in found]) for found in drawn.values())
        reach = np.sqrt(6 / (inputs + outputs))
        assert 0.98 * reach < np.abs(xavier).max() <= reach
        assert he.std() == pytest.approx(np.sqrt(2 / inputs), rel=0.1)
        assert not zeros.any()
        assert len(np.unique(xavier[:, 0, 0, 0])) == 100


def test_from_zeros_the_hidden_units_stay_one_and_the_same() -> None:
    for optimizer in ("momentum", "adam"):
        for kind, alike in (("zeros", True), ("xavier", False)):
            surface = two_layer(initialization=kind, batch_size=16)
            path = trained(surface, optimizer)
            w = surface.full.layers(path.full.theta)
            assert (np.ptp(w.w1, axis=1).max() == 0) == alike
            assert (np.ptp(w.w2, axis=2).max() == 0) == alike
            assert np.abs(path.full.theta[-1] - path.full.theta[0]).max() > 0


def test_dropout_leaves_out_its_share_and_what_is_left_makes_up_for_it() -> None:
    network = two_layer(dropout=0.3).full
    masks = np.array([network.sample(t, 0).mask for t in range(1, 400)])
    assert np.unique(masks).tolist() == [0.0, 1 / 0.7]
    assert (masks == 0).mean() == pytest.approx(0.3, abs=0.005)
    np.testing.assert_allclose(masks.mean(axis=0), 1.0, atol=0.15)
    np.testing.assert_array_equal(network.sample(7, 0).mask, masks[6])
    assert np.any(network.sample(7, 1).mask != masks[6])


def test_only_steps_drop_units_not_the_loss_that_is_shown() -> None:
    surface = two_layer(dropout=0.5, held_out=0.3)
    network = two_layer(held_out=0.3).full
    path = trained(surface)
    np.testing.assert_allclose(path.loss, loss_at(network, path.full.theta), rtol=1e-12)
    assert np.abs(path.batch_loss - path.loss[:-1]).min() > 1e-4
    plain = trained(two_layer(held_out=0.3))
    assert path.validation[0] == plain.validation[0]


def test_penalties_act_on_all_weights_but_biases() -> None:
    fields = {"normalization": "batch"}
    plain, surface = two_layer(**fields), two_layer(**fields, l1=0.7, l2=0.4)
    theta = np.random.default_rng(0).normal(0, 1, (5, plain.full.dimension))
    w = plain.full.layers(theta)
    size, slope = np.zeros(5), np.zeros_like(theta)
    # The first and the last layer's weights; between them lie the biases, gamma and beta, behind them the biases.
    for weights, at in ((w.w1, 0), (w.w2, w.w1[0].size + 3 * 6)):
        flat = weights.reshape(5, -1)
        size += 0.7 * np.abs(flat).sum(axis=1) + 0.2 * (flat**2).sum(axis=1)
        slope[:, at : at + flat.shape[1]] = 0.7 * np.sign(flat) + 0.4 * flat
    np.testing.assert_allclose(loss_at(surface.full, theta) - loss_at(plain.full, theta), size, rtol=1e-12)
    difference = gradient(surface.full, theta) - gradient(plain.full, theta)
    np.testing.assert_allclose(difference, slope, rtol=1e-9, atol=1e-14)


def test_no_penalty_moves_the_plane() -> None:
    plain = two_layer()
    for penalty in ({"l2": 5.0}, {"l1": 5.0}, {"l1": 1000.0, "l2": 1000.0}):
        surface = two_layer(**penalty)
        assert surface.window == plain.window
        assert surface.start == plain.start
        np.testing.assert_array_equal(surface.laid.directions, plain.laid.directions)
        assert np.isfinite(surface.grid(5)[2]).all()


# The plane.


def test_the_plane_is_laid_along_the_principal_directions_of_gradient_descent() -> None:
    surface = two_layer()
    path = run(surface, OPTIMIZERS["sgd"](), 0.5, surface.start, 600)
    np.testing.assert_allclose(path.full.theta, surface.reference, rtol=0, atol=1e-9)
    covariance = np.cov(path.full.theta.T, bias=True)
    sizes = np.linalg.eigvalsh(covariance)[::-1]
    directions = surface.laid.directions
    np.testing.assert_allclose(directions @ directions.T, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(covariance @ directions.T, directions.T * sizes[:2], atol=1e-9 * sizes[0])
    assert surface.laid.share == pytest.approx(sizes[:2].sum() / sizes.sum(), rel=1e-9)
    assert surface.laid.share > 0.9
    # It leads from the start to the end, and both are seen.
    assert path.theta[-1, 0] > path.theta[0, 0]
    for (low, high), places in zip(surface.window, path.theta.T, strict=True):
        assert low < places.min() < places.max() < high


def test_a_plane_through_other_paths_is_laid_along_all_of_them_together() -> None:
    surface = two_layer()
    paths = [trained(surface, optimizer, steps=60).full.theta for optimizer in ("momentum", "adam")]
    together, other = np.concatenate(paths), surface.through(paths)
    sizes = np.linalg.eigvalsh(np.cov(together.T, bias=True))[::-1]
    assert other.laid.share == pytest.approx(sizes[:2].sum() / sizes.sum(), rel=1e-9)
    # No plane lies closer to them.
    off = [np.linalg.norm(together - s.laid.weights(s.project(together))) for s in (other, surface)]
    assert off[0] < 0.9 * off[1]
    # The training is the same, only seen from elsewhere.
    np.testing.assert_array_equal(trained(other, steps=60).full.theta, paths[0])
    random = two_layer(plane="random")
    assert random.through(paths) is random


@pytest.mark.parametrize("normalization", ["none", "batch"])
def test_a_random_plane_s_directions_are_as_long_as_the_trained_neurons(normalization: str) -> None:
    surface = two_layer(plane="random", normalization=normalization)
    network, end = surface.full, surface.reference[-1]
    np.testing.assert_array_equal(surface.laid.origin, end)
    np.testing.assert_allclose(surface.project(end), 0, atol=1e-12)
    directions, weights = network.layers(surface.laid.directions), network.layers(end[None])
    for layer in ("w1", "w2"):
        lengths, trained_lengths = (np.linalg.norm(getattr(w, layer), axis=2) for w in (directions, weights))
        np.testing.assert_allclose(lengths, np.repeat(trained_lengths, 2, axis=0), rtol=1e-12)
    for name in ("b1", "gamma", "beta", "b2"):
        assert not np.any(getattr(directions, name)), name
    other = two_layer(plane="random", normalization=normalization, draw=1)
    assert np.abs(other.laid.directions - surface.laid.directions).max() > 0.1


def test_a_random_plane_holds_next_to_nothing_of_the_reference_run() -> None:
    surface = two_layer(plane="random")
    spread = surface.reference - surface.reference.mean(axis=0)
    basis = np.linalg.qr(surface.laid.directions.T)[0]
    share = ((spread @ basis) ** 2).sum() / (spread**2).sum()
    assert surface.laid.share == pytest.approx(share, rel=1e-9)
    assert share < 0.3 < two_layer().laid.share


@both_planes
def test_projecting_finds_the_nearest_point_of_the_plane(plane: str) -> None:
    surface = two_layer(plane=plane)
    places = np.random.default_rng(0).normal(0, 3, (50, 2))
    np.testing.assert_allclose(surface.project(surface.laid.weights(places)), places, rtol=1e-9, atol=1e-12)
    away = surface.reference[::60] + np.random.default_rng(1).normal(0, 1, surface.reference[::60].shape)
    nearest = surface.project(away)
    # What is left over stands upright on the plane.
    left = away - surface.laid.weights(nearest)
    np.testing.assert_allclose(left @ surface.laid.directions.T, 0, atol=1e-9)
    assert np.abs(left).max() > 0.1


@both_planes
@pytest.mark.parametrize("initialization", ["point", "zeros", "xavier", "he"])
def test_a_run_from_the_start_begins_with_the_initial_weights_exactly(plane: str, initialization: str) -> None:
    surface = two_layer(plane=plane, initialization=initialization, draw=2)
    np.testing.assert_array_equal(surface.lift(np.array(surface.start)), surface.initial)
    if initialization == "point":
        # A point of the plane is one.
        np.testing.assert_allclose(surface.laid.weights(np.array(surface.start)), surface.initial, atol=1e-12)
    else:
        np.testing.assert_array_equal(surface.initial, surface.full.initial(initialization, 2))
    # From elsewhere: the same weights, moved along the plane.
    elsewhere = np.add(surface.start, [[0.3, -0.2], [1.0, 0.5]])
    np.testing.assert_allclose(surface.project(surface.lift(elsewhere)), elsewhere, atol=1e-9)
    moved = surface.lift(elsewhere) - surface.initial
    np.testing.assert_allclose(moved, (elsewhere - surface.start) @ surface.laid.directions, atol=1e-12)


@both_planes
@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
def test_what_is_drawn_is_the_projection_of_real_training(plane: str, optimizer: str) -> None:
    surface = two_layer(plane=plane, batch_size=16)
    path = trained(surface, optimizer, steps=40)
    whole = path.full
    assert whole.theta.shape == (41, surface.full.dimension)
    np.testing.assert_array_equal(whole.theta[0], surface.initial)
    np.testing.assert_allclose(path.theta, surface.project(whole.theta), atol=1e-12)
    # Every weight moves, and the run leaves the plane: its loss is not the plane's.
    assert (np.abs(whole.theta[-1] - whole.theta[0]) > 1e-6).all()
    off = [np.linalg.norm(whole.theta[t] - surface.laid.weights(path.theta[t])) for t in (0, 40)]
    assert abs(off[1] - off[0]) > 0.01
    np.testing.assert_allclose(path.loss, loss_at(surface.full, whole.theta), rtol=1e-12)
    assert np.abs(path.loss - loss_at(surface, path.theta)).max() > 0.01
    # The gradients' parts along the plane.
    for shown, full in ((path.grad, whole.grad), (path.used, whole.used)):
        np.testing.assert_allclose(shown, full @ surface.laid.directions.T, atol=1e-12)
    np.testing.assert_allclose(np.diff(path.theta, axis=0), -path.lr[:, None] / path.sigma * path.m, atol=1e-12)
    last = trained(surface, optimizer, steps=40, keep="last")
    np.testing.assert_allclose(last.theta, path.theta[-1], atol=1e-9)
    assert last.status == path.status


def test_the_plane_s_own_values_are_those_of_the_weights_on_it() -> None:
    surface = two_layer(normalization="batch", l2=0.1)
    places = np.random.default_rng(0).uniform(-2, 2, (20, 2))
    np.testing.assert_allclose(
        loss_at(surface, places), loss_at(surface.full, surface.laid.weights(places)), rtol=1e-12
    )


# With everything else.


@pytest.mark.parametrize("optimizer", sorted(OPTIMIZERS))
@pytest.mark.parametrize("fields", [MODELS["plain"], MODELS["all"]], ids=["plain", "all"])
def test_every_optimizer_trains_it(optimizer: str, fields: dict[str, Any]) -> None:
    surface, method = two_layer(**fields), OPTIMIZERS[optimizer]()
    path = run(surface, method, suggested_rate(method, surface, surface.start), surface.start, 5)
    assert path.full.theta.shape == (6, surface.full.dimension)
    assert np.isfinite(path.full.theta).all()
    assert np.isfinite(path.theta).all()
    assert np.isfinite(path.loss).all()
    assert np.abs(path.full.theta[-1] - path.full.theta[0]).max() > 0


@pytest.mark.parametrize("slug", ["adam", "lookahead"])
def test_the_steps_on_the_plane_add_up_to_the_path(slug: str) -> None:
    surface = two_layer()
    path: Any = run(surface, OPTIMIZERS[slug](), SCHEDULES["linear"](lr=0.05, total_iters=6), surface.start, 8)
    eta = path.lr[:, None] if OPTIMIZERS[slug]().factors else 1.0
    np.testing.assert_allclose(path.theta[1:], path.theta[:-1] - path.decay - eta / path.sigma * path.m, atol=1e-12)


@pytest.mark.parametrize("slug", sorted(RULES))
def test_rules_act_on_all_weights_or_say_that_they_cannot(slug: str) -> None:
    surface = two_layer()
    if RULES[slug].plane_only:
        with pytest.raises(ValueError, match=rf"{slug} acts on x and y; here all {surface.full.dimension} weights"):
            trained(surface, rules=[RULES[slug]()])
        return
    path = trained(surface, rules=[RULES[slug]()])
    assert np.isfinite(path.full.theta).all()
    assert np.abs(path.full.theta[-1] - path.full.theta[0]).max() > 0


def test_the_rules_of_two_coordinates_are_these() -> None:
    assert {slug for slug, rule in RULES.items() if rule.plane_only} == {"freeze", "sparse"}


def test_a_sweep_of_rates_equals_single_runs() -> None:
    surface, rates = two_layer(batch_size=16, held_out=0.3, normalization="batch"), [0.02, 0.1, 0.4]
    together = trained(surface, rate=SCHEDULES["constant"](lr=np.array(rates)[:, None]))
    for i, rate in enumerate(rates):
        alone = trained(surface, rate=rate)
        for name in ("theta", "loss", "batch_loss", "validation"):
            np.testing.assert_allclose(getattr(together, name)[:, i], getattr(alone, name), rtol=1e-9, err_msg=name)
        # Normalized units have biases without a gradient: all that moves them is rounding.
        assert_same_path(together.full.theta[:, i], alone.full.theta, points_of(surface))


def test_clipping_looks_at_the_gradient_by_all_weights() -> None:
    path = trained(two_layer(), rules=[RULES["clip_norm"](limit=0.1)])
    norms = np.linalg.norm(path.full.grad[:-1], axis=1)
    assert norms.max() > 0.1
    np.testing.assert_allclose(np.linalg.norm(path.full.used, axis=1), np.minimum(norms, 0.1), rtol=1e-4)
