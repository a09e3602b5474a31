"""Plan → tables (sites, candidates, assignments, gaps, failures) → GeoJSON, CSV, GeoPackage, GeoParquet.

``export(plan, problem, "sites", "geojson")`` is the whole interface.  Distances are km; round-trip times
are the plan's own network: of its budget, measured, or (for a plain radius) light in fibre along the great circle, the
physical floor and no forecast of what a network delivers.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.units import in_its_unit, reach_unit
from solver.alternatives import alternatives
from solver.experience import fixed_terms, network_ms, network_terms, service_km, total_ms
from solver.plan import Plan
from solver.problem import Floats, LatencyReach, Problem
from solver.protection import protected

MEDIA_TYPES = {
    "geojson": "application/geo+json",
    "csv": "text/csv; charset=utf-8",
    "gpkg": "application/geopackage+sqlite3",
    "parquet": "application/vnd.apache.parquet",
}
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Table:
    """Rows with a place.  columns: name → n plain values (or None) · lon_deg, lat_deg: (n,) degrees."""

    columns: dict[str, list[Any]]
    lon_deg: Floats
    lat_deg: Floats


def export(plan: Plan, problem: Problem, kind: str, file_format: str) -> bytes:
    """One table of a plan in one format.  Raises KeyError for an unknown kind or format."""
    table = TABLES[kind](plan, problem)
    if file_format in ("gpkg", "parquet"):
        return _geo_file(table, file_format, kind)
    return {"geojson": to_geojson, "csv": to_csv}[file_format](table)


def sites_table(plan: Plan, problem: Problem) -> Table:
    """The open sites: kept (required: it stands already) or new, and what could stand in for it."""
    table = _sites(plan, problem, only_open=True)
    known = alternatives(plan, problem)
    required = problem.required_ids
    table.columns["kept"] = [identity in required for identity in plan.open_sites]
    table.columns["irreplaceable"] = [one.irreplaceable for one in known]
    table.columns["substitutes"] = [" ".join(one.substitutes) for one in known]
    return table


def candidates_table(plan: Plan, problem: Problem) -> Table:
    """Every candidate, with ``open`` telling whether the plan uses it."""
    return _sites(plan, problem, only_open=False)


def _sites(plan: Plan, problem: Problem, *, only_open: bool) -> Table:
    candidates = problem.candidates
    place = {identity: j for j, identity in enumerate(candidates.ids)}
    open_at = np.array([place[identity] for identity in plan.open_sites], dtype=np.int64)
    load = _loads(plan, problem)
    chosen = open_at if only_open else np.arange(len(candidates))
    rank = np.full(len(candidates), -1)
    rank[open_at] = np.arange(len(open_at))

    def of_site(values: Floats, empty: Any) -> list[Any]:
        return [_number(values[rank[j]]) if rank[j] >= 0 else empty for j in chosen]

    columns: dict[str, list[Any]] = {
        "id": [str(candidates.ids[j]) for j in chosen],
        "name": [str(candidates.names[j]) for j in chosen],
        "status": [str(candidates.status[j]) for j in chosen],
    }
    if not only_open:
        columns["open"] = [bool(rank[j] >= 0) for j in chosen]
    if candidates.cost_usd is not None:
        columns["cost_usd"] = [_number(candidates.cost_usd[j]) for j in chosen]
    for name, texts in (("tier", candidates.tier), ("excluded", candidates.excluded)):
        if texts is not None and (name != "excluded" or not only_open):
            columns[name] = [str(texts[j]) for j in chosen]
    if candidates.power_kw is not None:
        columns["power_kw"] = [_number(candidates.power_kw[j]) for j in chosen]
    columns["points_primary"] = [_count(v) for v in of_site(load["points_primary"], 0)]
    columns["population_primary"] = of_site(load["population_primary"], 0.0)
    columns["points_backup"] = [_count(v) for v in of_site(load["points_backup"], 0)]
    columns["population_backup"] = of_site(load["population_backup"], 0.0)
    columns |= _columns_in_its_unit(problem, "farthest_primary", of_site(load["farthest_primary"], None))
    return Table(columns, candidates.lon_deg[chosen], candidates.lat_deg[chosen])


def _loads(plan: Plan, problem: Problem) -> dict[str, Floats]:
    """Per open site, in the order of ``plan.open_sites``: points and people it serves, and how far."""
    n = len(plan.open_sites)
    loads = {"farthest_primary": np.full(n, np.nan)}
    for column, role in enumerate(("primary", "backup")):
        loads[f"points_{role}"] = np.zeros(n)
        loads[f"population_{role}"] = np.zeros(n)
        if plan.usable and column < plan.servers.shape[1]:
            server = plan.servers[:, column]
            served = server >= 0
            np.add.at(loads[f"points_{role}"], server[served], 1)
            np.add.at(loads[f"population_{role}"], server[served], problem.demand.population[served])
    if plan.usable:
        server = plan.servers[:, 0]
        served = server >= 0
        farthest = np.full(n, -np.inf)
        np.maximum.at(farthest, server[served], plan.distance[served, 0])
        loads["farthest_primary"] = np.where(np.isfinite(farthest), farthest, np.nan)
    return loads


def assignments_table(plan: Plan, problem: Problem) -> Table:
    """Every demand point with its primary and backup site; nulls where it has none."""
    demand = problem.demand
    gaps = {gap.point_id for gap in plan.gaps}
    columns: dict[str, list[Any]] = {
        "id": [str(i) for i in demand.ids],
        "name": [str(name) for name in demand.names],
        "population": [_number(p) for p in demand.population],
    }
    for name, ms in fixed_terms(problem).items():
        columns[f"{name}_ms"] = [_number(ms)] * len(demand)
    for column, role in enumerate(("primary", "backup")):
        columns |= _service(plan, problem, column, role)
    columns["gap"] = [i in gaps for i in columns["id"]]
    columns["protected"] = (protected(plan, problem) & plan.usable).tolist()
    return Table(columns, demand.lon_deg, demand.lat_deg)


def _service(plan: Plan, problem: Problem, column: int, role: str) -> dict[str, list[Any]]:
    """Who serves each point in one rank: id, great-circle km, ms by term, the network's in all, and end to end."""
    demand, candidates = problem.demand, problem.candidates
    place = {identity: j for j, identity in enumerate(candidates.ids)}
    opened = np.array([*(place[identity] for identity in plan.open_sites), -1], dtype=np.int64)
    if plan.usable and column < plan.servers.shape[1]:
        site, distance = opened[plan.servers[:, column]], plan.distance[:, column]
    else:
        site, distance = np.full(len(demand), -1), np.full(len(demand), np.nan)
    terms = network_terms(problem, site, distance)
    km = service_km(problem, np.arange(len(demand)), site, distance)
    columns: dict[str, list[Any]] = {
        f"{role}_id": [str(candidates.ids[j]) if j >= 0 else None for j in site],
        f"{role}_km": [_number(d) for d in km],
    }
    if fixed_terms(problem):
        columns |= {f"{role}_{name}_ms": [_number(v) for v in ms] for name, ms in terms.items()}
    columns[f"{role}_rtt_ms"] = [_number(ms) for ms in network_ms(problem, site, distance)]
    if fixed_terms(problem):
        columns[f"{role}_total_ms"] = [_number(ms) for ms in total_ms(problem, site, distance)]
    return columns


