"""The state of one search for partial cover: a ``Run`` whose selections need not cover everybody."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solver.bound import rounded_up
from solver.milp import is_integral
from solver.partial.aim import Aim, Goal
from solver.partial.core import PartialReduction
from solver.reduction import Bools
from solver.run import Run


class PartialRun(Run):
    """Best selection and best bound of one aim after another on the same core.

    base: what the aim's objective holds besides the core: sites required, or people without hope.
    """

    whole: bool

    def aim_at(self, reduction: PartialReduction, aim: Aim, base: float, until_s: float) -> None:
        """Start anew with another objective, on the same clock; time is up at ``until_s``."""
        self.limits = replace(self.limits, seconds=until_s)
        self._lift, self._core, self._aim, self._base = reduction.lift, reduction.core, aim, base
        self._total = reduction.core.weight.sum()
        value = aim.value(reduction.core)
        self.whole = is_integral(np.append(reduction.core.weight if value is None else value, base))
        self.best = np.zeros(reduction.core.n_columns, dtype=bool)
        self.objective, self.bound = np.inf, 0.0
        self._found = {}
        self._sites_told = np.inf
        self.bound_core(0.0)

    def _worth(self, chosen: Bools) -> float:
        return self._aim.worth(self._core, chosen) + self._base

    def bound_core(self, core_bound: float) -> None:
        """Take a bound on the core's objective; on people, it is theirs when a billionth of them is all that lacks."""
        bound = core_bound + self._base
        if self._aim.goal == Goal.PEOPLE and self.objective - bound <= 2e-9 * self._total:
            bound = max(bound, self.objective)
        self.bound_all(rounded_up(bound, self.whole))

    def bound_all(self, bound: float) -> None:
        """Take a bound on whole plans when it is the best so far."""
        with self._lock:
            if bound > self.bound:
                self.bound = bound
                self.tell(self._phase)
