"""Budgets over HTTP: taken apart, refused, and used as the reach of a plan."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.app.samples import plan_body, submit, upload

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


def pings_csv(rows: int = 60) -> bytes:
    """A network of 2 ms + 1.5 × light, measured between places 0.3° apart along a meridian."""
    lines = ["from_lat,from_lon,to_lat,to_lon,rtt_ms"]
    for i in range(rows):
        km = 0.3 * (i + 1) * 6371.0088 * 3.141592653589793 / 180
        lines.append(f"30,8,{30 + 0.3 * (i + 1)},8,{2 + 1.5 * 0.0102 * km}")
    return "\n".join(lines).encode()


def test_measured_pings_become_a_network_for_any_budget(shared: TestClient) -> None:
    answer = shared.post("/api/v1/calibration", files={"file": ("pings.csv", pings_csv())}, data={"quantile": "0.5"})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["base_ms"], told["route_factor"]) == pytest.approx((2, 1.5), abs=1e-5)
    assert (told["pairs"], told["used"], told["impossible"]["pairs"]) == (60, 60, 0)
    assert len(told["scatter"]["rtt_ms"]) == 60
    network = {name: told[name] for name in ("base_ms", "route_factor")}
    assert ask(shared, slo_ms=5.06, **network)["radius_km"] == pytest.approx(200, rel=1e-3)


@pytest.mark.parametrize(
    ("content", "quantile", "message"),
    [
        (b"a,b\n1,2\n", "0.5", "pings.csv, column 'from_lat'"),
        (pings_csv(5), "0.5", "at least 10 pairs"),
        (pings_csv(), "1", "quantile"),
        (b"<OGRVRTDataSource></OGRVRTDataSource>", "0.5", "pings.csv"),
    ],
)
def test_pings_that_cannot_be_fitted_are_422(shared: TestClient, content: bytes, quantile: str, message: str) -> None:
    answer = shared.post("/api/v1/calibration", files={"file": ("pings.csv", content)}, data={"quantile": quantile})
    assert answer.status_code == 422, answer.text
    assert message in answer.text


def tiered(n: int = 9) -> bytes:
    """Sites over the sample's area, of two tiers, with power that grows along the list."""
    tiers = ("mec", "metro_colo", "metro_colo")
    lines = [f"s{i},{50 + 0.6 * (i // 3)},{8 + 0.6 * (i % 3)},{tiers[i % 3]},{5 * i or ''}" for i in range(n)]
    return "\n".join(["id,lat,lon,tier,power_kw", *lines]).encode()


@pytest.fixture(scope="module")
def mixed(shared: TestClient, shared_inputs: dict[str, str]) -> dict[str, str]:
    return {"demand": shared_inputs["demand"], "candidates": upload(shared, "candidates", tiered())["id"]}


LLAMA = {"name": "llama_3_1_70b", "accelerator": "h100_sxm", "users": 20}  # 16.1 kW at the feed


def test_tiers_and_a_model_leave_out_candidates_and_count_them(shared: TestClient, mixed: dict[str, str]) -> None:
    body = plan_body(**mixed, tiers=["metro_colo", {"tier": "mec", "most_km": 80}], model=LLAMA)
    seen = shared.post("/api/v1/preview", json=body)
    assert seen.status_code == 200, seen.text
    assert seen.json()["excluded"] == {"power": 3}  # 5, 10 and 15 kW; the first is not known and kept
    assert seen.json()["notes"] == ["power_kw is unknown at 1 of 9 candidates; they are kept"]
    only = shared.post("/api/v1/preview", json=plan_body(**mixed, tiers=["metro_colo"])).json()
    assert (only["candidates"], only["excluded"]) == (6, {"tier": 3})


def test_a_budget_that_counts_on_faster_tokens_than_the_model_makes_is_noted(
    shared: TestClient, mixed: dict[str, str]
) -> None:
    reach = {"slo_ms": 60, "access_ms": 4, "ttft_ms": 15, "tokens": 10, "ms_per_token": 2.5}
    seen = shared.post("/api/v1/preview", json=plan_body(**mixed, reach=reach, model=LLAMA)).json()
    # 2 × 3,350 GB/s × 0.6 read 70.6 GB and 20 × 1.342 GB of keys: 41.2 tokens a second
    assert seen["notes"][1] == "the budget counts 2.5 ms for a token; a replica serving its 20 users takes 24.2 ms"


def test_a_stored_plan_keeps_the_figures_of_its_tiers_and_its_model(shared: TestClient, mixed: dict[str, str]) -> None:
    plan = shared.get(f"/api/v1/plans/{submit(shared, plan_body(**mixed, tiers=['mec'], model=LLAMA))}").json()
    assert plan["request"]["tiers"] == [{"tier": "mec", "extra_ms": 0.0, "most_km": 50.0}]
    model = plan["request"]["model"]
    assert (model["name"], model["parameters_b"], model["memory_gb"], model["pue"]) == (LLAMA["name"], 70.6, 80, 1.58)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tiers": ["cloud"]}, "found 'cloud', expected one of on_prem, mec"),
        ({"tiers": []}, "tiers"),
        ({"tiers": ["region"]}, "expected candidates of region"),
        ({"model": {**LLAMA, "users": 900, "unknown_power": "exclude"}}, "the best of 8 candidates, 's8', has 40 kW"),
        ({"model": {**LLAMA, "name": "gpt"}}, "found 'gpt', expected one of llama_3_2_1b"),
        ({"model": {"accelerator": "l4"}}, "parameters_b"),
        ({"model": {**LLAMA, "colour": "red"}}, "colour"),
        ({"tiers": ["metro_colo"], "required": ["s0"]}, "this one is excluded by its tier"),
    ],
)
def test_rules_that_leave_nothing_or_make_no_sense_are_422(
    shared: TestClient, mixed: dict[str, str], changes: dict[str, Any], message: str
) -> None:
    answer = shared.post("/api/v1/plans", json=plan_body(**mixed, **changes))
    assert answer.status_code == 422, answer.text
    assert message in answer.json()["detail"]


def test_a_model_is_fitted_to_the_candidates(shared: TestClient, mixed: dict[str, str]) -> None:
    answer = shared.post("/api/v1/model-fit", json={**LLAMA, "candidates": mixed["candidates"]})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["hosting"]["installed"] == 8
    assert told["hosting"]["site_kw"] == pytest.approx(10.2 * 1.58)
    fit = {"can_host": 5, "too_small": 3, "unknown": 1, "best_id": "s8", "best_kw": 40.0}
    assert (told["candidates"], told["refusal"]) == (fit, None)
    alone = shared.post("/api/v1/model-fit", json=LLAMA).json()
    assert alone["candidates"] is None
    assert shared.post("/api/v1/model-fit", json={**LLAMA, "candidates": "nowhere"}).status_code == 422
