"""POST /plans and its relatives, without a worker: what is accepted, what is refused and how."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.settings import Settings
from tests.app.samples import candidates_csv, plan_body, submit, upload


def test_a_plan_is_accepted_with_its_address(inputs: dict[str, str], client: TestClient) -> None:
    answer = client.post("/api/v1/plans", json=plan_body(inputs["demand"], inputs["candidates"]))
    assert answer.status_code == 202
    plan = client.get(answer.headers["location"]).json()
    assert plan == answer.json()
    assert plan["state"] == "queued"
    assert plan["reach_km"] == 60
    assert plan["request"]["limits"] == {"seconds": 60.0, "gap": 0.0}
    assert plan["outcome"] is plan["sites"] is plan["gap"] is None


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "unknown required id": ({"required": ["s1", "nowhere"]}, "nowhere"),
    "unknown forbidden id": ({"forbidden": ["nowhere"]}, "nowhere"),
    "required and forbidden": ({"required": ["s1"], "forbidden": ["s1"]}, "s1"),
    "cost without a cost column": ({"objective": "cost"}, "cost_usd"),
    "unknown data set": ({"demand": "nope"}, "demand"),
    "another kind of reach": ({"reach": {"hops": 3}}, "radius_km"),
    "two kinds of reach": ({"reach": {"radius_km": 10, "slo_ms": 30}}, "radius_km"),
    "radius 0": ({"reach": {"radius_km": 0}}, "radius_km"),
    "radius as text": ({"reach": {"radius_km": "100"}}, "radius_km"),
    "radius beyond the Earth": ({"reach": {"radius_km": 20_101}}, "radius_km"),
    "partial cover": ({"cover": {"fraction": 1.2}}, "cover.fraction: Input should be less than or equal to 1"),
    "unknown choice": ({"cover": {"uncoverable": "maybe"}}, "uncoverable"),
    "survive 4": ({"survive": 4}, "survive"),
    "survive -1": ({"survive": -1}, "survive"),
    "survive 1.5": ({"survive": 1.5}, "survive"),
    "shared risk": ({"shared_risk": "building"}, "shared_risk"),
    "unknown field": ({"radius": 3}, "radius: unknown field"),
    "unknown field inside": ({"limits": {"second": 3}}, "limits.second: unknown field"),
    "no time": ({"limits": {"seconds": 0}}, "seconds"),
    "gap 1": ({"limits": {"gap": 1}}, "gap"),
    "empty name": ({"name": ""}, "name"),
    "NUL in the name": ({"name": "a\0b"}, "name"),
    "demand as a number": ({"demand": 7}, "demand"),
    "GeoJSON that is none": ({"demand": {"type": "Point"}}, "demand"),
    "GeoJSON with latitude 91": (
        {
            "demand": {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "geometry": {"type": "Point", "coordinates": [8, 91]},
                        "properties": {"id": "a", "population": 1},
                    }
                ],
            }
        },
        "lat",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_request_gets_one_clear_line_and_leaves_nothing(
    case: str, shared: TestClient, shared_inputs: dict[str, str]
) -> None:
    changes, expected = REFUSED[case]
    answer = shared.post(
        "/api/v1/plans", json={**plan_body(shared_inputs["demand"], shared_inputs["candidates"]), **changes}
    )
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert len(body["errors"]) == 1, body
    assert expected in body["errors"][0]["message"]
    assert "\n" not in body["errors"][0]["message"]
    assert shared.get("/api/v1/plans").json() == {"plans": [], "next": None}
    assert len(shared.get("/api/v1/datasets").json()["datasets"]) == 2


def test_several_mistakes_are_all_told(client: TestClient) -> None:
    answer = client.post("/api/v1/plans", json={"survive": "one", "extra": 1, "reach": {}})
    fields = {entry["field"] for entry in answer.json()["errors"]}
    assert fields == {"survive", "extra", "reach", "demand", "candidates"}


def test_a_data_set_serves_in_its_own_role_only(inputs: dict[str, str], client: TestClient) -> None:
    answer = client.post("/api/v1/plans", json=plan_body(inputs["candidates"], inputs["candidates"]))
    assert answer.status_code == 422
    assert "uploaded as candidates" in answer.json()["detail"]


def test_cost_is_accepted_where_there_is_a_cost_column(inputs: dict[str, str], client: TestClient) -> None:
    priced = upload(client, "candidates", candidates_csv(cost=True))["id"]
    submit(client, plan_body(inputs["demand"], priced, objective="cost", required=["s3"], survive=0))


def test_data_sets_may_come_inside_the_request(inputs: dict[str, str], client: TestClient) -> None:
    def collection(**properties: Any) -> dict[str, Any]:
        points = [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [8 + i, 50]},
                "properties": {"id": str(i), **properties},
            }
            for i in range(2)
        ]
        return {"type": "FeatureCollection", "features": points}

    plan_id = submit(client, plan_body(collection(population=5), collection()))
    request = client.get(f"/api/v1/plans/{plan_id}").json()["request"]
    assert client.get(f"/api/v1/datasets/{request['demand']}").json()["population"] == 10
    listed = {entry["id"] for entry in client.get("/api/v1/datasets").json()["datasets"]}
    assert listed == set(inputs.values())


def test_a_refused_request_keeps_nothing_of_the_data_inside_it(client: TestClient, settings: Settings) -> None:
    points = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [8, 50]},
            "properties": {"id": "a", "population": 1},
        }
    ]
    good = {"type": "FeatureCollection", "features": points}
    for changes in ({"required": ["nowhere"]}, {"candidates": {"type": "FeatureCollection", "features": []}}):
        answer = client.post("/api/v1/plans", json={**plan_body(good, good), **changes})
        assert answer.status_code == 422
        assert list(settings.datasets_dir.iterdir()) == []


def test_one_key_sent_a_hundred_times_at_once_makes_one_plan(inputs: dict[str, str], client: TestClient) -> None:
    body = plan_body(inputs["demand"], inputs["candidates"])
    with ThreadPoolExecutor(100) as pool:
        ids = set(pool.map(lambda _: submit(client, body, **{"Idempotency-Key": "k"}), range(100)))
    assert len(ids) == 1
    assert [plan["id"] for plan in client.get("/api/v1/plans").json()["plans"]] == list(ids)


def test_the_same_key_with_another_body_is_refused(inputs: dict[str, str], client: TestClient) -> None:
    body = plan_body(inputs["demand"], inputs["candidates"])
    first = submit(client, body, **{"Idempotency-Key": "k"})
    answer = client.post("/api/v1/plans", json={**body, "survive": 0}, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 422
    assert submit(client, body, **{"Idempotency-Key": "k"}) == first
    assert submit(client, body) != first


def test_pages_follow_each_other_newest_first(inputs: dict[str, str], client: TestClient) -> None:
    ids = [submit(client, plan_body(inputs["demand"], inputs["candidates"])) for _ in range(5)]
    first = client.get("/api/v1/plans?limit=3").json()
    second = client.get("/api/v1/plans", params={"limit": 3, "after": first["next"]}).json()
    assert {plan["id"] for plan in first["plans"] + second["plans"]} == set(ids)
    assert len(first["plans"]) == 3
    assert second["next"] is None
    created = [plan["created_at"] for plan in first["plans"] + second["plans"]]
    assert created == sorted(created, reverse=True)


def test_a_queued_plan_can_be_cancelled_and_stays_so(inputs: dict[str, str], client: TestClient) -> None:
    plan_id = submit(client, plan_body(inputs["demand"], inputs["candidates"]))
    for _ in range(2):
        assert client.post(f"/api/v1/plans/{plan_id}/cancel").json()["state"] == "cancelled"
    assert client.get(f"/api/v1/plans/{plan_id}/sites").status_code == 409


def test_results_wait_for_the_end(inputs: dict[str, str], client: TestClient) -> None:
    plan_id = submit(client, plan_body(inputs["demand"], inputs["candidates"]))
    for path in ("sites", "assignments", "gaps", "candidates", "failures", "map-data", "map.html", "plan.json"):
        answer = client.get(f"/api/v1/plans/{plan_id}/{path}")
        assert answer.status_code == 409
        assert "queued" in answer.json()["detail"]
    assert client.post(f"/api/v1/plans/{plan_id}/drill", json={"failed": ["s1"]}).status_code == 409


def test_what_does_not_exist_is_404_everywhere(client: TestClient) -> None:
    for method, path in (
        ("GET", "/api/v1/plans/nope"),
        ("GET", "/api/v1/plans/nope/events"),
        ("POST", "/api/v1/plans/nope/cancel"),
        ("GET", "/api/v1/plans/nope/sites"),
        ("GET", "/api/v1/datasets/nope"),
        ("GET", "/api/v1/datasets/nope/points"),
        ("DELETE", "/api/v1/datasets/nope"),
        ("GET", "/api/v1/nope"),
    ):
        answer = client.request(method, path)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"] == "application/problem+json"


def test_health_tells_that_no_worker_is_there(inputs: dict[str, str], client: TestClient) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
    submit(client, plan_body(inputs["demand"], inputs["candidates"]))
    metrics = client.get("/metrics").text
    assert 'sitewright_plans{state="queued"} 1' in metrics
    assert "sitewright_queue_depth 1" in metrics
    assert "sitewright_workers 0" in metrics


def test_the_api_describes_itself_without_any_other_host(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    assert "/api/v1/plans/{plan_id}/drill" in page.text
    assert "://" not in page.text
    assert "<script" not in page.text
    body = client.get("/openapi.json").json()["paths"]["/api/v1/plans"]["post"]["requestBody"]
    assert "radius_km" in str(body)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITEWRIGHT_ROW_LIMIT", "7")
    assert Settings().row_limit == 7
