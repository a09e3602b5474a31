"""Groups that fail together, long drills cut short, and plans told apart, over HTTP."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from app.comparison import compared
from app.planning import Solved
from solver.problem import Candidates, Demand, Problem, RadiusReach
from solver.solve import Limits, solve
from tests.app.samples import CANDIDATES_CSV, DEMAND_CSV, plan_body, upload
from tests.servers import Server

Plan = dict[str, Any]


@pytest.fixture(scope="module")
def grouped(live: Server) -> Plan:
    """The small sample with a carrier for every site: three in turn, one of them called like a formula."""
    header, *lines = CANDIDATES_CSV.decode().replace('\nline"', ' line"').splitlines()
    carriers = ["A", "B", "=C"]
    rows = [f"{header},carrier", *(f"{line},{carriers[i % 3]}" for i, line in enumerate(lines))]
    candidates = upload(live.http, "candidates", "\n".join(rows).encode())["id"]
    demand = upload(live.http, "demand", DEMAND_CSV)["id"]
    return live.finished(live.post("/plans", plan_body(demand, candidates))["id"])


def test_a_group_fails_as_its_open_members_do(live: Server, grouped: Plan) -> None:
    members = [site for site in grouped["open_sites"] if int(site[1:]) % 3 == 2]
    assert len(members) > 1
    together = live.post(f"/plans/{grouped['id']}/drill", {"group": {"column": "carrier", "value": "=C"}})
    assert together == live.post(f"/plans/{grouped['id']}/drill", {"failed": members})
    assert together["failed"] == members
    assert together["points_moved"] + together["points_lost"] == len(together["moves"])


def test_those_who_take_over_are_told_with_what_they_take(live: Server, grouped: Plan) -> None:
    drill = live.post(f"/plans/{grouped['id']}/drill", {"failed": grouped["open_sites"][:1]})
    by_site: dict[str, list[dict[str, Any]]] = {}
    for move in drill["moves"]:
        by_site.setdefault(move["to_site"], []).append(move)
    taken = {row["site"]: row for row in drill["taken_over"]}
    assert set(taken) == set(by_site)
    for site, moves in by_site.items():
        assert taken[site]["points"] == len(moves)
        assert taken[site]["population"] == sum(move["population"] for move in moves)
        assert taken[site]["worst_km"] == max(move["to_km"] for move in moves)
    people = [row["population"] for row in drill["taken_over"]]
    assert people == sorted(people, reverse=True)


def test_a_long_drill_lists_the_largest_moves_and_counts_all(live: Server, grouped: Plan) -> None:
    whole = live.post(f"/plans/{grouped['id']}/drill", {"failed": grouped["open_sites"][:2]})
    short = live.post(f"/plans/{grouped['id']}/drill", {"failed": grouped["open_sites"][:2], "largest": 3})
    largest = sorted(whole["moves"], key=lambda move: (move["to_site"] is not None, -move["population"]))[:3]
    assert short["moves"] == largest
    kept = [move for move in whole["moves"] if move["to_site"]]
    assert short["moved_worst_after_km"] == max(move["to_km"] for move in kept)
    assert short["moved_worst_before_km"] == max(move["from_km"] for move in kept)
    assert short["moves_omitted"] == len(whole["moves"]) - 3
    assert {**short, "moves": [], "moves_omitted": 0} == {**whole, "moves": []}


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"group": {"column": "utility", "value": "A"}}, "carrier"),
        ({"group": {"column": "carrier", "value": "nobody"}}, "an open site has"),
        ({"failed": ["s0"], "group": {"column": "carrier", "value": "A"}}, "one of"),
        ({}, "one of"),
        ({"failed": []}, "failed"),
    ],
)
def test_a_drill_that_cannot_be_is_refused_in_words(live: Server, grouped: Plan, body: Any, named: str) -> None:
    answer = live.http.post(f"/api/v1/plans/{grouped['id']}/drill", json=body)
    assert answer.status_code == 422
    assert named in answer.text


@pytest.mark.parametrize("plans", ["", "x", "x,x", "a,b,c,d,e,f,g"])
def test_fewer_than_two_or_too_many_plans_are_no_comparison(live: Server, plans: str) -> None:
    answer = live.http.get("/api/v1/compare", params={"plans": plans})
    assert answer.status_code == 422
    assert "2 to 6 different plan ids" in answer.json()["detail"]
    assert live.http.get("/api/v1/compare", params={"plans": "x,y"}).status_code == 404


def test_plans_are_told_apart_site_by_site_and_point_by_point() -> None:
    one, other = _solved(("a", "b")), _solved(("b", "c"))
    told = compared([one, other])
    assert [plan["sites"] for plan in told["plans"]] == [2, 2]
    assert told["sites_in_all"] == 1
    assert [(site["id"], site["open"]) for site in told["differing_sites"]] == [
        ("a", [True, False]),
        ("c", [False, True]),
    ]
    # Nearest first, p, q and r are served by a b, b a and b a; then by b c, b c and c b.
    assert told["affected"] == [{"points": 3, "population": 60.0}]
    km = 111.195
    assert told["plans"][0]["worst_distance"] == pytest.approx(km, rel=1e-3)
    assert told["plans"][0]["mean_distance"] == pytest.approx(km * 30 / 60, rel=1e-3)
    assert told["plans"][0]["worst_distance_after_a_failure"] == pytest.approx(2 * km, rel=1e-3)
    assert compared([one, one])["affected"] == [{"points": 0, "population": 0.0}]


def _solved(required: tuple[str, str]) -> Solved:
    lat, lon = np.zeros(3), np.arange(3.0)
    demand = Demand(["p", "q", "r"], ["P", "Q", "R"], lat, lon, [10.0, 20.0, 30.0])
    candidates = Candidates(["a", "b", "c"], ["A", "B", "C"], lat, lon)
    problem = Problem(demand, candidates, RadiusReach(300.0), required=required)
    return Solved(",".join(required), "A plan", solve(problem, Limits(seconds=5.0)), problem)
