"""Population rasters (GeoTIFF) into demand cells: read in windows, summed without losing a person.

The only import of rasterio.  Only GDAL's GeoTIFF driver may open a file: a virtual format named .tif made GDAL read
other files.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from solver.errors import BadInput, InputProblem, SolverError, shown
from solver.problem import Floats, Ints

MAGIC = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
"""TIFF and BigTIFF, in either byte order."""

MOST_RASTER_CELLS = 10_000_000_000
MOST_BLOCK_BYTES = 1 << 29
WINDOW_RASTER_CELLS = 2_000_000
MOST_POINTS = 20_000_000
LEAST_CELL_KM, MOST_CELL_KM = 0.01, 1000.0
KM_PER_DEGREE = math.pi * 6371.0088 / 180
TOTALS_AGREE = 1e-9
"""Relative; float64 sums of 10⁸ raster cells differ by less than 10⁻¹¹ in either order."""

ROWS_IN_KEY = np.int64(1) << 32

Positions = Callable[[Floats, Floats], tuple[Floats, Floats]]


@dataclass(frozen=True, eq=False)
class PopulationCells:
    """m cells with people, ordered from south to north and west to east.

    ids: (m,) stable names, the same for every raster and place · lat_deg, lon_deg: (m,) the population-weighted
    mean of the raster cells' centres · population: (m,) people > 0 · warnings: what was assumed.
    """

    ids: list[str]
    lat_deg: Floats
    lon_deg: Floats
    population: Floats
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class CellGrid:
    """Cells of about ``cell_km`` by ``cell_km`` over the globe: rows of equal latitude, cut into equal longitudes."""

    cell_km: float

    @property
    def rows(self) -> int:
        return max(1, round(180 * KM_PER_DEGREE / self.cell_km))

    def keys(self, lat_deg: Floats, lon_deg: Floats) -> Ints:
        """(n,) row · 2³² + column of the cell each position lies in."""
        row: Ints = np.clip((lat_deg + 90) * (self.rows / 180), 0, self.rows - 1).astype(np.int64)
        southmost = row.min()
        columns = self.columns(np.arange(southmost, row.max() + 1.0))[row - southmost]
        column: Ints = np.clip((lon_deg + 180) * (columns / 360), 0, columns - 1).astype(np.int64)
        return row * ROWS_IN_KEY + column

    def columns(self, row: Floats) -> Floats:
        """(n,) how many cells a row holds."""
        middle_deg = (row + 0.5) * (180 / self.rows) - 90
        return np.maximum(1.0, np.round(360 * KM_PER_DEGREE * np.cos(np.radians(middle_deg)) / self.cell_km))

    def names(self, keys: Ints) -> list[str]:
        """``5km-3112-456``: cell size, row from the south pole, column from the antimeridian."""
        rows, columns = (keys // ROWS_IN_KEY).tolist(), (keys % ROWS_IN_KEY).tolist()
        return [f"{self.cell_km:g}km-{row}-{column}" for row, column in zip(rows, columns, strict=True)]


def is_tiff(head: bytes) -> bool:
    """Whether a file that starts with ``head`` is a TIFF."""
    return head[:4] in MAGIC


def read_population(path: Path, file: str, cell_km: float) -> PopulationCells:
    """The people of a one-band GeoTIFF in any CRS, summed into cells of ``cell_km``.

    Raises BadInput naming file, row and column (of the raster, from 1) of what cannot be people in a place.
    """
    if not LEAST_CELL_KM <= cell_km <= MOST_CELL_KM:
        expected = f"a cell size from {LEAST_CELL_KM:g} to {MOST_CELL_KM:g} km"
        raise BadInput([InputProblem(expected, column="cell_km", found=shown(cell_km))])
    try:
        import rasterio
        from rasterio.errors import NotGeoreferencedWarning, RasterioError
    except ImportError as error:
        expected = "a machine with libexpat (Debian, Ubuntu: apt install libexpat1), to read GeoTIFF"
        raise BadInput([InputProblem(expected, file, found=shown(str(error), 120))]) from error
    settings = {"GDAL_CACHEMAX": 64, "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GTIFF_VIRTUAL_MEM_IO": "NO"}
    try:
        with rasterio.Env(**settings), warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.open(path, driver="GTiff") as raster:
                return _summed(raster, file, CellGrid(cell_km))
    except RasterioError as error:
        raise BadInput([InputProblem("a readable GeoTIFF", file, found=_reason(error))]) from error


def _reason(error: Exception) -> str:
    """GDAL's words without the path of the file, which may be the service's own."""
    cause = error.__cause__ or error
    return shown(f"{type(error).__name__}: {str(cause).rpartition('/')[2]}", 120)


def _summed(raster: Any, file: str, grid: CellGrid) -> PopulationCells:
    _check(raster, file)
    positions, conversion = _to_wgs84(raster, file)
    values = _Values(raster, file)
    sums = _Sums(grid, file)
    totals: list[float] = []
    for window in _windows(raster):
        people, rows, columns = values.read(window)
        if not len(people):
            continue
        totals.append(float(people.sum()))
        lat, lon = _located(raster, positions, people, rows, columns, file)
        sums.add(lat, lon, people)
    if not totals:
        raise BadInput([InputProblem("at least one raster cell with people", file, found="none")])
    keys, people, lat, lon = sums.result()
    counted, kept = math.fsum(totals), math.fsum(people.tolist())
    if abs(kept - counted) > TOTALS_AGREE * counted:
        raise SolverError(f"{file}: {counted} people were read and {kept} kept")
    told = (
        f"{file}: {values.inhabited} raster cells with people became {len(keys)} points, one for each "
        f"{grid.cell_km:g} km cell, at the mean position of its people"
    )
    return PopulationCells(grid.names(keys), lat, lon, people, (*values.warnings(), *conversion, told))


def _check(raster: Any, file: str) -> None:
    """Refuse what is no population grid, before anything is allocated for it."""
    size = f"{raster.width} × {raster.height} raster cells"
    if raster.width * raster.height > MOST_RASTER_CELLS:
        raise BadInput([InputProblem(f"at most {MOST_RASTER_CELLS} raster cells", file, found=size)])
    block_rows, block_columns = raster.block_shapes[0]
    if block_rows * block_columns * np.dtype(raster.dtypes[0]).itemsize > MOST_BLOCK_BYTES:
        found = f"blocks of {block_columns} × {block_rows}"
        raise BadInput([InputProblem(f"blocks of at most {MOST_BLOCK_BYTES} bytes", file, found=found)])
    if raster.count != 1:
        raise BadInput([InputProblem("one band of people per raster cell", file, found=f"{raster.count} bands")])
    if np.dtype(raster.dtypes[0]).kind == "c":
        raise BadInput([InputProblem("numbers of people", file, found="complex numbers")])
    if raster.crs is None:
        expected = "a coordinate reference system (CRS) inside the file; gdal_edit.py -a_srs writes one"
        raise BadInput([InputProblem(expected, file, found="none")])
    if raster.transform.is_identity or raster.transform.is_degenerate:
        raise BadInput([InputProblem("a geotransform that places the raster on the map", file, found="none")])


def _to_wgs84(raster: Any, file: str) -> tuple[Positions, list[str]]:
    """x, y of the raster's CRS → lon, lat in degrees; and the note to tell of it."""
    from pyproj import CRS, Transformer
    from pyproj.exceptions import ProjError

    try:
        crs = CRS.from_wkt(raster.crs.to_wkt())
        if crs.equals("OGC:CRS84", ignore_axis_order=True):
            return lambda x, y: (x, y), []
        transformer = Transformer.from_crs(crs, "OGC:CRS84", always_xy=True)
    except ProjError as error:
        expected = "a coordinate reference system that can be converted to WGS 84"
        raise BadInput([InputProblem(expected, file, found=shown(str(raster.crs)))]) from error
    note = f"{file}: positions converted from {shown(crs.name)} to WGS 84"
    return lambda x, y: transformer.transform(x, y, inplace=True), [note]


