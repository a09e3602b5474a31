"""A curve's files and documents: its points one by one on disk, and the whole for a chart or a table."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from solver.studies.curve import CurvePoint, Over, steps_between

CURVE_FILE = "curve.jsonl"
UNITS = {"radius_km": "km", "slo_ms": "ms", "max_rtt_ms": "ms", "survive": "failures", "fraction": "share of people"}


def values_of(request: dict[str, Any]) -> tuple[Over, list[float]]:
    """What a stored curve request varies, and over which values."""
    return Over(request["curve"]["over"]), [float(value) for value in request["curve"]["values"]]


def append_point(file: Path, point: CurvePoint) -> None:
    """Add a point (or a better version of one) to the file; on disk before this returns."""
    with open(file, "a", encoding="utf-8") as handle:
        # The line before may be half a line, of a process that was killed while it wrote.
        handle.write("\n" + json.dumps(point.to_dict(), ensure_ascii=False, allow_nan=False) + "\n")
        handle.flush()
        os.fsync(handle.fileno())


def read_points(file: Path) -> list[CurvePoint]:
    """The points by ascending value; of several versions the last, and no half-written one."""
    if not file.exists():
        return []
    points: dict[float, CurvePoint] = {}
    for line in file.read_text(encoding="utf-8").split("\n"):
        try:
            point = CurvePoint.from_dict(json.loads(line))
        except ValueError:
            continue
        points[point.value] = point
    return [points[value] for value in sorted(points)]


def curve_summary(points: Sequence[CurvePoint], asked: int, seconds: float) -> dict[str, Any]:
    """The outcome of all points together: the weakest of their proofs."""
    outcomes = {point.outcome.value for point in points}
    weakest = next((name for name in ("no_plan", "feasible", "optimal") if name in outcomes), "infeasible")
    return {
        "outcome": weakest if points else "no_plan",
        "points": len(points),
        "asked": asked,
        "seconds": round(seconds, 3),
    }


def curve_document(points: Sequence[CurvePoint], over: Over, values: Sequence[float], objective: str) -> dict[str, Any]:
    """Everything a chart and its table need.  ``complete`` is false while points are missing."""
    missing = sorted(set(values) - {point.value for point in points})
    return {
        "over": over.value,
        "unit": UNITS[over.value],
        "objective": objective,
        "values": sorted(values),
        "complete": not missing,
        "missing": missing,
        "points": [shown(point) for point in points],
        "steps": [asdict(step) for step in steps_between(points, over)],
    }


def shown(point: CurvePoint) -> dict[str, Any]:
    """A point without what only solving it needs."""
    told = point.to_dict()
    del told["short"]
    return told


def curve_rows(points: Sequence[CurvePoint], over: Over) -> list[dict[str, Any]]:
    """One row per point for a table: numbers only, the sites as one text."""
    columns = (
        "outcome", "sites", "objective", "lower_bound", "gap", "cost_usd", "reach_km", "gap_points", "gap_people",
        "left_out_points", "left_out_people", "worst_primary", "worst_last", "seconds", "reason",
    )  # fmt: skip
    rows = []
    for point in points:
        told = shown(point)
        open_sites = " ".join(point.open_sites)
        rows.append({over.value: point.value, **{name: told[name] for name in columns}, "open_sites": open_sites})
    return rows
