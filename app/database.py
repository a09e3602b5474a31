"""Engine, session and tables.  Small rows only: arrays live in files (``app/storage.py``)."""

from __future__ import annotations

import fcntl
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

from app.settings import Settings

MIGRATION_LOCK = 5417_0001


class Base(DeclarativeBase):
    """Columns of dicts and lists are stored as JSON; times are seconds since 1970, UTC."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {dict[str, Any]: sa.JSON, list[Any]: sa.JSON}


class DatasetRow(Base):
    """A data set; its points are in a file named by ``content_hash``."""

    __tablename__ = "datasets"

    id: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(400))
    role: Mapped[str] = mapped_column(sa.String(20))
    content_hash: Mapped[str] = mapped_column(sa.String(64), index=True)
    rows: Mapped[int]
    population: Mapped[float | None]
    bounds: Mapped[list[Any]]
    columns: Mapped[list[Any]]
    warnings: Mapped[list[Any]]
    listed: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[float]


class PlanRow(Base):
    """A plan or a curve: what was asked for and what came of it; see ``app/jobs/queue.py`` for the states."""

    __tablename__ = "plans"

    id: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(12), default="plan", server_default="plan", index=True)
    name: Mapped[str] = mapped_column(sa.String(400))
    state: Mapped[str] = mapped_column(sa.String(12), index=True)
    request: Mapped[dict[str, Any]]
    request_hash: Mapped[str] = mapped_column(sa.String(64))
    idempotency_key: Mapped[str | None] = mapped_column(sa.String(255), unique=True)
    demand_id: Mapped[str] = mapped_column(sa.ForeignKey("datasets.id"), index=True)
    candidates_id: Mapped[str] = mapped_column(sa.ForeignKey("datasets.id"), index=True)
    parent_id: Mapped[str | None] = mapped_column(sa.ForeignKey("plans.id"), index=True)
    outcome: Mapped[str | None] = mapped_column(sa.String(12))
    summary: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    error: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    executor_id: Mapped[str | None] = mapped_column(sa.String(64))
    created_at: Mapped[float]
    started_at: Mapped[float | None]
    finished_at: Mapped[float | None]


class PlanEventRow(Base):
    """One step of progress; ``seq`` counts from 1 within a plan."""

    __tablename__ = "plan_events"

    plan_id: Mapped[str] = mapped_column(sa.ForeignKey("plans.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[dict[str, Any]]
    at: Mapped[float]


class WorkerRow(Base):
    """A live worker process."""

    __tablename__ = "workers"

    executor_id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    machine: Mapped[str] = mapped_column(sa.String(400))
    pid: Mapped[int]
    heartbeat_at: Mapped[float]


class ApiKeyRow(Base):
    """A key, by its hash only."""

    __tablename__ = "api_keys"

    name: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    key_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[float]
    revoked_at: Mapped[float | None]


class Database:
    """One engine and its sessions."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        settings.home.mkdir(parents=True, exist_ok=True)
        self.engine = make_engine(settings.sql_url)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction: committed when the block ends, rolled back when it raises."""
        with self._sessions.begin() as session:
            yield session

    def migrate(self) -> None:
        """Bring the tables to the newest version; safe when several processes start at once."""
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        with self._migration_lock(), self.engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    @contextmanager
    def _migration_lock(self) -> Iterator[None]:
        if self.engine.dialect.name == "sqlite":
            with open(self.settings.home / "migrate.lock", "w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield
            return
        with self.engine.connect() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_lock(MIGRATION_LOCK)))
            try:
                yield
            finally:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(MIGRATION_LOCK)))

    def close(self) -> None:
        self.engine.dispose()


def make_engine(url: str) -> sa.Engine:
    """Rollback journal and synchronous FULL on SQLite: its write-ahead log can corrupt before 3.51.3."""
    engine = sa.create_engine(url, pool_size=20, max_overflow=40, pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name == "sqlite":

        @sa.event.listens_for(engine, "connect")
        def _configure(connection: Any, _record: Any) -> None:
            # A deferred transaction that reads first and writes later fails at once when another writer
            # came between; an immediate one waits its turn.
            connection.isolation_level = "IMMEDIATE"
            for pragma in (
                "busy_timeout=30000",
                "foreign_keys=ON",
                "journal_mode=DELETE",
                "synchronous=FULL",
            ):
                connection.execute(f"PRAGMA {pragma}")

    return engine


ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id() -> str:
    """26 characters that sort by time of creation (48 bits of milliseconds, 82 random bits)."""
    number = (int(time.time() * 1000) << 82) | secrets.randbits(82)
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))
