"""Text formats into one plain table: CSV and GeoJSON, read by hand so that every fault has a row and a column.

No GDAL here: a file called .geojson holding a GDAL virtual format made it read other files and call other hosts.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry as Shape

from solver.errors import BadInput, InputProblem, shown
from solver.problem import Floats
from solver.reading.areas import Project

ALIASES = {"latitude": "lat", "longitude": "lon", "lng": "lon", "long": "lon", "pop": "population"}
AREA_COLUMNS = ("area_lat", "area_lon")
"""Lists of degrees in our own GeoParquet: the corners of the outline a demand point stands for."""

NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
WGS84_NAMES = ("crs84", "epsg::4326", "epsg:4326", "wgs84")


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of one file, all of one length; ``rows`` are the row numbers a person would count.

    shapes: one per row, None for a point; and how their coordinates become degrees, None when they are degrees.
    """

    file: str
    rows: Sequence[int]
    columns: Mapping[str, Sequence[Any]]
    warnings: tuple[str, ...] = ()
    shapes: Sequence[Shape | None] | None = None
    to_lon_lat: Project | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def problem(self, index: int, column: str, expected: str, found: Any) -> InputProblem:
        value = "nothing" if found is None or found == "" else shown(found)
        return InputProblem(expected, self.file, self.rows[index], column, value)

    def require(self, *names: str) -> None:
        """Raise BadInput for the columns of ``names`` that are missing."""
        have = ", ".join(self.columns) or "no columns"
        missing = [
            InputProblem("this column in the header", self.file, column=name, found=f"only {have}"[:200])
            for name in names
            if name not in self.columns
        ]
        if missing:
            raise BadInput(missing)

    def numbers(self, name: str, unit: str, optional: bool = False) -> Floats:
        """(rows,) the column as finite numbers, nan where an optional one is missing.

        Raises BadInput naming every row that is not one.
        """
        values = self.columns[name]
        out = np.empty(len(values), dtype=np.float64)
        problems = []
        or_nothing = ", or nothing" if optional else ""
        for i, value in enumerate(values):
            number = np.nan if optional and _text(value) == "" else _number(value)
            if number is None:
                problems.append(self.problem(i, name, f"a number of {unit}{or_nothing}", value))
            else:
                out[i] = number
        if problems:
            raise BadInput(problems)
        return out

    def texts(self, name: str) -> list[str]:
        """(rows,) the column as text, trimmed; missing values are empty."""
        return [_text(value) for value in self.columns[name]]


def column_name(given: Any) -> str:
    """A column as the library calls it: lower case, without blanks around it, usual synonyms replaced."""
    name = str(given).strip().lower()
    return ALIASES.get(name, name)


def _number(value: Any) -> float | None:
    if isinstance(value, str):
        number = float(value) if NUMBER.fullmatch(value) else np.nan
    elif isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            return None
    else:
        return None
    return number if np.isfinite(number) else None


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, (bool, dict, list)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return str(value).strip()


def read_csv(content: bytes, file: str) -> Table:
    """A CSV file with a header line; comma, semicolon or tab; UTF-8."""
    text = _decode(content, file)
    first_line = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[int] = []
    records: list[list[str]] = []
    problems: list[InputProblem] = []
    try:
        header = [column_name(name) for name in next(reader, [])]
        _check_header(header, file)
        for record in reader:
            if not record:
                continue
            if len(record) != len(header):
                problems.append(
                    InputProblem(
                        f"{len(header)} fields as in the header", file, reader.line_num, found=f"{len(record)} fields"
                    )
                )
                continue
            rows.append(reader.line_num)
            records.append(record)
    except csv.Error as error:
        raise BadInput([InputProblem("well-formed CSV", file, reader.line_num, found=str(error))]) from error
    if problems:
        raise BadInput(problems)
    if not records:
        raise BadInput([InputProblem("at least one row below the header", file, found="none")])
    return Table(file, rows, dict(zip(header, zip(*records, strict=True), strict=True)))


def _check_header(header: list[str], file: str) -> None:
    if not any(header):
        raise BadInput([InputProblem("a header line and rows", file, found="an empty file")])
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise BadInput([InputProblem("every column once", file, 1, name, "it twice") for name in twice])


