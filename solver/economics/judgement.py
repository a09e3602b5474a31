"""The five drivers and the verdict they make, from one plan's own numbers under one set of inputs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from solver.catalogue import THRESHOLDS
from solver.economics.demand import Loads
from solver.economics.fleet import Fleet, fleet_of
from solver.economics.inputs import Inputs
from solver.economics.unit_costs import UnitCosts, unit_costs


class Outcome(StrEnum):
    """What the numbers advise."""

    REGION = "region"
    EDGE = "edge"
    EDGE_AT_A_PREMIUM = "edge_at_a_premium"
    NOT_YET = "not_yet"


@dataclass(frozen=True, eq=False)
class Case:
    """What the plan fixes, whatever the inputs.

    regions_share: share of the population with a region in reach · reach_km, reach_ms: what a region must keep, as
    distance and network round trip · slo_ms: the promise, None when the plan was made by radius or measured pairs.
    """

    loads: Loads
    survive: int
    regions_share: float
    reach_km: float
    reach_ms: float
    slo_ms: float | None


@dataclass(frozen=True)
class Driver:
    """One row of the source's table.  score: -1 favours a region, +1 an edge · value: the number behind it."""

    name: str
    score: float
    value: float
    unit: str
    sentence: str

    @property
    def favours(self) -> str:
        return "edge" if self.score > 0 else "region" if self.score < 0 else "neither"


@dataclass(frozen=True, eq=False)
class Judgement:
    """One evaluation."""

    outcome: Outcome
    fleet: Fleet
    costs: UnitCosts
    regions_can_serve: float
    fitting_sites: int
    pays: bool


def judge(case: Case, v: Inputs) -> Judgement:
    """Does anybody need an edge, could it be run, does it pay: in this order.

    Regions can serve the people they reach in time whose data may travel.  Where that is ``preference_share`` or
    more, nobody needs an edge.  It pays when tokens cost no more there than at a region with the edge's premium.
    """
    fleet = fleet_of(case.loads, v)
    costs = unit_costs(fleet)
    regions_can_serve = case.regions_share * (1 - v.data_must_stay_share)
    fitting = int(np.sum(replica_kw(v) <= fleet.available_kw + 1e-9))
    pays = costs.edge_usd_per_million_tokens <= costs.edge_price_usd_per_million_tokens
    if regions_can_serve >= v.preference_share:
        outcome = Outcome.REGION
    elif fitting < len(case.loads) or v.zero_touch < 0.5:
        outcome = Outcome.NOT_YET
    else:
        outcome = Outcome.EDGE if pays else Outcome.EDGE_AT_A_PREMIUM
    return Judgement(outcome, fleet, costs, regions_can_serve, fitting, pays)


def replica_kw(v: Inputs) -> float:
    """Power of one copy of the model at the site's feed."""
    return v.accelerators_per_replica * v.accelerator_kw * v.edge_pue


def with_reach(case: Case, regions_share: float) -> Case:
    """The same case under another promise."""
    return replace(case, regions_share=regions_share)


def drivers(case: Case, found: Judgement) -> tuple[Driver, ...]:
    """Latency budget, demand density, model size, data, operations.  Scores run linearly between the named ends."""
    v, fleet = found.fleet.inputs, found.fleet
    used, sites = fleet.total.utilisation_fleet, len(case.loads)
    promise = "" if case.slo_ms is None else f", the {case.slo_ms:g} ms promise: {promise_class(case.slo_ms)}"
    lights_out = "zero-touch" if v.zero_touch >= 0.5 else "without zero-touch provisioning"
    survives = "survives any one failure" if case.survive == 1 else f"survives any {case.survive} failures"
    backed = survives if case.survive else "has no second site for anybody"
    frontier = v.accelerators_per_replica * v.accelerator_kw >= v.frontier_kw
    return (
        Driver(
            "latency budget",
            1 - 2 * case.regions_share,
            case.regions_share,
            "share of the population",
            f"The nearest cloud regions serve {case.regions_share:.1%} of the people within {case.reach_km:,.0f} km "
            f"({case.reach_ms:.1f} ms of network round trip{promise}).",
        ),
        Driver(
            "demand density",
            demand_score(used, v),
            used,
            "share of capacity",
            f"The sites are used to {used:.1%} of their capacity; below {v.thin_utilisation:.0%} an edge never breaks "
            f"even, at {v.break_even_utilisation:.0%} a debt-financed cluster does.",
        ),
        Driver(
            "model size",
            -1.0 if frontier else 2 * found.fitting_sites / max(sites, 1) - 1,
            replica_kw(v),
            "kW",
            f"One copy of the model needs {replica_kw(v):.1f} kW; it fits {found.fitting_sites} of {sites} sites, and "
            f"{int(fleet.short_of_power.sum())} need more power for their busiest hour than they have.",
        ),
        Driver(
            "data gravity and sovereignty",
            2 * v.data_must_stay_share - 1,
            v.data_must_stay_share,
            "share of the demand",
            f"{v.data_must_stay_share:.0%} of the demand may not leave its place; hauling the rest to a region costs "
            f"{found.costs.haul_usd_per_million_tokens:.3f} USD per million tokens.",
        ),
        Driver(
            "operations",
            (0.5 if v.zero_touch >= 0.5 else -0.5) + (0.5 if case.survive else -0.5),
            fleet.total.truck_rolls_year * sites,
            "visits/year",
            f"{sites} sites {lights_out}: {fleet.total.truck_rolls_year * sites:,.0f} visits a year; the fleet "
            f"{backed}.",
        ),
    )


def promise_class(slo_ms: float) -> str:
    """The least demanding threshold a promise still meets, in a word or two."""
    met = [threshold for threshold in THRESHOLDS.values() if slo_ms <= threshold.slo_ms]
    if not met:
        return "no threshold people feel"
    return min(met, key=lambda threshold: threshold.slo_ms).label.partition(":")[0].lower()


def demand_score(utilisation: float, v: Inputs) -> float:
    """-1 at no use, 0 at ``thin_utilisation``, +1 at ``break_even_utilisation`` and above."""
    if utilisation < v.thin_utilisation:
        return utilisation / v.thin_utilisation - 1
    return min(1.0, (utilisation - v.thin_utilisation) / (v.break_even_utilisation - v.thin_utilisation))
