"""All starts of a map at once by the libraries in which one would write it: torch.optim, and JAX. Both in float64.

torch.optim steps one leaf (starts, 2), whose gradient autograd takes of the sum of all losses: momentum and Adam work on each
number by itself, so each start is stepped as if it were alone. JAX compiles the whole loop; the rate is an argument of what is
compiled, so another rate needs no compiling. Neither judges how a run ended.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch

from benchmarks.engine import RIVALS

jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]
torch.set_num_threads(1)

LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    "rosenbrock": lambda x, y: (1 - x) ** 2 + 20 * (y - x * x) ** 2,
    "himmelblau": lambda x, y: (x * x + y - 11) ** 2 + (x + y * y - 7) ** 2,
}


def with_torch(surface: str, method: str, rate: float, starts: np.ndarray, steps: int) -> np.ndarray:
    """The ends of runs from `starts`, both (B, 2)."""
    theta = torch.tensor(starts, requires_grad=True)
    optimizer = RIVALS[method]([theta], rate)
    for _ in range(steps):
        optimizer.zero_grad()
        LOSSES[surface](theta[:, 0], theta[:, 1]).sum().backward()
        optimizer.step()
    ends: np.ndarray = theta.detach().numpy()
    return ends


def with_jax(surface: str, method: str, steps: int) -> Callable[[float, Any, Any], Any]:
    """What is not compiled yet: of a rate and the starts' x and y (B,) it makes the ends' x and y, on JAX's side."""
    slope = jax.grad(lambda x, y: LOSSES[surface](x, y).sum(), argnums=(0, 1))

    def momentum(rate: float, x: Any, y: Any) -> Any:
        def step(_: Any, state: Any) -> Any:
            (x, y), (bx, by) = state
            gx, gy = slope(x, y)
            bx, by = 0.9 * bx + gx, 0.9 * by + gy
            return (x - rate * bx, y - rate * by), (bx, by)

        still = jnp.zeros_like(x), jnp.zeros_like(y)
        return jax.lax.fori_loop(0, steps, step, ((x, y), still))[0]

    def adam(rate: float, x: Any, y: Any) -> Any:
        def moved(t: Any, theta: Any, g: Any, m: Any, v: Any) -> Any:
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            return theta - rate * (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8), m, v

        def step(t: Any, state: Any) -> Any:
            x, mx, vx, y, my, vy = state
            gx, gy = slope(x, y)
            return *moved(t, x, gx, mx, vx), *moved(t, y, gy, my, vy)

        zero = jnp.zeros_like(x)
        x, _, _, y, _, _ = jax.lax.fori_loop(1, steps + 1, step, (x, zero, zero, y, zero, zero))
        return x, y

    return jax.jit({"momentum": momentum, "adam": adam}[method])


def ready(arrays: Any) -> Any:
    """What JAX has computed, waited for."""
    return jax.block_until_ready(arrays)  # type: ignore[no-untyped-call]


def fetched(arrays: Any) -> np.ndarray:
    """What JAX has computed in numpy's own memory, (B, 2)."""
    return np.stack([np.array(part) for part in arrays], axis=-1)
