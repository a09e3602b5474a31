"""One scaling measurement in a process of its own: `python -m benchmarks.scaled POINTS CANDIDATES RADIUS_KM SEED`.

Prints one JSON object: seconds until the reduced core stands and until a first verified plan is in hand, and the
peak memory.  The library's solve is told to stop as soon as its search begins, so what is measured is what a user
waits for, however coverage and reduction are made.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from typing import Any

from benchmarks.instances import largest, places, spread
from benchmarks.measured import versions
from solver.plan import Progress
from solver.problem import Problem, RadiusReach, Uncoverable
from solver.solve import Limits, solve

LIMIT_S = 3600.0


def measure(n_points: int, n_candidates: int, radius_km: float, seed: int) -> dict[str, Any]:
    """The record of one size: the contiguous US, one failure survived."""
    country = places("conus")
    candidates = largest(country, n_candidates)
    _timed(
        Problem(spread(country, 1000, seed), largest(country, 200), RadiusReach(400.0), uncoverable=Uncoverable.EXEMPT)
    )
    demand = country if n_points == len(country) else spread(country, n_points, seed)
    return _timed(Problem(demand, candidates, RadiusReach(radius_km), uncoverable=Uncoverable.EXEMPT))


def _timed(problem: Problem) -> dict[str, Any]:
    began = time.monotonic()
    core: list[tuple[float, str]] = []

    def on_progress(step: Progress) -> None:
        if step.phase == "search" and not core:
            core.append((time.monotonic() - began, step.note))

    plan = solve(problem, Limits(seconds=LIMIT_S), on_progress=on_progress, stop=lambda: bool(core))
    return {
        "points": len(problem.demand),
        "candidates": len(problem.candidates),
        "core_s": round(core[0][0], 3),
        "core": core[0][1],
        "plan_s": round(time.monotonic() - began, 3),
        "objective": plan.objective,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "versions": versions(),
    }


def main() -> None:
    """Only the record goes to stdout."""
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    n_points, n_candidates, radius_km, seed = sys.argv[1:]
    json.dump(measure(int(n_points), int(n_candidates), float(radius_km), int(seed)), answer)
    answer.close()


if __name__ == "__main__":
    main()