def _decode(content: bytes, file: str) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise BadInput([InputProblem("UTF-8 text", file, found="UTF-16")])
    if not content.strip():
        raise BadInput([InputProblem("a header line and rows", file, found="an empty file")])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise BadInput([InputProblem("UTF-8 text", file, row, found=f"byte 0x{content[error.start]:02x}")]) from error
    if "\0" in text:
        row = text.count("\n", 0, text.index("\0")) + 1
        raise BadInput([InputProblem("text", file, row, found="a NUL character")])
    return text


def read_geojson(content: bytes, file: str) -> Table:
    """A GeoJSON FeatureCollection (RFC 7946)."""
    text = _decode(content, file)
    try:
        doc = json.loads(text)
    except json.JSONDecodeError as error:
        raise BadInput([InputProblem("well-formed JSON", file, error.lineno, found=error.msg)]) from error
    except (RecursionError, ValueError) as error:
        raise BadInput(
            [InputProblem("well-formed JSON of ordinary depth", file, found=type(error).__name__)]
        ) from error
    return table_from_geojson(doc, file)


def table_from_geojson(doc: Any, file: str) -> Table:
    """The features of a parsed FeatureCollection; other shapes than points stand at a point inside them."""
    if not isinstance(doc, dict) or doc.get("type") != "FeatureCollection" or not isinstance(doc.get("features"), list):
        raise BadInput([InputProblem("a GeoJSON FeatureCollection", file, found=_kind(doc))])
    _check_crs(doc.get("crs"), file)
    features = doc["features"]
    if not features:
        raise BadInput([InputProblem("at least one feature", file, found="none")])
    problems: list[InputProblem] = []
    names: dict[str, None] = {}
    shapes: list[Shape | None] = []
    records: list[dict[str, Any]] = []
    for row, feature in enumerate(features, start=1):
        try:
            record, shape = _record(feature)
        except ValueError as error:
            problems.append(InputProblem("a feature with a point or a valid shape", file, row, "geometry", str(error)))
            continue
        shapes.append(shape)
        records.append(record)
        names.update(dict.fromkeys(record))
    if problems:
        raise BadInput(problems)
    columns = {name: [record.get(name) for record in records] for name in names}
    rows = range(1, len(records) + 1)
    if all(shape is None for shape in shapes):
        return Table(file, rows, columns)
    return Table(file, rows, columns, (shapes_note(file, shapes),), shapes)


def shapes_note(file: str, shapes: Sequence[Shape | None]) -> str:
    """What is assumed of places that are more than a point."""
    return f"{file}: {sum(shape is not None for shape in shapes)} shapes stand at a point inside them"


def _record(feature: Any) -> tuple[dict[str, Any], Shape | None]:
    """The properties, id, lat and lon of one feature, and its geometry when that is more than a point."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise ValueError(_kind(feature))
    properties = feature.get("properties") or {}
    geometry = feature.get("geometry")
    if not isinstance(properties, dict) or not isinstance(geometry, dict):
        raise ValueError("no geometry" if geometry is None else _kind(geometry))
    record = {column_name(key): value for key, value in properties.items()}
    if "id" not in record and feature.get("id") is not None:
        record["id"] = feature["id"]
    if geometry.get("type") == "Point":
        position = geometry.get("coordinates")
        if not isinstance(position, list) or len(position) < 2:
            raise ValueError("a Point without coordinates")
        record["lon"], record["lat"] = position[0], position[1]
        return record, None
    shape = _shape(geometry)
    point = shape.representative_point()
    record["lon"], record["lat"] = float(point.x), float(point.y)
    return record, shape


def _shape(geometry: dict[str, Any]) -> Shape:
    try:
        shape = shapely.from_geojson(json.dumps(geometry))
    except (ShapelyError, ValueError, TypeError, RecursionError) as error:
        raise ValueError(f"an unreadable {shown(geometry.get('type'))}") from error
    if shape.is_empty or not shape.is_valid:
        raise ValueError(f"an empty or invalid {shape.geom_type}")
    return shape


def _check_crs(crs: Any, file: str) -> None:
    """RFC 7946 is WGS 84; the older ``crs`` member is accepted when it says the same."""
    if crs is None:
        return
    name = str(crs.get("properties", {}).get("name", crs)) if isinstance(crs, dict) else str(crs)
    if not any(known in name.lower().replace(" ", "") for known in WGS84_NAMES):
        raise BadInput(
            [InputProblem("WGS 84 longitude and latitude (RFC 7946)", file, column="crs", found=shown(name))]
        )


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return f"an object of type {shown(value.get('type'))}"
    return f"a {type(value).__name__}"
