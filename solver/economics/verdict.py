"""The verdict in plain words: the sentence, what would flip it, and the anti-patterns the numbers show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.economics.inputs import Inputs, inputs_with
from solver.economics.judgement import Case, Driver, Judgement, Outcome, drivers, judge, replica_kw, with_reach
from solver.economics.regions import RegionView, reach_km_serving
from solver.problem import Floats

MOST_STEPS = 60


@dataclass(frozen=True)
class Flip:
    """What would change one driver, and the verdict then.  now, then: values of ``quantity`` in ``unit``.

    then: None when no value does; the sentence says why.
    """

    driver: str
    quantity: str
    unit: str
    now: float
    then: float | None
    outcome: Outcome
    sentence: str


@dataclass(frozen=True)
class AntiPattern:
    """A known mistake, and whether this plan's numbers show it."""

    name: str
    raised: bool
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """The advice and its reasons."""

    outcome: Outcome
    sentence: str
    drivers: tuple[Driver, ...]
    flips: tuple[Flip, ...]
    antipatterns: tuple[AntiPattern, ...]


def verdict_of(case: Case, v: Inputs, view: RegionView, population: Floats) -> Verdict:
    """Everything said about one plan.  population: (n,) people per demand point, as in ``view``."""
    found = judge(case, v)
    return Verdict(
        found.outcome,
        sentence(case, found),
        drivers(case, found),
        flips(case, found, view, population),
        antipatterns(case, found),
    )


def sentence(case: Case, found: Judgement) -> str:
    """The verdict in one or two sentences, with the numbers it rests on."""
    v, costs, sites = found.fleet.inputs, found.costs, len(case.loads)
    prices = (
        f"{costs.edge_usd_per_million_tokens:.2f} USD per million tokens against "
        f"{costs.region_usd_per_million_tokens:.2f} in a region"
    )
    reached = f"regions can serve {found.regions_can_serve:.0%} of the people within {case.reach_ms:.1f} ms"
    short = int(found.fleet.short_of_power.sum())
    unpowered = f" {short} of the sites need more power for their busiest hour than they have." if short else ""
    if found.outcome == Outcome.REGION:
        return f"A region: {reached}, and {sites} edge sites would cost {prices}."
    if found.outcome == Outcome.EDGE:
        return f"The edge: {reached}, and {sites} sites serve them at {prices}.{unpowered}"
    if found.outcome == Outcome.EDGE_AT_A_PREMIUM:
        return (
            f"The edge, at a price: {reached}, but {sites} sites cost {prices} "
            f"({costs.edge_to_region_ratio:.1f} times, {costs.extra_usd_user_month:.2f} USD more per user and month)."
            f"{unpowered}"
        )
    missing = []
    if found.fitting_sites < sites:
        missing.append(
            f"one copy of the model needs {replica_kw(v):.1f} kW, more than {sites - found.fitting_sites} of {sites} "
            "sites have"
        )
    if v.zero_touch < 0.5:
        missing.append(f"{sites} sites without zero-touch provisioning need {_visits(found):,.0f} visits a year")
    return f"Not yet: {reached}, so the edge is needed, but {' and '.join(missing)}."


def flips(case: Case, found: Judgement, view: RegionView, population: Floats) -> tuple[Flip, ...]:
    """One entry per driver."""
    return (
        _flip_latency(case, found, view, population),
        _flip_demand(case, found),
        _flip_price(case, found),
        _flip_model(case, found),
        _flip_data(case, found),
        _flip_operations(case, found),
    )


def _flip_latency(case: Case, found: Judgement, view: RegionView, population: Floats) -> Flip:
    v = found.fleet.inputs
    km = reach_km_serving(view, population, v.preference_share)
    binding = case.regions_share < v.preference_share
    reached = view.nearest_km <= km if binding else view.nearest_km < km
    share = float(population[reached].sum()) / max(float(population.sum()), 1e-300)
    then = judge(with_reach(case, share), v).outcome
    told = f"With a reach of {km:,.0f} km instead of {case.reach_km:,.0f} km, regions would serve {share:.0%}"
    if not binding:
        told = (
            f"With a reach below {km:,.0f} km instead of {case.reach_km:,.0f} km, regions would serve only {share:.0%}"
        )
    return Flip("latency budget", "reach_km", "km", case.reach_km, km, then, f"{told} of the people.")


def _flip_demand(case: Case, found: Judgement) -> Flip:
    """The share of users at which the fleet starts, or ceases, to pay."""
    v, now = found.fleet.inputs, found.fleet.inputs.users_share

    def pays(users: float) -> bool:
        return judge(case, inputs_with({"users_share": users}, v)).pays

    end = 1.0 if not found.pays else 1e-6
    steps = np.geomspace(now, end, MOST_STEPS) if now != end else np.array([now])
    across = next((i for i, users in enumerate(steps) if pays(float(users)) != found.pays), None)
    name, unit = "users_share", "share of the population"
    if across is None:
        most = judge(case, inputs_with({"users_share": end}, v)).fleet.total.utilisation_fleet
        told = (
            f"No number of users makes it pay: sized for the busiest hour and a neighbour's failure, the fleet is used "
            f"to {most:.0%} even if everybody is a user."
            if not found.pays
            else "It pays with any number of users."
        )
        return Flip("demand density", name, unit, now, None, found.outcome, told)
    left, right = float(steps[across - 1]), float(steps[across])
    for _ in range(MOST_STEPS):
        middle = (left * right) ** 0.5
        left, right = (left, middle) if pays(middle) != found.pays else (middle, right)
    then = judge(case, inputs_with({"users_share": right}, v)).outcome
    verb = "ceases" if found.pays else "starts"
    told = f"With {right:.2%} of the people as users instead of {now:.2%}, the fleet {verb} to pay."
    return Flip("demand density", name, unit, now, right, then, told)


