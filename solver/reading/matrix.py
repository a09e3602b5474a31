"""Measured round trips: a long table of millions of pairs, read and checked column by column.

CSV or Parquet with demand_id, candidate_id and rtt_ms; further columns are left alone.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from solver.catalogue import ROUTES, entry
from solver.checks import Floats, Ints, texts
from solver.errors import BadInput, InputProblem, shown
from solver.latency import LatencyModel
from solver.reach import Coded, PairReach, repeated
from solver.reading.tables import column_name

ID_COLUMNS = ("demand_id", "candidate_id")
COLUMNS = (*ID_COLUMNS, "rtt_ms")
MOST_PARQUET_BYTES = 4 * 2**30
"""Uncompressed: a Parquet bomb says how large it is in its footer."""

BLOCK_BYTES = 8 << 20
ORIGIN = b"sitewright-matrix"


@dataclass(frozen=True, eq=False)
class RttMatrix:
    """t measured pairs, no pair twice.

    demand_ids, candidate_ids: (t,) · rtt_ms: (t,) network round trips ≥ 0 · file, first_row: where they came from.
    """

    demand_ids: Coded
    candidate_ids: Coded
    rtt_ms: Floats
    file: str = "rtt matrix"
    first_row: int = 1

    def __len__(self) -> int:
        return len(self.rtt_ms)

    def reach(self, max_rtt_ms: float, fallback: LatencyModel | None = None) -> PairReach:
        """A site serves whom it answers within ``max_rtt_ms``; pairs not measured by ``fallback``, or not at all."""
        if not (np.isfinite(max_rtt_ms) and max_rtt_ms > 0):
            raise BadInput([InputProblem("a number of ms above 0", column="max_rtt_ms", found=shown(max_rtt_ms))])
        return PairReach(
            self.demand_ids,
            self.candidate_ids,
            self.rtt_ms,
            float(max_rtt_ms),
            "ms",
            fallback,
            self.file,
            self.first_row,
        )


def fallback_of(stated: Mapping[str, Any]) -> LatencyModel | None:
    """What pairs that were not measured take: the route preset ``fallback`` names, with own ``base_ms`` and
    ``route_factor`` where stated; None when no preset is named.  Raises BadInput.
    """
    told = {name: value for name in ("fallback", "base_ms", "route_factor") if (value := stated.get(name)) is not None}
    if "fallback" not in told:
        if told:
            expected = "a fallback, for which base_ms and route_factor count"
            raise BadInput([InputProblem(expected, column="fallback", found="none")])
        return None
    route = entry(ROUTES, told["fallback"], "fallback")
    return LatencyModel(told.get("base_ms", route.base_ms), told.get("route_factor", route.route_factor))


def read_matrix(path: str | Path, file_name: str | None = None) -> RttMatrix:
    """The matrix in a CSV or Parquet file, told by its content.

    Raises BadInput naming file, row and column of what is no id, no round trip, or a pair that comes twice.
    """
    path = Path(path)
    file = file_name or path.name
    try:
        with path.open("rb") as opened:
            is_parquet = opened.read(4) == b"PAR1"
        table, origin = _read_parquet(path, file) if is_parquet else (_read_csv(path, file), {})
    except OSError as error:
        raise BadInput([InputProblem("a readable file", file, found=error.strerror or "an error")]) from error
    if table.num_rows == 0:
        raise BadInput([InputProblem("at least one measured pair", file, found="none")])
    try:
        return _checked(table, origin.get("file", file), origin.get("first_row", 1 if is_parquet else 2))
    except BadInput as error:
        if is_parquet:
            raise
        raise _in_lines(path, error) from error


def write_matrix(matrix: RttMatrix, path: str | Path) -> None:
    """Parquet that ``read_matrix`` reads back identically."""
    origin = json.dumps({"file": matrix.file, "first_row": matrix.first_row}).encode()
    ids = [
        pa.DictionaryArray.from_arrays(pa.array(column.code), pa.array(column.values, pa.string()))
        for column in (matrix.demand_ids, matrix.candidate_ids)
    ]
    table = pa.table(dict(zip(COLUMNS, [*ids, pa.array(matrix.rtt_ms)], strict=True)))
    pq.write_table(table.replace_schema_metadata({ORIGIN: origin}), path)


def _checked(table: pa.Table, file: str, first_row: int) -> RttMatrix:
    rtt_ms, problems = _round_trips(table["rtt_ms"], file, first_row)
    ids: list[Coded] = []
    for name in ID_COLUMNS:
        column, empty = _coded(table[name])
        problems += [InputProblem("an id", file, int(row) + first_row, name, "nothing") for row in empty]
        ids.append(column)
    if problems:
        raise BadInput(sorted(problems, key=lambda problem: problem.row or 0))
    keys = ids[0].code.astype(np.int64) * len(ids[1].values) + ids[1].code
    twice = [
        InputProblem(
            f"one value per pair; row {first + first_row} has this one too",
            file,
            again + first_row,
            "candidate_id",
            shown(ids[1].values[ids[1].code[again]]),
        )
        for first, again in repeated(keys)
    ]
    if twice:
        raise BadInput(twice)
    return RttMatrix(ids[0], ids[1], rtt_ms, file, first_row)


def _round_trips(column: pa.ChunkedArray, file: str, first_row: int) -> tuple[Floats, list[InputProblem]]:
    """(t,) ms; and the rows that hold something else."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        value = _numbers(column)
    elif pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        value = pc.cast(column, pa.float64())
    else:
        raise BadInput([InputProblem("a number of ms", file, column="rtt_ms", found=str(column.type))])
    rtt_ms = np.asarray(pc.fill_null(value, float("nan")).to_numpy(), dtype=np.float64)
    bad = np.flatnonzero(~(np.isfinite(rtt_ms) & (rtt_ms >= 0)))
    given = column.take(pa.array(bad)).to_pylist()
    problems = [
        InputProblem("a number of ms ≥ 0", file, int(row) + first_row, "rtt_ms", _found(value))
        for row, value in zip(bad, given, strict=True)
    ]
    return rtt_ms, problems


