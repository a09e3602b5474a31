"""Stopping with what is there: the best plan so far, verified, with its honest gap; also through a worker's death."""

from __future__ import annotations

from typing import Any

from tests.app.samples import long_plan, small_plan
from tests.processes import kill, until
from tests.servers import Server


def found_something(server: Server, plan_id: str) -> dict[str, Any] | None:
    progress: dict[str, Any] | None = server.plan(plan_id)["progress"]
    return progress if progress and progress["incumbent"] else None


def test_a_stopped_plan_is_done_with_the_best_sites_and_says_what_is_open(live: Server) -> None:
    plan_id = long_plan(live.http, seconds=600)
    seen = until(lambda: found_something(live, plan_id), 60, "a first plan")
    answer = live.http.post(live.plan(plan_id)["links"]["stop"])
    assert answer.status_code == 202
    plan = live.finished(plan_id, 60)
    assert (plan["state"], plan["outcome"]) == ("done", "feasible")
    assert len(plan["open_sites"]) == plan["sites"] <= seen["incumbent"]
    assert 0 < plan["lower_bound"] < plan["sites"]
    assert 0 < plan["gap"] < 1
    assert plan["seconds"] < 600
    assert "stop" not in plan["links"]
    again = live.http.post(f"/api/v1/plans/{plan_id}/stop")
    assert again.status_code == 409
    assert again.json()["detail"] == "The plan is done already."


def test_a_plan_stopped_while_it_waits_ends_with_the_first_plan_it_makes(live: Server) -> None:
    first = long_plan(live.http, seconds=600)
    waiting = long_plan(live.http, seconds=600)
    assert live.http.post(f"/api/v1/plans/{waiting}/stop").json()["state"] == "queued"
    live.post(f"/plans/{first}/cancel", {})
    plan = live.finished(waiting, 60)
    assert (plan["state"], plan["outcome"]) == ("done", "feasible")
    assert plan["sites"] > 0


def test_the_wish_to_stop_outlives_the_worker(server: Server) -> None:
    plan_id = long_plan(server.http, seconds=600)
    until(lambda: found_something(server, plan_id), 60, "a first plan")
    worker = server.worker()
    assert server.http.post(f"/api/v1/plans/{plan_id}/stop").status_code == 202
    kill(worker)
    plan = server.finished(plan_id, 90)
    assert (plan["state"], plan["outcome"]) == ("done", "feasible")


def test_only_a_plan_that_exists_can_be_stopped(live: Server) -> None:
    assert live.http.post("/api/v1/plans/nonesuch/stop").status_code == 404
    ended = live.finished(small_plan(live.http), 90)["id"]
    assert live.http.post(f"/api/v1/plans/{ended}/stop").status_code == 409
