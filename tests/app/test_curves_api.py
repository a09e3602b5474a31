"""Curves, the price of resilience and the roll-out over HTTP, solved by a real worker."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.curves import CURVE_FILE, append_point, read_points
from solver.plan import Outcome
from solver.studies.curve import CurvePoint
from tests.app.samples import plan_body, submit
from tests.processes import kill, until
from tests.servers import Server

RADII = [35, 45, 60, 80]


@pytest.fixture(scope="module")
def curve(live: Server, done: dict[str, Any]) -> dict[str, Any]:
    job = live.post(f"/plans/{done['id']}/curves", {"over": "radius_km", "values": [80, 45, 35, 60]})
    assert job["kind"] == "curve"
    assert job["parent_id"] == done["id"]
    ended = live.finished(job["id"])
    assert (ended["state"], ended["error"]) == ("done", None)
    found: dict[str, Any] = live.get(f"/plans/{job['id']}/curve")
    return found


def test_a_curve_has_a_point_for_every_value_with_bound_and_gap(curve: dict[str, Any]) -> None:
    assert (curve["over"], curve["unit"], curve["complete"], curve["missing"]) == ("radius_km", "km", True, [])
    assert [point["value"] for point in curve["points"]] == RADII == curve["values"]
    for point in curve["points"]:
        assert point["sites"] == len(point["open_sites"]) >= point["lower_bound"]
        assert point["gap"] is not None
        assert point["worst_primary"] <= point["worst_last"] <= point["value"]


def test_its_points_are_the_plans_that_are_made_alone(
    live: Server, done: dict[str, Any], curve: dict[str, Any]
) -> None:
    at = {point["value"]: point for point in curve["points"]}
    assert at[60]["sites"] == done["sites"]
    alone = live.finished(live.post(f"/plans/{done['id']}/variants", {"reach": {"radius_km": 45}})["id"])
    assert (alone["sites"], alone["gaps"]["points"]) == (at[45]["sites"], at[45]["gap_points"])


def test_the_table_has_a_row_for_every_point(live: Server, curve: dict[str, Any]) -> None:
    answer = live.http.get(f"/api/v1/plans/{curve['id']}/curve?format=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [float(row["radius_km"]) for row in rows] == RADII
    assert [int(row["sites"]) for row in rows] == [point["sites"] for point in curve["points"]]


def test_its_events_tell_the_point_being_solved(live: Server, curve: dict[str, Any]) -> None:
    told = [
        json.loads(line[6:])
        for line in live.http.get(f"/api/v1/plans/{curve['id']}/events").text.splitlines()
        if line.startswith("data: ")
    ]
    points = [event for event in told if event.get("phase") == "point"]
    assert {event["value"] for event in points} >= set(RADII) - {60}
    assert {event["of"] for event in points} == {4}
    assert told[-1] == {"state": "done", "outcome": live.plan(curve["id"])["outcome"], "error": None}


def test_a_curve_is_listed_apart_and_has_no_sites_of_its_own(live: Server, curve: dict[str, Any]) -> None:
    def ids(query: str) -> set[str]:
        return {plan["id"] for plan in live.get(f"/plans{query}")["plans"]}

    assert curve["id"] not in ids("")
    assert curve["id"] in ids("?kind=curve")
    assert ids("?kind=all") == ids("") | ids("?kind=curve")
    for path in ("sites", "plan.json", "rollout", "changes"):
        assert live.http.get(f"/api/v1/plans/{curve['id']}/{path}").status_code == 409
    assert live.http.post(f"/api/v1/plans/{curve['id']}/price", json={}).status_code == 409
    assert live.http.get(f"/api/v1/plans/{curve['plan_id']}/curve").status_code == 409
    assert set(live.plan(curve["id"])["links"]) == {"self", "events", "page", "curve"}


def test_a_share_of_the_people_and_a_promise_are_varied_too(live: Server, done: dict[str, Any]) -> None:
    share = live.post(f"/plans/{done['id']}/curves", {"over": "fraction", "values": [0.5, 0.9]})
    reach = {"slo_ms": 15, "preset": "private_fibre", "inference_ms": 12}
    promised = live.post(f"/plans/{done['id']}/variants", {"reach": reach})["id"]
    promise = live.post(f"/plans/{promised}/curves", {"over": "slo_ms", "values": [12, 13.5, 15]})
    for job in (share, promise):
        assert live.finished(job["id"])["state"] == "done"
    half, most = live.get(f"/plans/{share['id']}/curve")["points"]
    assert 0 < half["sites"] <= most["sites"]
    assert half["left_out_people"] > most["left_out_people"] > 0
    refused, short, long = live.get(f"/plans/{promise['id']}/curve")["points"]
    assert "nothing for distance" in refused["reason"]
    assert refused["gap_points"] == 64
    assert short["reach_km"] < long["reach_km"] == live.finished(promised)["reach_km"]


def test_the_price_of_resilience_names_the_extra_sites(live: Server, done: dict[str, Any]) -> None:
    job = live.post(f"/plans/{done['id']}/price", {})
    assert job["name"] == f"Price of resilience: {done['name']}"
    assert live.finished(job["id"])["state"] == "done"
    told = live.get(f"/plans/{job['id']}/curve")
    assert [point["value"] for point in told["points"]] == [0, 1, 2]
    assert told["points"][1]["open_sites"] == done["open_sites"]
    first, second = told["steps"]
    assert (first["from_value"], first["to_value"], second["to_value"]) == (0, 1, 2)
    single, double = (set(point["open_sites"]) for point in told["points"][:2])
    assert (set(first["sites_in"]), set(first["sites_out"])) == (double - single, single - double)
    assert first["extra_sites"] == len(double) - len(single) > 0
    assert first["extra_least"] <= first["extra_sites"] <= first["extra_most"]


def test_the_roll_out_opens_every_site_once_and_ends_with_everybody(live: Server, done: dict[str, Any]) -> None:
    told = live.get(f"/plans/{done['id']}/rollout")
    assert sorted(step["id"] for step in told["steps"]) == sorted(done["open_sites"])
    protected = [step["people_protected"] for step in told["steps"]]
    assert protected == sorted(protected)
    gaps = done["gaps"]["population"]
    assert protected[-1] == told["people"] - gaps
    text = live.http.get(f"/api/v1/plans/{done['id']}/rollout?format=csv").text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["id"] for row in rows] == [step["id"] for step in told["steps"]]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no values": ({"over": "radius_km", "values": []}, "values"),
    "one value twice": ({"over": "radius_km", "values": [50, 50]}, "different values"),
    "an unknown thing to vary": ({"over": "colour", "values": [1]}, "over"),
    "a promise of a plan with a radius": ({"over": "slo_ms", "values": [30]}, "slo_ms"),
    "a radius of 0": ({"over": "radius_km", "values": [0]}, "a radius above 0"),
    "half a failure": ({"over": "survive", "values": [0.5]}, "whole number"),
    "a fraction of 1.2": ({"over": "fraction", "values": [1.2]}, "fraction"),
    "values as text": ({"over": "radius_km", "values": ["50"]}, "values"),
    "an unknown field": ({"over": "radius_km", "values": [50], "seed": 1}, "seed: unknown field"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_curve_gets_one_clear_line(case: str, shared: TestClient, shared_inputs: dict[str, str]) -> None:
    plan_id = submit(shared, plan_body(shared_inputs["demand"], shared_inputs["candidates"]))
    body, expected = REFUSED[case]
    answer = shared.post(f"/api/v1/plans/{plan_id}/curves", json=body)
    assert answer.status_code == 422, answer.text
    assert len(answer.json()["errors"]) == 1
    assert expected in answer.json()["errors"][0]["message"]


def test_one_key_makes_one_curve(inputs: dict[str, str], client: TestClient) -> None:
    plan_id = submit(client, plan_body(inputs["demand"], inputs["candidates"]))
    body, key = {"over": "survive", "values": [0, 1]}, {"Idempotency-Key": "c"}
    first = client.post(f"/api/v1/plans/{plan_id}/curves", json=body, headers=key).json()
    again = client.post(f"/api/v1/plans/{plan_id}/curves", json=body, headers=key).json()
    other = client.post(f"/api/v1/plans/{plan_id}/curves", json={**body, "values": [0, 2]}, headers=key)
    assert first["id"] == again["id"]
    assert other.status_code == 422
    waiting = client.get(f"/api/v1/plans/{first['id']}/curve").json()
    assert (waiting["state"], waiting["points"], waiting["missing"]) == ("queued", [], [0, 1])


def us_curve(server: Server) -> str:
    """Points that take their whole time limit."""
    body = plan_body("example-us-demand", "example-us-candidates", reach={"radius_km": 330}, limits={"seconds": 1})
    plan_id = submit(server.http, body)
    values = [210, 220, 230, 240, 250, 260]
    job = server.post(f"/plans/{plan_id}/curves", {"over": "radius_km", "values": values, "limits": {"seconds": 4}})
    return str(job["id"])


def solved_points(server: Server, curve_id: str, least: int) -> list[dict[str, Any]]:
    def look() -> list[dict[str, Any]] | None:
        points: list[dict[str, Any]] = server.get(f"/plans/{curve_id}/curve")["points"]
        return points if len(points) >= least else None

    return until(look, 90, f"{least} points of the curve")


def test_a_curve_goes_on_where_a_killed_solver_left_it_and_a_stop_keeps_what_is_there(server: Server) -> None:
    curve_id = us_curve(server)
    before = solved_points(server, curve_id, 1)
    kill(server.solver())
    solved_points(server, curve_id, 2)
    server.post(f"/plans/{curve_id}/stop", {})
    ended = server.finished(curve_id)
    assert (ended["state"], ended["attempts"]) == ("done", 2)
    told = server.get(f"/plans/{curve_id}/curve")
    assert not told["complete"]
    first = next(point for point in told["points"] if point["value"] == before[0]["value"])
    assert first["seconds"] == before[0]["seconds"], "solved once"
    assert first["open_sites"] == before[0]["open_sites"]


def test_a_cancelled_curve_keeps_its_points(server: Server) -> None:
    curve_id = us_curve(server)
    before = solved_points(server, curve_id, 1)
    server.post(f"/plans/{curve_id}/cancel", {})
    until(lambda: not server.pids("app.jobs.solve_child"), 10, "the solver is gone")
    told = server.get(f"/plans/{curve_id}/curve")
    assert told["state"] == "cancelled"
    assert told["points"][0]["open_sites"] == before[0]["open_sites"]


def test_half_a_line_is_passed_over_and_the_last_version_of_a_point_counts(tmp_path: Any) -> None:
    file = tmp_path / CURVE_FILE
    point = CurvePoint(5.0, Outcome.FEASIBLE, ("a", "b"), objective=2.0, lower_bound=1.0)
    append_point(file, point)
    with file.open("a") as handle:
        handle.write('{"value": 6.0, "outc')
    append_point(file, point.bounded(2.0))
    assert read_points(file) == [point.bounded(2.0)]
    assert read_points(file)[0].outcome == Outcome.OPTIMAL