def gaps_table(plan: Plan, problem: Problem) -> Table:
    """The points that cannot have enough sites, and the radius that would do."""
    gaps = plan.gaps
    columns: dict[str, list[Any]] = {
        "id": [gap.point_id for gap in gaps],
        "name": [gap.name for gap in gaps],
        "population": [_number(gap.population) for gap in gaps],
        "candidates_in_reach": [gap.candidates_in_reach for gap in gaps],
        "candidates_needed": [gap.candidates_needed for gap in gaps],
        **_columns_in_its_unit(problem, "smallest_radius", [_number(gap.smallest_reach) for gap in gaps]),
    }
    if isinstance(problem.reach, LatencyReach):
        columns["smallest_slo_ms"] = [_promise_for(problem.reach, gap.smallest_reach) for gap in gaps]
    return Table(columns, np.array([gap.lon_deg for gap in gaps]), np.array([gap.lat_deg for gap in gaps]))


def _columns_in_its_unit(problem: Problem, name: str, values: list[Any]) -> dict[str, list[Any]]:
    """A column in km; of a plan from measured times a column in ms, beside an empty one in km."""
    if reach_unit(problem) == "km":
        return {f"{name}_km": values}
    return in_its_unit(problem, name, values, [None] * len(values))


def unprotected_table(plan: Plan, problem: Problem) -> Table:
    """The people without protection: left out on purpose, or gaps; with what they have."""
    demand, gaps = problem.demand, {gap.point_id for gap in plan.gaps}
    left = np.flatnonzero(~protected(plan, problem))
    have = (plan.servers[left] >= 0).sum(axis=1)
    columns: dict[str, list[Any]] = {
        "id": [str(i) for i in demand.ids[left]],
        "name": [str(name) for name in demand.names[left]],
        "population": [_number(p) for p in demand.population[left]],
        "open_sites_in_reach": [int(count) for count in have],
        "open_sites_needed": [problem.sites_needed] * len(left),
        "gap": [i in gaps for i in demand.ids[left]],
    }
    return Table(columns, demand.lon_deg[left], demand.lat_deg[left])


