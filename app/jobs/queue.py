"""The plans table as an outbox: the web process writes plans here, workers take them from here.

A plan is accepted when its row is committed; nothing else has to happen in the web process.  ``attempts``
is the fencing number: whoever began the latest attempt is the only one whose writes count.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.database import Database, PlanEventRow, PlanRow, new_id
from app.errors import Conflict, NotFound, Unprocessable

ACTIVE = ("queued", "running")
FINAL = ("done", "failed", "cancelled")


def fingerprint(body: dict[str, Any]) -> str:
    """The same for equal requests: what an Idempotency-Key is checked against."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def submit(
    database: Database,
    *,
    name: str,
    request: dict[str, Any],
    request_hash: str,
    demand_id: str,
    candidates_id: str,
    idempotency_key: str | None = None,
    kind: str = "plan",
    parent_id: str | None = None,
) -> PlanRow:
    """A new queued plan, or the one this Idempotency-Key already made.

    Raises Unprocessable when the key was used for another request.
    """
    if idempotency_key is not None and (known := by_key(database, idempotency_key)) is not None:
        return same_request(known, request_hash)
    row = PlanRow(
        id=new_id(),
        kind=kind,
        name=name,
        state="queued",
        request=request,
        request_hash=request_hash,
        idempotency_key=idempotency_key,
        demand_id=demand_id,
        candidates_id=candidates_id,
        parent_id=parent_id,
        attempts=0,
        created_at=time.time(),
    )
    try:
        with database.session() as session:
            session.add(row)
    except sa.exc.IntegrityError:
        known = by_key(database, idempotency_key) if idempotency_key is not None else None
        if known is None:
            raise Conflict("One of the data sets was deleted a moment ago.") from None
        return same_request(known, request_hash)
    return row


def same_request(known: PlanRow, request_hash: str) -> PlanRow:
    """``known``, if it was made by this request.  Raises Unprocessable."""
    if known.request_hash != request_hash:
        raise Unprocessable("This Idempotency-Key was used before, for another request.")
    return known


def by_key(database: Database, idempotency_key: str) -> PlanRow | None:
    """The plan an Idempotency-Key made."""
    with database.session() as session:
        return session.scalar(sa.select(PlanRow).where(PlanRow.idempotency_key == idempotency_key))


def get(database: Database, plan_id: str) -> PlanRow:
    """Raises NotFound."""
    with database.session() as session:
        row = session.get(PlanRow, plan_id)
    if row is None:
        raise NotFound("No plan has this id.")
    return row


def page(database: Database, limit: int, after: str | None, kind: str | None = None) -> list[PlanRow]:
    """Newest first; ``after`` is the last id of the page before; kind: "plan", "curve", or None for both."""
    query = sa.select(PlanRow).order_by(PlanRow.id.desc()).limit(limit)
    if after is not None:
        query = query.where(PlanRow.id < after)
    if kind is not None:
        query = query.where(PlanRow.kind == kind)
    with database.session() as session:
        return list(session.scalars(query))


def ancestors(database: Database, row: PlanRow) -> list[PlanRow]:
    """The plans this one came from, the oldest first."""
    found: list[PlanRow] = []
    with database.session() as session:
        parent_id = row.parent_id
        while parent_id is not None:
            parent = session.get_one(PlanRow, parent_id)
            found.insert(0, parent)
            parent_id = parent.parent_id
    return found


def children(database: Database, plan_id: str, kind: str) -> list[PlanRow]:
    """What was made from a plan, the oldest first."""
    query = sa.select(PlanRow).where(PlanRow.parent_id == plan_id, PlanRow.kind == kind).order_by(PlanRow.id)
    with database.session() as session:
        return list(session.scalars(query))


def waiting(database: Database, limit: int) -> list[str]:
    """Ids of the oldest queued plans."""
    query = sa.select(PlanRow.id).where(PlanRow.state == "queued").order_by(PlanRow.id).limit(limit)
    with database.session() as session:
        return list(session.scalars(query))


def running(database: Database) -> list[tuple[str, int]]:
    """(id, attempt) of every plan being solved."""
    query = sa.select(PlanRow.id, PlanRow.attempts).where(PlanRow.state == "running")
    with database.session() as session:
        return [(row.id, row.attempts) for row in session.execute(query)]


def count_by_state(database: Database) -> dict[str, int]:
    """How many plans are in each state; states without plans are left out."""
    query = sa.select(PlanRow.state, sa.func.count().label("plans")).group_by(PlanRow.state)
    with database.session() as session:
        return {row.state: row.plans for row in session.execute(query)}


