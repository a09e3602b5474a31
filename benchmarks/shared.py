"""What all peers share: the clock, the answer, and the reach pattern they start from."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from solver.coverage import Coverage, build_coverage
from solver.problem import Ints, Problem
from solver.reduction import Reduction, reduce

Selection = np.ndarray[Any, Any]


class Clock:
    """Seconds since the Problem was handed over, and what the peer has told since."""

    def __init__(self, limit_s: float) -> None:
        self.limit_s = limit_s
        self.began = time.monotonic()
        self.build_s = 0.0
        self.trajectory: list[tuple[float, float | None, float | None]] = []

    def seconds(self) -> float:
        return time.monotonic() - self.began

    def built(self) -> float:
        """The model stands; what is left for solving it."""
        self.build_s = self.seconds()
        return self.limit_s - self.build_s

    def tell(self, objective: float | None, bound: float | None) -> None:
        """Note a new plan or bound; repeats are dropped."""
        plan, proved = (None if v is None or not np.isfinite(v) else float(v) for v in (objective, bound))
        if (plan, proved) != (None, None) and (not self.trajectory or self.trajectory[-1][1:] != (plan, proved)):
            self.trajectory.append((round(self.seconds(), 3), plan, proved))


@dataclass(frozen=True)
class Answer:
    """opened: candidate positions, None without a plan · bound: no plan costs less, -inf when unknown."""

    opened: Selection | None
    bound: float = -np.inf
    certified: float | None = None
    note: str = ""


NO_TIME = Answer(None, note="time was over before the model stood")


def reach_pattern(problem: Problem) -> tuple[Coverage, np.ndarray[Any, Any]]:
    """The reach pattern, and how many sites each point needs: never more than it has."""
    coverage = build_coverage(problem)
    return coverage, np.minimum(coverage.candidates_in_reach, problem.sites_needed).astype(np.int32)


def rows_of(coverage: Coverage) -> list[list[int]]:
    """Each point's candidates."""
    return [row.tolist() for row in np.split(coverage.indices, coverage.indptr[1:-1])]


def reduced(problem: Problem) -> Reduction:
    """The core and the way back."""
    coverage, need = reach_pattern(problem)
    return reduce(coverage, need, problem.site_cost, np.empty(0, dtype=np.int64))


def lifted(reduction: Reduction, chosen: Selection) -> Ints:
    """Candidate positions of a selection from the core."""
    return np.concatenate([reduction.forced, reduction.columns[chosen]])
