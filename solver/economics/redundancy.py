"""What the same money buys: 2N power at every site of a single-cover plan, or the sites that make the fleet survive."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import floor, inf

import numpy as np

from solver.economics.availability import TRIALS, Availability, availability_of, site_sets
from solver.economics.demand import loads_of
from solver.economics.fleet import fleet_of
from solver.economics.inputs import Inputs, inputs_with
from solver.economics.quantities import derived
from solver.plan import Plan
from solver.problem import Objective, Problem, Uncoverable
from solver.run import Limits
from solver.solve import solve

COMPANION_LIMITS = Limits(seconds=10.0, gap=0.01)
"""Enough for a single-cover plan within a percent of the fewest sites on national instances."""


@dataclass(frozen=True)
class Option:
    """One way to spend.  usd_year: the whole fleet · proved: no plan of its kind has fewer sites."""

    name: str
    sites: int
    proved: bool
    usd_year: float
    availability: Availability


@dataclass(frozen=True)
class Redundancy:
    """Facility redundancy against geo-redundancy, both fleets sized and costed for the same demand.

    single: one N site for everybody · facility: the same with 2N power · geo: the plan that survives ``survive``
    failures (0: those of shared-risk groups only).
    """

    single: Option
    facility: Option
    geo: Option
    survive: int
    two_n_total_usd_year: float = derived("USD/year", "two_n_usd_year summed over the single-cover sites")
    extra_sites_needed: float = derived("sites", "sites of the surviving plan - sites of the single-cover plan")
    extra_sites_usd_year: float = derived(
        "USD/year", "edge_usd_year of the surviving plan - edge_usd_year of the single-cover plan"
    )
    takeover_usd_year: float = derived(
        "USD/year",
        "edge_usd_year of the surviving plan - edge_usd_year of the same sites if nobody ever came over from another",
    )
    extra_sites_affordable: float = derived(
        "sites", "floor(two_n_total_usd_year / (extra_sites_usd_year / extra_sites_needed))"
    )

    @property
    def sentence(self) -> str:
        """What the same money buys, in words."""
        needed, bought = self.extra_sites_needed, self.extra_sites_affordable
        if needed <= 0:
            return f"The {self.geo.sites} sites that survive a failure are no more than single cover was found to need."
        which = "any one failure" if self.survive <= 1 else f"any {self.survive} failures"
        money = "all of them" if bought >= needed else f"{bought:,.0f} of the {needed:,.0f}"
        return (
            f"2N power at all {self.single.sites} single-cover sites costs {self.two_n_total_usd_year:,.0f} USD a year "
            f"more and leaves a person {self.facility.availability.minutes_without_year:,.1f} minutes a year without "
            f"service; the {needed:,.0f} extra sites that make the fleet survive {which} cost "
            f"{self.extra_sites_usd_year:,.0f} USD a year more ({self.takeover_usd_year:,.0f} of it for accelerators "
            f"that wait to take over) and leave {self.geo.availability.minutes_without_year:,.1f} minutes; the same "
            f"money buys {money}."
        )


def survives(problem: Problem) -> bool:
    """Whether a plan for this problem outlives some failure: of any site, or of any shared-risk group."""
    return problem.survive > 0 or bool(problem.shared_risk)


def companion_problem(problem: Problem) -> Problem | None:
    """The problem of the plan to compare with: single cover for a surviving plan, one failure for a single-cover one.

    None when the plan covers a part of the population: there is no such counterpart.
    """
    if problem.partial:
        return None
    by_cost = problem.objective in (Objective.COST, Objective.COST_THEN_SITES)
    return replace(
        problem,
        survive=0 if survives(problem) else 1,
        shared_risk=(),
        uncoverable=Uncoverable.EXEMPT,
        objective=Objective.COST if by_cost else Objective.SITES,
    )


def companion_plan(problem: Problem, limits: Limits = COMPANION_LIMITS) -> Plan:
    """A plan for ``companion_problem``, quickly."""
    return solve(problem, limits, polished=False)


def redundancy(plan: Plan, problem: Problem, companion: Plan, other: Problem, v: Inputs) -> Redundancy:
    """Compare the plan with its companion, whichever of them is the single-cover one."""
    if survives(problem):
        single, single_problem, geo, geo_problem = companion, other, plan, problem
    else:
        single, single_problem, geo, geo_problem = plan, problem, companion, other
    v = inputs_with({"two_n_planned": 0.0}, v)
    single_fleet = fleet_of(loads_of(single, single_problem), v)
    geo_loads = loads_of(geo, geo_problem)
    geo_fleet = fleet_of(geo_loads, v)
    unready = fleet_of(replace(geo_loads, failover_population=np.zeros(len(geo_loads))), v)
    single_sets, geo_sets = site_sets(single, single_problem), site_sets(geo, geo_problem)
    two_n = float(single_fleet.per_site.two_n_usd_year.sum())
    single_usd, geo_usd = single_fleet.total.edge_usd_year, geo_fleet.total.edge_usd_year

    def option(name: str, plan: Plan, usd: float, found: Availability) -> Option:
        return Option(name, plan.sites, plan.proved, usd, found)

    n, n2 = v.site_availability, v.site_availability_2n
    needed, extra = geo.sites - single.sites, geo_usd - single_usd
    return Redundancy(
        option("single", single, single_usd, availability_of(single, single_problem, single_sets, n, TRIALS)),
        option(
            "facility", single, single_usd + two_n, availability_of(single, single_problem, single_sets, n2, TRIALS)
        ),
        option("geo", geo, geo_usd, availability_of(geo, geo_problem, geo_sets, n, TRIALS)),
        survive=geo.survive,
        two_n_total_usd_year=two_n,
        extra_sites_needed=float(needed),
        extra_sites_usd_year=extra,
        takeover_usd_year=geo_usd - unready.total.edge_usd_year,
        extra_sites_affordable=float(floor(two_n / (extra / needed))) if needed > 0 and extra > 0 else inf,
    )
