"""SQLite's clock in milliseconds, for the job database on SQLite before 3.42."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import Any

import sqlalchemy as sa

# DBOS takes a Python of 3.12 or newer for a sign of SQLite 3.42 and stamps rows with unixepoch('subsec')
# there, strftime('%s','now') on 3.11.  Before 3.42 the former is NULL, and DBOS dies of its own NOT NULL
# columns: Python 3.13 on Debian 12 links SQLite 3.40.1.
FIRST_WITH_SUBSEC = (3, 42)


def provide_subsec() -> None:
    """From now on, every SQLite connection that SQLAlchemy opens in this process knows unixepoch('subsec')."""
    if sqlite3.sqlite_version_info < FIRST_WITH_SUBSEC and not sa.event.contains(sa.Engine, "connect", _on_connect):
        sa.event.listen(sa.Engine, "connect", _on_connect)


def _on_connect(connection: Any, _record: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        # One argument: all other forms stay SQLite's own.
        connection.create_function("unixepoch", 1, _unixepoch)


def _unixepoch(moment: Any) -> float | int | None:
    if moment in ("subsec", "subsecond"):
        return round(time.time(), 3)
    with closing(sqlite3.connect(":memory:")) as plain:
        seconds: int | None = plain.execute("select cast(strftime('%s', ?) as integer)", [moment]).fetchone()[0]
    return seconds
