"""Partial cover and two goals over HTTP, solved by a running service."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.app.samples import CANDIDATES_CSV, DEMAND_CSV, candidates_csv, finished_plan, plan_body, upload
from tests.app.test_results import collection, rows
from tests.servers import Server


@pytest.fixture(scope="module")
def most(live: Server) -> dict[str, Any]:
    """Most people protected with four sites."""
    return finished_plan(live, objective="population", cover={"max_sites": 4})


def test_the_most_people_with_four_sites(live: Server, most: dict[str, Any]) -> None:
    assert (most["outcome"], most["sites"]) == ("optimal", 4)
    assert most["objective"] == most["lower_bound"] == most["unprotected"]["population"] > 0
    people = collection(live, most, "unprotected")
    assert len(people) == most["unprotected"]["points"]
    assert sum(point["properties"]["population"] for point in people) == most["objective"]
    assert all(point["properties"]["open_sites_in_reach"] < 2 for point in people)


def test_assignments_and_map_tell_who_is_protected(live: Server, most: dict[str, Any]) -> None:
    left = {row["id"] for row in rows(live, most, "unprotected")}
    assert {row["id"] for row in rows(live, most, "assignments") if row["protected"] == "false"} == left
    drawn = live.http.get(f"/api/v1/plans/{most['id']}/map-data").json()["demand"]
    assert {drawn["id"][i] for i in drawn["unprotected"]} == left


def test_a_share_of_the_people_needs_fewer_sites(live: Server, done: dict[str, Any]) -> None:
    part = finished_plan(live, cover={"fraction": 0.6})
    assert part["outcome"] == "optimal"
    assert part["sites"] < done["sites"]
    assert part["request"]["cover"]["fraction"] == 0.6
    assert part["unprotected"]["points"] > 0


def test_two_goals(live: Server) -> None:
    demand = upload(live.http, "demand", DEMAND_CSV)["id"]
    sites = upload(live.http, "candidates", candidates_csv(cost=True))["id"]
    plans = {}
    for goal in ("sites", "sites_then_cost", "cost"):
        answer = live.http.post("/api/v1/plans", json=plan_body(demand, sites, objective=goal))
        plans[goal] = live.finished(answer.json()["id"])
    both = plans["sites_then_cost"]
    assert both["outcome"] == "optimal"
    assert both["objective"] == plans["sites"]["objective"]
    assert both["second_objective"] == both["second_lower_bound"] >= plans["cost"]["objective"]


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "fraction 1.2": ({"cover": {"fraction": 1.2}}, "cover.fraction"),
    "fraction 0": ({"cover": {"fraction": 0}}, "cover.fraction"),
    "a limit without the goal": ({"cover": {"max_sites": 3}}, "objective"),
    "the goal without a limit": ({"objective": "population"}, "max_sites"),
    "a budget without costs": ({"objective": "population", "cover": {"max_cost_usd": 3}}, "cost_usd"),
    "two goals without costs": ({"objective": "sites_then_cost"}, "cost_usd"),
    "fewer than required": ({"objective": "population", "cover": {"max_sites": 0}, "required": ["s1"]}, "max_sites"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_go_together_is_422(case: str, client: TestClient) -> None:
    changes, named = WRONG[case]
    demand, sites = upload(client, "demand", DEMAND_CSV)["id"], upload(client, "candidates", CANDIDATES_CSV)["id"]
    answer = client.post("/api/v1/plans", json=plan_body(demand, sites, **changes))
    assert answer.status_code == 422
    assert named in answer.text