def _promise_for(reach: LatencyReach, radius_km: float | None) -> float | None:
    """The promise whose budget reaches ``radius_km``, the other terms as they are."""
    if radius_km is None:
        return None
    return _number(sum(reach.spent_ms.values()) + float(reach.latency.rtt_ms(radius_km)))


def failures_table(plan: Plan, problem: Problem) -> Table:
    """Every open site failing alone, the failure that loses and moves most people first."""
    from solver.failure import drill_each

    candidates = problem.candidates
    place = {identity: j for j, identity in enumerate(candidates.ids)}
    alone = [(identity,) for identity in plan.open_sites]
    drills = list(zip(plan.open_sites, drill_each(plan, problem, alone), strict=True)) if alone else []
    drills.sort(key=lambda entry: (-entry[1].population_lost, -entry[1].population_moved))
    at = [place[identity] for identity, _ in drills]
    columns: dict[str, list[Any]] = {
        "id": [identity for identity, _ in drills],
        "name": [str(candidates.names[j]) for j in at],
        "points_moved": [int(result.points_moved) for _, result in drills],
        "population_moved": [_number(result.population_moved) for _, result in drills],
        "points_lost": [int(result.points_lost) for _, result in drills],
        "population_lost": [_number(result.population_lost) for _, result in drills],
        **_columns_in_its_unit(problem, "worst_before", [_number(result.worst_before) for _, result in drills]),
        **_columns_in_its_unit(problem, "worst_after", [_number(result.worst_after) for _, result in drills]),
    }
    return Table(columns, candidates.lon_deg[at], candidates.lat_deg[at])


TABLES: dict[str, Callable[[Plan, Problem], Table]] = {
    "sites": sites_table,
    "candidates": candidates_table,
    "assignments": assignments_table,
    "gaps": gaps_table,
    "unprotected": unprotected_table,
    "failures": failures_table,
}


def to_geojson(table: Table) -> bytes:
    """RFC 7946: WGS 84 longitude, latitude; one Point per row; the row's id also as the feature's."""
    names = list(table.columns)
    features = [
        {
            "type": "Feature",
            "id": row[0],
            "geometry": {"type": "Point", "coordinates": [round(float(lon), 7), round(float(lat), 7)]},
            "properties": dict(zip(names, row, strict=True)),
        }
        for lon, lat, row in zip(table.lon_deg, table.lat_deg, _rows(table), strict=True)
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def to_csv(table: Table) -> bytes:
    """UTF-8 with lon and lat columns; texts a spreadsheet would run as a formula get a leading apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*table.columns, "lon", "lat"])
    for lon, lat, row in zip(table.lon_deg, table.lat_deg, _rows(table), strict=True):
        writer.writerow([*(_cell(value) for value in row), round(float(lon), 7), round(float(lat), 7)])
    return out.getvalue().encode("utf-8")


def rows_to_csv(rows: list[dict[str, Any]]) -> bytes:
    """Rows with equal keys, without a place; lists become their items joined by spaces.  UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(rows[0] if rows else [])
    for row in rows:
        values = (" ".join(value) if isinstance(value, list) else value for value in row.values())
        writer.writerow([_cell(value) for value in values])
    return out.getvalue().encode("utf-8")


def _geo_file(table: Table, file_format: str, layer: str) -> bytes:
    import geopandas

    frame = geopandas.GeoDataFrame(
        table.columns, geometry=geopandas.points_from_xy(table.lon_deg, table.lat_deg), crs="EPSG:4326"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"export.{file_format}"
        if file_format == "gpkg":
            frame.to_file(path, driver="GPKG", layer=layer)
        else:
            frame.to_parquet(path)
        return path.read_bytes()


def _rows(table: Table) -> list[tuple[Any, ...]]:
    return list(zip(*table.columns.values(), strict=True))


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "'" + value if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def _number(value: Any) -> float | None:
    """A finite float rounded to 1e-6 (a millimetre of a km), or None."""
    return round(float(value), 6) if value is not None and np.isfinite(value) else None


def _count(value: Any) -> int:
    return int(value or 0)
