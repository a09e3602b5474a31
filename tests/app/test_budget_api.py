"""Budgets over HTTP: taken apart, refused, and used as the reach of a plan."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.app.samples import plan_body, submit

STATED = {"slo_ms": 30, "preset": "private_fibre", "access_ms": 8, "queueing_ms": 1, "inference_ms": 12}


def ask(client: TestClient, **body: Any) -> Any:
    answer = client.post("/api/v1/budget", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_promise_becomes_a_waterfall_and_a_radius(shared: TestClient) -> None:
    told = ask(shared, **STATED)
    assert told["network_ms"] == pytest.approx(9)
    assert told["radius_km"] == pytest.approx(8.5 / (1.3 * 0.0102))
    assert told["base_ms"] + told["rtt_ms_per_km"] * told["radius_km"] == pytest.approx(9)
    assert [term["name"] for term in told["waterfall"]] == [
        "slo",
        "access",
        "queueing",
        "inference",
        "base",
        "distance",
    ]
    assert [term["left_ms"] for term in told["waterfall"]] == pytest.approx([30, 22, 21, 9, 8.5, 0])
    assert all(term["source"] for term in told["waterfall"])
    assert told["refusal"] is None
    assert [t["name"] for t in told["thresholds"] if t["met"]] == ["instant", "interactive", "real_time"]


def test_the_reach_of_the_answer_states_the_same_budget(shared: TestClient) -> None:
    told = ask(shared, threshold="interactive", access="cable", ttft_ms=10, tokens=5, ms_per_token=2)
    again = ask(shared, **told["reach"])
    assert again == told


def test_a_radius_is_answered_with_the_promise_it_keeps(shared: TestClient) -> None:
    told = ask(shared, radius_km=200, access="fibre", preset="public_internet_europe")
    assert told["slo_ms"] == pytest.approx(4 + 6 + 2.3 * 1.02 * 2)
    assert told["radius"] == {"radius_km": 200, "slo_ms": told["slo_ms"], "kept": True}
    late = ask(shared, slo_ms=12, radius_km=200, access="fibre", preset="public_internet_europe")
    assert late["radius"]["kept"] is False
    assert late["radius_km"] < 200


def test_a_budget_with_nothing_left_is_answered_with_the_sentence(shared: TestClient) -> None:
    told = ask(shared, **{**STATED, "inference_ms": 40})
    assert told["radius_km"] == 0
    assert told["refusal"]["inference_over_ms"] == pytest.approx(10)
    assert told["refusal"]["inference_below_ms"] == pytest.approx(20.5)
    assert "inference alone takes 40 ms of the 30 ms promised" in told["refusal"]["sentence"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "slo_ms"),
        ({"slo_ms": 30, "preset": "warp"}, "preset"),
        ({"slo_ms": 30, "access": "smoke"}, "access"),
        ({"slo_ms": 0}, "slo_ms"),
        ({"slo_ms": "30"}, "slo_ms"),
        ({"slo_ms": 30, "route_factor": 0}, "route_factor"),
        ({"slo_ms": 30, "tokens": 3}, "ms_per_token"),
        ({"slo_ms": 30, "colour": "red"}, "colour"),
    ],
)
def test_a_budget_that_makes_no_sense_is_422_by_field(shared: TestClient, body: dict[str, Any], field: str) -> None:
    answer = shared.post("/api/v1/budget", json=body)
    assert answer.status_code == 422
    assert field in answer.json()["errors"][0]["message"]


def test_the_catalogue_tells_every_default_with_its_source(shared: TestClient) -> None:
    told = shared.get("/api/v1/catalogue").json()
    assert {row["name"] for row in told["routes"]} >= {"private_fibre", "public_internet_us"}
    for table, rows in told.items():
        if table != "default_preset":
            assert rows
            assert all(row["name"] and row["source"] for row in rows), table
    assert told["default_preset"] in {row["name"] for row in told["routes"]}


def test_a_plan_takes_a_budget_as_its_reach(shared: TestClient, shared_inputs: dict[str, str]) -> None:
    body = plan_body(**shared_inputs, reach=STATED)
    plan = shared.get(f"/api/v1/plans/{submit(shared, body)}").json()
    stored = plan["request"]["reach"]
    assert {name: stored[name] for name in STATED} == STATED
    assert (stored["base_ms"], stored["route_factor"]) == (0.5, 1.3)


def test_a_plan_whose_budget_leaves_nothing_is_refused_with_the_sentence(
    shared: TestClient, shared_inputs: dict[str, str]
) -> None:
    answer = shared.post("/api/v1/plans", json=plan_body(**shared_inputs, reach={**STATED, "inference_ms": 40}))
    assert answer.status_code == 422
    assert "inference alone takes 40 ms of the 30 ms promised (10 ms over)" in answer.json()["detail"]
