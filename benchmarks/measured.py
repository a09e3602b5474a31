"""One measurement in a process of its own: `python -m benchmarks.measured INSTANCE PEER LIMIT_S SEED`.

Prints one JSON object.  The clock runs from the Problem in memory to the answer in hand, model building included;
before it, the same peer solves a tiny instance once, so that imports and compiled kernels are loaded.  Peak memory
is read before the answer is verified.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
from importlib import metadata
from typing import Any

import numpy as np

from benchmarks.catalogue import INSTANCES
from benchmarks.instances import load, tiny
from benchmarks.shared import Answer, Clock
from solver.coverage import build_coverage, nearest_open
from solver.gaps import find_gaps
from solver.plan import Outcome, Plan, relative_gap
from solver.problem import Problem
from solver.verify import verify

PACKAGES = ("highspy", "numba", "numpy", "ortools", "pulp", "spopt")
MAX_STEPS = 80
ROUNDING = 1e-6


def measure(instance: str, peer: str, limit_s: float, seed: int) -> dict[str, Any]:
    """The record of one run."""
    warm_up = tiny(survive=INSTANCES[instance].survive)
    solve = importlib.import_module("benchmarks.cpsat" if peer.startswith("cpsat") else "benchmarks.peers").RUN[peer]
    solve(warm_up, Clock(10.0), seed)
    problem = load(INSTANCES[instance])
    clock = Clock(limit_s)
    answer = solve(problem, clock, seed)
    seconds = clock.seconds()
    own, children = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    bound = rounded_up(answer.bound, problem)
    objective, failures = judged(problem, answer, bound, limit_s, seed)
    clock.tell(objective, bound)
    return {
        "status": "no plan" if objective is None else "plan",
        "objective": objective,
        "bound": bound,
        "certified": answer.certified,
        "gap": relative_gap(objective, bound),
        "proved": objective is not None and bound >= objective - 1e-6,
        "seconds": round(seconds, 3),
        "build_s": round(clock.build_s, 3),
        "peak_mb": round(max(own, children) / 1024),
        "failures": failures,
        "trajectory": thinned(clock.trajectory),
        "note": answer.note,
        "versions": versions(),
    }


def rounded_up(bound: float, problem: Problem) -> float:
    """Plans that cost whole numbers let every peer's bound be rounded up."""
    whole = bool(np.all(problem.site_cost == np.round(problem.site_cost)))
    return float(np.ceil(max(bound, ROUNDING) - ROUNDING)) if whole and np.isfinite(bound) else max(bound, 0.0)


def judged(
    problem: Problem, answer: Answer, bound: float, limit_s: float, seed: int
) -> tuple[float | None, tuple[str, ...]]:
    """What the selection costs, and every reason why it is no plan: solver.verify's word, for every peer alike."""
    if answer.opened is None:
        return None, ()
    coverage = build_coverage(problem)
    opened = np.unique(answer.opened)
    servers, distance = nearest_open(coverage, opened, problem.sites_needed)
    objective = float(problem.site_cost[opened].sum())
    plan = Plan(
        outcome=Outcome.FEASIBLE,
        open_sites=tuple(problem.candidates.ids[opened]),
        servers=servers,
        distance=distance,
        objective=objective,
        lower_bound=bound,
        certified_lower_bound=0.0,
        gaps=find_gaps(problem, coverage),
        survive=problem.survive,
        seconds=limit_s,
        seed=seed,
    )
    return objective, verify(plan, problem).failures


def thinned(trajectory: list[Any]) -> list[Any]:
    """At most MAX_STEPS steps, the first and the last among them."""
    if len(trajectory) <= MAX_STEPS:
        return trajectory
    kept = np.unique(np.linspace(0, len(trajectory) - 1, MAX_STEPS).round().astype(int))
    return [trajectory[i] for i in kept]


def versions() -> dict[str, str]:
    """Python's and those of the packages that are installed."""
    found = {"python": sys.version.split()[0]}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def main() -> None:
    """Solvers may write to stdout; the answer alone gets the real one."""
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    instance, peer, limit_s, seed = sys.argv[1:]
    json.dump(measure(instance, peer, float(limit_s), int(seed)), answer)
    answer.close()


if __name__ == "__main__":
    main()
