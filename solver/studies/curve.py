"""The points of a trade-off curve, light enough to be written down one by one and read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from itertools import pairwise
from typing import Any

import numpy as np

from solver.errors import VerificationError
from solver.plan import Outcome, Plan, relative_gap
from solver.problem import Floats, PairReach, Problem

MOST_VALUES = 100


class Over(StrEnum):
    """What a curve varies."""

    RADIUS_KM = "radius_km"
    SLO_MS = "slo_ms"
    MAX_RTT_MS = "max_rtt_ms"
    SURVIVE = "survive"
    FRACTION = "fraction"

    @property
    def tight_when_low(self) -> bool:
        """Whether a lower value asks for more."""
        return self in (Over.RADIUS_KM, Over.SLO_MS, Over.MAX_RTT_MS)


@dataclass(frozen=True)
class CurvePoint:
    """One setting and what it takes.

    value: of what the curve varies · open_sites: empty unless usable · objective, lower_bound: in the plan's own
    measure (sites, USD or people), None without a plan · second_objective, second_lower_bound: of the second of two ·
    gap_points, gap_people: coverage gaps, exempted or (outcome infeasible) in the way ·
    left_out_points, left_out_people: unprotected on purpose · worst_primary, worst_last: the longest distance (km, or
    the pair table's unit) to the nearest and to the last of the survive + 1 sites ·
    short: id → candidates in reach of every exempted gap · reason: why there can be no plan, beside gaps.
    """

    value: float
    outcome: Outcome
    open_sites: tuple[str, ...] = ()
    objective: float | None = None
    lower_bound: float | None = None
    second_objective: float | None = None
    second_lower_bound: float | None = None
    cost_usd: float | None = None
    gap_points: int = 0
    gap_people: float = 0.0
    left_out_points: int = 0
    left_out_people: float = 0.0
    worst_primary: float | None = None
    worst_last: float | None = None
    reach_km: float | None = None
    seconds: float = 0.0
    short: Mapping[str, int] = field(default_factory=dict)
    reason: str = ""

    @property
    def usable(self) -> bool:
        return self.outcome in (Outcome.OPTIMAL, Outcome.FEASIBLE)

    @property
    def sites(self) -> int | None:
        return len(self.open_sites) if self.usable else None

    @property
    def gap(self) -> float | None:
        """(objective - lower bound) / objective."""
        return relative_gap(self.objective, self.lower_bound)

    def bounded(self, lower_bound: float) -> CurvePoint:
        """The point with a better bound, when this is one.  Raises VerificationError for one above the objective."""
        if not self.usable or self.objective is None or lower_bound <= (self.lower_bound or 0.0):
            return self
        if lower_bound > self.objective + 1e-6 * max(1.0, self.objective):
            raise VerificationError(
                [f"a bound of {lower_bound} at a looser setting than {self.objective} at {self.value}"]
            )
        bound = min(lower_bound, self.objective)
        proved = _met(bound, self.objective) and _met(self.second_lower_bound, self.second_objective)
        return replace(self, lower_bound=bound, outcome=Outcome.OPTIMAL if proved else self.outcome)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON, with sites and gap beside what ``from_dict`` reads."""
        return {**asdict(self), "outcome": self.outcome.value, "open_sites": list(self.open_sites)} | {
            "sites": self.sites,
            "gap": self.gap,
        }

    @staticmethod
    def from_dict(doc: Mapping[str, Any]) -> CurvePoint:
        """The point that ``to_dict`` wrote."""
        told = {key: value for key, value in doc.items() if key not in ("sites", "gap")}
        return CurvePoint(**{**told, "outcome": Outcome(doc["outcome"]), "open_sites": tuple(doc["open_sites"])})


def short_points(plan: Plan) -> dict[str, int]:
    """What the plan's gaps are left with: point id → candidates in reach."""
    return {gap.point_id: gap.candidates_in_reach for gap in plan.gaps}


def point_of(value: float, plan: Plan, problem: Problem) -> CurvePoint:
    """What a curve keeps of a plan."""
    point = CurvePoint(
        value=value,
        outcome=plan.outcome,
        gap_points=len(plan.gaps),
        gap_people=float(sum(gap.population for gap in plan.gaps)),
        reach_km=None if isinstance(problem.reach, PairReach) else problem.reach.radius_km,
        seconds=round(plan.seconds, 3),
    )
    if not plan.usable:
        return point
    opened = np.isin(problem.candidates.ids, list(plan.open_sites))
    cost = problem.candidates.cost_usd
    return replace(
        point,
        open_sites=plan.open_sites,
        objective=plan.objective,
        lower_bound=plan.lower_bound,
        second_objective=plan.second_objective,
        second_lower_bound=plan.second_lower_bound,
        cost_usd=None if cost is None else float(cost[opened].sum()),
        left_out_points=len(plan.unprotected),
        left_out_people=float(problem.demand.population[plan.unprotected].sum()),
        worst_primary=_longest(plan.distance[:, 0]),
        worst_last=_longest(plan.distance[:, -1]),
        short={} if problem.partial else short_points(plan),
    )


def _met(bound: float | None, objective: float | None) -> bool:
    return objective is None or (bound is not None and bound >= objective - 1e-9 * max(1.0, objective))


def no_room(value: float, problem: Problem, reason: str) -> CurvePoint:
    """The point at which nobody can be served, whatever is opened."""
    people = float(problem.demand.population.sum())
    return CurvePoint(value, Outcome.INFEASIBLE, gap_points=len(problem.demand), gap_people=people, reason=reason)


@dataclass(frozen=True)
class Step:
    """From one point of a curve to the next: what the tighter setting costs.

    sites_in, sites_out: candidate ids open only at the second, only at the first · extra_objective: how much more the
    second takes, in the plan's own measure; extra_least, extra_most: what the proofs leave open of that difference ·
    extra_sites, extra_cost_usd: of the two plans as they are.
    """

    from_value: float
    to_value: float
    extra_sites: int
    extra_cost_usd: float | None
    extra_objective: float
    extra_least: float
    extra_most: float
    sites_in: tuple[str, ...]
    sites_out: tuple[str, ...]


def steps_between(points: Sequence[CurvePoint], over: Over) -> list[Step]:
    """One step per pair of usable neighbours, from the looser to the tighter setting."""
    order = sorted((point for point in points if point.usable), key=lambda point: point.value)
    if over.tight_when_low:
        order.reverse()
    return [_step(looser, tighter) for looser, tighter in pairwise(order)]


def _step(looser: CurvePoint, tighter: CurvePoint) -> Step:
    before, after = looser.objective or 0.0, tighter.objective or 0.0
    costs = looser.cost_usd is not None and tighter.cost_usd is not None
    return Step(
        from_value=looser.value,
        to_value=tighter.value,
        extra_sites=len(tighter.open_sites) - len(looser.open_sites),
        extra_cost_usd=(tighter.cost_usd or 0.0) - (looser.cost_usd or 0.0) if costs else None,
        extra_objective=after - before,
        extra_least=(tighter.lower_bound or 0.0) - before,
        extra_most=after - (looser.lower_bound or 0.0),
        sites_in=tuple(i for i in tighter.open_sites if i not in set(looser.open_sites)),
        sites_out=tuple(i for i in looser.open_sites if i not in set(tighter.open_sites)),
    )


def _longest(distance: Floats) -> float | None:
    known = distance[np.isfinite(distance)]
    return float(known.max()) if len(known) else None
