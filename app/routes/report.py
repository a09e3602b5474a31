"""A plan as a document."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from app.dependencies import FinishedPlan, Parts
from app.economics import bundled_regions, companion_of
from app.jobs import queue
from app.report.page import report_page
from solver.economics import Study, study
from solver.economics.model import stated_inputs
from solver.errors import BadInput

router = APIRouter(prefix="/api/v1/plans/{plan_id}", tags=["results"])

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"


@router.get("/report", summary="The plan written up, to read or to print", response_class=HTMLResponse)
def report(solved: FinishedPlan, parts: Parts) -> HTMLResponse:
    """Map, proof in words, assumptions with sources, verdict, sites, failures, gaps; no script, no request."""
    row = queue.get(parts.database, solved.id)
    inputs = {"demand": parts.dataset(row.demand_id).name, "candidates": parts.dataset(row.candidates_id).name}
    try:
        v, origins = stated_inputs({}, None, row.request.get("model"))
        companion, _ = companion_of(solved, parts.storage.plan_dir(solved.id), solve_it=False)
        money: Study | None = study(solved.plan, solved.problem, bundled_regions(), v, companion, origins)
    except BadInput:  # no open site, or nobody there: nothing to say of money
        money = None
    page = report_page(solved.plan, solved.problem, solved.name, inputs, solved.credits, money)
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})
