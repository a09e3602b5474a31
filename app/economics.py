"""Economics of a finished plan for the API: the cloud regions to compare with, and the counterpart plan."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from threading import BoundedSemaphore, Lock

import numpy as np

from app.credits import DATA_DIR
from app.errors import Unavailable
from app.planning import Solved
from app.storage import read_json, write_json
from solver.economics import companion_plan, companion_problem
from solver.errors import BadInput, InputProblem, shown
from solver.plan import Plan
from solver.planfile import plan_from_dict, plan_to_dict
from solver.problem import Candidates, Problem

COMPANION_FILE = "companion.json"
MOST_POINTS = 200_000
"""Above this the counterpart plan is no matter of seconds, and the request does not wait for it."""

REGION_FILES = ("us_cloud_regions.csv", "germany_cloud_regions.csv")
MOST_WAITING = 4
_one_at_a_time, _waiting = Lock(), BoundedSemaphore(MOST_WAITING)


def overrides_from(given: Sequence[str], where: str) -> dict[str, float]:
    """``name=number`` texts as inputs.  Raises BadInput for another form; ``where`` names the field."""
    values: dict[str, float] = {}
    for text in given:
        name, _, value = text.partition("=")
        try:
            values[name.strip()] = float(value)
        except ValueError as error:
            raise BadInput([InputProblem("NAME=NUMBER", column=where, found=shown(text))]) from error
    return values


@lru_cache(maxsize=1)
def bundled_regions() -> Candidates:
    """The cloud regions of all bundled lists."""
    from solver.geodata import read_candidates

    lists = [read_candidates(DATA_DIR / name).data for name in REGION_FILES]
    return Candidates(
        ids=np.concatenate([one.ids for one in lists]),
        names=np.concatenate([one.names for one in lists]),
        lat_deg=np.concatenate([one.lat_deg for one in lists]),
        lon_deg=np.concatenate([one.lon_deg for one in lists]),
    )


def companion_of(
    solved: Solved, folder: Path, *, solve_it: bool = True
) -> tuple[tuple[Plan, Problem] | None, str | None]:
    """The counterpart plan (single cover for a surviving plan and the reverse) with its problem, or why there is none.

    It is solved at the first request and kept in the plan's folder, so that every later answer compares with the same.
    solve_it: False takes it only when it is kept already.  Raises Unavailable when too many are being waited for.
    """
    if not solved.plan.usable:
        return None, None
    other = companion_problem(solved.problem)
    if other is None:
        return None, "A plan that protects a part of the population has no counterpart to compare with."
    if (kept := _read(folder / COMPANION_FILE, other)) is not None:
        return (kept, other), None
    if not solve_it:
        return None, "The counterpart plan is solved when the economics are asked for."
    if len(other.demand) > MOST_POINTS:
        return None, f"Above {MOST_POINTS:,} demand points no counterpart plan is solved."
    plan = _solve(folder / COMPANION_FILE, other)
    return ((plan, other), None) if plan.usable else (None, "The counterpart plan was not found in time.")


def _solve(path: Path, problem: Problem) -> Plan:
    if not _waiting.acquire(blocking=False):
        raise Unavailable("Other counterpart plans are being solved; ask again soon, or with redundancy false.")
    try:
        with _one_at_a_time:
            if (kept := _read(path, problem)) is not None:
                return kept
            plan = companion_plan(problem)
            if plan.usable:
                write_json(path, plan_to_dict(plan, problem))
            return plan
    finally:
        _waiting.release()


def _read(path: Path, problem: Problem) -> Plan | None:
    """The plan kept there; None when there is none that this version can read."""
    try:
        return plan_from_dict(read_json(path), problem) if path.exists() else None
    except BadInput:
        return None
