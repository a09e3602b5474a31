"""Data sets: upload, list, look at, delete."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, cast

import numpy as np
import numpy.typing as npt
from fastapi import APIRouter, File, Form, Query, Response, UploadFile

from app.database import DatasetRow
from app.datasets import Role
from app.dependencies import DEFAULT_PAGE, After, PageSize, Parts
from app.errors import Unprocessable
from app.map.document import DRAWN_ONE_BY_ONE
from app.schemas.budget import MAX_KM
from app.schemas.datasets import DatasetPage, DatasetView, PointsView, WithinView
from solver.latency import great_circle_km
from solver.reading.raster import LEAST_CELL_KM, MOST_CELL_KM

FORMATS = "CSV, GeoJSON, GeoParquet, GeoTIFF (demand), Parquet (rtt); told by its content, not its name"

router = APIRouter(prefix="/api/v1/datasets", tags=["datasets"])


@router.post("", status_code=201, response_model=DatasetView, summary="Upload CSV, GeoJSON, GeoParquet or GeoTIFF")
def upload(
    parts: Parts,
    response: Response,
    file: Annotated[UploadFile, File(description=FORMATS)],
    role: Annotated[Role, Form()],
    name: Annotated[str | None, Form(max_length=200)] = None,
    cell_km: Annotated[
        float | None,
        Form(ge=LEAST_CELL_KM, le=MOST_CELL_KM, allow_inf_nan=False, description="with a population raster"),
    ] = None,
) -> DatasetView:
    """Every upload is a data set of its own; equal bytes in the same role share one stored file.

    Demand has id, name, population and a place (lat, lon or geometry), or is a population raster (GeoTIFF), summed
    into cells of ``cell_km``; candidates have id, name and a place, optionally cost_usd, status, reach_km, reach_ms,
    power_kw, tier and further columns (groups, marks); rtt is a table of demand_id, candidate_id, rtt_ms.
    """
    if cell_km is not None and role != "demand":
        line = "cell_km: only with role demand and a population raster"
        raise Unprocessable(line, [{"message": line, "field": "cell_km"}])
    file_name = _printable(file.filename or "upload")[:200]
    title = _printable(name or file_name)
    row = parts.library.add_upload(file.file, role, title, file_name, cell_km)
    response.headers["Location"] = f"/api/v1/datasets/{row.id}"
    if role != "rtt" and row.rows > DRAWN_ONE_BY_ONE:
        parts.tiles.prepare(row.content_hash)
    return view(row)


def _printable(text: str) -> str:
    """Names are stored as given; only what no database or JSON can hold is refused."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Unprocessable("The name is not valid Unicode.") from None
    if "\x00" in text:
        raise Unprocessable("A name must not contain NUL characters.")
    return text


@router.get("", response_model=DatasetPage, summary="Examples first, then the newest")
def page(
    parts: Parts,
    limit: PageSize = DEFAULT_PAGE,
    after: After = None,
    role: Annotated[Role | None, Query()] = None,
) -> DatasetPage:
    """Pass the answer's ``next`` as ``after`` for the following page."""
    rows = parts.library.page(limit + 1, after, role)
    return DatasetPage(
        datasets=[view(row) for row in rows[:limit]], next=rows[limit - 1].id if len(rows) > limit else None
    )


@router.get("/{dataset_id}", response_model=DatasetView, summary="One data set")
def one(dataset_id: str, parts: Parts) -> DatasetView:
    """One data set."""
    return view(parts.dataset(dataset_id))


@router.delete("/{dataset_id}", status_code=204, summary="409 while a plan uses it")
def delete(dataset_id: str, parts: Parts) -> None:
    """Its file goes too, unless another data set has the same content."""
    parts.library.delete(dataset_id)


@router.get("/{dataset_id}/points", response_model=PointsView, summary="Columns for drawing")
def points(dataset_id: str, parts: Parts, at_most: Annotated[int | None, Query(ge=1)] = None) -> PointsView:
    """Points of a data set; population for demand, status and cost_usd for candidates.

    ``at_most`` thins out a larger data set evenly, in the order of the file.
    """
    row = parts.places(dataset_id)
    if row.role == "demand":
        demand = parts.storage.demand(row.content_hash)
        kept = _spread(len(demand), at_most)
        return PointsView(
            ids=demand.ids[kept].tolist(),
            names=demand.names[kept].tolist(),
            lon=demand.lon_deg[kept].tolist(),
            lat=demand.lat_deg[kept].tolist(),
            population=demand.population[kept].tolist(),
        )
    candidates = parts.storage.candidates(row.content_hash)
    kept = _spread(len(candidates), at_most)
    return PointsView(
        ids=candidates.ids[kept].tolist(),
        names=candidates.names[kept].tolist(),
        lon=candidates.lon_deg[kept].tolist(),
        lat=candidates.lat_deg[kept].tolist(),
        status=candidates.status[kept].tolist(),
        cost_usd=candidates.cost_usd[kept].tolist() if candidates.cost_usd is not None else None,
    )


@router.get("/{dataset_id}/within", response_model=WithinView, summary="Who lives within a radius of a place")
def within(
    dataset_id: str,
    parts: Parts,
    lat: Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False)],
    lon: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)],
    km: Annotated[float, Query(gt=0, le=MAX_KM, allow_inf_nan=False)],
) -> WithinView:
    """Points of a demand data set at great-circle distance ≤ km, and their people; for sets too large for a browser."""
    row = parts.places(dataset_id)
    if row.role != "demand":
        raise Unprocessable("People are counted in demand; this data set was uploaded as candidates.")
    demand = parts.storage.demand(row.content_hash)
    # A degree of latitude is 111.2 km: most points need no trigonometry.
    near = np.flatnonzero(np.abs(demand.lat_deg - lat) <= km / 111.0)
    reached = near[great_circle_km(lat, lon, demand.lat_deg[near], demand.lon_deg[near]) <= km]
    return WithinView(points=len(reached), population=float(demand.population[reached].sum()))


def _spread(rows: int, at_most: int | None) -> npt.NDArray[np.int64]:
    """Positions of at most so many rows, evenly apart."""
    if at_most is None or rows <= at_most:
        return np.arange(rows)
    return np.linspace(0, rows - 1, at_most).astype(np.int64)


def _pictures(base: str) -> dict[str, str]:
    return {"points": f"{base}/points", "tiles": f"{base}/tiles.json"}


def view(row: DatasetRow) -> DatasetView:
    """A row as the API shows it."""
    base = f"/api/v1/datasets/{row.id}"
    return DatasetView(
        id=row.id,
        name=row.name,
        role=cast(Role, row.role),
        rows=row.rows,
        population=row.population,
        bounds=row.bounds,
        columns=row.columns,
        warnings=row.warnings,
        created_at=datetime.fromtimestamp(row.created_at, UTC).isoformat(),
        links={"self": base} if row.role == "rtt" else {"self": base, **_pictures(base)},
    )
