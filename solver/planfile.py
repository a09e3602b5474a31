"""plan.json: a Plan written down in the user's own ids, and read back."""

from __future__ import annotations

from dataclasses import asdict
from math import isfinite
from typing import Any

import numpy as np

from solver.coverage import Indices
from solver.errors import BadInput, InputProblem, shown
from solver.latency import LatencyModel
from solver.narrowing import nearest_sites
from solver.plan import CERTIFICATE_SCALE, Certificate, CoverageGap, Outcome, Plan
from solver.problem import (
    Candidates,
    Floats,
    Ints,
    LatencyReach,
    Objective,
    PairReach,
    Problem,
    RadiusReach,
    Reach,
    Uncoverable,
    texts,
)
from solver.promise.screening import excluded_counts, tier_rules, tiers_to_list, with_tiers
from solver.reading.matrix import RttMatrix

FORMAT = "sitewright-plan/1"

MOST_WRITTEN = 200_000
"""Points whose assignments are written out (20 MB); beyond, they are left to be read off the coordinates again."""


def summary(plan: Plan, problem: Problem) -> dict[str, Any]:
    """The JSON object of ``sitewright plan --json``."""
    return {
        "outcome": plan.outcome.value,
        "sites": plan.sites if plan.usable else None,
        "kept": len(problem.required_ids) if plan.usable else None,
        "new": plan.sites - len(problem.required_ids) if plan.usable else None,
        "objective": _finite(plan.objective),
        "lower_bound": _finite(plan.lower_bound),
        "certified_lower_bound": _finite(plan.certified_lower_bound),
        "gap": plan.gap,
        "survive": plan.survive,
        **_reach_to_dict(problem.reach),
        "shared_risk": list(problem.shared_risk),
        "open_sites": list(plan.open_sites),
        "gaps": {"points": len(plan.gaps), "population": sum(gap.population for gap in plan.gaps)},
        "excluded": excluded_counts(problem.candidates),
        **_partial_to_dict(plan, problem),
        "seconds": round(plan.seconds, 3),
    }


def plan_to_dict(plan: Plan, problem: Problem) -> dict[str, Any]:
    """The whole plan: the summary, the settings it answers, every gap and every assignment.

    assignments: one list per server rank (primary, backup, …), in the order of the demand ids; None where a point
    has no such server.  None altogether for more than MOST_WRITTEN points whose distances follow from coordinates.
    """
    return {
        "format": FORMAT,
        **summary(plan, problem),
        "seed": plan.seed,
        "objective_kind": problem.objective.value,
        "uncoverable": problem.uncoverable.value,
        "entire": problem.entire,
        "ignore_required": problem.ignore_required,
        "tiers": tiers_to_list(problem.candidates),
        "max_sites": problem.max_sites,
        "max_cost_usd": problem.max_cost_usd,
        "unprotected_ids": list(problem.demand.ids[plan.unprotected]),
        "required": sorted(problem.required_ids),
        "forbidden": sorted(problem.forbidden_ids),
        "gap_points": [vars(gap) for gap in plan.gaps],
        "certificate": certificate_to_dict(plan, problem),
        "assignments": None if _left_out(problem) else _assignments(plan, problem),
    }


def _left_out(problem: Problem) -> bool:
    return len(problem.demand) > MOST_WRITTEN and problem.by_distance


def _assignments(plan: Plan, problem: Problem) -> dict[str, Any]:
    names = [*plan.open_sites, None]
    return {
        "demand_ids": list(problem.demand.ids),
        "site_ids": [[names[s] for s in rank] for rank in plan.servers.T.tolist()],
        "distance": [[_finite(round(d, 6)) for d in rank] for rank in plan.distance.T.tolist()],
    }


