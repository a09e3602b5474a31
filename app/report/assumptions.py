"""What a report's plan rests on, each with where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version

from app.report.words import number
from solver.catalogue import TIERS
from solver.latency import EARTH_RADIUS_KM
from solver.plan import Plan
from solver.problem import LatencyReach, Objective, PairReach, Problem
from solver.promise.screening import excluded_counts, tiers_to_list
from solver.reach import LONGEST_KM

OBJECTIVES = {
    Objective.SITES: "the fewest sites",
    Objective.COST: "the lowest cost",
    Objective.SITES_THEN_COST: "the fewest sites, and among those plans the cheapest",
    Objective.COST_THEN_SITES: "the lowest cost, and among those plans the fewest sites",
    Objective.POPULATION: "the most people protected",
}
PLANNER = "set by the planner"


@dataclass(frozen=True)
class Assumption:
    """One line: what, its value in words, its source."""

    what: str
    value: str
    source: str


def assumptions(plan: Plan, problem: Problem, inputs: dict[str, str]) -> list[Assumption]:
    """Inputs, reach with its budget, what is protected, and how the plan was found."""
    demand, candidates = problem.demand, problem.candidates
    people = f"{number(len(demand))} places, {number(float(demand.population.sum()))} people"
    lines = [
        Assumption("Demand", people, inputs["demand"]),
        Assumption("Candidate sites", number(len(candidates)), inputs["candidates"]),
        *_reach(problem),
        *_sites_left(problem),
        Assumption("Failures to survive", str(problem.survive), PLANNER),
        Assumption("Minimised", OBJECTIVES[problem.objective], PLANNER),
    ]
    if problem.shared_risk:
        lines.append(Assumption("Sites of one group fail together", ", ".join(problem.shared_risk), PLANNER))
    if problem.fraction < 1:
        lines.append(Assumption("Share of the people to protect", f"{problem.fraction * 100:g} %", PLANNER))
    if problem.max_sites is not None:
        lines.append(Assumption("Sites at most", number(problem.max_sites), PLANNER))
    if problem.max_cost_usd is not None:
        lines.append(Assumption("Cost at most", f"{number(problem.max_cost_usd)} USD", PLANNER))
    for what, ids in (("Sites required", problem.required_ids), ("Sites ruled out", problem.forbidden_ids)):
        if ids:
            lines.append(Assumption(what, number(len(ids)), "the planner, or the candidates' status"))
    how = f"{plan.seconds:.0f} s, seed {plan.seed}; rechecked from raw coordinates, every failure in turn"
    lines.append(Assumption("Solved in", how, f"sitewright {version('sitewright')}"))
    return lines


def _reach(problem: Problem) -> list[Assumption]:
    reach = problem.reach
    if isinstance(reach, PairReach):
        return [Assumption("Reach of a site", f"{reach.limit:g} {reach.unit}", "measured pairs")]
    sphere = f"great circle on a sphere of {EARTH_RADIUS_KM} km"
    if not isinstance(reach, LatencyReach):
        return [Assumption("Reach of a site", f"{number(reach.radius_km, 1)} km", f"{PLANNER}; {sphere}")]
    network = f"{reach.latency.base_ms:g} ms + {reach.latency.route_factor:g} × 1.02 ms per 100 km"
    return [
        Assumption("Promise, end to end", f"{reach.slo_ms:g} ms", PLANNER),
        *[Assumption(f"of it {name}", f"{ms:g} ms", PLANNER) for name, ms in reach.spent_ms.items()],
        Assumption("left for the network", f"{reach.network_ms:g} ms", "the promise less the above"),
        Assumption("Network round trip", network, "light in fibre 1.02 ms per 100 km, times the route factor"),
        Assumption("Reach of a site", f"{number(reach.radius_km, 1)} km", sphere),
    ]


def _sites_left(problem: Problem) -> list[Assumption]:
    """How the plan takes its tiers, and how many candidates it could not use."""
    lines = []
    for rule in tiers_to_list(problem.candidates):
        known = TIERS[rule["tier"]]
        own = (rule["extra_ms"], rule["most_km"]) != (known.extra_ms, known.most_km or LONGEST_KM)
        limit = f", nobody beyond {number(rule['most_km'], 1)} km" if rule["most_km"] < LONGEST_KM else ""
        source = PLANNER if own else known.offset_source
        lines.append(Assumption(f"Sites of tier {known.label}", f"{rule['extra_ms']:g} ms added{limit}", source))
    reasons = {
        "tier": "of another tier",
        "power": "without the power the model needs",
        "power_unknown": "of unknown power",
    }
    for reason, count in excluded_counts(problem.candidates).items():
        lines.append(Assumption(f"Candidates left out, {reasons[reason]}", number(count), PLANNER))
    return lines