def _windows(raster: Any) -> Iterator[Any]:
    """Windows of whole blocks, each of about WINDOW_RASTER_CELLS: no block is unpacked twice."""
    from rasterio.windows import Window

    block_rows, block_columns = raster.block_shapes[0]
    wide = max(1, WINDOW_RASTER_CELLS // (block_rows * block_columns)) * block_columns
    width = min(raster.width, wide)
    high = max(1, WINDOW_RASTER_CELLS // (width * block_rows)) * block_rows
    for top in range(0, raster.height, high):
        for left in range(0, raster.width, width):
            yield Window(left, top, min(width, raster.width - left), min(high, raster.height - top))


class _Values:
    """People per raster cell; what stands for "no data" is left out, anything else that is no number refused."""

    def __init__(self, raster: Any, file: str) -> None:
        self.raster = raster
        self.file = file
        self.scale, self.offset = raster.scales[0], raster.offsets[0]
        self.undeclared: float | None = None
        self.undeclared_count = 0
        self.inhabited = 0

    def read(self, window: Any) -> tuple[Floats, Ints, Ints]:
        """(n,) people > 0 with their raster rows and columns, from 0."""
        block = self.raster.read(1, window=window, masked=True)
        value = np.ma.getdata(block).astype(np.float64)
        absent = np.ma.getmaskarray(block) | np.isnan(value)
        negative = (value < 0) & ~absent
        if negative.any():
            self._take_as_absent(value, negative, window)
            absent |= negative
        people = np.where(absent, 0.0, value * self.scale + self.offset)
        rows, columns = np.nonzero(people)
        found = people[rows, columns]
        rows, columns = rows + window.row_off, columns + window.col_off
        self._refuse(~np.isfinite(found) | (found < 0), found, rows, columns)
        self.inhabited += len(found)
        return found, rows, columns

    def _take_as_absent(self, value: Floats, negative: npt.NDArray[np.bool_], window: Any) -> None:
        """One negative value throughout is a "no data" that the file forgot to declare; more are faults."""
        if self.undeclared is None:
            self.undeclared = float(value[negative].min())
        rows, columns = np.nonzero(negative & (value != self.undeclared))
        found = value[rows, columns]
        self._refuse(np.ones(len(rows), dtype=bool), found, rows + window.row_off, columns + window.col_off)
        self.undeclared_count += int(negative.sum())

    def _refuse(self, bad: npt.NDArray[np.bool_], found: Floats, rows: Ints, columns: Ints) -> None:
        which = np.flatnonzero(bad)
        if len(which):
            listed = [
                InputProblem("a number of people ≥ 0", self.file, int(rows[i]) + 1, str(columns[i] + 1), str(found[i]))
                for i in which[: BadInput.MOST_LISTED]
            ]
            raise BadInput(listed, len(which) - len(listed))

    def warnings(self) -> list[str]:
        if self.undeclared is None:
            return []
        return [
            f"{self.file}: {self.undeclared_count} raster cells hold {self.undeclared:g}; taken as no data, "
            "though the file does not declare it"
        ]


def _located(
    raster: Any, positions: Positions, people: Floats, rows: Ints, columns: Ints, file: str
) -> tuple[Floats, Floats]:
    """(n,) latitude and longitude of the raster cells' centres."""
    to_map = raster.transform
    across, down = columns + 0.5, rows + 0.5
    x = to_map.a * across + to_map.b * down + to_map.c
    y = to_map.d * across + to_map.e * down + to_map.f
    lon, lat = positions(x, y)
    lost = np.flatnonzero(~(np.isfinite(lon) & np.isfinite(lat) & (np.abs(lat) <= 90)))
    if len(lost):
        first = lost[0]
        expected = "a place on the globe for every raster cell with people"
        found = f"none for {people[lost].sum():.0f} people in {len(lost)} raster cells"
        raise BadInput([InputProblem(expected, file, int(rows[first]) + 1, str(columns[first] + 1), found)])
    return lat, (lon + 180) % 360 - 180


class _Sums:
    """People and their moments per cell, kept for the cells met so far."""

    def __init__(self, grid: CellGrid, file: str) -> None:
        self.grid = grid
        self.file = file
        self._parts: list[tuple[Ints, Floats]] = []
        self._pending = 0

    def add(self, lat: Floats, lon: Floats, people: Floats) -> None:
        keys, place = _distinct(self.grid.keys(lat, lon))
        moments = (people, people * lat, people * lon)
        sums: Floats = np.column_stack([np.bincount(place, weights=m, minlength=len(keys)) for m in moments])
        self._parts.append((keys, sums))
        self._pending += len(keys)
        if self._pending > 2 * WINDOW_RASTER_CELLS + 2 * len(self._parts[0][0]):
            self._merge()

    def result(self) -> tuple[Ints, Floats, Floats, Floats]:
        """Keys in order, people, mean latitude, mean longitude."""
        self._merge()
        keys, sums = self._parts[0]
        people = sums[:, 0]
        return keys, people.copy(), sums[:, 1] / people, sums[:, 2] / people

    def _merge(self) -> None:
        all_keys = np.concatenate([keys for keys, _ in self._parts])
        every = np.concatenate([sums for _, sums in self._parts])
        keys, place = np.unique(all_keys, return_inverse=True)
        if len(keys) > MOST_POINTS:
            expected = f"a cell size that leaves at most {MOST_POINTS} points"
            raise BadInput([InputProblem(expected, self.file, column="cell_km", found=f"{self.grid.cell_km:g} km")])
        sums: Floats = np.column_stack([np.bincount(place, weights=m, minlength=len(keys)) for m in every.T])
        self._parts = [(keys, sums)]
        self._pending = len(keys)


def _distinct(keys: Ints) -> tuple[Ints, Ints]:
    """The distinct keys in order, and which of them each key is; without sorting where they lie close together."""
    row, column = keys // ROWS_IN_KEY, keys % ROWS_IN_KEY
    south, west = row.min(), column.min()
    width = column.max() - west + 1
    spots = (row.max() - south + 1) * width
    if spots > 4 * len(keys) + 1000:
        distinct, place = np.unique(keys, return_inverse=True)
        return distinct, place
    local = (row - south) * width + (column - west)
    met = np.flatnonzero(np.bincount(local, minlength=spots))
    order = np.zeros(spots, dtype=np.int64)
    order[met] = np.arange(len(met))
    return (met // width + south) * ROWS_IN_KEY + met % width + west, order[local]