def _flip_price(case: Case, found: Judgement) -> Flip:
    v, costs = found.fleet.inputs, found.costs
    premium = max(0.0, costs.edge_to_region_ratio - 1)
    name, unit, now = "edge_price_premium", "share of the price", v.edge_price_premium
    if not np.isfinite(premium) or premium > 100:
        told = "No premium that anybody pays covers the cost."
        return Flip("demand density", name, unit, now, None, found.outcome, told)
    then = judge(case, inputs_with({name: min(premium * (1 + 1e-9), 100.0)}, v)).outcome
    told = f"Users who pay {premium:.0%} more than in a region cover the cost; {now:.0%} is assumed."
    return Flip("demand density", name, unit, now, premium, then, told)


def _flip_model(case: Case, found: Judgement) -> Flip:
    v, fits = found.fleet.inputs, found.fitting_sites == len(case.loads)
    least = float(found.fleet.available_kw.min(initial=np.inf))
    each_kw = v.accelerator_kw * v.edge_pue
    most = np.floor(least / each_kw + 1e-9)
    name, unit, now = "accelerators_per_replica", "accelerators", v.accelerators_per_replica
    if not fits and most < 1:
        told = f"The weakest site has {least:g} kW, less than the {each_kw:.2f} kW one accelerator needs."
        return Flip("model size", name, unit, now, None, found.outcome, told)
    at = float(most + 1 if fits else most)
    if at > 10_000:
        return Flip("model size", name, unit, now, None, found.outcome, "Any model fits these sites.")
    then = judge(case, inputs_with({name: at}, v)).outcome
    told = f"The weakest site has {least:g} kW: a model of {at * each_kw:.1f} kW per copy "
    told += "no longer fits everywhere." if fits else "would fit everywhere."
    return Flip("model size", name, unit, now, at, then, told)


def _flip_data(case: Case, found: Judgement) -> Flip:
    v = found.fleet.inputs
    name, unit, now = "data_must_stay_share", "share of the demand", v.data_must_stay_share
    if case.regions_share < v.preference_share:
        told = "Regions reach too few people in time for this to matter."
        return Flip("data gravity and sovereignty", name, unit, now, None, found.outcome, told)
    at = 1 - v.preference_share / case.regions_share
    needed = found.regions_can_serve < v.preference_share
    beyond = at * (1 - 1e-9) if needed else min(1.0, at + 1e-9)
    then = judge(case, inputs_with({name: max(0.0, beyond)}, v)).outcome
    told = f"When more than {at:.0%} of the demand may not leave its place, regions can no longer serve enough of it."
    return Flip("data gravity and sovereignty", name, unit, now, at, then, told)


def _flip_operations(case: Case, found: Judgement) -> Flip:
    v, total = found.fleet.inputs, found.fleet.total
    lights_out = v.zero_touch >= 0.5
    then = judge(case, inputs_with({"zero_touch": 0.0 if lights_out else 1.0}, v)).outcome
    told = (
        f"{'Without' if lights_out else 'With'} zero-touch provisioning the visits and the platform cost "
        f"{(total.operations_without_usd_year if lights_out else total.operations_with_usd_year):,.0f} USD a year "
        f"instead of {(total.operations_with_usd_year if lights_out else total.operations_without_usd_year):,.0f}."
    )
    return Flip("operations", "zero_touch", "1 yes, 0 no", float(lights_out), float(not lights_out), then, told)


def antipatterns(case: Case, found: Judgement) -> tuple[AntiPattern, ...]:
    """The four of the source, raised when the numbers show them."""
    v, fleet, sites = found.fleet.inputs, found.fleet, len(case.loads)
    misfits = sites - found.fitting_sites
    two_n = float(fleet.per_site.two_n_usd_year.sum())
    site_usd_year = fleet.total.edge_usd_year / max(sites, 1)
    return (
        AntiPattern(
            "edge for a preference budget",
            found.regions_can_serve >= v.preference_share,
            f"The nearest regions already keep the promise for {found.regions_can_serve:.0%} of the people.",
        ),
        AntiPattern(
            "a model that does not fit the site",
            misfits > 0,
            f"{misfits} of {sites} sites have less than the {replica_kw(v):.1f} kW one copy of the model needs.",
        ),
        AntiPattern(
            "edge without lights-out operations",
            v.zero_touch < 0.5,
            f"{_visits(found):,.0f} visits a year to {sites} sites cost "
            f"{float(fleet.per_site.truck_rolls_usd_year.sum()):,.0f} USD.",
        ),
        AntiPattern(
            "per-site redundancy instead of geo-redundancy",
            v.two_n_planned >= 0.5,
            f"2N power at {sites} sites costs {two_n:,.0f} USD a year, the price of {two_n / site_usd_year:.1f} more "
            "sites.",
        ),
    )


def _visits(found: Judgement) -> float:
    return found.fleet.total.truck_rolls_year * len(found.fleet.loads)
