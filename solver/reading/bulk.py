"""Large files of demand points, column by column: ten million rows in seconds.

Only what is plain and clean is read here; for anything else the answer is None, and the careful readers say what is
wrong and in which row.
"""

from __future__ import annotations

import csv
import json
import mmap
import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from solver.checks import Floats, Texts
from solver.reading.tables import ALIASES, AREA_COLUMNS

LARGE_BYTES = 8_000_000
"""Below, the careful readers take less than two seconds."""

NUMBERS = ("population", "lat", "lon")
SHAPES = {"geometry", "geom", "wkt", "wkb"}
STRAY_QUOTE = re.compile(rb'[^,;\t\r\n"]"[^,;\t\r\n"]')
WKB_POINT = np.dtype([("order", "u1"), ("type", "<u4"), ("lon", "<f8"), ("lat", "<f8")])


@dataclass(frozen=True, eq=False)
class Bulk:
    """columns: the names of the file · ids, names: (n,) trimmed str · population, lat, lon: (n,) as they came."""

    columns: tuple[str, ...]
    ids: Texts
    names: Texts
    population: Floats
    lat_deg: Floats
    lon_deg: Floats


def read_in_bulk(path: Path) -> Bulk | None:
    """The points of a large CSV, Parquet or GeoParquet file; None when it is small, or not plain and clean."""
    try:
        if path.stat().st_size < LARGE_BYTES:
            return None
        with path.open("rb") as file:
            head = file.read(4)
        return _read_parquet(path) if head == b"PAR1" else _read_csv(path)
    except (OSError, ValueError, KeyError, TypeError, csv.Error, pa.ArrowException):
        return None


def _read_csv(path: Path) -> Bulk | None:
    with path.open(encoding="utf-8-sig", newline="") as text:
        first_line = text.readline()
    delimiter = max(",;\t", key=first_line.count)
    (header,) = csv.reader([first_line], delimiter=delimiter, strict=True)
    names = _normalised(header)
    if names is None or not {"id", *NUMBERS} <= set(names) or SHAPES & set(names):
        return None
    with path.open("rb") as file, closing(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) as content:
        if content.find(b"\0") >= 0:
            return None
        quoted = content.find(b'"') >= 0
        if quoted and STRAY_QUOTE.search(content):
            return None
    wanted = [name for name in ("id", "name", *NUMBERS) if name in names]
    table = pacsv.read_csv(
        path,
        pacsv.ReadOptions(column_names=names, skip_rows=1),
        pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=quoted),
        pacsv.ConvertOptions(
            column_types={name: pa.float64() if name in NUMBERS else pa.string() for name in wanted},
            include_columns=wanted,
            null_values=[],
            strings_can_be_null=False,
        ),
    )
    numbers = {name: table[name].to_numpy() for name in NUMBERS}
    return _bulk(tuple(names), table, numbers)


def _read_parquet(path: Path) -> Bulk | None:
    file = pq.ParquetFile(path)
    names = _normalised(file.schema_arrow.names)
    if names is None or set(AREA_COLUMNS) & set(names):
        return None
    geo = json.loads((file.schema_arrow.metadata or {}).get(b"geo", b"{}"))
    shape = geo.get("primary_column")
    located = {"lat", "lon"} if shape is None else {shape}
    wanted = ["id", "name", "population", *located]
    table = file.read([old for old, new in zip(file.schema_arrow.names, names, strict=True) if new in wanted])
    table = table.rename_columns([ALIASES.get(name.lower(), name.lower()) for name in table.column_names])
    if any(column.null_count for column in table.columns):
        return None
    numbers = {name: _numbers(table[name]) for name in NUMBERS if name == "population" or shape is None}
    if shape is not None:
        description = geo["columns"][shape]
        points = wkb_points(table[shape]) if description["encoding"] == "WKB" and _is_wgs84(description) else None
        if points is None:
            return None
        numbers["lon"], numbers["lat"] = points
    columns = dict.fromkeys([*(name for name in names if name != shape), *(["lat", "lon"] if shape else [])])
    return _bulk(tuple(columns), table, numbers)


def _bulk(columns: tuple[str, ...], table: pa.Table, numbers: dict[str, Floats]) -> Bulk | None:
    ids = _texts(table["id"])
    names = ids
    if "name" in table.column_names:
        given = _texts(table["name"])
        names = pc.if_else(pc.equal(given, ""), ids, given)
    if len(ids) == 0:
        return None
    id_array = ids.to_pandas(deduplicate_objects=False).to_numpy()
    name_array = id_array if names is ids else names.to_pandas().to_numpy()
    return Bulk(columns, id_array, name_array, numbers["population"], numbers["lat"], numbers["lon"])


def _normalised(header: Sequence[str]) -> list[str] | None:
    """The column names as the careful readers call them; None when one comes twice."""
    names = [name.strip().lower() for name in header]
    names = [ALIASES.get(name, name) for name in names]
    return names if len(set(names)) == len(names) else None


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_integer(column.type):
        return column.cast(pa.string())
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise TypeError(f"{column.type} is no text")
    return pc.utf8_trim_whitespace(column)


def _numbers(column: pa.ChunkedArray) -> Floats:
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        raise TypeError(f"{column.type} is no number")
    return np.asarray(column.cast(pa.float64()).to_numpy())


def _is_wgs84(description: dict[str, Any]) -> bool:
    """Without a CRS GeoParquet means OGC:CRS84."""
    if "crs" not in description:
        return True
    identity = (description["crs"] or {}).get("id", {})
    return (identity.get("authority"), str(identity.get("code"))) in (("OGC", "CRS84"), ("EPSG", "4326"))


def wkb_points(column: pa.ChunkedArray) -> tuple[Floats, Floats] | None:
    """Longitudes and latitudes of a column of WKB points, without a shape object per row; None for other shapes."""
    size = WKB_POINT.itemsize
    lon, lat = [], []
    for chunk in column.chunks:
        # A cast may start afresh or keep the offset of the slice: only its own offset is true.
        texts = chunk.cast(pa.large_binary())
        _, offsets, data = texts.buffers()
        ends = np.frombuffer(offsets, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
        if np.any(np.diff(ends) != size):
            return None
        shapes = np.frombuffer(data, dtype=WKB_POINT, count=len(chunk), offset=int(ends[0]))
        if np.any(shapes["order"] != 1) or np.any(shapes["type"] != 1):
            return None
        lon.append(shapes["lon"])
        lat.append(shapes["lat"])
    return np.concatenate(lon), np.concatenate(lat)


def points_as_wkb(lon_deg: Floats, lat_deg: Floats) -> pa.Array:
    """(n,) binary: the points as GeoParquet wants them, at most 100 million."""
    shapes = np.empty(len(lon_deg), dtype=WKB_POINT)
    shapes["order"], shapes["type"], shapes["lon"], shapes["lat"] = 1, 1, lon_deg, lat_deg
    offsets = np.arange(len(lon_deg) + 1, dtype=np.int32) * WKB_POINT.itemsize
    return pa.Array.from_buffers(
        pa.binary(), len(lon_deg), [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(shapes.tobytes())]
    )
