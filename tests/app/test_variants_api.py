"""Variants over HTTP: made from a plan, started from its sites, compared with it, kept in its tree."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.storage import read_json
from tests.app.samples import candidates_csv, plan_body, submit, upload
from tests.servers import Server


def variant(server: Server, plan_id: str, **change: Any) -> dict[str, Any]:
    ended = server.finished(server.post(f"/plans/{plan_id}/variants", change)["id"])
    assert (ended["state"], ended["error"]) == ("done", None)
    return ended


def test_a_variant_is_a_plan_of_its_own_that_started_from_its_parent(live: Server, done: dict[str, Any]) -> None:
    closed, opened = done["open_sites"][0], done["open_sites"][1]
    child = variant(live, done["id"], name="without one", forbidden_add=[closed], required_add=[opened])
    assert (child["name"], child["parent_id"], child["kind"], child["kept"]) == ("without one", done["id"], "plan", 1)
    assert child["request"] == {
        **done["request"], "name": "without one", "forbidden": [closed], "required": [opened]
    }  # fmt: skip
    assert closed not in child["open_sites"]
    job = read_json(live.home / "plans" / child["id"] / "job.json")
    assert job["parent"]["plan"].endswith(f"{done['id']}/plan.json")
    same = {**done["request"], "forbidden": [closed], "required": [opened]}
    fresh = live.finished(live.post("/plans", same)["id"])
    assert (child["sites"], child["outcome"]) == (fresh["sites"], fresh["outcome"])


def test_changes_name_the_sites_and_count_the_people(live: Server, done: dict[str, Any]) -> None:
    child = variant(live, done["id"], forbidden_add=[done["open_sites"][0]])
    told = live.get(f"/plans/{child['id']}/changes?moves=true")
    before, after = set(done["open_sites"]), set(child["open_sites"])
    assert (set(told["sites_in"]), set(told["sites_out"])) == (after - before, before - after)
    assert (told["before"]["plan_id"], told["after"]["plan_id"]) == (done["id"], child["id"])
    assert (told["before"]["sites"], told["after"]["sites"]) == (done["sites"], child["sites"])
    assert told["difference"]["plans"] == child["sites"] - done["sites"]
    assert told["difference"]["least"] <= told["difference"]["plans"] <= told["difference"]["most"]

    def primaries(plan: dict[str, Any]) -> dict[str, Any]:
        features = live.get(f"/plans/{plan['id']}/assignments")["features"]
        return {feature["id"]: feature["properties"] for feature in features}

    old, new = primaries(done), primaries(child)
    moved = {i for i in old if old[i]["primary_id"] != new[i]["primary_id"]}
    assert {move["point_id"] for move in told["moves"]} == moved
    assert told["moved"] == {"points": len(moved), "people": sum(old[i]["population"] for i in moved)}
    for move in told["moves"]:
        assert move["to_site"] == new[move["point_id"]]["primary_id"]
        assert move["to_km"] == pytest.approx(new[move["point_id"]]["primary_km"], abs=1e-6)
    back = live.get(f"/plans/{done['id']}/changes?against={child['id']}")
    assert (back["sites_in"], back["sites_out"], back["moves"]) == (told["sites_out"], told["sites_in"], None)


def test_what_the_requirements_cost_is_the_difference_to_a_variant_without_them(live: Server) -> None:
    demand, candidates = upload(live.http, "demand", demand_with_status()[0]), demand_with_status()[1]
    sites = upload(live.http, "candidates", candidates)
    plan = live.finished(live.post("/plans", plan_body(demand["id"], sites["id"], survive=0))["id"])
    assert (plan["sites"], plan["kept"]) == (2, 1)
    table = live.get(f"/plans/{plan['id']}/sites")["features"]
    assert {feature["id"]: feature["properties"]["kept"] for feature in table} == {"far": True, "near": False}
    free = variant(live, plan["id"], ignore_required=True)
    assert (free["sites"], free["kept"], free["open_sites"]) == (1, 0, ["near"])
    told = live.get(f"/plans/{free['id']}/changes")
    assert told["difference"] == {"plans": -1, "least": -1, "most": -1}


def demand_with_status() -> tuple[bytes, bytes]:
    demand = b"id,name,lat,lon,population\np,Place,50,8,100\n"
    candidates = b"id,name,lat,lon,status\nfar,Far,52,8,required\nnear,Near,50,8,candidate\n"
    return demand, candidates


def test_the_tree_is_told_from_every_plan_in_it(inputs: dict[str, str], client: TestClient) -> None:
    root = submit(client, plan_body(inputs["demand"], inputs["candidates"]))

    def made(plan_id: str, kind: str, body: dict[str, Any]) -> str:
        answer = client.post(f"/api/v1/plans/{plan_id}/{kind}", json=body)
        assert answer.status_code == 202, answer.text
        assert answer.headers["location"] == f"/api/v1/plans/{answer.json()['id']}"
        return str(answer.json()["id"])

    first, second = made(root, "variants", {"survive": 0}), made(root, "variants", {"survive": 2})
    grandchild = made(first, "variants", {"required_add": ["s3"]})
    curve = made(first, "price", {})

    def ids(plan_id: str) -> dict[str, list[str]]:
        told = client.get(f"/api/v1/plans/{plan_id}/lineage").json()
        assert told["plan"]["id"] == plan_id
        return {part: [plan["id"] for plan in told[part]] for part in ("ancestors", "variants", "curves")}

    assert ids(root) == {"ancestors": [], "variants": [first, second], "curves": []}
    assert ids(first) == {"ancestors": [root], "variants": [grandchild], "curves": [curve]}
    assert ids(grandchild) == {"ancestors": [root, first], "variants": [], "curves": []}
    assert client.get(f"/api/v1/plans/{root}/lineage").json()["variants"][1]["survive"] == 2


def test_a_variant_keeps_what_it_does_not_change(inputs: dict[str, str], client: TestClient) -> None:
    priced = upload(client, "candidates", candidates_csv(cost=True))["id"]
    root = submit(client, plan_body(inputs["demand"], priced, objective="cost", required=["s3", "s4"]))
    before = client.get(f"/api/v1/plans/{root}").json()["request"]

    def changed(**change: Any) -> dict[str, Any]:
        request = client.post(f"/api/v1/plans/{root}/variants", json=change).json()["request"]
        assert request.keys() == before.keys()
        return {name: request[name] for name in request if request[name] != before[name] and name != "name"}

    assert changed() == {}
    assert changed(required_remove=["s3"], required_add=["s5"]) == {"required": ["s4", "s5"]}
    assert changed(cover={"uncoverable": "fail"}) == {"cover": {**before["cover"], "uncoverable": "fail"}}
    assert changed(reach={"slo_ms": 20, "inference_ms": 12})["reach"]["slo_ms"] == 20
    assert changed(objective="sites", limits={"seconds": 5}) == {
        "objective": "sites",
        "limits": {"seconds": 5, "gap": 0},
    }


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown site": ({"required_add": ["nowhere"]}, "nowhere"),
    "a site to remove that is not on the list": ({"forbidden_remove": ["s1"]}, "forbidden_remove"),
    "required and forbidden at once": ({"required_add": ["s1"], "forbidden_add": ["s1"]}, "not both"),
    "cost without costs": ({"objective": "cost"}, "cost_usd"),
    "an unknown field": ({"demand": "example-us-demand"}, "demand: unknown field"),
    "survive 4": ({"survive": 4}, "survive"),
    "a fraction of 1.2": ({"cover": {"fraction": 1.2}}, "fraction"),
    "an unknown group": ({"shared_risk": ["building"]}, "shared_risk"),
    "a NUL in the name": ({"name": "a\0"}, "NUL"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_variant_gets_one_clear_line(case: str, shared: TestClient, shared_inputs: dict[str, str]) -> None:
    root = submit(shared, plan_body(shared_inputs["demand"], shared_inputs["candidates"]))
    change, expected = REFUSED[case]
    answer = shared.post(f"/api/v1/plans/{root}/variants", json=change)
    assert answer.status_code == 422, answer.text
    assert len(answer.json()["errors"]) == 1
    assert expected in answer.json()["errors"][0]["message"]


def test_a_site_required_by_its_status_says_so_when_it_cannot_be_taken_off_a_list(client: TestClient) -> None:
    demand, candidates = demand_with_status()
    ids = upload(client, "demand", demand)["id"], upload(client, "candidates", candidates)["id"]
    root = submit(client, plan_body(*ids))
    answer = client.post(f"/api/v1/plans/{root}/variants", json={"required_remove": ["far"]})
    assert answer.status_code == 422
    assert "its status in the candidates is required" in answer.json()["errors"][0]["message"]


def test_plans_that_cannot_be_compared_are_409(live: Server, done: dict[str, Any]) -> None:
    assert live.http.get(f"/api/v1/plans/{done['id']}/changes").status_code == 409
    impossible = variant(live, done["id"], reach={"radius_km": 5}, cover={"uncoverable": "fail"})
    assert impossible["outcome"] == "infeasible"
    answer = live.http.get(f"/api/v1/plans/{impossible['id']}/changes")
    assert answer.status_code == 409
    assert "is infeasible" in answer.json()["detail"]
