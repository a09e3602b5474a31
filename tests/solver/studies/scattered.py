"""Small random problems with real distances."""

from __future__ import annotations

import numpy as np

from solver.problem import Candidates, Demand, Problem, RadiusReach


def scattered(seed: int, **settings: object) -> Problem:
    """Some 30 points and 12 candidates in a square of about 150 km."""
    rng = np.random.default_rng(seed)

    def places(n: int, prefix: str) -> dict[str, object]:
        ids = [f"{prefix}{i}" for i in range(n)]
        return {"ids": ids, "names": ids, "lat_deg": 50 + 1.4 * rng.random(n), "lon_deg": 8 + 2 * rng.random(n)}

    n, m = int(rng.integers(10, 40)), int(rng.integers(6, 13))
    demand = Demand(**places(n, "p"), population=rng.integers(1, 100, n))  # type: ignore[arg-type]
    candidates = Candidates(**places(m, "s"), cost_usd=rng.integers(1, 30, m).astype(float))  # type: ignore[arg-type]
    return Problem(demand, candidates, RadiusReach(80.0), **settings)  # type: ignore[arg-type]
