"""What the same money buys: 2N power at every site of a single-cover plan, or the sites that make the fleet survive."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import floor, inf

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

    single: one N site for everybody · facility: the same with 2N power · geo: the plan that survives a failure.
    """

    single: Option
    facility: Option
    geo: Option
    two_n_total_usd_year: float = derived("USD/year", "two_n_usd_year summed over the single-cover sites")
    extra_sites_needed: float = derived("sites", "sites of the surviving plan - sites of the single-cover plan")
    extra_sites_usd_year: float = derived(
        "USD/year", "edge_usd_year of the surviving plan - edge_usd_year of the single-cover plan"
    )
    extra_sites_affordable: float = derived(
        "sites", "floor(two_n_total_usd_year / (extra_sites_usd_year / extra_sites_needed))"
    )
    sentence: str = ""


def companion_problem(problem: Problem) -> Problem | None:
    """The problem of the plan to compare with: single cover for a surviving plan, one failure for a single-cover one.

    None when the plan spends a fixed number of sites or covers a part: there is no such counterpart.
    """
    if problem.partial:
        return None
    survive = 0 if problem.survive else 1
    objective = Objective.SITES if problem.candidates.cost_usd is None else problem.objective
    return replace(problem, survive=survive, shared_risk=(), uncoverable=Uncoverable.EXEMPT, objective=objective)


def companion_plan(problem: Problem, limits: Limits = COMPANION_LIMITS) -> Plan:
    """A plan for ``companion_problem``, quickly."""
    return solve(problem, limits, polished=False)


def redundancy(plan: Plan, problem: Problem, companion: Plan, other: Problem, v: Inputs) -> Redundancy:
    """Compare the plan with its companion, whichever of them is the single-cover one."""
    if problem.survive:
        single, single_problem, geo, geo_problem = companion, other, plan, problem
    else:
        single, single_problem, geo, geo_problem = plan, problem, companion, other
    v = inputs_with({"two_n_planned": 0.0}, v)
    single_fleet = fleet_of(loads_of(single, single_problem), v)
    geo_fleet = fleet_of(loads_of(geo, geo_problem), v)
    single_sets, geo_sets = site_sets(single, single_problem), site_sets(geo, geo_problem)
    two_n = float(single_fleet.per_site.two_n_usd_year.sum())
    single_usd, geo_usd = single_fleet.total.edge_usd_year, geo_fleet.total.edge_usd_year

    def option(name: str, plan: Plan, usd: float, found: Availability) -> Option:
        return Option(name, plan.sites, plan.proved, usd, found)

    n, n2 = v.site_availability, v.site_availability_2n
    options = (
        option("single", single, single_usd, availability_of(single, single_problem, single_sets, n, TRIALS)),
        option(
            "facility", single, single_usd + two_n, availability_of(single, single_problem, single_sets, n2, TRIALS)
        ),
        option("geo", geo, geo_usd, availability_of(geo, geo_problem, geo_sets, n, TRIALS)),
    )
    needed, extra = geo.sites - single.sites, geo_usd - single_usd
    affordable = float(floor(two_n / (extra / needed))) if needed > 0 and extra > 0 else inf
    return Redundancy(
        *options,
        two_n_total_usd_year=two_n,
        extra_sites_needed=float(needed),
        extra_sites_usd_year=extra,
        extra_sites_affordable=affordable,
        sentence=_sentence(*options, two_n=two_n, extra=extra, affordable=affordable),
    )


def _sentence(single: Option, facility: Option, geo: Option, *, two_n: float, extra: float, affordable: float) -> str:
    needed = geo.sites - single.sites
    bought = (
        "the same money buys all of them"
        if affordable >= needed
        else f"the same money buys {affordable:,.0f} of the {needed}"
    )
    return (
        f"2N power at all {single.sites} single-cover sites costs {two_n:,.0f} USD a year more and leaves a person "
        f"{facility.availability.minutes_without_year:,.0f} minutes a year without service; the {needed} extra sites "
        f"that make the fleet survive any one failure cost {extra:,.0f} USD a year more and leave "
        f"{geo.availability.minutes_without_year:,.1f} minutes; {bought}."
    )
