"""Places for further candidates, and data sets that have them."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient

from tests.app.samples import candidates_csv, plan_body, upload
from tests.servers import Server


def test_a_refused_plan_becomes_possible_with_what_is_suggested(live: Server, done: dict[str, Any]) -> None:
    inputs = {role: done["request"][role] for role in ("demand", "candidates")}
    body = plan_body(**inputs, reach={"radius_km": 20}, cover={"uncoverable": "fail"})
    refused = live.finished(live.post("/plans", body)["id"])
    assert refused["outcome"] == "infeasible"
    told = live.http.get(refused["links"]["suggestions"]).json()
    assert told["complete"]
    places = [{"id": f"new-{p['id']}", "name": p["name"], "lat": p["lat"], "lon": p["lon"]} for p in told["places"]]
    made = live.post(f"/datasets/{inputs['candidates']}/additions", {"places": places})
    assert made["rows"] == 25 + len(places)
    assert f"{len(places)} places" in made["name"]
    plan = live.finished(live.post("/plans", {**body, "candidates": made["id"]})["id"])
    assert plan["outcome"] in ("optimal", "feasible")
    assert live.http.get(f"/api/v1/plans/{plan['id']}/suggestions").json()["places"] == []


def test_additions_are_refused_by_name(shared: TestClient, shared_inputs: dict[str, str]) -> None:
    place = {"id": "s0", "name": "again", "lat": 50, "lon": 8}
    to_candidates = f"/api/v1/datasets/{shared_inputs['candidates']}/additions"
    refused = shared.post(to_candidates, json={"places": [place]})
    assert refused.status_code == 422
    assert "s0" in refused.json()["detail"]
    for wrong in ({"places": []}, {"places": [{**place, "lat": 91}]}, {"places": [{"id": "x"}]}):
        assert shared.post(to_candidates, json=wrong).status_code == 422
    to_demand = f"/api/v1/datasets/{shared_inputs['demand']}/additions"
    assert shared.post(to_demand, json={"places": [place]}).status_code == 422
    assert shared.post("/api/v1/datasets/nonesuch/additions", json={"places": [place]}).status_code == 404


def test_added_candidates_cost_the_median(shared: TestClient) -> None:
    priced = upload(shared, "candidates", candidates_csv(rows=1, columns=3, cost=True))
    place = {"id": "x", "name": "=new", "lat": 51.0, "lon": 9.0}
    made = shared.post(f"/api/v1/datasets/{priced['id']}/additions", json={"name": "More", "places": [place]}).json()
    assert (made["name"], made["rows"]) == ("More", 4)
    points = shared.get(made["links"]["points"]).json()
    assert points["cost_usd"] == [1000.0, 1001.0, 1002.0, 1001.0]
    assert (points["ids"][-1], points["names"][-1]) == ("x", "=new")
