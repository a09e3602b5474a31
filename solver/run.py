"""The state of one solve: the clock, the best cover of the core, the best bound; shared by two threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from solver.bound import rounded_up
from solver.errors import BadInput, InputProblem, shown
from solver.milp import is_integral
from solver.plan import Progress, relative_gap
from solver.problem import Problem
from solver.reduction import Bools, Reduction

SECONDS_BETWEEN_SITES = 2.0
"""Site lists are long; a map need not redraw more often."""

OVERTIME_SHARE = 0.05
"""How much of the time limit a solve that it ended may take beyond it."""

LEAST_PATIENCE_SECONDS, PATIENCE_SHARE = 5.0, 0.25
"""How long a proved plan that the clock had a hand in waits for one that it had not."""


@dataclass(frozen=True)
class Limits:
    """When a solve may end short of a proof: after ``seconds``, or at a relative ``gap``."""

    seconds: float = 60.0
    gap: float = 0.0

    def __post_init__(self) -> None:
        problems = []
        if not (np.isfinite(self.seconds) and 0 < self.seconds <= 86_400 * 7):
            problems.append(
                InputProblem("seconds above 0, a week at most", column="seconds", found=shown(self.seconds))
            )
        if not (np.isfinite(self.gap) and 0 <= self.gap < 1):
            problems.append(InputProblem("a gap from 0 to below 1", column="gap", found=shown(self.gap)))
        if problems:
            raise BadInput(problems)


class Source(IntEnum):
    """Where a cover comes from, in the order in which equals are preferred.

    SEARCH and PROOF find theirs by steps that do not depend on the clock; what comes LATER does.
    """

    SEARCH = 0
    PROOF = 1
    LATER = 2


class Run:
    """Best cover, best bound, and when to stop.

    Two threads race, yet the same input and seed give the same plan: each source keeps its own best cover, the
    search always has its fixed number of moves to match what the proof has found, and among equals the first
    source wins.  Only where neither of them has such a plan after a while, one that the clock decides is taken.
    """

    def __init__(
        self,
        problem: Problem,
        limits: Limits,
        on_progress: Callable[[Progress], None] | None,
        stop: Callable[[], bool] | None,
    ) -> None:
        self.limits = limits
        self._on_progress, self._stop = on_progress, stop
        self._began = time.monotonic()
        self._phase = ""
        self._lock = threading.RLock()
        self._ids = problem.candidates.ids
        self._whole = is_integral(problem.site_cost)
        self._reduction: Reduction
        self._lift: Callable[[Bools], Bools]
        self._sites_told_at, self._sites_told = -SECONDS_BETWEEN_SITES, np.inf
        self.best: Bools
        self.objective = np.inf
        self._found: dict[Source, tuple[float, Bools]] = {}
        self.bound = 0.0
        self._patient_until = np.inf
        self.settled: tuple[float, float] | None = None

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

    def overtime(self, seconds: float) -> Callable[[], bool]:
        """A stop for work after the limits, ``seconds`` from now; sooner when the time limit ended the solve.

        A proved plan gets all of them, so that it is the same plan every time.
        """
        if not self.proved():
            seconds = min(seconds, OVERTIME_SHARE * self.limits.seconds)
        end = time.monotonic() + seconds
        return lambda: time.monotonic() > end

    def search_finished(self) -> bool:
        """Nothing more to search for: out of time, or proved with a cover of the search's own."""
        return self.must_stop() or (self.proved() and self._has(Source.SEARCH))

    def proof_finished(self) -> bool:
        """Nothing more to prove: out of time, or proved with a cover that does not depend on the clock, or with
        any, after some more time to find such a one."""
        if self.must_stop():
            return True
        if not self.proved():
            return False
        now = self.seconds()
        patience = max(LEAST_PATIENCE_SECONDS, PATIENCE_SHARE * now)
        self._patient_until = min(self._patient_until, now + patience)
        return self._has(Source.SEARCH) or self._has(Source.PROOF) or now > self._patient_until

    def tell_share(self, phase: str, of: str) -> Callable[[float], None]:
        """A listener that reports how much of a phase is done, twice a second at most."""
        told = [self.seconds()]

        def tell(share: float) -> None:
            if told[0] + 0.5 <= self.seconds() and share < 1:
                told[0] = self.seconds()
                self.tell(phase, of, share)

        return tell

    def tell(self, phase: str, note: str = "", share: float | None = None) -> None:
        """Report the state under a phase name."""
        with self._lock:
            self._phase = phase
            if self._on_progress is not None:
                incumbent, bound, note = self._told(note)
                seconds = round(self.seconds(), 3)
                sites = self._sites_to_tell(seconds)
                self._on_progress(Progress(phase, seconds, incumbent, bound, note, sites, share))

    def _told(self, note: str) -> tuple[float | None, float | None, str]:
        """What is told: the objective, its bound, and a note.  A first goal that is settled stays what is told."""
        incumbent = self.objective if np.isfinite(self.objective) else None
        bound = self.bound if self.bound > 0 else None
        if self.settled is None:
            return incumbent, bound, note
        second = "" if incumbent is None else f"second goal {incumbent:g}, at least {self.bound:g}"
        return self.settled[0], self.settled[1] if self.settled[1] > 0 else None, note or second

    def _sites_to_tell(self, seconds: float) -> tuple[str, ...] | None:
        """The best plan so far, when it is new and the last one was told a while ago."""
        if self.objective >= self._sites_told or seconds < self._sites_told_at + SECONDS_BETWEEN_SITES:
            return None
        self._sites_told_at, self._sites_told = seconds, self.objective
        return tuple(self._ids[self._lift(self.best)])

    def start_on(self, reduction: Reduction) -> None:
        """Take the core that covers and bounds will be about."""
        self._reduction, self._lift = reduction, reduction.lift
        self.best = np.zeros(reduction.core.n_columns, dtype=bool)
        self.bound_core(0.0)

    def cover(self, chosen: Bools, source: Source = Source.SEARCH) -> None:
        """Take a cover of the core when it is the best of its source so far."""
        objective = self._worth(chosen)
        with self._lock:
            if objective < self._found.get(source, (np.inf, chosen))[0] - 1e-9:
                self._found[source] = (objective, chosen.copy())
            if objective < self.objective - 1e-9:
                self.best, self.objective = chosen.copy(), objective
                self.tell(self._phase)

    def _worth(self, chosen: Bools) -> float:
        return float(self._reduction.core.cost[chosen].sum()) + self._reduction.forced_cost

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

    def found(self, source: Source) -> Bools:
        """The best cover of one source; it must have found one."""
        return self._found[source][1]

    def answer(self) -> Bools:
        """The cover to return."""
        best = [cover for source, (_, cover) in sorted(self._found.items()) if self._has(source)]
        return best[0] if best else self.best

    def _has(self, source: Source) -> bool:
        return source in self._found and self._found[source][0] <= self.objective + 1e-9
