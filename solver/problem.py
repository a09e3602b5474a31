"""The planning problem: who must be served, where sites could stand, and what "served" means.

Everything here is validated once, at construction, and frozen afterwards: arrays are read-only and
the rest of the library trusts them.  Ids are the user's own, as strings; array positions never leave
the library.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from solver.checks import Floats as Floats
from solver.checks import Ints as Ints
from solver.checks import Texts as Texts
from solver.checks import raise_if_any
from solver.checks import texts as texts
from solver.errors import InputProblem, shown
from solver.inputs import Areas as Areas
from solver.inputs import Candidates as Candidates
from solver.inputs import Demand as Demand
from solver.inputs import Status as Status
from solver.latency import FIBRE_FLOOR, LatencyModel
from solver.reach import Coded as Coded
from solver.reach import LatencyReach as LatencyReach
from solver.reach import PairReach as PairReach
from solver.reach import RadiusReach as RadiusReach
from solver.reach import Reach as Reach
from solver.reach import pair_problems

LONGEST_ENTIRE_KM = 10_000.0
"""Within a quarter of the Earth's circumference an outline's corners decide whether all of it is in reach."""


class Objective(StrEnum):
    """What a plan minimises: open sites, their cost in USD, one and then the other, or the people left unprotected."""

    SITES = "sites"
    COST = "cost"
    SITES_THEN_COST = "sites_then_cost"
    COST_THEN_SITES = "cost_then_sites"
    POPULATION = "population"


class Uncoverable(StrEnum):
    """What to do about a demand point that no choice of sites can protect."""

    FAIL = "fail"
    EXEMPT = "exempt"


@dataclass(frozen=True, eq=False)
class Problem:
    """Fewest (or cheapest) open sites so that every point is in reach of ``survive + 1`` of them.

    required, forbidden: candidate ids, in addition to those marked in ``candidates.status`` ·
    shared_risk: columns of ``candidates.attributes``; after any one group of such a column fails, every point still
    has an open site (a site without a group stands alone) · fraction: the share of the population to protect ·
    max_sites, max_cost_usd: with the objective ``population``, what the plan may use at most ·
    entire: an area is in reach only when its farthest point is · ignore_required: nothing is required, whatever
    ``required`` and the candidates' status say (what do the requirements cost?).
    Raises BadInput for unknown ids and columns, an id both required and forbidden, or settings that do not go together.
    """

    demand: Demand
    candidates: Candidates
    reach: Reach
    survive: int = 1
    required: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    objective: Objective = Objective.SITES
    uncoverable: Uncoverable = Uncoverable.FAIL
    shared_risk: tuple[str, ...] = ()
    fraction: float = 1.0
    max_sites: int | None = None
    max_cost_usd: float | None = None
    entire: bool = False
    ignore_required: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "objective", Objective(self.objective))
        object.__setattr__(self, "uncoverable", Uncoverable(self.uncoverable))
        for name in ("required", "forbidden", "shared_risk"):
            object.__setattr__(self, name, tuple(dict.fromkeys(getattr(self, name))))
        problems: list[InputProblem] = []
        if not 0 <= self.survive <= 9:
            problems.append(
                InputProblem("a number of failures from 0 to 9", column="survive", found=shown(self.survive))
            )
        known = set(self.candidates.ids)
        for name, ids in (("required", self.required), ("forbidden", self.forbidden)):
            problems += [
                InputProblem("the id of a candidate site", column=name, found=shown(i)) for i in ids if i not in known
            ]
        both = sorted(self.required_ids & self.forbidden_ids)
        problems += [
            InputProblem("a site required or forbidden, not both", column="required", found=shown(i)) for i in both
        ]
        problems += self._group_problems() + self._objective_problems()
        if self.entire and self.demand.areas is not None and not isinstance(self.reach, PairReach):
            longest = float(self.reach_limit.max())
            if longest > LONGEST_ENTIRE_KM:
                expected = f"a reach of at most {LONGEST_ENTIRE_KM:g} km where areas must be reached entirely"
                problems.append(InputProblem(expected, column="reach", found=f"{longest:g} km"))
        if isinstance(self.reach, PairReach):
            problems += pair_problems(self.reach, self.demand.ids, self.candidates.ids)
        raise_if_any(problems)

    @property
    def sites_needed(self) -> int:
        """How many open sites each point must have in reach: k + 1."""
        return self.survive + 1

    @property
    def partial(self) -> bool:
        """Whether some people may stay unprotected."""
        return self.fraction < 1.0 or self.objective == Objective.POPULATION

    @property
    def by_distance(self) -> bool:
        """Whether who reaches whom follows from one point per demand point and one per site."""
        return not isinstance(self.reach, PairReach) and not (self.entire and self.demand.areas is not None)

    @property
    def required_ids(self) -> frozenset[str]:
        if self.ignore_required:
            return frozenset()
        return frozenset(self.required) | self._ids_with(Status.REQUIRED)

    @property
    def forbidden_ids(self) -> frozenset[str]:
        return frozenset(self.forbidden) | self._ids_with(Status.FORBIDDEN)

    @property
    def site_cost(self) -> Floats:
        """(m,) what one open site adds to the objective: USD, or 1 when sites are counted first."""
        if self.objective in (Objective.COST, Objective.COST_THEN_SITES) and self.candidates.cost_usd is not None:
            return self.candidates.cost_usd
        return np.ones(len(self.candidates))

    @property
    def latency(self) -> LatencyModel:
        """From km to ms: the budget's own network, or light in fibre along the great circle."""
        return self.reach.latency if isinstance(self.reach, LatencyReach) else FIBRE_FLOOR

    @property
    def reach_limit(self) -> Floats:
        """(m,) the longest distance each candidate serves: km, or the unit of the pair table; -1 where none is short
        enough for a latency.
        """
        candidates, own = self.candidates, self.own_reach
        limit = np.full(
            len(candidates), self.reach.limit if isinstance(self.reach, PairReach) else self.reach.radius_km
        )
        if isinstance(self.reach, LatencyReach) and candidates.extra_ms is not None:
            limit = np.fmin(limit, self._within(self.reach.network_ms - candidates.extra_ms))
        if not isinstance(self.reach, PairReach) and candidates.most_km is not None:
            limit = np.fmin(limit, candidates.most_km)
        return np.where(np.isnan(own), limit, own)

    @property
    def own_reach(self) -> Floats:
        """(m,) the reach that the candidates' file states for a site, in the unit of ``reach_limit``; nan: none."""
        nothing = np.full(len(self.candidates), np.nan)
        own_ms = nothing if self.candidates.reach_ms is None else self.candidates.reach_ms
        own_km = nothing if self.candidates.reach_km is None else self.candidates.reach_km
        if isinstance(self.reach, PairReach):
            return own_ms if self.reach.unit == "ms" else own_km
        return np.asarray(np.fmin(own_km, self._within(own_ms)))

    def _within(self, rtt_ms: Floats) -> Floats:
        return np.where(rtt_ms < self.latency.base_ms, -1.0, self.latency.reach_km(rtt_ms))

    def _ids_with(self, status: Status) -> frozenset[str]:
        return frozenset(self.candidates.ids[self.candidates.status == status.value])

    def _group_problems(self) -> list[InputProblem]:
        known = sorted(self.candidates.attributes)
        expected = f"a column of the candidates ({', '.join(known) or 'there is none beside the usual ones'})"
        return [
            InputProblem(expected, column="shared_risk", found=shown(column))
            for column in self.shared_risk
            if column not in self.candidates.attributes
        ]

    def _objective_problems(self) -> list[InputProblem]:
        problems: list[InputProblem] = []
        money = self.max_cost_usd is not None or self.objective not in (Objective.SITES, Objective.POPULATION)
        if money and self.candidates.cost_usd is None:
            why = "the plan has a budget" if self.max_cost_usd is not None else f"the objective is {self.objective}"
            problems.append(
                InputProblem(f"a column cost_usd in the candidates, because {why}", column="cost_usd", found="none")
            )
        if not 0 < self.fraction <= 1:
            problems.append(
                InputProblem(
                    "a share of the population above 0, at most 1", column="fraction", found=shown(self.fraction)
                )
            )
        limited = self.max_sites is not None or self.max_cost_usd is not None
        most_people = self.objective == Objective.POPULATION
        if limited != most_people:
            expected = "max_sites or max_cost_usd" if most_people else "the objective population with max_sites"
            problems.append(InputProblem(expected, column="objective", found=shown(self.objective.value)))
        if most_people and self.fraction < 1:
            problems.append(
                InputProblem(
                    "1 when the most people are to be protected", column="fraction", found=shown(self.fraction)
                )
            )
        if self.max_sites is not None and self.max_sites < 0:
            problems.append(InputProblem("0 sites or more", column="max_sites", found=shown(self.max_sites)))
        if self.max_cost_usd is not None and not (np.isfinite(self.max_cost_usd) and self.max_cost_usd >= 0):
            problems.append(InputProblem("0 USD or more", column="max_cost_usd", found=shown(self.max_cost_usd)))
        return problems + self._required_problems()

    def _required_problems(self) -> list[InputProblem]:
        """What is required must fit into the means."""
        required = np.isin(self.candidates.ids, list(self.required_ids))
        count, cost = int(required.sum()), self.candidates.cost_usd
        problems: list[InputProblem] = []
        if self.max_sites is not None and 0 <= self.max_sites < count:
            least = f"{count} or more, as many as are required"
            problems.append(InputProblem(least, column="max_sites", found=shown(self.max_sites)))
        if self.max_cost_usd is not None and cost is not None and 0 <= self.max_cost_usd < cost[required].sum():
            least = f"{cost[required].sum():.2f} USD or more, which the required sites cost"
            problems.append(InputProblem(least, column="max_cost_usd", found=shown(self.max_cost_usd)))
        return problems
