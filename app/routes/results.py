"""What a finished plan can be taken away as."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, JSONResponse, Response

from app.dependencies import FinishedPlan, Parts
from app.errors import Conflict
from app.exports import MEDIA_TYPES, export
from app.map.document import DRAWN_ONE_BY_ONE, map_document
from app.map.export import standalone_map
from app.planning import PLAN_FILE
from app.schemas.latency import LatencyView
from solver.experience import latency_to_dict
from solver.planfile import certificate_to_dict, summary

router = APIRouter(prefix="/api/v1/plans/{plan_id}", tags=["results"])

FileFormat = Annotated[Literal["geojson", "csv", "gpkg", "parquet"], Query(alias="format")]
MAP_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; sandbox allow-scripts"
)


@router.get("/map-data", summary="Everything the map draws, as columns")
def map_data(solved: FinishedPlan) -> JSONResponse:
    """Columns of demand, open and unused sites, gaps and reach."""
    tiled = len(solved.problem.demand) > DRAWN_ONE_BY_ONE
    return JSONResponse(map_document(solved.plan, solved.problem, solved.name, solved.credits, tiled))


@router.get("/map.html", summary="The map as one file that needs no network", response_class=HTMLResponse)
def map_file(solved: FinishedPlan) -> HTMLResponse:
    """A download that opens from disk, with the network blocked."""
    page = standalone_map(solved.plan, solved.problem, solved.name, solved.credits)
    return HTMLResponse(page, headers={**_attachment(f"{solved.id}-map.html"), "Content-Security-Policy": MAP_POLICY})


@router.get("/plan.json", summary="The whole plan; 'sitewright verify' rechecks it")
def plan_file(solved: FinishedPlan, parts: Parts) -> Response:
    """Settings, open sites, bounds, every assignment and every gap."""
    content = (parts.storage.plan_dir(solved.id) / PLAN_FILE).read_bytes()
    return Response(content, media_type="application/json", headers=_attachment(f"{solved.id}-plan.json"))


@router.get("/certificate", summary="What a third party needs to recheck the plan and its certified bound")
def certificate(solved: FinishedPlan) -> JSONResponse:
    """The open sites, the summary and the certificate's multipliers; docs/planning.md tells the sum."""
    told = {**summary(solved.plan, solved.problem), "certificate": certificate_to_dict(solved.plan, solved.problem)}
    return JSONResponse(told)


@router.get("/latency", response_model=LatencyView, summary="Latency of the population, before and after a failure")
def latency(
    solved: FinishedPlan,
    points: Annotated[bool, Query(description="also every point's ms, for latency bands on a map")] = False,
) -> LatencyView:
    """Percentiles over people, in ms: end to end under a budget, otherwise the network's round trip.

    ``after`` is the worst single failure: the one that loses most people, and among equals has the latest user.
    409 for a plan without sites.
    """
    if not solved.plan.usable:
        raise Conflict("The plan has no sites, so nobody has a latency.")
    return LatencyView.model_validate(latency_to_dict(solved.plan, solved.problem, points))


def _route(kind: str, summary: str) -> None:
    @router.get(f"/{kind}", summary=summary, name=kind, response_class=Response)
    def table(solved: FinishedPlan, file_format: FileFormat = "geojson") -> Response:
        content = export(solved.plan, solved.problem, kind, file_format)
        headers = _attachment(f"{solved.id}-{kind}.{file_format}")
        return Response(content, media_type=MEDIA_TYPES[file_format], headers=headers)


def _attachment(file_name: str) -> dict[str, Any]:
    return {"Content-Disposition": f'attachment; filename="{file_name}"'}


for _kind, _summary in {
    "sites": "Open sites with whom they serve",
    "candidates": "All candidates, open or not",
    "assignments": "Primary and backup of every demand point, with km and ms by term",
    "gaps": "Points with too few candidates, and the radius or promise that would do",
    "unprotected": "People without protection: left out on purpose, or gaps",
    "failures": "Every single failure, the worst first",
}.items():
    _route(_kind, _summary)
