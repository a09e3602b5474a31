"""From a stored request to the solver's Problem and Limits, and back from a plan's folder to a Plan."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from app.storage import read_json
from solver.errors import BadInput, InputProblem
from solver.plan import Plan
from solver.problem import Candidates, Demand, Objective, Problem, RadiusReach, Reach, Uncoverable
from solver.promise.budget_options import budget_from
from solver.promise.model_fit import hosting, pace_note, serving_from
from solver.promise.screening import Screened, screen, tier_rules
from solver.reading.matrix import RttMatrix, fallback_of

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


def problem_of(
    request: dict[str, Any], demand: Demand, candidates: Candidates, matrix: RttMatrix | None = None
) -> Problem:
    """The problem a stored request describes; ``matrix`` is the one its reach names, if any.  Raises BadInput.

    Requests of earlier versions lack the newer fields; what they leave out means what it meant then.
    """
    cover = request["cover"]
    ignored = bool(request.get("ignore_required", False))
    required = () if ignored else ids_of(request["required"], candidates, "required")
    return Problem(
        demand=demand,
        candidates=screened(request, candidates, required).candidates,
        reach=reach_of(request["reach"], matrix),
        survive=request["survive"],
        required=required,
        forbidden=ids_of(request["forbidden"], candidates, "forbidden"),
        ignore_required=ignored,
        objective=Objective(request["objective"]),
        uncoverable=Uncoverable(cover["uncoverable"]),
        shared_risk=tuple(request.get("shared_risk") or ()),
        fraction=float(cover.get("fraction", 1.0)),
        max_sites=cover.get("max_sites"),
        max_cost_usd=cover.get("max_cost_usd"),
        entire=request.get("demand_as") == "entire",
    )


def reach_of(reach: dict[str, Any], matrix: RttMatrix | None = None) -> Reach:
    """The reach a stored request describes.  Raises BadInput."""
    if "slo_ms" in reach:
        return budget_from(reach).reach()
    if "rtt_matrix" in reach:
        if matrix is None:
            raise BadInput([InputProblem("a data set of role rtt", column="rtt_matrix", found="none")])
        return matrix.reach(float(reach["max_rtt_ms"]), fallback_of(reach))
    return RadiusReach(float(reach["radius_km"]))


def screened(request: dict[str, Any], candidates: Candidates, required: Iterable[str] = ()) -> Screened:
    """The candidates that the tiers and the model of a stored request leave.  Raises BadInput when it leaves none."""
    tiers, model = request.get("tiers"), request.get("model")
    return screen(
        candidates,
        tiers=tier_rules(tiers) if tiers is not None else None,
        serving=serving_from(_without_power_rule(model)) if model is not None else None,
        unknown_power=model["unknown_power"] if model is not None else "keep",
        required=required,
    )


def notes_of(request: dict[str, Any], candidates: Candidates) -> list[str]:
    """What a planner should know about the tiers, the model and the budget of a stored request."""
    notes = list(screened(request, candidates).notes)
    reach, model = request["reach"], request.get("model")
    if model is not None and "slo_ms" in reach:
        pace = pace_note(hosting(serving_from(_without_power_rule(model))), budget_from(reach).ms_per_token)
        notes += [] if pace is None else [pace]
    return notes


def settled(request: dict[str, Any]) -> dict[str, Any]:
    """The request with the catalogue's figures written out, so that a stored plan keeps them in later versions."""
    reach, tiers, model = dict(request["reach"]), request.get("tiers"), request.get("model")
    if "slo_ms" in reach:
        figures = budget_from(reach).to_dict()
        reach |= {name: figures[name] for name in ("preset", "base_ms", "route_factor", "access_ms")}
    if tiers is not None:
        tiers = [asdict(rule) for rule in tier_rules(tiers)]
    if "rtt_matrix" in reach and (fallback := fallback_of(reach)) is not None:
        reach |= asdict(fallback)
    if model is not None:
        model = {**model, **serving_from(_without_power_rule(model)).to_dict()}
    return {**request, "reach": reach, "tiers": tiers, "model": model}


def _without_power_rule(model: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in model.items() if name != "unknown_power"}


def ids_of(given: list[str] | dict[str, str], candidates: Candidates, field: str) -> tuple[str, ...]:
    """Candidate ids: as listed, or those marked in a column.  Raises BadInput for an unknown column or mark."""
    return candidates.marked(given["column"], field) if isinstance(given, dict) else tuple(given)


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
