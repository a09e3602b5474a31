"""The tables: made the same way however many start at once, and fair to whoever began last."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from app.database import Base, Database, DatasetRow
from app.errors import Conflict
from app.jobs import queue
from app.settings import Settings

SUMMARY = {"outcome": "optimal", "sites": 1}


@pytest.fixture
def database(tmp_path: Path) -> Database:
    database = Database(Settings(home=tmp_path))
    database.migrate()
    facts = {"rows": 1, "bounds": [], "columns": [], "warnings": [], "created_at": 0.0}
    with database.session() as session:
        session.add_all(DatasetRow(id=i, name=i, role=i, content_hash=i, **facts) for i in ("demand", "candidates"))
    return database


def queued(database: Database) -> str:
    request = {"survive": 1, "reach": {"radius_km": 1}}
    return queue.submit(
        database, name="p", request=request, request_hash="h", demand_id="demand", candidates_id="candidates"
    ).id


def test_many_processes_may_bring_up_the_same_database_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: Database(Settings(home=tmp_path)).migrate(), range(8)))
    with Database(Settings(home=tmp_path)).engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        assert connection.scalar(sa.text("pragma journal_mode")) == "delete"
        assert connection.scalar(sa.text("pragma synchronous")) == 2


def test_only_the_latest_attempt_may_write(database: Database) -> None:
    plan_id = queued(database)
    first = queue.begin(database, plan_id, "a")
    second = queue.begin(database, plan_id, "b")
    assert (first, second) == (1, 2)
    assert not queue.is_mine(database, plan_id, 1)
    assert not queue.append_events(database, plan_id, 1, [{"phase": "late"}])
    queue.finish(database, plan_id, 1, "failed", None, "late")
    assert queue.append_events(database, plan_id, 2, [{"phase": "a"}, {"phase": "b"}])
    queue.finish(database, plan_id, 2, "done", SUMMARY, None)
    queue.finish(database, plan_id, 2, "failed", None, "twice")
    row = queue.get(database, plan_id)
    assert (row.state, row.outcome, row.error) == ("done", "optimal", None)
    assert [number for number, _ in queue.events_after(database, plan_id, 0)] == [1, 2]
    assert queue.begin(database, plan_id, "c") is None


def test_a_cancelled_plan_is_never_begun_finished_or_given_back(database: Database) -> None:
    plan_id = queued(database)
    attempt = queue.begin(database, plan_id, "a")
    assert attempt == 1
    queue.cancel(database, plan_id)
    queue.finish(database, plan_id, attempt, "done", SUMMARY, None)
    queue.release(database, plan_id, attempt)
    assert queue.begin(database, plan_id, "b") is None
    assert queue.get(database, plan_id).state == "cancelled"
    assert queue.waiting(database, 10) == []


def test_an_attempt_given_back_does_not_count(database: Database) -> None:
    plan_id = queued(database)
    for _ in range(5):
        assert queue.begin(database, plan_id, "a") == 1
        queue.release(database, plan_id, 1)
    assert queue.waiting(database, 10) == [plan_id]


def test_a_plan_that_has_ended_cannot_be_cancelled(database: Database) -> None:
    plan_id = queued(database)
    attempt = queue.begin(database, plan_id, "a") or 0
    queue.finish(database, plan_id, attempt, "failed", None, "because")
    with pytest.raises(Conflict, match="failed"):
        queue.cancel(database, plan_id)


def test_the_oldest_plans_come_first(database: Database) -> None:
    ids = [queued(database) for _ in range(5)]
    assert sorted(queue.waiting(database, 5)) == sorted(ids)
    assert len(queue.waiting(database, 2)) == 2
    assert queue.count_by_state(database) == {"queued": 5}
