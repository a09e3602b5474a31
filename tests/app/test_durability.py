"""Nothing acknowledged is lost, nothing finished twice, and no process outlives its purpose."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator

import pytest

from app.settings import Settings
from tests.app.samples import finished_plan, long_plan, small_plan
from tests.processes import kill, parent, stopped, until
from tests.servers import Server

SOLVE_SECONDS = 2.5


def solving(server: Server) -> str:
    """Id of a plan whose solver has reported progress."""
    plan_id = long_plan(server.http, SOLVE_SECONDS)
    until(lambda: (server.plan(plan_id)["progress"] or {}).get("phase") in ("search", "proof"), 60, "a solver at work")
    return plan_id


def exactly_one_result(server: Server, plan_id: str) -> None:
    plan = server.finished(plan_id, 90)
    assert plan["state"] == "done", plan
    folder = server.home / "plans" / plan_id
    assert sorted(path.name for path in folder.glob("*.json")) == ["job.json", "plan.json", "summary.json"]
    with sqlite3.connect(server.home / "sitewright.db") as database:
        assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
        numbers = [
            row[0] for row in database.execute("select seq from plan_events where plan_id = ? order by seq", [plan_id])
        ]
    database.close()
    assert numbers == list(range(1, len(numbers) + 1))
    assert server.http.get(plan["links"]["sites"]).json()["features"]


def nothing_runs(server: Server) -> bool:
    return not server.pids("app.jobs.worker") and not server.pids("app.jobs.solve_child")


def test_kill_everything_mid_solve_and_the_same_plan_is_done_after_a_restart(server: Server) -> None:
    plan_id = solving(server)
    worker = server.worker()
    server.kill()
    kill_if_alive(worker)
    until(lambda: nothing_runs(server), 5, "no process outlives the server")
    server.start()
    exactly_one_result(server, plan_id)
    assert server.plan(plan_id)["attempts"] == 2
    left = [path for path in (server.home / "tmp").rglob("*") if path.is_file()]
    assert left == []


def kill_if_alive(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        kill(pid)


def test_kill_the_worker_mid_solve_and_another_takes_over(server: Server) -> None:
    plan_id = solving(server)
    solver, worker = server.solver(), server.worker()
    kill(worker)
    until(lambda: solver not in server.pids("app.jobs.solve_child"), 5, "the solver dies with its worker")
    until(lambda: server.pids("app.jobs.worker") not in ([], [worker]), 20, "another worker")
    exactly_one_result(server, plan_id)


def test_kill_the_web_process_right_after_its_202(server: Server) -> None:
    plan_id = small_plan(server.http)
    server.kill()
    until(lambda: nothing_runs(server), 5, "no process outlives the server")
    server.start()
    exactly_one_result(server, plan_id)


def test_an_orderly_stop_gives_the_plan_back_without_counting_an_attempt(server: Server) -> None:
    plan_id = solving(server)
    assert server.stop() == 0
    assert nothing_runs(server)
    assert list((server.home / "tmp").iterdir()) == []
    server.start()
    exactly_one_result(server, plan_id)
    assert server.plan(plan_id)["attempts"] == 1


def test_cancel_kills_the_solver_and_the_plan_stays_cancelled(server: Server) -> None:
    plan_id = solving(server)
    solver = server.solver()
    assert server.http.post(f"/api/v1/plans/{plan_id}/cancel").json()["state"] == "cancelled"
    until(lambda: solver not in server.pids("app.jobs.solve_child"), 5, "the solver is dead")
    kill(server.worker())
    following = finished_plan(server)
    assert following["state"] == "done"
    assert server.plan(plan_id)["state"] == "cancelled"
    assert server.pids("app.jobs.solve_child") == []


def test_a_plan_that_kills_its_solver_three_times_fails_with_the_reason(server: Server) -> None:
    plan_id = long_plan(server.http, 600)
    for _ in range(Settings().max_attempts):
        solver = server.solver()
        kill(solver)
        until(lambda gone=solver: gone not in server.pids("app.jobs.solve_child"), 5, "it is gone")
    plan = server.finished(plan_id, 30)
    assert plan["state"] == "failed"
    assert "died 3 times" in plan["error"]
    assert finished_plan(server)["state"] == "done"


def test_two_workers_share_the_work_and_run_nothing_twice(server: Server, second_worker: int) -> None:
    ids = [small_plan(server.http, seed=seed) for seed in range(4)]
    for plan_id in ids:
        plan = server.finished(plan_id, 90)
        assert (plan["state"], plan["attempts"]) == ("done", 1)

    def outcomes() -> set[str]:
        with contextlib.closing(sqlite3.connect(server.home / "dbos.db")) as database:
            told = dict(database.execute("select workflow_uuid, status from workflow_status").fetchall())
        return {told[plan_id] for plan_id in ids}

    # A plan is published a moment before its job ends.
    until(lambda: outcomes() == {"SUCCESS"}, 20, "every job ends well")
    assert second_worker in server.pids("app.jobs.worker")


def test_a_dead_worker_is_replaced_by_its_peer(server: Server, second_worker: int) -> None:
    plan_id = solving(server)
    kill(parent(server.solver()))
    exactly_one_result(server, plan_id)
    assert server.plan(plan_id)["attempts"] == 2


def test_a_worker_that_froze_finds_its_plan_taken_and_lets_go(server: Server, second_worker: int) -> None:
    plan_id = solving(server)
    solver = server.solver()
    with stopped(parent(solver)):
        until(lambda: server.plan(plan_id)["attempts"] == 2, 20, "the other worker takes over")
    until(lambda: solver not in server.pids("app.jobs.solve_child"), 5, "the first solver is killed")
    exactly_one_result(server, plan_id)


@pytest.fixture
def second_worker(server: Server) -> Iterator[int]:
    with open(server.home / "worker.log", "ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.jobs.worker"], env=server.environment, stdout=log, stderr=log
        )
    until(lambda: len(server.pids("app.jobs.worker")) == 2, 20, "two workers")
    yield process.pid
    process.kill()
    process.wait(10)
