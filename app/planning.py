"""From a stored request to the solver's Problem and Limits, and back from a plan's folder to a Plan."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from app.storage import read_json
from solver.plan import Plan
from solver.problem import Candidates, Demand, Objective, Problem, RadiusReach, Uncoverable

PLAN_FILE = "plan.json"
SUMMARY_FILE = "summary.json"
STOP_FILE = "stop"
"""Its presence in a plan's folder ends the solve with the best plan so far, in this attempt and any later one."""

KEPT_IN_MEMORY = 8


@dataclass(frozen=True)
class Solved:
    """A finished plan with the problem it answers, and whom its data names."""

    id: str
    name: str
    plan: Plan
    problem: Problem
    credits: tuple[str, ...] = ()


def problem_of(request: dict[str, Any], demand: Demand, candidates: Candidates) -> Problem:
    """The problem a stored request describes.  Raises BadInput."""
    return Problem(
        demand=demand,
        candidates=candidates,
        reach=RadiusReach(float(request["reach"]["radius_km"])),
        survive=request["survive"],
        required=tuple(request["required"]),
        forbidden=tuple(request["forbidden"]),
        objective=Objective(request["objective"]),
        uncoverable=Uncoverable(request["cover"]["uncoverable"]),
    )


class PlanShelf:
    """The last few finished plans, read from their folders once."""

    def __init__(self) -> None:
        self._plans: OrderedDict[str, Plan] = OrderedDict()
        self._lock = Lock()

    def plan(self, plan_id: str, folder: Path, problem: Problem) -> Plan:
        from solver.planfile import plan_from_dict

        with self._lock:
            if plan_id in self._plans:
                self._plans.move_to_end(plan_id)
                return self._plans[plan_id]
        plan = plan_from_dict(read_json(folder / PLAN_FILE), problem)
        with self._lock:
            self._plans[plan_id] = plan
            while len(self._plans) > KEPT_IN_MEMORY:
                self._plans.popitem(last=False)
        return plan
