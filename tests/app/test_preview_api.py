"""POST /preview says before the solve what the plan would say after it."""

from __future__ import annotations

from fastapi.testclient import TestClient

from solver.latency import great_circle_km
from tests.app.samples import plan_body


def test_the_preview_counts_the_gaps_of_the_plan(shared: TestClient, shared_inputs: dict[str, str]) -> None:
    body = plan_body(shared_inputs["demand"], shared_inputs["candidates"], reach={"radius_km": 20})
    answer = shared.post("/api/v1/preview", json=body)
    assert answer.status_code == 200
    seen = answer.json()
    assert (seen["points"], seen["candidates"]) == (64, 25)
    assert 0 < seen["gaps"]["points"] == len(seen["gaps"]["listed"]) < 64
    people = [gap["population"] for gap in seen["gaps"]["listed"]]
    assert people == sorted(people, reverse=True)
    assert sum(people) == seen["gaps"]["population"]
    assert all(gap["candidates_in_reach"] < gap["candidates_needed"] == 2 for gap in seen["gaps"]["listed"])
    enough = max(gap["smallest_radius_km"] for gap in seen["gaps"]["listed"])
    wider = shared.post("/api/v1/preview", json={**body, "reach": {"radius_km": enough}}).json()
    assert wider["gaps"] == {"points": 0, "population": 0, "listed": []}


def test_the_preview_refuses_what_the_plan_would_refuse(shared: TestClient, shared_inputs: dict[str, str]) -> None:
    body = plan_body(shared_inputs["demand"], shared_inputs["candidates"])
    for wrong in ({"survive": 9}, {"required": ["nowhere"]}, {"reach": {"radius_km": -1}}, {"demand": "nonesuch"}):
        refused = shared.post("/api/v1/preview", json={**body, **wrong})
        assert refused.status_code == 422
        assert refused.json()["errors"] == shared.post("/api/v1/plans", json={**body, **wrong}).json()["errors"]


def test_points_are_thinned_out_evenly(shared: TestClient, shared_inputs: dict[str, str]) -> None:
    address = f"/api/v1/datasets/{shared_inputs['demand']}/points"
    every = shared.get(address).json()
    some = shared.get(address, params={"at_most": 10}).json()
    assert len(every["ids"]) == 64
    assert len(some["ids"]) == len(some["population"]) == 10
    assert (some["ids"][0], some["ids"][-1]) == (every["ids"][0], every["ids"][-1])
    assert shared.get(address, params={"at_most": 1000}).json() == every
    assert shared.get(address, params={"at_most": 0}).status_code == 422


def test_people_within_a_radius_are_counted(shared: TestClient, shared_inputs: dict[str, str]) -> None:
    points = shared.get(f"/api/v1/datasets/{shared_inputs['demand']}/points").json()
    address = f"/api/v1/datasets/{shared_inputs['demand']}/within"
    km = great_circle_km(50.7, 8.7, points["lat"], points["lon"])
    for radius in (1.0, 37.5, 20_000.0):
        told = shared.get(address, params={"lat": 50.7, "lon": 8.7, "km": radius}).json()
        people = sum(p for p, d in zip(points["population"], km, strict=True) if d <= radius)
        assert told == {"points": int((km <= radius).sum()), "population": people}
    for wrong in ({"lat": 91, "lon": 0, "km": 1}, {"lat": 0, "lon": 0, "km": 0}, {"lat": "nan", "lon": 0, "km": 1}):
        assert shared.get(address, params=wrong).status_code == 422
    of_sites = f"/api/v1/datasets/{shared_inputs['candidates']}/within"
    assert shared.get(of_sites, params={"lat": 0, "lon": 0, "km": 1}).status_code == 422
