"""What a solver process is for: one plan, or one curve of plans.

Results are written as files; what a curve has solved is appended point by point, so that a later attempt goes on there.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from app.curves import CURVE_FILE, append_point, curve_summary, read_points, values_of
from app.jobs.progress import event_of
from app.planning import PLAN_FILE, STOP_FILE, SUMMARY_FILE, notes_of, problem_of
from app.storage import read_data, read_json, write_json
from solver.errors import BadInput
from solver.experience import experience
from solver.plan import Plan, Progress
from solver.planfile import plan_from_dict, plan_to_dict, summary
from solver.problem import Candidates, Demand, Problem
from solver.reading.matrix import RttMatrix, read_matrix
from solver.solve import Limits, solve
from solver.studies.curve import CurvePoint, point_of
from solver.studies.tradeoff import trade_off, value_of
from solver.studies.whatif import carried_bound

Tell = Callable[[dict[str, Any]], None]

LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class Task:
    """What job.json asks for.  notes: what to know about its candidates · tell: takes one progress event."""

    folder: Path
    request: dict[str, Any]
    problem: Problem
    parent: tuple[Plan, Problem] | None
    notes: list[str]
    tell: Tell

    @property
    def limits(self) -> Limits:
        return Limits(float(self.request["limits"]["seconds"]), float(self.request["limits"]["gap"]))

    @property
    def seed(self) -> int:
        return int(self.request["seed"])

    @property
    def polished(self) -> bool:
        return bool(self.request.get("polished", True))


def run(folder: Path, tell: Tell) -> None:
    """Do what job.json in ``folder`` asks for.  Raises BadInput, VerificationError."""
    job = read_json(folder / "job.json")
    demand, candidates = read_data("demand", Path(job["demand"])), read_data("candidates", Path(job["candidates"]))
    assert isinstance(demand, Demand)
    assert isinstance(candidates, Candidates)
    problem = problem_of(job["request"], demand, candidates, _matrix(job, job["request"]))
    parent = _parent(job, demand, candidates) if job["parent"] else None
    notes = notes_of(job["request"], candidates)
    {"plan": _plan, "curve": _curve}[job["kind"]](Task(folder, job["request"], problem, parent, notes, tell))


def _matrix(job: dict[str, Any], request: dict[str, Any]) -> RttMatrix | None:
    """The round trips that a request's reach names, if it names any."""
    path = job["matrices"].get(request["reach"].get("rtt_matrix"))
    return None if path is None else _read_matrix(path)


@lru_cache(maxsize=2)
def _read_matrix(path: str) -> RttMatrix:
    return read_matrix(path)


def _parent(job: dict[str, Any], demand: Demand, candidates: Candidates) -> tuple[Plan, Problem] | None:
    """The plan this one came from; None when it cannot be read any more, for it only helps."""
    told = job["parent"]
    with contextlib.suppress(BadInput, OSError):
        problem = problem_of(told["request"], demand, candidates, _matrix(job, told["request"]))
        return plan_from_dict(read_json(Path(told["plan"])), problem), problem
    return None


def _plan(task: Task) -> None:
    start: tuple[str, ...] = ()
    bound = 0.0
    if task.parent is not None:
        start, bound = task.parent[0].open_sites, carried_bound(*task.parent, task.problem)
    plan = solve(
        task.problem,
        limits=task.limits,
        seed=task.seed,
        on_progress=lambda progress: task.tell(event_of(progress)),
        stop=appears(task.folder / STOP_FILE),
        polished=task.polished,
        start=start,
        known_bound=bound,
    )
    write_json(task.folder / PLAN_FILE, plan_to_dict(plan, task.problem))
    latency = experience(plan, task.problem).summary() if plan.usable else None
    write_json(task.folder / SUMMARY_FILE, {**summary(plan, task.problem), "latency": latency, "notes": task.notes})


def _curve(task: Task) -> None:
    over, values = values_of(task.request)
    file = task.folder / CURVE_FILE
    known = read_points(file)
    nearby = []
    if task.parent is not None:
        plan, problem = task.parent
        here = point_of(value_of(problem, over), plan, problem)
        if here.value in values and not any(point.value == here.value for point in known) and _final(here):
            append_point(file, here)
            known.append(here)
        nearby.append(here)
    began, done = time.monotonic(), {point.value for point in known}

    def tell(value: float, event: dict[str, Any]) -> None:
        seconds = round(time.monotonic() - began, 3)
        task.tell({**event, "seconds": seconds, "value": value, "done": len(done), "of": len(values)})

    def on_progress(value: float, progress: Progress) -> None:
        tell(value, event_of(progress))

    def on_point(point: CurvePoint) -> None:
        append_point(file, point)
        done.add(point.value)
        found = {"incumbent": point.objective, "bound": point.lower_bound, "gap": point.gap}
        tell(point.value, {"phase": "point", **found, "note": point.outcome.value, "sites": None})

    points = trade_off(
        task.problem,
        over,
        values,
        task.limits,
        task.seed,
        task.polished,
        known=known,
        nearby=nearby,
        on_point=on_point,
        on_progress=on_progress,
        stop=appears(task.folder / STOP_FILE),
    )
    write_json(task.folder / SUMMARY_FILE, curve_summary(points, len(values), time.monotonic() - began))


def _final(point: CurvePoint) -> bool:
    """Whether solving it again could not change it."""
    return point.outcome.value in ("optimal", "infeasible")


def appears(path: Path) -> Callable[[], bool]:
    """Whether a file is there; the disk is asked five times a second at most, however often the solver asks."""
    there, next_look = False, 0.0

    def look() -> bool:
        nonlocal there, next_look
        now = time.monotonic()
        if not there and now >= next_look:
            there, next_look = path.exists(), now + LOOK_SECONDS
        return there

    return look
