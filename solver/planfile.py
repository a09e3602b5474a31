"""plan.json: a Plan written down in the user's own ids, and read back."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from solver.errors import BadInput, InputProblem, shown
from solver.plan import CERTIFICATE_SCALE, Certificate, CoverageGap, Outcome, Plan
from solver.problem import Objective, PairReach, Problem, RadiusReach, Reach, Uncoverable

FORMAT = "sitewright-plan/1"


def summary(plan: Plan, problem: Problem) -> dict[str, Any]:
    """The JSON object of ``sitewright plan --json``."""
    return {
        "outcome": plan.outcome.value,
        "sites": plan.sites if plan.usable else None,
        "objective": _finite(plan.objective),
        "lower_bound": _finite(plan.lower_bound),
        "certified_lower_bound": _finite(plan.certified_lower_bound),
        "gap": plan.gap,
        "survive": plan.survive,
        **_reach_to_dict(problem.reach),
        "open_sites": list(plan.open_sites),
        "gaps": {"points": len(plan.gaps), "population": sum(gap.population for gap in plan.gaps)},
        "seconds": round(plan.seconds, 3),
    }


def plan_to_dict(plan: Plan, problem: Problem) -> dict[str, Any]:
    """The whole plan: the summary, the settings it answers, every gap and every assignment.

    assignments: one list per server rank (primary, backup, …), in the order of the demand ids; None where a point
    has no such server.
    """
    names = [*plan.open_sites, None]
    return {
        "format": FORMAT,
        **summary(plan, problem),
        "seed": plan.seed,
        "objective_kind": problem.objective.value,
        "uncoverable": problem.uncoverable.value,
        "required": sorted(problem.required_ids),
        "forbidden": sorted(problem.forbidden_ids),
        "gap_points": [vars(gap) for gap in plan.gaps],
        "certificate": certificate_to_dict(plan, problem),
        "assignments": {
            "demand_ids": list(problem.demand.ids),
            "site_ids": [[names[s] for s in rank] for rank in plan.servers.T.tolist()],
            "distance": [[_finite(round(d, 6)) for d in rank] for rank in plan.distance.T.tolist()],
        },
    }


def certificate_to_dict(plan: Plan, problem: Problem) -> dict[str, Any]:
    """The multipliers behind ``certified_lower_bound``, by demand id, in whole numbers of 1/scale."""
    return {
        "scale": CERTIFICATE_SCALE,
        "bound": plan.certificate.bound,
        "demand_ids": list(problem.demand.ids[plan.certificate.points]),
        "multipliers": plan.certificate.multiplier.tolist(),
    }


def plan_from_dict(doc: dict[str, Any], problem: Problem) -> Plan:
    """The Plan that ``plan_to_dict`` wrote.  Raises BadInput when the document is not such a plan."""
    try:
        if doc["format"] != FORMAT:
            raise _not_a_plan("format", doc["format"], FORMAT)
        place = {identity: s for s, identity in enumerate(doc["open_sites"])}
        place[None] = -1
        ranks, distances = doc["assignments"]["site_ids"], doc["assignments"]["distance"]
        if list(doc["assignments"]["demand_ids"]) != list(problem.demand.ids):
            raise _not_a_plan("assignments.demand_ids", "other ids", "the ids of the demand file, in its order")
        servers = np.array([[place[i] for i in rank] for rank in ranks], dtype=np.int32).T
        distance = np.array([[np.nan if d is None else d for d in rank] for rank in distances], dtype=np.float64).T
        n = len(problem.demand)
        return Plan(
            outcome=Outcome(doc["outcome"]),
            open_sites=tuple(str(i) for i in doc["open_sites"]),
            servers=servers.reshape(n, -1).copy(),
            distance=distance.reshape(n, -1).copy(),
            objective=np.inf if doc["objective"] is None else float(doc["objective"]),
            lower_bound=float(doc["lower_bound"]),
            certified_lower_bound=float(doc["certified_lower_bound"]),
            gaps=tuple(CoverageGap(**gap) for gap in doc["gap_points"]),
            survive=int(doc["survive"]),
            seconds=float(doc["seconds"]),
            seed=int(doc["seed"]),
            certificate=_certificate(doc["certificate"], problem),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise _not_a_plan(None, f"{type(error).__name__}: {error}", "a plan.json written by sitewright") from error


def settings_from_dict(doc: dict[str, Any]) -> dict[str, Any]:
    """The keyword arguments of Problem that a plan.json states (all but demand and candidates)."""
    try:
        if "radius_km" not in doc["reach"]:
            raise _not_a_plan("reach", doc["reach"], "a radius_km: a measured matrix is not in the plan file")
        return {
            "reach": RadiusReach(float(doc["reach"]["radius_km"])),
            "survive": int(doc["survive"]),
            "required": tuple(doc["required"]),
            "forbidden": tuple(doc["forbidden"]),
            "objective": Objective(doc["objective_kind"]),
            "uncoverable": Uncoverable(doc["uncoverable"]),
        }
    except (KeyError, TypeError, ValueError) as error:
        raise _not_a_plan(None, f"{type(error).__name__}: {error}", "a plan.json written by sitewright") from error


def _certificate(doc: dict[str, Any], problem: Problem) -> Certificate:
    if doc["scale"] != CERTIFICATE_SCALE:
        raise _not_a_plan("certificate.scale", doc["scale"], str(CERTIFICATE_SCALE))
    position = {identity: i for i, identity in enumerate(problem.demand.ids)}
    points = np.array([position[i] for i in doc["demand_ids"]], dtype=np.int64)
    multiplier = np.array([int(y) for y in doc["multipliers"]], dtype=np.int64)
    if len(points) != len(multiplier):
        raise _not_a_plan("certificate.multipliers", len(multiplier), f"{len(points)} multipliers")
    return Certificate(points, multiplier, float(doc["bound"]))


def _reach_to_dict(reach: Reach) -> dict[str, Any]:
    if isinstance(reach, PairReach):
        limit = {f"limit_{reach.unit}": reach.limit}
        return {"reach_km": reach.limit if reach.unit == "km" else None, "reach": limit}
    return {"reach_km": reach.radius_km, "reach": {"radius_km": reach.radius_km}}


def _finite(value: float) -> float | None:
    return float(value) if isfinite(value) else None


def _not_a_plan(column: str | None, found: object, expected: str) -> BadInput:
    return BadInput([InputProblem(expected, file="plan", column=column, found=shown(found))])
