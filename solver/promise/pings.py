"""Measured round trips between pairs of places, read from CSV or Parquet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from solver.checks import Floats, freeze_floats, number_problems, raise_if_any
from solver.errors import BadInput, InputProblem
from solver.latency import fibre_rtt_ms, great_circle_km
from solver.reading.tables import Table, read_csv

COLUMNS = {
    "from_lat": "degrees",
    "from_lon": "degrees",
    "to_lat": "degrees",
    "to_lon": "degrees",
    "rtt_ms": "ms",
}
ALIASES = {
    **{f"{place}{n}": f"{end}_{place}" for n, end in ((1, "from"), (2, "to")) for place in ("lat", "lon")},
    **{f"src_{place}": f"from_{place}" for place in ("lat", "lon")},
    **{f"dst_{place}": f"to_{place}" for place in ("lat", "lon")},
}
MOST_PARQUET_BYTES = 2**30
"""Uncompressed, as the file's own footer tells."""


@dataclass(frozen=True, eq=False)
class Pings:
    """n measurements.  Coordinates: (n,) WGS 84 degrees · rtt_ms: (n,) ≥ 0 · rows: as a person counts them."""

    from_lat: Floats
    from_lon: Floats
    to_lat: Floats
    to_lon: Floats
    rtt_ms: Floats
    rows: Sequence[int] = ()

    def __post_init__(self) -> None:
        freeze_floats(self, *COLUMNS)
        if len(self.rows) == 0:
            object.__setattr__(self, "rows", range(1, len(self.rtt_ms) + 1))
        problems = []
        for end in ("from", "to"):
            lat, lon = getattr(self, f"{end}_lat"), getattr(self, f"{end}_lon")
            problems += number_problems(lat, f"{end}_lat", "pings", "a latitude from -90 to 90 degrees", -90.0, 90.0)
            problems += number_problems(lon, f"{end}_lon", "pings", "a longitude from -180 to 180 degrees", -180.0, 180)
        problems += number_problems(self.rtt_ms, "rtt_ms", "pings", "a finite number of ms ≥ 0", 0.0)
        raise_if_any(problems)

    def __len__(self) -> int:
        return len(self.rtt_ms)

    @property
    def distance_km(self) -> Floats:
        """(n,) great-circle km."""
        return great_circle_km(self.from_lat, self.from_lon, self.to_lat, self.to_lon)

    @property
    def floor_ms(self) -> Floats:
        """(n,) what light in straight fibre takes: no measurement can be below it."""
        return fibre_rtt_ms(self.distance_km)


def read_pings(path: str | Path, file_name: str | None = None) -> Pings:
    """Columns from_lat, from_lon, to_lat, to_lon in degrees and rtt_ms; others are ignored.

    Raises BadInput naming file, row and column.  The format is told by the content.
    """
    path = Path(path)
    file = file_name or path.name
    try:
        with path.open("rb") as opened:
            content = opened.read(4)
            if content != b"PAR1":
                content += opened.read()
    except OSError as error:
        raise BadInput([InputProblem("a readable file", file, found=error.strerror or "an error")]) from error
    table = _read_parquet(path, file) if content == b"PAR1" else read_csv(content, file)
    columns = {ALIASES.get(name, name): values for name, values in table.columns.items()}
    table = Table(file, table.rows, columns)
    table.require(*COLUMNS)
    numbers = _numbers(table)
    try:
        return Pings(**numbers, rows=table.rows)
    except BadInput as error:
        told = [
            InputProblem(p.expected, file, None if p.row is None else table.rows[p.row - 1], p.column, p.found)
            for p in error.problems
        ]
        raise BadInput(told, error.omitted) from error


def _numbers(table: Table) -> dict[str, Floats]:
    numbers: dict[str, Floats] = {}
    problems: list[InputProblem] = []
    for name, unit in COLUMNS.items():
        try:
            numbers[name] = table.numbers(name, unit)
        except BadInput as error:
            problems += error.problems
    raise_if_any(problems)
    return numbers


def _read_parquet(path: Path, file: str) -> Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        footer = pq.read_metadata(path)
        size = sum(footer.row_group(g).total_byte_size for g in range(footer.num_row_groups))
        if size > MOST_PARQUET_BYTES:
            raise BadInput([InputProblem(f"at most {MOST_PARQUET_BYTES} bytes of data", file, found=f"{size} bytes")])
        wanted = [n for n in footer.schema.to_arrow_schema().names if ALIASES.get(n.lower(), n.lower()) in COLUMNS]
        table = pq.read_table(path, columns=wanted)
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput([InputProblem("readable Parquet", file, found=type(error).__name__)]) from error
    if table.num_rows == 0:
        raise BadInput([InputProblem("at least one row", file, found="none")])
    columns = {name.lower(): table.column(name).to_pylist() for name in table.column_names}
    return Table(file, range(1, table.num_rows + 1), columns)
