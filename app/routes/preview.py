"""What a plan would ask for, answered at once and without storing anything."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from app.dependencies import Parts, body_schema, json_body
from app.planning import notes_of, problem_of
from app.routes.plans import source
from app.schemas.request import PlanRequest
from app.units import reach_unit
from solver.plan import CoverageGap
from solver.problem import Candidates, Demand, PairReach, Problem
from solver.promise.screening import excluded_counts

router = APIRouter(prefix="/api/v1", tags=["plans"])

LISTED = 1000


@router.post("/preview", openapi_extra=body_schema(PlanRequest), summary="The coverage gaps of a plan, before solving")
def preview(parts: Parts, request: Annotated[PlanRequest, Depends(json_body(PlanRequest))]) -> JSONResponse:
    """Takes the body of POST /plans; answers how many points and people have too few candidates in reach.

    ``gaps.listed`` names the thousand gaps with most people and the reach at which each would have enough;
    ``reach.own`` holds the candidates whose reach differs from the plan's.
    """
    from solver.preview import preview as look_ahead

    demand = source(parts, request.demand, "demand", request.name).data
    candidates = source(parts, request.candidates, "candidates", request.name).data
    assert isinstance(demand, Demand)
    assert isinstance(candidates, Candidates)
    body = request.model_dump(mode="json")
    problem = problem_of(body, demand, candidates, parts.matrix(body["reach"]))
    seen = look_ahead(problem, LISTED)
    return JSONResponse(
        {
            "points": seen.points,
            "population": seen.population,
            "candidates": seen.candidates,
            "excluded": excluded_counts(problem.candidates),
            "notes": notes_of(body, candidates),
            "reach": _reach(problem),
            "gaps": {
                "points": seen.gap_points,
                "population": seen.gap_population,
                "listed": [_gap(gap, reach_unit(problem)) for gap in seen.gaps],
            },
        }
    )


def _reach(problem: Problem) -> dict[str, Any]:
    """The plan's reach, and that of the candidates which have another one, in ``unit``."""
    if isinstance(problem.reach, PairReach):
        whole, unit = problem.reach.limit, problem.reach.unit
    else:
        whole, unit = problem.reach.radius_km, "km"
    limit = problem.reach_limit
    other = np.flatnonzero(limit != whole)
    own = {str(problem.candidates.ids[i]): max(float(limit[i]), 0.0) for i in other}
    return {"limit": whole, "unit": unit, "own": own}


def _gap(gap: CoverageGap, unit: str) -> dict[str, Any]:
    return {
        "id": gap.point_id,
        "name": gap.name,
        "population": gap.population,
        "lat": gap.lat_deg,
        "lon": gap.lon_deg,
        "candidates_in_reach": gap.candidates_in_reach,
        "candidates_needed": gap.candidates_needed,
        "smallest_radius_km": gap.smallest_reach if unit == "km" else None,
        "smallest_rtt_ms": gap.smallest_reach if unit == "ms" else None,
    }
