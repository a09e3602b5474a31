"""The report: what a board reads must agree with the plan, print without a network, and take names as text."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import shapely

from app.map.basemap import outlines_around
from app.report.page import report_page
from app.report.picture import picture
from solver.economics import study
from solver.experience import experience
from solver.geodata import read_candidates, read_demand
from solver.latency import LatencyModel
from solver.problem import Candidates, Demand, PairReach, Problem, RadiusReach, Uncoverable
from solver.promise.budget import Budget
from solver.promise.screening import screen, tier_rules
from solver.solve import solve
from tests.app.samples import HOSTILE

INPUTS = {"demand": "Places", "candidates": "Sites"}


class Text(HTMLParser):
    """What a reader sees, and every tag."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.seen.append(data)

    def __contains__(self, text: str) -> bool:
        return text in " ".join(self.seen)


@pytest.fixture(scope="module")
def germany(root: Path) -> Problem:
    demand = read_demand(root / "data" / "germany_demand.csv").data
    candidates = read_candidates(root / "data" / "germany_candidates.csv").data
    return Problem(demand, candidates, RadiusReach(150.0))


def test_it_tells_the_plan_its_proof_and_every_site(germany: Problem) -> None:
    plan = solve(germany)
    regions = Candidates(*(getattr(germany.candidates, name)[:3] for name in ("ids", "names", "lat_deg", "lon_deg")))
    money = study(plan, germany, regions)
    text = Text(report_page(plan, germany, "Board", INPUTS, ("Places: GeoNames",), money))
    assert f"{plan.sites} sites." in text
    assert "proven optimal" in text
    assert "any one of them fails" in text
    assert money.verdict.sentence in text
    assert "GeoNames" in text
    names = dict(zip(germany.candidates.ids, germany.candidates.names, strict=True))
    assert all(names[identity] in text for identity in plan.open_sites)
    assert "script" not in text.tags
    assert "img" not in text.tags


def test_a_promise_its_tiers_and_the_latency_of_the_people_are_told(germany: Problem) -> None:
    tiers = np.where(np.arange(len(germany.candidates)) % 3 == 0, "region", "metro_colo").astype(object)
    rules = tier_rules(["metro_colo"])
    screened = screen(replace(germany.candidates, tier=tiers), rules).candidates
    budget = Budget(30, access_ms=8, queueing_ms=1, inference_ms=17, latency=LatencyModel(0.5, 1.3))
    problem = replace(germany, candidates=screened, reach=budget.reach())
    plan = solve(problem)
    text = Text(report_page(plan, problem, "Promise", INPUTS))
    told = experience(plan, problem).summary()
    assert "Sites of tier Metro micro data centre, Tier-2 colo" in text
    assert "0.8 ms added" in text
    assert "210" in text
    assert "Candidates left out, of another tier" in text
    assert "Latency of the people, end to end" in text
    for spread in (told["before"], told["backup"], told["after"]):
        assert f"{spread['p99_ms']:.1f}" in text
    assert dict(zip(germany.candidates.ids, germany.candidates.names, strict=True))[told["after"]["failed"]] in text


def test_measured_round_trips_are_reported_in_ms() -> None:
    ids = np.array(["a", "b"], dtype=object)
    demand = Demand(ids, ids, np.array([50.0, 50.1]), np.array([8.0, 8.0]), np.array([1200.0, 30.0]))
    sites = Candidates(ids, ids, np.array([50.0, 50.1]), np.array([8.0, 8.0]))
    reach = PairReach(np.repeat(ids, 2), np.tile(ids, 2), np.array([3.0, 4.25, 5.5, 2.0]), 6.0, "ms")
    problem = Problem(demand, sites, reach)
    text = Text(report_page(solve(problem), problem, "Measured", INPUTS))
    assert "Latency of the people, network round trip" in text
    assert "4.2" in text
    assert "5.5" in text


def test_names_are_shown_letter_for_letter(germany: Problem) -> None:
    named = replace(germany.candidates, names=np.full(len(germany.candidates), HOSTILE, dtype=object))
    problem = replace(germany, candidates=named)
    page = report_page(solve(problem), problem, HOSTILE, {"demand": HOSTILE, "candidates": HOSTILE})
    text = Text(page)
    assert text.seen.count(HOSTILE) >= 3
    assert "script" not in text.tags
    assert "img" not in text.tags


def test_a_plan_that_is_impossible_is_reported_with_its_gaps() -> None:
    ids = np.array(["a", "b"], dtype=object)
    demand = Demand(ids, ids, np.array([50.0, 50.1]), np.array([8.0, 8.0]), np.array([1200.0, 30.0]))
    candidates = Candidates(ids, ids, np.array([50.0, 52.0]), np.array([8.0, 8.0]))
    problem = Problem(demand, candidates, RadiusReach(50.0), uncoverable=Uncoverable.FAIL)
    text = Text(report_page(solve(problem), problem, "No way", INPUTS))
    assert "No plan is possible" in text
    assert "1 230 people" in text
    assert text.tags.count("svg") == 1


def test_the_picture_has_a_mark_for_every_site_and_gap(germany: Problem) -> None:
    problem = replace(germany, reach=RadiusReach(30.0), uncoverable="exempt")  # type: ignore[arg-type]
    plan = solve(problem)
    svg = picture(plan, problem).svg
    gaps = re.search(r'class="gap" d="([^"]*)"', svg)
    sites = re.search(r'class="site" d="([^"]*)"', svg)
    assert gaps is not None
    assert sites is not None
    assert gaps.group(1).count("l6 6") == len(plan.gaps)
    assert sites.group(1).count("h0") == plan.sites


def test_the_sea_around_a_country_is_not_land() -> None:
    outlines = outlines_around([-125.0, 25.0, -67.0, 49.0])
    land = shapely.union_all([
        shapely.make_valid(shapely.geometry.shape(feature["geometry"]))
        for collection in outlines["land"]
        for feature in collection["features"]
    ])  # fmt: skip
    assert land.contains(shapely.Point(-98.0, 39.0))
    assert not land.contains(shapely.Point(-90.0, 26.5))
    assert not land.contains(shapely.Point(-130.0, 35.0))
