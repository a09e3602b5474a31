"""Drivers, verdict, flips and anti-patterns from plans whose numbers are known."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from app.schemas.economics import EconomicsView
from solver.economics import CATALOGUE, companion_plan, companion_problem, inputs_with, study
from solver.economics.document import study_to_dict
from solver.economics.judgement import Case, Outcome, demand_score, judge, promise_class
from solver.economics.regions import region_places, view_regions
from solver.economics.study import Study
from solver.errors import BadInput
from solver.latency import LatencyModel, great_circle_km
from solver.problem import Candidates, Demand, LatencyReach, PairReach, Problem, RadiusReach
from solver.solve import solve
from tests.economics.cases import KM_PER_DEGREE, line_problem, loads, on_a_line, plan_of

POINTS, PEOPLE, SITES = [0.0, 1.0, 2.0, 10.0], [2e6, 1e6, 1e6, 6e6], [0.0, 1.0, 2.0, 9.5, 10.5]


def regions_at(*degrees: float) -> Candidates:
    return Candidates(**on_a_line(list(degrees), "r"))


def studied(region: float = 30.0, compare: bool = False, reach: Any = None, **overrides: float) -> Study:
    """Four towns and five sites on the equator, two sites in reach of each; one cloud region far away, or nearer."""
    problem = line_problem(POINTS, PEOPLE, SITES, **({"reach": reach} if reach else {}))
    plan = plan_of(problem, [[0, 1], [1, 0], [2, 1], [3, 4]])
    other = companion_problem(problem)
    companion = (companion_plan(other), other) if compare and other else None
    return study(plan, problem, regions_at(region), inputs_with(overrides), companion)


CHEAP_EDGE = {"fleet_platform_usd_year": 0, "backhaul_usd_month": 0, "region_rent_usd_kw_month": 5_000}


def test_far_regions_and_dear_tokens_are_an_edge_at_a_price() -> None:
    found = studied().verdict
    assert found.outcome == Outcome.EDGE_AT_A_PREMIUM
    assert found.sentence.startswith("The edge, at a price: regions can serve 0% of the people")


def test_an_edge_that_pays_is_the_edge() -> None:
    assert studied(**CHEAP_EDGE).verdict.outcome == Outcome.EDGE


def test_regions_that_keep_the_promise_win_and_the_preference_budget_is_named() -> None:
    found = studied(reach=RadiusReach(2100), region=10.0)  # 9.9 degrees from the farthest town: 1,112 km
    assert found.regions.shares.served_by_regions_share == 1.0
    assert found.verdict.outcome == Outcome.REGION
    assert [one.name for one in found.verdict.antipatterns if one.raised] == ["edge for a preference budget"]


@pytest.mark.parametrize(
    ("overrides", "raised"),
    [
        ({}, []),
        ({"accelerator_kw": 20}, ["a model that does not fit the site"]),
        ({"zero_touch": 0}, ["edge without lights-out operations"]),
        ({"two_n_planned": 1}, ["per-site redundancy instead of geo-redundancy"]),
    ],
)
def test_each_antipattern_is_raised_by_its_own_number(overrides: dict[str, float], raised: list[str]) -> None:
    found = studied(**overrides).verdict
    assert [one.name for one in found.antipatterns if one.raised] == raised
    assert found.outcome == (Outcome.NOT_YET if {"accelerator_kw", "zero_touch"} & set(overrides) else found.outcome)


def test_drivers_score_from_minus_one_for_a_region_to_one_for_the_edge() -> None:
    names = ["latency budget", "demand density", "model size", "data gravity and sovereignty", "operations"]
    edge = studied(data_must_stay_share=1).verdict.drivers
    assert [driver.name for driver in edge] == names
    assert [driver.score for driver in edge if driver.name != "demand density"] == [1, 1, 1, 1]
    region = studied(reach=RadiusReach(2100), region=10.0, zero_touch=0, accelerator_kw=50).verdict.drivers
    assert [driver.score for driver in region if driver.name != "demand density"] == [-1, -1, -1, 0]
    assert [driver.favours for driver in region][-1] == "neither"


def test_the_share_of_people_that_regions_serve_is_counted_by_population() -> None:
    found = studied(region=10.0).regions  # 6 of 10 million live within 1.5 degrees of it
    assert found.shares.served_by_regions_share == pytest.approx(0.6)
    assert found.shares.backed_by_regions_share == 0  # there is no second region
    assert found.shares.only_edge_share == pytest.approx(0.4)
    assert found.population_nearest.tolist() == [1e7]
    assert found.population_within.tolist() == [6e6]


def test_two_providers_in_one_city_are_one_place() -> None:
    problem = line_problem(POINTS, PEOPLE, SITES)
    plan = plan_of(problem, [[0, 1], [1, 0], [2, 1], [3, 4]])
    found = study(plan, problem, regions_at(10, 10, 1)).regions
    assert found.places.ids == ("r0 r1", "r2")
    assert found.shares.served_by_regions_share == 1.0
    assert found.shares.backed_by_regions_share == 0.0


def test_a_region_must_keep_the_promise_in_ms_when_the_plan_is_by_latency() -> None:
    network = LatencyModel(0.5, 1.3)
    reach_km = 1.5 * KM_PER_DEGREE
    slo_ms = 9.0 + float(network.rtt_ms(reach_km))
    found = studied(reach=LatencyReach(slo_ms, {"access": 8.0, "queueing": 1.0}, network), region=10.0)
    assert found.case.reach_km == pytest.approx(reach_km)
    assert found.case.reach_ms == pytest.approx(slo_ms - 9)
    assert found.case.slo_ms == slo_ms
    assert found.regions.shares.served_by_regions_share == pytest.approx(0.6)
    assert study_to_dict(found)["promise"]["spent_ms"] == {"access": 8.0, "queueing": 1.0}


def test_measured_pairs_in_ms_are_turned_into_the_distance_a_region_may_have() -> None:
    problem = line_problem([0, 1], [10, 10], [0, 1])
    ids = ["p0", "p0", "p1", "p1"], ["s0", "s1", "s0", "s1"]
    pairs = PairReach(*ids, np.ones(4), 3.0, "ms", LatencyModel(1.0, 1.0))  # type: ignore[arg-type]
    measured = Problem(problem.demand, problem.candidates, pairs)
    found = study(plan_of(measured, [[0, 1], [1, 0]]), measured, regions_at(5))
    assert found.case.reach_km == pytest.approx(2.0 / 1.02 * 100)


def test_utilisation_is_scored_between_the_named_thresholds() -> None:
    v = inputs_with({})
    assert [round(demand_score(u, v), 9) for u in (0, 0.2, 0.4, 0.55, 0.7, 0.9)] == [-1, -0.5, 0, 0.5, 1, 1]


def test_what_flips_the_latency_driver_is_the_reach_that_serves_enough_people() -> None:
    found = studied(region=10.0)
    flip = found.verdict.flips[0]
    assert flip.then == pytest.approx(9 * KM_PER_DEGREE, rel=1e-4)  # the towns at 10, 2 and 1 degrees: 8 of 10 million
    assert flip.outcome == Outcome.REGION
    assert studied(region=10.0, reach=RadiusReach(flip.then - 1)).verdict.outcome == Outcome.EDGE_AT_A_PREMIUM
    assert studied(region=10.0, reach=RadiusReach(flip.then + 1)).verdict.outcome == Outcome.REGION


def test_a_flip_of_the_demand_is_where_the_fleet_starts_to_pay() -> None:
    flip = next(one for one in studied(users_share=1e-4, **CHEAP_EDGE).verdict.flips if one.quantity == "users_share")
    assert flip.then is not None
    assert flip.outcome == Outcome.EDGE
    below = studied(users_share=flip.then * 0.9, **CHEAP_EDGE)
    above = studied(users_share=flip.then * (1 + 1e-6), **CHEAP_EDGE)
    assert not below.judgement.pays
    assert above.judgement.pays


def test_every_flip_with_an_input_gives_the_verdict_it_promises() -> None:
    for region, overrides in ((30.0, {}), (10.0, {"zero_touch": 0.0}), (10.0, {"preference_share": 0.5})):
        found = studied(region=region, **overrides)
        for flip in found.verdict.flips:
            if flip.then is None or flip.quantity in ("reach_km", "data_must_stay_share"):
                continue
            nudge = 1 + 1e-9 if flip.quantity == "edge_price_premium" else 1
            again = studied(region=region, **{**overrides, flip.quantity: flip.then * nudge})
            assert again.verdict.outcome == flip.outcome, flip


def test_data_that_must_stay_turns_a_region_into_an_edge() -> None:
    near = {"region": 10.0, "preference_share": 0.5}
    found = studied(**near)
    flip = next(one for one in found.verdict.flips if one.quantity == "data_must_stay_share")
    assert found.verdict.outcome == Outcome.REGION
    assert flip.then == pytest.approx(1 - 0.5 / 0.6)
    assert flip.outcome != Outcome.REGION
    assert studied(**near, data_must_stay_share=flip.then + 0.01).verdict.outcome == flip.outcome


def test_sensitivity_is_ordered_and_each_bar_is_what_the_override_gives() -> None:
    found = studied()
    swings = [one.swing for one in found.sensitivity]
    assert swings == sorted(swings, reverse=True)
    assert swings[0] > 0
    for bar in found.sensitivity[:5]:
        for value, result in ((bar.low, bar.result_low), (bar.high, bar.result_high)):
            assert studied(**{bar.name: value}).judgement.costs.edge_to_region_ratio == pytest.approx(result)


def test_the_counterpart_of_a_surviving_plan_is_single_cover_and_the_reverse() -> None:
    found = studied(compare=True).redundancy
    assert found is not None
    assert (found.single.sites, found.geo.sites) == (2, 5)
    assert found.facility.usd_year - found.single.usd_year == pytest.approx(found.two_n_total_usd_year)
    assert found.single.availability.two_nearest < found.facility.availability.two_nearest
    assert found.facility.availability.two_nearest < found.geo.availability.two_nearest
    problem = line_problem(POINTS, PEOPLE, SITES, survive=0)
    alone, other = solve(problem), companion_problem(problem)
    assert other is not None
    reverse = study(alone, problem, regions_at(30), None, (companion_plan(other), other)).redundancy
    assert reverse is not None
    assert (reverse.single.sites, reverse.geo.sites, reverse.extra_sites_needed) == (2, 5, 3)


def test_the_same_money_buys_so_many_sites() -> None:
    found = studied(compare=True, two_n_usd_kw=1e6).redundancy
    assert found is not None
    per_site = found.extra_sites_usd_year / found.extra_sites_needed
    assert found.extra_sites_affordable == found.two_n_total_usd_year // per_site
    assert "buys all of them" in found.sentence
    cheap = studied(compare=True, two_n_usd_kw=1).redundancy
    assert cheap is not None
    assert "buys 0 of the 3" in cheap.sentence


def test_availability_rises_with_that_of_the_sites() -> None:
    worse, better = studied(compare=True, site_availability=0.99).redundancy, studied(compare=True).redundancy
    assert worse is not None
    assert better is not None
    assert worse.geo.availability.mean < better.geo.availability.mean
    assert worse.single.availability.mean < better.single.availability.mean


def test_a_partial_plan_has_no_counterpart() -> None:
    assert companion_problem(line_problem(POINTS, PEOPLE, SITES, fraction=0.9)) is None


def test_a_plan_without_people_or_sites_is_refused() -> None:
    empty = line_problem([0], [0], [0, 1])
    with pytest.raises(BadInput, match="population"):
        study(plan_of(empty, [[0, 1]]), empty, regions_at(1))
    nothing = line_problem([0], [1], [0, 1])
    with pytest.raises(BadInput, match="open sites"):
        study(plan_of(nothing, [[-1, -1]], open_sites=()), nothing, regions_at(1))


@pytest.mark.parametrize("seed", range(6))
def test_more_power_never_excludes_a_site(seed: int) -> None:
    rng = np.random.default_rng(seed)
    people, moved = rng.uniform(0, 3e6, 8).tolist(), rng.uniform(0, 3e6, 8).tolist()
    stated = np.where(rng.random(8) < 0.5, np.nan, rng.uniform(0.1, 60, 8))
    case = Case(loads(people, moved, stated.tolist()), 1, 0.3, 100.0, 1.0, None)
    found = [judge(case, inputs_with({"site_power_kw": kw})) for kw in (0.1, 1, 10, 100, 1000)]
    fitting = [one.fitting_sites for one in found]
    short = [int(one.fleet.short_of_power.sum()) for one in found]
    assert fitting == sorted(fitting)
    assert short == sorted(short, reverse=True)
    assert len(set(fitting)) > 1


def test_the_promise_is_called_by_the_strictest_threshold_it_meets() -> None:
    classes = [promise_class(slo_ms) for slo_ms in (20, 30, 31, 50, 100, 101)]
    assert classes == ["hard real time"] * 2 + ["interactive (p99)"] * 2 + ["instant", "no threshold people feel"]


def test_the_nearest_regions_are_those_of_the_great_circle() -> None:
    rng = np.random.default_rng(4)
    n, r = 400, 30
    places = {"lat_deg": rng.uniform(-80, 80, n), "lon_deg": rng.uniform(-180, 180, n)}
    ids = [f"p{i}" for i in range(n)]
    people = rng.uniform(1, 100, n)
    sites = Candidates(**on_a_line([0, 1], "s"))
    problem = Problem(Demand(ids, ids, **places, population=people), sites, RadiusReach(2500))
    regions = Candidates(
        [f"r{j}" for j in range(r)], [f"r{j}" for j in range(r)], rng.uniform(-80, 80, r), rng.uniform(-180, 180, r)
    )
    view = view_regions(problem, np.ones(n, dtype=bool), region_places(regions))
    km = np.sort(
        [great_circle_km(lat, lon, regions.lat_deg, regions.lon_deg) for lat, lon in zip(*places.values(), strict=True)]
    )
    np.testing.assert_allclose(view.nearest_km, km[:, 0])
    assert view.shares.served_by_regions_share == pytest.approx(people[km[:, 0] <= 2500].sum() / people.sum())
    assert view.shares.backed_by_regions_share == pytest.approx(people[km[:, 1] <= 2500].sum() / people.sum())
    assert 0 < view.shares.backed_by_regions_share < view.shares.served_by_regions_share < 1


@pytest.mark.parametrize("name", CATALOGUE)
def test_at_the_ends_of_what_is_accepted_the_answer_is_still_one(name: str) -> None:
    entry = CATALOGUE[name]
    for value in (entry.least, min(entry.most, 1e9)):
        if name == "thin_utilisation" and value > CATALOGUE["break_even_utilisation"].default:
            continue
        if name == "break_even_utilisation" and value < CATALOGUE["thin_utilisation"].default:
            continue
        told = study_to_dict(studied(**{name: value}))
        EconomicsView.model_validate({"plan_id": "p", "redundancy_note": None, **told})
        json.dumps(told, allow_nan=False)
