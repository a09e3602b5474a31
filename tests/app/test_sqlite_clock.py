"""Job rows get a time to the millisecond on every SQLite that Python comes with."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.jobs import sqlite_clock
from app.jobs.sqlite_clock import provide_subsec


@pytest.fixture
def old_sqlite(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 41, 2))
    provide_subsec()
    provide_subsec()
    yield
    sa.event.remove(sa.Engine, "connect", sqlite_clock._on_connect)


def answers(engine: sa.Engine, *expressions: str) -> list[object]:
    with engine.connect() as connection:
        found = [connection.execute(sa.text(f"select {expression}")).scalar_one() for expression in expressions]
    engine.dispose()
    return found


def test_an_old_sqlite_tells_the_time_to_the_millisecond(
    old_sqlite: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_700_000_000.1234)
    engine = sa.create_engine(f"sqlite:///{tmp_path}/jobs.db")
    with engine.begin() as connection:
        connection.execute(sa.text("create table job (id, at integer not null default (unixepoch('subsec') * 1000))"))
        connection.execute(sa.text("insert into job (id) values (1)"))
    assert answers(engine, "unixepoch('subsec')", "(select at from job)") == [1_700_000_000.123, 1_700_000_000_123]


def test_all_other_uses_of_its_clock_stay_as_they_are(old_sqlite: None) -> None:
    engine = sa.create_engine("sqlite://")
    told = answers(engine, "unixepoch('1970-01-02')", "unixepoch('1970-01-02', '+1 day')", "unixepoch('nonsense')")
    assert told == [86_400, 172_800, None]


def test_a_sqlite_that_can_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 42, 0))
    provide_subsec()
    assert not sa.event.contains(sa.Engine, "connect", sqlite_clock._on_connect)