def cancel(database: Database, plan_id: str) -> PlanRow:
    """Cancelled from this moment; the worker sees it within half a second and kills its solver.

    Cancelling twice is harmless.  Raises NotFound, Conflict for a plan that has ended otherwise.
    """
    with database.session() as session:
        session.execute(
            sa.update(PlanRow)
            .where(PlanRow.id == plan_id, PlanRow.state.in_(ACTIVE))
            .values(state="cancelled", finished_at=time.time())
        )
    row = get(database, plan_id)
    if row.state != "cancelled":
        raise Conflict(f"The plan is {row.state} already.")
    return row


def begin(database: Database, plan_id: str, executor_id: str) -> int | None:
    """Start an attempt; its number, or None when the plan has ended."""
    with database.session() as session:
        session.execute(
            sa.update(PlanRow)
            .where(PlanRow.id == plan_id, PlanRow.state.in_(ACTIVE))
            .values(
                state="running",
                executor_id=executor_id,
                attempts=PlanRow.attempts + 1,
                started_at=sa.func.coalesce(PlanRow.started_at, time.time()),
            )
        )
        row = session.get(PlanRow, plan_id)
        return row.attempts if row is not None and row.state == "running" else None


def is_mine(database: Database, plan_id: str, attempt: int) -> bool:
    """False once the plan was cancelled or another worker has taken over."""
    query = sa.select(PlanRow.id).where(_attempt(plan_id, attempt))
    with database.session() as session:
        return session.scalar(query) is not None


def release(database: Database, plan_id: str, attempt: int) -> None:
    """Give an attempt back, on an orderly shutdown: it does not count as a crash."""
    with database.session() as session:
        session.execute(
            sa.update(PlanRow)
            .where(_attempt(plan_id, attempt))
            .values(state="queued", attempts=PlanRow.attempts - 1, executor_id=None)
        )


def finish(
    database: Database,
    plan_id: str,
    attempt: int,
    state: str,
    summary: dict[str, Any] | None,
    error: str | None,
) -> None:
    """Record the end of an attempt, unless the plan has ended otherwise meanwhile."""
    with database.session() as session:
        session.execute(
            sa.update(PlanRow)
            .where(_attempt(plan_id, attempt))
            .values(
                state=state,
                outcome=summary["outcome"] if summary else None,
                summary=summary,
                error=error,
                finished_at=time.time(),
            )
        )


def _attempt(plan_id: str, attempt: int) -> sa.ColumnElement[bool]:
    return sa.and_(PlanRow.id == plan_id, PlanRow.state == "running", PlanRow.attempts == attempt)


def append_events(database: Database, plan_id: str, attempt: int, events: Sequence[dict[str, Any]]) -> bool:
    """Store progress in order; False (and nothing stored) once the attempt is no longer ours."""
    with database.session() as session:
        # An update first: it takes the write lock, so that nobody ends the plan between check and insert.
        mine = session.execute(
            sa.update(PlanRow).where(_attempt(plan_id, attempt)).values(attempts=attempt).returning(PlanRow.id)
        ).first()
        if mine is None:
            return False
        last = session.scalar(sa.select(sa.func.max(PlanEventRow.seq)).where(PlanEventRow.plan_id == plan_id))
        session.add_all(
            PlanEventRow(plan_id=plan_id, seq=(last or 0) + i, event=event, at=time.time())
            for i, event in enumerate(events, start=1)
        )
    return True


def events_after(database: Database, plan_id: str, seq: int) -> list[tuple[int, dict[str, Any]]]:
    """(seq, event) of everything stored after ``seq``, in order."""
    query = (
        sa.select(PlanEventRow.seq, PlanEventRow.event)
        .where(PlanEventRow.plan_id == plan_id, PlanEventRow.seq > seq)
        .order_by(PlanEventRow.seq)
    )
    with database.session() as session:
        return [(row.seq, row.event) for row in session.execute(query)]


def last_events(database: Database, plan_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The latest event of each of these plans."""
    newest = (
        sa.select(PlanEventRow.plan_id, sa.func.max(PlanEventRow.seq).label("seq"))
        .where(PlanEventRow.plan_id.in_(plan_ids))
        .group_by(PlanEventRow.plan_id)
        .subquery()
    )
    query = sa.select(PlanEventRow.plan_id, PlanEventRow.event).join(
        newest, sa.and_(PlanEventRow.plan_id == newest.c.plan_id, PlanEventRow.seq == newest.c.seq)
    )
    with database.session() as session:
        return {row.plan_id: row.event for row in session.execute(query)}
