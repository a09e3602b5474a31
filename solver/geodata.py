"""Files and frames into Demand and Candidates, and back.  The only import of geopandas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry as Shape

from solver.errors import BadInput, InputProblem, shown
from solver.problem import Areas, Candidates, Demand, Floats, Status
from solver.reading.areas import Project, areas_of
from solver.reading.bulk import read_in_bulk
from solver.reading.raster import is_tiff, read_population
from solver.reading.tables import (
    AREA_COLUMNS,
    Table,
    column_name,
    read_csv,
    read_geojson,
    shapes_note,
    table_from_geojson,
)

if TYPE_CHECKING:
    import geopandas as gpd

T = TypeVar("T", Demand, Candidates)

CANDIDATE_NUMBERS = {"reach_km": "km", "reach_ms": "ms", "power_kw": "kW"}
"""Numbers a site may have or not, with their units."""

CANDIDATE_COLUMNS = {"id", "name", "lat", "lon", "geometry", "cost_usd", "status", *CANDIDATE_NUMBERS, "tier", ""}
"""Columns with a meaning of their own, or none at all; every other one is an attribute."""

Located = tuple[Any, Sequence[Shape | None] | None, Project | None]

MOST_PARQUET_BYTES = 4 * 2**30
"""Uncompressed: a Parquet bomb says how large it is in its footer."""

OTHER_FORMATS = {
    b"PK\x03\x04": "a zip archive",
    b"SQLite format 3": "a GeoPackage or SQLite file",
    b"II*\x00": "a TIFF image",
    b"MM\x00*": "a TIFF image",
    b"\x1f\x8b": "a gzip archive",
    b"<": "XML",
}


@dataclass(frozen=True, eq=False)
class Loaded(Generic[T]):
    """What a file held, and what had to be repaired or assumed to read it."""

    data: T
    columns: tuple[str, ...]
    warnings: tuple[str, ...]


def read_demand(path: str | Path, file_name: str | None = None, cell_km: float | None = None) -> Loaded[Demand]:
    """Demand points from CSV, GeoJSON or GeoParquet: id, population, lat and lon or a geometry; name optional.

    A population raster (GeoTIFF) becomes one point per ``cell_km`` cell that has people.
    Raises BadInput naming file, row and column.  The format is told by the content, not by the name.
    """
    path = Path(path)
    file = file_name or path.name
    if is_tiff(_head(path, file)):
        return _demand_from_raster(path, file, cell_km)
    if cell_km is not None:
        expected = "a population raster (GeoTIFF), because a cell size is given"
        raise BadInput([InputProblem(expected, file, found="another format")])
    return _read_large(path, file) or demand_from_table(read_table(path, file_name))


def _read_large(path: Path, file: str) -> Loaded[Demand] | None:
    """A large and clean file read column by column; None sends it to the readers that name every fault."""
    bulk = read_in_bulk(path)
    if bulk is None:
        return None
    try:
        demand = Demand(bulk.ids, bulk.names, bulk.lat_deg, bulk.lon_deg, bulk.population)
    except BadInput:
        return None
    return Loaded(demand, bulk.columns, _empty_points(demand, file))


def read_candidates(path: str | Path, file_name: str | None = None) -> Loaded[Candidates]:
    """Candidate sites likewise: id, lat and lon or a geometry.

    Optional: name, cost_usd, status, reach_km, reach_ms, power_kw, tier; further columns become attributes.
    """
    return candidates_from_table(read_table(path, file_name))


def demand_from_geojson(doc: Any, file_name: str = "demand") -> Loaded[Demand]:
    """Demand points from a parsed FeatureCollection."""
    return demand_from_table(table_from_geojson(doc, file_name))


def candidates_from_geojson(doc: Any, file_name: str = "candidates") -> Loaded[Candidates]:
    """Candidate sites from a parsed FeatureCollection."""
    return candidates_from_table(table_from_geojson(doc, file_name))


def read_table(path: str | Path, file_name: str | None = None) -> Table:
    """The table in a file, whatever its format."""
    path = Path(path)
    file = file_name or path.name
    head = _head(path, file)
    if head[:4] == b"PAR1":
        return _read_parquet(path, file)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    for magic, kind in OTHER_FORMATS.items():
        if start.startswith(magic):
            raise BadInput([InputProblem("CSV, GeoJSON or GeoParquet", file, found=kind)])
    content = path.read_bytes()
    return read_geojson(content, file) if start[:1] in (b"{", b"[") else read_csv(content, file)


def _head(path: Path, file: str) -> bytes:
    """The first bytes, by which a format is told."""
    try:
        with path.open("rb") as opened:
            return opened.read(64)
    except OSError as error:
        raise BadInput([InputProblem("a readable file", file, found=error.strerror or "an error")]) from error


def _demand_from_raster(path: Path, file: str, cell_km: float | None) -> Loaded[Demand]:
    if cell_km is None:
        expected = "a cell size in km (--cell-km, or the form field cell_km) with a population raster"
        raise BadInput([InputProblem(expected, file, column="cell_km", found="none")])
    cells = read_population(path, file, cell_km)
    names = [
        f"{abs(lat):.2f} {'NS'[lat < 0]} {abs(lon):.2f} {'EW'[lon < 0]}"
        for lat, lon in zip(cells.lat_deg.tolist(), cells.lon_deg.tolist(), strict=True)
    ]
    demand = Demand(cells.ids, names, cells.lat_deg, cells.lon_deg, cells.population)  # type: ignore[arg-type]
    return Loaded(demand, ("id", "name", "population", "lat", "lon"), cells.warnings)


def demand_from_table(table: Table) -> Loaded[Demand]:
    """Validate a table as demand points."""
    table.require("id", "population", "lat", "lon")
    numbers = _all_numbers(table, {"population": "people", "lat": "degrees", "lon": "degrees"})
    ids = table.texts("id")
    try:
        areas = _areas(table, numbers["lat"], numbers["lon"])
        demand = Demand(
            ids=ids,  # type: ignore[arg-type]
            names=_names(table, ids),  # type: ignore[arg-type]
            lat_deg=numbers["lat"],
            lon_deg=numbers["lon"],
            population=numbers["population"],
            areas=areas,
        )
    except BadInput as error:
        raise _at(table, error) from error
    return Loaded(demand, tuple(table.columns), (*table.warnings, *_empty_points(demand, table.file)))


def _empty_points(demand: Demand, file: str) -> tuple[str, ...]:
    empty = int(np.sum(demand.population == 0))
    return (f"{file}: {empty} points have a population of 0; they are covered like any other",) if empty else ()


def candidates_from_table(table: Table) -> Loaded[Candidates]:
    """Validate a table as candidate sites; columns with no meaning of their own are kept as text."""
    table.require("id", "lat", "lon")
    optional = {name: unit for name, unit in CANDIDATE_NUMBERS.items() if name in table.columns}
    cost = {"cost_usd": "USD"} if "cost_usd" in table.columns else {}
    numbers = _all_numbers(table, {"lat": "degrees", "lon": "degrees", **cost}, optional)
    ids = table.texts("id")
    status = [text or Status.CANDIDATE.value for text in table.texts("status")] if "status" in table.columns else []
    further = [name for name in table.columns if name not in CANDIDATE_COLUMNS]
    try:
        candidates = Candidates(
            ids=ids,  # type: ignore[arg-type]
            names=_names(table, ids),  # type: ignore[arg-type]
            lat_deg=numbers["lat"],
            lon_deg=numbers["lon"],
            cost_usd=numbers.get("cost_usd"),
            status=np.array([s.lower() for s in status], dtype=object),
            reach_km=numbers.get("reach_km"),
            reach_ms=numbers.get("reach_ms"),
            power_kw=numbers.get("power_kw"),
            tier=table.texts("tier") if "tier" in table.columns else None,  # type: ignore[arg-type]
            attributes={name: table.texts(name) for name in further},  # type: ignore[misc]
        )
    except BadInput as error:
        raise _at(table, error) from error
    return Loaded(candidates, tuple(table.columns), table.warnings)


def _areas(table: Table, lat: Floats, lon: Floats) -> Areas | None:
    """The outlines that a file of shapes draws, or that ``write_parquet`` has kept."""
    if table.shapes is not None:
        return areas_of(table.shapes, lat, lon, table.to_lon_lat)
    if not all(name in table.columns for name in AREA_COLUMNS):
        return None
    lat_lists, lon_lists = (table.columns[name] for name in AREA_COLUMNS)
    sizes = [len(vertices) for vertices in lat_lists]
    return Areas(np.append(0, np.cumsum(sizes)), np.concatenate(lat_lists), np.concatenate(lon_lists))


def to_frame(data: Demand | Candidates) -> gpd.GeoDataFrame:
    """One row per point, WGS 84, in the order of the data."""
    import geopandas as gpd

    columns: dict[str, Any] = {"id": data.ids, "name": data.names}
    if isinstance(data, Demand):
        columns["population"] = data.population
        if data.areas is not None:
            cuts = data.areas.indptr[1:-1]
            for name, values in zip(AREA_COLUMNS, (data.areas.lat_deg, data.areas.lon_deg), strict=True):
                columns[name] = np.split(values, cuts)
    else:
        columns["status"] = data.status
        for name in ("cost_usd", *CANDIDATE_NUMBERS, "tier"):
            if getattr(data, name) is not None:
                columns[name] = getattr(data, name)
        columns |= data.attributes
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(data.lon_deg, data.lat_deg), crs="OGC:CRS84")


def write_parquet(data: Demand | Candidates, path: str | Path) -> None:
    """GeoParquet that ``read_demand`` or ``read_candidates`` reads back identically."""
    to_frame(data).to_parquet(path, index=False)


def _read_parquet(path: Path, file: str) -> Table:
    """GeoParquet in any CRS it names, or plain Parquet with lat and lon."""
    import geopandas as gpd
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        footer = pq.read_metadata(path)
        size = sum(footer.row_group(g).total_byte_size for g in range(footer.num_row_groups))
        if size > MOST_PARQUET_BYTES:
            raise BadInput([InputProblem(f"at most {MOST_PARQUET_BYTES} bytes of data", file, found=f"{size} bytes")])
        is_geo = b"geo" in (footer.metadata or {})
        frame = gpd.read_parquet(path) if is_geo else pq.read_table(path).to_pandas()
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput([InputProblem("readable GeoParquet", file, found=type(error).__name__)]) from error
    warnings: list[str] = []
    shapes: Sequence[Shape | None] | None = None
    to_lon_lat: Project | None = None
    if is_geo:
        frame, shapes, to_lon_lat = _located(frame, file, warnings)
    elif not {"lat", "lon"} <= {column_name(c) for c in frame.columns}:
        raise BadInput([InputProblem("GeoParquet with a CRS, or columns lat and lon", file, found="neither")])
    columns = {column_name(name): frame[name].tolist() for name in frame.columns}
    return Table(file, range(1, len(frame) + 1), columns, tuple(warnings), shapes, to_lon_lat)


def _located(frame: gpd.GeoDataFrame, file: str, warnings: list[str]) -> Located:
    """The frame with lat and lon columns instead of its geometry, its shapes, and how those become degrees."""
    if frame.crs is None:
        raise BadInput([InputProblem("a coordinate reference system (CRS)", file, column="geometry", found="none")])
    shapes = frame.geometry
    bad = [
        InputProblem(
            "a valid, non-empty geometry", file, row, "geometry", "none" if shape is None else "an invalid one"
        )
        for row, shape in enumerate(shapes, start=1)
        if shape is None or shape.is_empty or not shape.is_valid
    ]
    if bad:
        raise BadInput(bad)
    is_point = shapes.geom_type == "Point"
    outlines = None if is_point.all() else [None if point else s for point, s in zip(is_point, shapes, strict=True)]
    if outlines is not None:
        warnings.append(shapes_note(file, outlines))
        shapes = shapes.where(is_point, shapes.representative_point())
    to_lon_lat = None
    if not frame.crs.equals("OGC:CRS84", ignore_axis_order=True):
        warnings.append(f"{file}: coordinates converted from {shown(frame.crs.name)} to WGS 84")
        to_lon_lat = Transformer.from_crs(frame.crs, "OGC:CRS84", always_xy=True).transform
        shapes = shapes.to_crs("OGC:CRS84")
    table = frame.drop(columns=frame.geometry.name)
    return table.assign(lat=shapes.y.to_numpy(), lon=shapes.x.to_numpy()), outlines, to_lon_lat


def _all_numbers(table: Table, units: dict[str, str], optional: dict[str, str] | None = None) -> dict[str, Any]:
    """Every named column as numbers; the faults of all of them at once."""
    optional = optional or {}
    out: dict[str, Any] = {}
    problems: list[InputProblem] = []
    omitted = 0
    for name, unit in {**units, **optional}.items():
        try:
            out[name] = table.numbers(name, unit, optional=name in optional)
        except BadInput as error:
            problems += error.problems
            omitted += error.omitted
    if problems:
        raise BadInput(problems, omitted)
    return out


def _names(table: Table, ids: list[str]) -> list[str]:
    if "name" not in table.columns:
        return ids
    return [name or identity for name, identity in zip(table.texts("name"), ids, strict=True)]


def _at(table: Table, error: BadInput) -> BadInput:
    """Array positions in ``error`` turned into the rows of the file."""
    found = [replace(p, file=table.file, row=None if p.row is None else table.rows[p.row - 1]) for p in error.problems]
    return BadInput(found, error.omitted)