def _numbers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Text as numbers, nan for what is none; the pattern costs more than all the rest, and is seldom needed."""
    try:
        return pc.cast(column, pa.float64())
    except pa.ArrowInvalid:
        trimmed = pc.replace_substring_regex(pc.utf8_trim_whitespace(column), r"^\+", "")
        is_number = pc.match_substring_regex(trimmed, r"^-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
        return pc.cast(pc.if_else(pc.fill_null(is_number, False), trimmed, "nan"), pa.float64())


def _found(value: Any) -> str:
    return "nothing" if value is None or value == "" else shown(str(value))


def _coded(column: pa.ChunkedArray) -> tuple[Coded, Ints]:
    """A column of ids, trimmed; and the rows that hold none."""
    if not pa.types.is_dictionary(column.type):
        column = column.cast(pa.string()).dictionary_encode()
    array = column.unify_dictionaries().combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0)
    given = [str(value or "").strip() for value in array.dictionary.cast(pa.string()).to_pylist()]
    place: dict[str, int] = {}
    renumbered = np.array([place.setdefault(value, len(place)) for value in given], dtype=np.int32)
    indices = array.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    code = np.where(indices < 0, -1, renumbered[np.maximum(indices, 0)] if len(renumbered) else -1).astype(np.int32)
    return Coded(texts(place), code), np.flatnonzero((code < 0) | (code == place.get("", -1)))


def _read_csv(path: Path, file: str) -> pa.Table:
    with path.open("rb") as opened:
        head = opened.read(1 << 16)
    for magic, kind in ((b"PK\x03\x04", "a zip archive"), (b"\x1f\x8b", "a gzip archive"), (b"\xff\xfe", "UTF-16")):
        if head.startswith(magic):
            raise BadInput([InputProblem("CSV in UTF-8, or Parquet", file, found=kind)])
    if b"\0" in head:
        raise BadInput([InputProblem("CSV in UTF-8, or Parquet", file, found="a NUL character")])
    names, delimiter = _header(head, file)
    strings = dict.fromkeys(ID_COLUMNS, pa.dictionary(pa.int32(), pa.string()))
    try:
        table = pacsv.read_csv(
            path,
            pacsv.ReadOptions(column_names=names, skip_rows=1, block_size=BLOCK_BYTES),
            pacsv.ParseOptions(delimiter=delimiter),
            pacsv.ConvertOptions(
                column_types={**strings, "rtt_ms": pa.string()},
                include_columns=list(COLUMNS),
                null_values=[],
                strings_can_be_null=False,
            ),
        )
        table.validate(full=True)
    except pa.ArrowException as error:
        raise BadInput([InputProblem("well-formed CSV in UTF-8", file, found=shown(str(error), 120))]) from error
    return table


def _header(head: bytes, file: str) -> tuple[list[str], str]:
    line = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", errors="replace").strip("\r")
    delimiter = max(",;\t", key=line.count)
    names = [column_name(name) for name in next(csv.reader([line], delimiter=delimiter), [])]
    _require(names, file)
    return names, delimiter


def _require(names: list[str], file: str) -> None:
    """Each of the three columns once."""
    have = ", ".join(name for name in names if name)[:200] or "no columns"
    problems = [
        InputProblem(
            "this column in the header, once", file, column=name, found=f"only {have}" if name not in names else "more"
        )
        for name in COLUMNS
        if names.count(name) != 1
    ]
    if problems:
        raise BadInput(problems)


def _read_parquet(path: Path, file: str) -> tuple[pa.Table, dict[str, Any]]:
    try:
        opened = pq.ParquetFile(path, read_dictionary=list(ID_COLUMNS))
        footer = opened.metadata
        size = sum(footer.row_group(g).total_byte_size for g in range(footer.num_row_groups))
        if size > MOST_PARQUET_BYTES:
            raise BadInput([InputProblem(f"at most {MOST_PARQUET_BYTES} bytes of data", file, found=f"{size} bytes")])
        given = opened.schema_arrow.names
        names = [column_name(name) for name in given]
        _require(names, file)
        wanted = [given[names.index(name)] for name in COLUMNS]
        table = opened.read(wanted).select(wanted).rename_columns(list(COLUMNS))
        table.validate(full=True)
        origin = json.loads((opened.schema_arrow.metadata or {}).get(ORIGIN, b"{}"))
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput([InputProblem("readable Parquet", file, found=type(error).__name__)]) from error
    return table, origin


def _in_lines(path: Path, error: BadInput) -> BadInput:
    """The same, with the lines of the file where it has blank lines or line breaks inside quotes."""
    wanted = {problem.row for problem in error.problems if problem.row is not None}
    if not wanted:
        return error
    line_of: dict[int, int] = {}
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as opened:
        for row, line in enumerate(_record_lines(opened), start=1):
            if row in wanted:
                line_of[row] = line
            if row > max(wanted):
                break
    moved = [
        InputProblem(p.expected, p.file, line_of.get(p.row, p.row) if p.row else None, p.column, p.found)
        for p in error.problems
    ]
    return BadInput(moved, error.omitted)


def _record_lines(opened: Any) -> Iterator[int]:
    """The last line of each record, as a spreadsheet counts them."""
    reader = csv.reader(opened)
    for record in reader:
        if record:
            yield reader.line_num
