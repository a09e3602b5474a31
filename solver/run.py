"""The state of one solve: the clock, the best cover of the core, the best bound; shared by two threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from solver.bound import rounded_up
from solver.milp import is_integral
from solver.plan import Progress, relative_gap
from solver.problem import Floats
from solver.reduction import Bools, Reduction

if TYPE_CHECKING:
    from solver.solve import Limits


class Run:
    """Best cover, best bound, and when to stop.

    ``steady`` is the best cover found by steps that do not depend on the clock.  When the proof is complete and a
    steady cover is as good as the best one, it is the answer: same input and seed, same plan.
    """

    def __init__(
        self,
        site_cost: Floats,
        limits: Limits,
        on_progress: Callable[[Progress], None] | None,
        stop: Callable[[], bool] | None,
    ) -> None:
        self.limits = limits
        self._on_progress, self._stop = on_progress, stop
        self._began = time.monotonic()
        self._phase = ""
        self._lock = threading.RLock()
        self._whole = is_integral(site_cost)
        self._reduction: Reduction
        self.best: Bools
        self.steady: Bools
        self.objective = self.steady_objective = np.inf
        self.bound = 0.0

    def seconds(self) -> float:
        return time.monotonic() - self._began

    def seconds_left(self) -> float:
        return self.limits.seconds - self.seconds()

    def must_stop(self) -> bool:
        """Out of time, or told to end."""
        return self.seconds_left() <= 0 or (self._stop is not None and self._stop())

    def proved(self) -> bool:
        """No plan can be better than the best one (to the gap that is good enough)."""
        gap = relative_gap(self.objective, self.bound)
        return gap is not None and gap <= max(self.limits.gap, 1e-9)

    def finished(self) -> bool:
        """Nothing more to do: out of time, or proved with a steady cover."""
        return self.must_stop() or (self.proved() and self.steady_objective <= self.objective + 1e-9)

    def tell(self, phase: str, note: str = "") -> None:
        """Report the state under a phase name."""
        with self._lock:
            self._phase = phase
            if self._on_progress is not None:
                incumbent = self.objective if np.isfinite(self.objective) else None
                bound = self.bound if self.bound > 0 else None
                self._on_progress(Progress(phase, round(self.seconds(), 3), incumbent, bound, note))

    def start_on(self, reduction: Reduction) -> None:
        """Take the core that covers and bounds will be about."""
        self._reduction = reduction
        self.best = self.steady = np.zeros(reduction.core.n_columns, dtype=bool)
        self.bound_core(0.0)

    def cover(self, chosen: Bools, steady: bool = True) -> None:
        """Take a cover of the core when it is the best so far."""
        objective = float(self._reduction.core.cost[chosen].sum()) + self._reduction.forced_cost
        with self._lock:
            if steady and objective < self.steady_objective - 1e-9:
                self.steady, self.steady_objective = chosen.copy(), objective
            if objective < self.objective - 1e-9:
                self.best, self.objective = chosen.copy(), objective
                self.tell(self._phase)

    def bound_core(self, core_bound: float) -> None:
        """Take a bound on the core when it is the best so far."""
        self.bound_all(core_bound + self._reduction.forced_cost)

    def bound_all(self, bound: float) -> None:
        """Take a bound on whole plans when it is the best so far."""
        bound = rounded_up(bound, self._whole)
        with self._lock:
            if bound > self.bound:
                self.bound = bound
                self.tell(self._phase)

    def answer(self) -> Bools:
        """The cover to return."""
        return self.steady if self.steady_objective <= self.objective + 1e-9 else self.best
