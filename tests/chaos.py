"""kill -9 at random moments, while plans come in: ``python -m tests.chaos [KILLS] [SEED]``.

One plan is sent per kill, at the same time, and sent again under its Idempotency-Key until it
is acknowledged.  In the end every acknowledged plan must be done, once, and both databases whole.
"""

from __future__ import annotations

import contextlib
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx2 as httpx

from tests.app.samples import CANDIDATES_CSV, DEMAND_CSV, plan_body, upload
from tests.processes import kill, until
from tests.servers import Server

LONGEST_CALM_SECONDS = 0.6
ACKNOWLEDGED_SECONDS = 120.0
LAST_PLAN_SECONDS = 600.0
WEIGHTS = {"web": 2, "everything": 1, "worker": 2, "solver": 2}
MODULES = {"worker": "app.jobs.worker", "solver": "app.jobs.solve_child"}

# A second end is counted even when it leaves the row as it was.
COUNT_ENDS = """
create table ends (plan_id text, state text);
create trigger count_ends after update of state on plans when new.state not in ('queued', 'running')
begin insert into ends values (new.id, new.state); end;
"""


def storm(home: Path, kills: int, seed: int) -> Counter[str]:
    """What was killed how often.  Fails when an acknowledged plan is lost or ends twice."""
    chance = random.Random(seed)
    killed: Counter[str] = Counter()
    with Server(home, SITEWRIGHT_MAX_ATTEMPTS="1000000") as server, ThreadPoolExecutor(2) as planners:
        with closing(sqlite3.connect(home / "sitewright.db")) as database:
            database.executescript(COUNT_ENDS)
        demand, candidates = (
            upload(server.http, "demand", DEMAND_CSV),
            upload(server.http, "candidates", CANDIDATES_CSV),
        )
        server.wait_for_worker()
        orders: list[Future[str]] = []
        while killed.total() < kills:
            body = plan_body(demand["id"], candidates["id"], seed=len(orders))
            orders.append(planners.submit(_acknowledged, server, body, f"order {len(orders)}"))
            if target := _strike(server, chance):
                killed[target] += 1
            if not server.runs():
                server.start()
        _check(server, [order.result() for order in orders])
    until(lambda: server.pids("app.") == [], 5, "no process outlives the service")
    assert [path for path in (home / "tmp").rglob("*") if path.is_file()] == []
    return killed


def _acknowledged(server: Server, body: dict[str, object], key: str) -> str:
    def send() -> str | None:
        try:
            answer = httpx.post(
                f"{server.url}/api/v1/plans", json=body, headers={"Idempotency-Key": key}, timeout=ACKNOWLEDGED_SECONDS
            )
        except httpx.TransportError:
            return None
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    return until(send, ACKNOWLEDGED_SECONDS, f"{key} is acknowledged")


def _strike(server: Server, chance: random.Random) -> str:
    """Wait for the victim to be there, let a random moment pass, kill it; "" when it was gone by then."""
    (target,) = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
    if target in MODULES:
        until(lambda: server.pids(MODULES[target]), 60, f"a {target} to kill")
    time.sleep(chance.uniform(0, LONGEST_CALM_SECONDS))
    doomed = [pid for name, module in MODULES.items() if target in (name, "everything") for pid in server.pids(module)]
    struck = target in ("web", "everything")
    for pid in doomed:
        # One that has just ended by itself does not count.
        with contextlib.suppress(ProcessLookupError):
            kill(pid)
            struck = True
    if target in ("web", "everything"):
        server.kill()
    return target if struck else ""


def _check(server: Server, acknowledged: list[str]) -> None:
    assert len(set(acknowledged)) == len(acknowledged)
    plans = [server.finished(plan_id, LAST_PLAN_SECONDS) for plan_id in acknowledged]
    assert [plan for plan in plans if (plan["state"], plan["outcome"]) != ("done", "optimal")] == []
    assert {plan["sites"] for plan in plans} == {plans[0]["sites"]}
    for plan in plans:
        assert len(server.get(f"/plans/{plan['id']}/sites")["features"]) == plan["sites"]
    everyone_once = sorted((plan_id, "done") for plan_id in acknowledged)
    for name, query in (
        ("sitewright.db", "select plan_id, state from ends"),
        ("sitewright.db", "select id, state from plans"),
        ("dbos.db", "select workflow_uuid, 'done' from workflow_status where status in ('SUCCESS', 'PENDING')"),
    ):
        with closing(sqlite3.connect(server.home / name)) as database:
            assert sorted(database.execute(query).fetchall()) == everyone_once, query
            assert database.execute("pragma integrity_check").fetchall() == [("ok",)]


def main(arguments: list[str]) -> None:
    kills, seed = (int(given) for given in (*arguments, *("200", "1")[len(arguments) :]))
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sitewright-chaos-") as folder:
        killed = storm(Path(folder) / "home", kills, seed)
    told = ", ".join(f"{name} {times}" for name, times in killed.items())
    print(
        f"{kills} kills ({told}): no plan lost, none ended twice, databases whole; {time.monotonic() - started:.0f} s"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
