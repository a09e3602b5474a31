"""What a core of partial cover is solved for, and what a selection of its columns is worth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from solver.partial.core import PartialCore
from solver.problem import Floats
from solver.reduction import Bools

SLACK = 1e-9
"""Sums of costs agree to this share of their size."""


class Goal(IntEnum):
    """What is minimised: people unprotected, the cost of open columns, or their number."""

    PEOPLE = 0
    COST = 1
    COUNT = 2


@dataclass(frozen=True)
class Aim:
    """Minimise the goal; with at most ``target`` people unprotected, ``budget`` of cost and ``most`` columns."""

    goal: Goal
    target: float = np.inf
    budget: float = np.inf
    most: float = np.inf

    def with_limit(self, goal: Goal, limit: float) -> Aim:
        """The same, and ``goal`` (COST or COUNT) no worse than ``limit``."""
        return replace(self, budget=limit) if goal == Goal.COST else replace(self, most=limit)

    def value(self, core: PartialCore) -> Floats | None:
        """(columns,) what an open column adds to the goal, None for people."""
        if self.goal == Goal.PEOPLE:
            return None
        return core.cost if self.goal == Goal.COST else np.ones(core.n_columns)

    def limits(self, core: PartialCore) -> list[tuple[Floats, float]]:
        """What the open columns may add up to, and in which numbers."""
        means = [(core.cost, self.budget), (np.ones(core.n_columns), self.most)]
        return [(vector, limit) for vector, limit in means if np.isfinite(limit)]

    def worth(self, core: PartialCore, chosen: Bools) -> float:
        """The goal's value, inf when a limit or the target is broken."""
        for vector, limit in self.limits(core):
            if float(vector[chosen].sum()) > limit + SLACK * max(1.0, limit):
                return float(np.inf)
        left, value = core.left_out(chosen), self.value(core)
        if value is None:
            return left
        return float(value[chosen].sum()) if left <= self.target else float(np.inf)
