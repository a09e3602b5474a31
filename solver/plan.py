"""What a solve answers: the open sites, who serves whom, and how good the plan provably is."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from math import inf

import numpy as np
import numpy.typing as npt

from solver.checks import Floats, Ints, Texts, texts


class Outcome(StrEnum):
    """ "Usable" and "proved" are two facts: OPTIMAL and FEASIBLE are usable, only OPTIMAL is proved best."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    NO_PLAN = "no_plan"


@dataclass(frozen=True)
class CoverageGap:
    """A demand point that no choice of sites can protect.

    shared_group: "" when too few candidates are in reach; otherwise the shared-risk group ("column: group") that all
    of them belong to · smallest_reach: the least radius (km; or the pair table's unit) at which the point would have
    enough, None when even all candidates together would not do.
    """

    point_id: str
    name: str
    population: float
    lat_deg: float
    lon_deg: float
    candidates_in_reach: int
    candidates_needed: int
    smallest_reach: float | None
    shared_group: str = ""


CERTIFICATE_SCALE = 1_000_000
"""Multipliers and costs of a certificate are whole numbers of 1/CERTIFICATE_SCALE."""


@dataclass(frozen=True, eq=False)
class Certificate:
    """Why no plan can be cheaper: integer multipliers y_i on demand rows (docs/planning.md tells the sum).

    points: (q,) demand positions, ascending · multiplier: (q,) y_i·CERTIFICATE_SCALE > 0 ·
    bound: the sum they make, in units of the objective, not rounded up ·
    risk, group: (q,) str, both "" where the row says "k + 1 sites in reach"; otherwise it says "one site in reach
    outside this group of this shared-risk column".
    """

    points: Ints
    multiplier: Ints
    bound: float
    risk: Texts = field(default_factory=lambda: texts(()))
    group: Texts = field(default_factory=lambda: texts(()))

    def __post_init__(self) -> None:
        for name in ("risk", "group"):
            if len(getattr(self, name)) == 0:
                object.__setattr__(self, name, texts([""] * len(self.points)))


NO_CERTIFICATE = Certificate(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), 0.0)


@dataclass(frozen=True)
class Progress:
    """One step of a running solve.

    incumbent: best objective so far · bound: no plan can be below it · sites: the ids of the best plan so far, told
    now and then when it has changed, otherwise None · share: how much of the phase is done, where that is known.
    """

    phase: str
    seconds: float
    incumbent: float | None = None
    bound: float | None = None
    note: str = ""
    sites: tuple[str, ...] | None = None
    share: float | None = None

    @property
    def gap(self) -> float | None:
        return relative_gap(self.incumbent, self.bound)


@dataclass(frozen=True, eq=False)
class Plan:
    """A verified answer to one Problem.

    open_sites: candidate ids in the candidates' own order ·
    servers: (n, survive+1) positions into ``open_sites`` by increasing distance, -1 where a point has
    fewer; column 0 is the primary site, column 1 the backup ·
    distance: (n, survive+1) great-circle km (or the pair table's unit), nan where servers is -1 ·
    objective: number of sites, or USD · lower_bound: no plan has a smaller objective (proved by search) ·
    certified_lower_bound: the part of that bound anyone can recheck by adding integers (0 when none) ·
    gaps: the points the plan was excused from (``exempt``), or that make it impossible (``fail``) ·
    unprotected: demand positions left out on purpose, ascending; only when the problem is ``partial``, and then with
    the objective ``population`` objective and bounds count people left unprotected ·
    second_objective, second_lower_bound: of the second thing a lexicographic objective minimises, else None.
    """

    outcome: Outcome
    open_sites: tuple[str, ...]
    servers: npt.NDArray[np.int32]
    distance: Floats
    objective: float
    lower_bound: float
    certified_lower_bound: float
    gaps: tuple[CoverageGap, ...]
    survive: int
    seconds: float
    seed: int = 0
    certificate: Certificate = NO_CERTIFICATE
    unprotected: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    second_objective: float | None = None
    second_lower_bound: float | None = None

    def __post_init__(self) -> None:
        for array in (self.servers, self.distance, self.unprotected):
            array.flags.writeable = False

    @property
    def usable(self) -> bool:
        return self.outcome in (Outcome.OPTIMAL, Outcome.FEASIBLE)

    @property
    def proved(self) -> bool:
        return self.outcome == Outcome.OPTIMAL

    @property
    def sites(self) -> int:
        return len(self.open_sites)

    @property
    def gap(self) -> float | None:
        """(objective - lower bound) / objective; None without a plan."""
        return relative_gap(self.objective, self.lower_bound) if self.usable else None


def relative_gap(objective: float | None, bound: float | None) -> float | None:
    """0 at proof; None while either side is missing."""
    if objective is None or bound is None or abs(objective) == inf:
        return None
    return max(0.0, (objective - bound) / objective) if objective > 0 else 0.0