def _read_assignments(doc: dict[str, Any], problem: Problem) -> tuple[Indices, Floats]:
    """servers and distance of a plan, from its document or, where that leaves them out, from the coordinates."""
    n = len(problem.demand)
    if doc["assignments"] is None:
        place = {identity: j for j, identity in enumerate(problem.candidates.ids)}
        opened = np.array([place[identity] for identity in doc["open_sites"]], dtype=np.int64)
        usable = doc["outcome"] in (Outcome.OPTIMAL, Outcome.FEASIBLE)
        return nearest_sites(problem, opened, problem.sites_needed if usable else 0)
    site: dict[str | None, int] = {identity: s for s, identity in enumerate(doc["open_sites"])}
    site[None] = -1
    ranks, distances = doc["assignments"]["site_ids"], doc["assignments"]["distance"]
    if list(doc["assignments"]["demand_ids"]) != list(problem.demand.ids):
        raise _not_a_plan("assignments.demand_ids", "other ids", "the ids of the demand file, in its order")
    servers = np.array([[site[i] for i in rank] for rank in ranks], dtype=np.int32).T
    distance = np.array([[np.nan if d is None else d for d in rank] for rank in distances], dtype=np.float64).T
    return servers.reshape(n, -1).copy(), distance.reshape(n, -1).copy()


def certificate_to_dict(plan: Plan, problem: Problem) -> dict[str, Any]:
    """The multipliers behind ``certified_lower_bound``, by demand id, in whole numbers of 1/scale."""
    return {
        "scale": CERTIFICATE_SCALE,
        "bound": plan.certificate.bound,
        "demand_ids": list(problem.demand.ids[plan.certificate.points]),
        "multipliers": plan.certificate.multiplier.tolist(),
        "risks": plan.certificate.risk.tolist(),
        "groups": plan.certificate.group.tolist(),
    }


