"""The assignments of millions of points as GeoParquet, written part by part."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from app.exports import assignments_table
from solver.narrowing import only
from solver.plan import Plan
from solver.problem import Problem
from solver.reading.bulk import points_as_wkb

POINTS_PER_PART = 250_000
GEO = {
    "version": "1.1.0",
    "primary_column": "geometry",
    "columns": {"geometry": {"encoding": "WKB", "geometry_types": ["Point"]}},
}


def write_assignments(plan: Plan, problem: Problem, path: Path) -> None:
    """The table of ``export(plan, problem, "assignments", …)`` in a file; WGS 84, one row per demand point.

    For problems by distance.
    """
    n = len(problem.demand)
    writer = None
    try:
        for start in range(0, n, POINTS_PER_PART):
            points = np.arange(start, min(n, start + POINTS_PER_PART))
            left = np.flatnonzero(np.isin(points, plan.unprotected))
            part = replace(plan, servers=plan.servers[points], distance=plan.distance[points], unprotected=left)
            table = assignments_table(part, only(problem, points))
            columns = {name: pa.array(values, _kind(name, values)) for name, values in table.columns.items()}
            rows = pa.table({**columns, "geometry": points_as_wkb(table.lon_deg, table.lat_deg)})
            if writer is None:
                writer = pq.ParquetWriter(path, rows.schema.with_metadata({"geo": json.dumps(GEO)}))
            writer.write_table(rows)
    finally:
        if writer is not None:
            writer.close()


def _kind(name: str, values: list[Any]) -> pa.DataType:
    """The type of a column; of one that is empty throughout a part, by its name."""
    known = next((value for value in values if value is not None), "" if name.endswith(("id", "name")) else 0.0)
    return pa.string() if isinstance(known, str) else pa.bool_() if isinstance(known, bool) else pa.float64()
