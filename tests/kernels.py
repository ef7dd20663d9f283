"""The engine's tests as other processors would run them: `make kernels`.

OpenBLAS, numpy's vector code and the C library choose by processor among kernels that add in other orders and whose exp,
log, tanh and sine differ in the last places. Here each is told what to choose, one kind of processor after another.
A probe says first what they did choose; what cannot run here, or would only run the same again, is left out by name.
"""

import hashlib
import json
import math
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg
from numpy._core import _multiarray_umath as numpy_s
from threadpoolctl import threadpool_info

ROOT = Path(__file__).parent.parent
# What numpy chooses among at run time and this processor has, the newest last.
FEATURES: list[str] = [name for name in numpy_s.__cpu_dispatch__ if numpy_s.__cpu_features__.get(name)]
AVX512 = [name for name in FEATURES if name.startswith(("AVX512", "X86_V4"))]
PROBE = [sys.executable, "-m", "tests.kernels", "--probe"]
TESTS = [sys.executable, "-m", "pytest", "tests", "--ignore=tests/browser", "-p", "no:cacheprovider", "--tb=short"]
# Seconds until a probe, and a run of the tests, is given up as hanging.
PROBE_LIMIT, LIMIT = 120, 3600


def like(core: str, without: Sequence[str] = (), fma: bool = True) -> dict[str, str]:
    """The variables that make the libraries choose as on a processor with this core for OpenBLAS, less some of the rest."""
    libm = {} if fma else {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4"}
    return {"OPENBLAS_CORETYPE": core, "NPY_DISABLE_CPU_FEATURES": " ".join(without), **libm}


# As this processor chooses by itself, and names that OpenBLAS has for cores, with what else processors of their time can.
KINDS: dict[str, dict[str, str]] = {
    "here": {},
    **{core: like(core, FEATURES, fma=False) for core in ("Prescott", "Core2", "Nehalem", "Sandybridge", "Bulldozer")},
    **{core: like(core, AVX512) for core in ("Haswell", "Zen")},
    **{core: like(core) for core in ("SkylakeX", "Cooperlake", "SapphireRapids")},
}


class Probed(NamedTuple):
    """What a kind's libraries chose, and a digest of what each of them computes; `fault` says why it cannot run."""

    blas: str = ""
    vectors: str = ""
    digests: tuple[str, ...] = ()
    fault: str = ""


def look() -> dict[str, Any]:
    """What this very process has for kernels, and what they make of some numbers."""
    rng = np.random.default_rng(0)
    sizes = [(m, n, k) for m in (1, 2, 6, 23, 150) for n in (1, 2, 6, 31) for k in (2, 5, 90, 200)]
    wrong, products = [], []
    for m, n, k in sizes:
        a, b = rng.integers(-99, 100, (m, k)), rng.integers(-99, 100, (k, n))
        # Products and sums of whole numbers are exact in whatever order.
        if not np.array_equal(a.astype(float) @ b.astype(float), a @ b):
            wrong.append(f"{m}x{k} times {k}x{n}")
        products.append(rng.standard_normal((m, k)) @ rng.standard_normal((k, n)))
    square = rng.standard_normal((40, 40)) + 20 * np.eye(40)
    u, s, vt = scipy.linalg.svd(square)
    if not np.allclose((u * s) @ vt, square, rtol=0, atol=1e-10):
        wrong.append("a singular value decomposition")
    if not np.allclose(square @ np.linalg.solve(square, np.ones(40)), 1, rtol=0, atol=1e-10):
        wrong.append("a system of equations")
    x = np.linspace(0.01, 20, 4001)
    vectors, plain = [], []
    for name in ("exp", "log", "tanh", "sin", "cos", "sqrt", "log1p"):
        vectors.append(getattr(np, name)(x))
        plain.append(np.array([getattr(math, name)(v) for v in x.tolist()]))
        if not np.allclose(vectors[-1], plain[-1], rtol=1e-13, atol=1e-15):
            wrong.append(name)
    chosen = {i["architecture"] for i in threadpool_info() if i.get("architecture")}
    kept = [name for name in numpy_s.__cpu_dispatch__ if numpy_s.__cpu_features__.get(name)]
    return {
        "blas": "/".join(sorted(chosen)) or "unknown",
        "vectors": (kept or numpy_s.__cpu_baseline__ or ["none"])[-1],
        "digests": [digest([*products, s]), digest(vectors), digest(plain)],
        "fault": f"computes wrongly: {', '.join(wrong)}" if wrong else "",
    }


def digest(arrays: Sequence[np.ndarray]) -> str:
    """A few letters that change with any bit of the arrays."""
    return hashlib.sha256(b"".join(a.tobytes() for a in arrays)).hexdigest()[:8]


def last_line(text: str) -> str:
    return (text.strip().splitlines() or ["nothing was said"])[-1]


def probe(variables: dict[str, str], command: Sequence[str] = PROBE) -> Probed:
    """What a process with these variables has for kernels; it may not live to say so."""
    try:
        said = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **variables}, capture_output=True, text=True, timeout=PROBE_LIMIT
        )
    except subprocess.TimeoutExpired:
        return Probed(fault="hangs")
    if said.returncode < 0:
        return Probed(fault=f"dies of {signal.Signals(-said.returncode).name}")
    if said.returncode:
        return Probed(fault=f"does not start: {last_line(said.stderr)}")
    found = json.loads(said.stdout)
    return Probed(**{**found, "digests": tuple(found["digests"])})


def skipped(found: Probed, before: dict[str, Probed]) -> str:
    """Why a kind is left out, given those that were not; empty where it is to run."""
    if found.fault:
        return found.fault
    same = next((other for other, earlier in before.items() if earlier == found), "")
    return f"computes the same to the bit as {same}" if same else ""


def main(names: Sequence[str]) -> int:
    """Run the tests under each kind, or those named; a line for each, and 1 where a test has failed."""
    unknown = [name for name in names if name not in KINDS]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are {', '.join(KINDS)}")
        return 2
    before: dict[str, Probed] = {}
    failed = False
    for name in names or KINDS:
        found = probe(KINDS[name])
        why = skipped(found, before)
        if why:
            print(f"{name:15} skipped: {why}", flush=True)
            continue
        before[name] = found
        try:
            tests = subprocess.run(
                TESTS, cwd=ROOT, env={**os.environ, **KINDS[name]}, capture_output=True, text=True, timeout=LIMIT
            )
            code, said = tests.returncode, tests.stdout
        except subprocess.TimeoutExpired:
            code, said = 1, f"not done after {LIMIT} s"
        libraries = f"BLAS {found.blas}, numpy {found.vectors}, libm {found.digests[2]}"
        print(f"{name:15} {libraries}: {last_line(said)}", flush=True)
        if code:
            failed = True
            print(*re.findall(r"^(?:FAILED|ERROR) .*", said, re.MULTILINE), sep="\n", flush=True)
    return int(failed)


if __name__ == "__main__":
    if sys.argv[1:] == ["--probe"]:
        print(json.dumps(look()))
    else:
        sys.exit(main(sys.argv[1:]))