def plan_from_dict(doc: dict[str, Any], problem: Problem) -> Plan:
    """The Plan that ``plan_to_dict`` wrote.  Raises BadInput when the document is not such a plan."""
    try:
        if doc["format"] != FORMAT:
            raise _not_a_plan("format", doc["format"], FORMAT)
        servers, distance = _read_assignments(doc, problem)
        return Plan(
            outcome=Outcome(doc["outcome"]),
            open_sites=tuple(str(i) for i in doc["open_sites"]),
            servers=servers,
            distance=distance,
            objective=np.inf if doc["objective"] is None else float(doc["objective"]),
            lower_bound=float(doc["lower_bound"]),
            certified_lower_bound=float(doc["certified_lower_bound"]),
            gaps=tuple(CoverageGap(**gap) for gap in doc["gap_points"]),
            survive=int(doc["survive"]),
            seconds=float(doc["seconds"]),
            seed=int(doc["seed"]),
            certificate=_certificate(doc["certificate"], problem),
            unprotected=_positions(doc["unprotected_ids"], problem),
            second_objective=doc["second_objective"],
            second_lower_bound=doc["second_lower_bound"],
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise _not_a_plan(None, f"{type(error).__name__}: {error}", "a plan.json written by sitewright") from error


def settings_from_dict(doc: dict[str, Any], matrix: RttMatrix | None = None) -> dict[str, Any]:
    """The keyword arguments of Problem that a plan.json states (all but demand and candidates).

    matrix: the measured round trips of a plan made from some; they are not in the file.
    """
    try:
        return {
            "reach": _reach_from_dict(doc["reach"], matrix),
            "survive": int(doc["survive"]),
            "required": tuple(doc["required"]),
            "forbidden": tuple(doc["forbidden"]),
            "objective": Objective(doc["objective_kind"]),
            "uncoverable": Uncoverable(doc["uncoverable"]),
            "shared_risk": tuple(doc["shared_risk"]),
            "fraction": float(doc["fraction"]),
            "max_sites": doc["max_sites"],
            "max_cost_usd": doc["max_cost_usd"],
            "entire": bool(doc["entire"]),
            "ignore_required": bool(doc.get("ignore_required", False)),
        }
    except (KeyError, TypeError, ValueError) as error:
        raise _not_a_plan(None, f"{type(error).__name__}: {error}", "a plan.json written by sitewright") from error


def candidates_of(doc: dict[str, Any], candidates: Candidates) -> Candidates:
    """The candidates of a file with the tiers' figures that a plan.json states.  Raises BadInput."""
    stated = doc.get("tiers") or []
    try:
        return with_tiers(candidates, tier_rules(stated)) if stated else candidates
    except (TypeError, KeyError) as error:
        raise _not_a_plan("tiers", f"{type(error).__name__}: {error}", "a plan.json written by sitewright") from error


def _partial_to_dict(plan: Plan, problem: Problem) -> dict[str, Any]:
    """The share asked for, who is left out of it, and the second objective; neutral for plans that protect everyone."""
    return {
        "fraction": problem.fraction,
        "unprotected": {
            "points": len(plan.unprotected),
            "population": float(problem.demand.population[plan.unprotected].sum()),
        },
        "second_objective": plan.second_objective,
        "second_lower_bound": plan.second_lower_bound,
    }


def _certificate(doc: dict[str, Any], problem: Problem) -> Certificate:
    if doc["scale"] != CERTIFICATE_SCALE:
        raise _not_a_plan("certificate.scale", doc["scale"], str(CERTIFICATE_SCALE))
    points = _positions(doc["demand_ids"], problem)
    multiplier = np.array([int(y) for y in doc["multipliers"]], dtype=np.int64)
    risk, group = texts(doc["risks"]), texts(doc["groups"])
    if not len(points) == len(multiplier) == len(risk) == len(group):
        raise _not_a_plan("certificate.multipliers", len(multiplier), f"{len(points)} multipliers")
    return Certificate(points, multiplier, float(doc["bound"]), risk, group)


def _positions(ids: list[str], problem: Problem) -> Ints:
    wanted = set(ids)
    position = {identity: i for i, identity in enumerate(problem.demand.ids) if identity in wanted} if ids else {}
    return np.array([position[i] for i in ids], dtype=np.int64)


def _reach_to_dict(reach: Reach) -> dict[str, Any]:
    if isinstance(reach, PairReach):
        if reach.unit == "ms":
            fallback = None if reach.fallback is None else asdict(reach.fallback)
            return {"reach_km": None, "reach": {"max_rtt_ms": reach.limit, "fallback": fallback}}
        return {"reach_km": reach.limit, "reach": {"limit_km": reach.limit}}
    if isinstance(reach, LatencyReach):
        told = {"slo_ms": reach.slo_ms, "spent_ms": dict(reach.spent_ms), **vars(reach.latency)}
        return {"reach_km": reach.radius_km, "reach": told}
    return {"reach_km": reach.radius_km, "reach": {"radius_km": reach.radius_km}}


def _reach_from_dict(doc: dict[str, Any], matrix: RttMatrix | None) -> Reach:
    if ("max_rtt_ms" in doc) != (matrix is not None):
        found = "none" if matrix is None else "some"
        expected = "the measured round trips (--rtt-matrix) with a plan made from them, and with no other"
        raise BadInput([InputProblem(expected, column="rtt_matrix", found=found)])
    if matrix is not None:
        fallback = None if doc["fallback"] is None else LatencyModel(**doc["fallback"])
        return matrix.reach(float(doc["max_rtt_ms"]), fallback)
    if "slo_ms" in doc:
        spent = {str(name): float(ms) for name, ms in doc["spent_ms"].items()}
        latency = LatencyModel(float(doc["base_ms"]), float(doc["route_factor"]))
        return LatencyReach(float(doc["slo_ms"]), spent, latency)
    if "radius_km" not in doc:
        raise _not_a_plan("reach", doc, "a radius_km, slo_ms or max_rtt_ms: other tables are not in the file")
    return RadiusReach(float(doc["radius_km"]))


def _finite(value: float) -> float | None:
    return float(value) if isfinite(value) else None


def _not_a_plan(column: str | None, found: object, expected: str) -> BadInput:
    return BadInput([InputProblem(expected, file="plan", column=column, found=shown(found))])
