"""A plan as a document."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse
from pydantic import StringConstraints

from app.dependencies import FinishedPlan, Parts
from app.economics import bundled_regions, companion_of, overrides_from
from app.jobs import queue
from app.report.page import report_page
from solver.economics import Study, study
from solver.economics.model import stated_inputs
from solver.errors import BadInput

router = APIRouter(prefix="/api/v1/plans/{plan_id}", tags=["results"])

Override = Annotated[str, StringConstraints(min_length=1, max_length=300)]
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"


@router.get("/report", summary="The plan written up, to read or to print", response_class=HTMLResponse)
def report(
    solved: FinishedPlan,
    parts: Parts,
    overrides: Annotated[
        list[Override], Query(alias="set", max_length=100, description="an input of the economics: name=number")
    ] = [],  # noqa: B006
) -> HTMLResponse:
    """Map, proof in words, assumptions with sources, verdict, sites, failures, gaps; no script, no request.

    422 names an unknown input and a value out of range.
    """
    row = queue.get(parts.database, solved.id)
    inputs = {"demand": parts.dataset(row.demand_id).name, "candidates": parts.dataset(row.candidates_id).name}
    v, origins = stated_inputs(overrides_from(overrides, "set"), None, row.request.get("model"))
    try:
        companion, _ = companion_of(solved, parts.storage.plan_dir(solved.id), solve_it=False)
        money: Study | None = study(solved.plan, solved.problem, bundled_regions(), v, companion, origins)
    except BadInput:  # no open site, or nobody there: nothing to say of money
        money = None
    page = report_page(solved.plan, solved.problem, solved.name, inputs, solved.credits, money)
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})
