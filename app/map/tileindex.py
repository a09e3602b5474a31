"""Points sorted along the Morton curve, once, so that any map tile of any zoom is one slice of them.

A pixel of zoom z is a run of consecutive codes, and what lies in a run is a difference of running sums:
a tile costs one binary search per pixel, whatever the number of points.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.map.bounds import MERCATOR_LIMIT_DEG
from solver.problem import Floats

Codes = npt.NDArray[np.uint64]
Sums = npt.NDArray[np.float64]

BITS = 32
"""Bits of each axis: the world's 40,000 km in steps of a centimetre."""

MAX_ZOOM = 16
CELL_LEVELS = 7
"""A density tile has 2^7 cells a side, each two pixels wide: one pixel is too little to see."""

POINTS_IN_TILE = 6_000
"""Tiles show single points from the zoom at which none holds more than this."""

FILES = ("code", "people", "row")


@dataclass(frozen=True, eq=False)
class TileIndex:
    """n points in Morton order, memory-mapped.

    code: (n,) · people: (n+1,) running sum of what a point weighs, before the first point to after the last ·
    row: (n,) where the point stands in its data set · points_from: the zoom from which tiles show single
    points · typical: what a point weighs in the median · heaviest: by zoom, the most a density cell weighs.
    """

    code: Codes
    people: Sums
    row: npt.NDArray[np.int32]
    points_from: int
    typical: float
    heaviest: list[float]

    def __len__(self) -> int:
        return len(self.code)


def build_index(folder: Path, lat_deg: Floats, lon_deg: Floats, weight: Floats) -> None:
    """Write the index of these points as ``folder``, whole or not at all; another builder's copy does as well."""
    code = morton_codes(lat_deg, lon_deg)
    row = np.argsort(code, kind="stable").astype(np.int32)
    code = code[row]
    people = running_sum(weight[row])
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, values in {"code": code, "people": people, "row": row}.items():
            np.save(partial / f"{name}.npy", np.asarray(values))
        points_from = _points_from(code)
        heaviest = [_heaviest_cell(code, people, zoom) for zoom in range(points_from)]
        told = {"points_from": points_from, "typical": float(np.median(weight)), "heaviest": heaviest}
        (partial / "index.json").write_text(json.dumps(told))
        os.replace(partial, folder)
    except OSError:
        if not is_built(folder):
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def is_built(folder: Path) -> bool:
    """Whether ``open_index`` will find what it needs."""
    return (folder / "index.json").is_file()


def open_index(folder: Path) -> TileIndex:
    """The index in ``folder``; its arrays stay on disk until they are looked at."""
    told = json.loads((folder / "index.json").read_text())
    arrays = [np.load(folder / f"{name}.npy", mmap_mode="r") for name in FILES]
    return TileIndex(*arrays, **told)


def morton_codes(lat_deg: Floats, lon_deg: Floats) -> Codes:
    """(n,) the interleaved bits of each point's place in the web's Mercator square, x in the even ones."""
    x = (np.asarray(lon_deg) + 180.0) / 360.0
    phi = np.radians(np.clip(lat_deg, -MERCATOR_LIMIT_DEG, MERCATOR_LIMIT_DEG))
    y = 0.5 - np.arcsinh(np.tan(phi)) / (2.0 * np.pi)
    return _spread(_whole(x)) | (_spread(_whole(y)) << np.uint64(1))


def running_sum(values: Floats) -> Sums:
    """(n+1,) sums of the first 0, 1, …, n values."""
    sums = np.zeros(len(values) + 1)
    np.cumsum(values, out=sums[1:])
    return sums


def _whole(share: Floats) -> Codes:
    last = float(2**BITS - 1)
    return np.clip(np.floor(share * 2.0**BITS), 0.0, last).astype(np.uint64)


SPREAD = ((16, 0x0000FFFF0000FFFF), (8, 0x00FF00FF00FF00FF), (4, 0x0F0F0F0F0F0F0F0F), (2, 0x3333333333333333),
          (1, 0x5555555555555555))  # fmt: skip
"""Shifts and masks that put a zero between the bits of a 32-bit number (Bit Twiddling Hacks, Anderson)."""


def _spread(values: Codes) -> Codes:
    for shift, mask in SPREAD:
        values = (values | (values << np.uint64(shift))) & np.uint64(mask)
    return values


def squeezed(values: Codes) -> Codes:
    """The even bits of each value, side by side: the inverse of spreading."""
    values = values & np.uint64(SPREAD[-1][1])
    masks = [mask for _, mask in SPREAD]
    for (shift, _), mask in zip(reversed(SPREAD), [*reversed(masks[:-1]), 0xFFFFFFFF], strict=True):
        values = (values | (values >> np.uint64(shift))) & np.uint64(mask)
    return values


def cell_of(code: Codes, level: int) -> Codes:
    """Which of the world's 4^level cells a code lies in."""
    return code >> np.uint64(2 * (BITS - level))


def _points_from(code: Codes) -> int:
    for zoom in range(MAX_ZOOM):
        runs = np.diff(_run_ends(cell_of(code, zoom)))
        if runs.max(initial=0) <= POINTS_IN_TILE:
            return zoom
    return MAX_ZOOM


def _heaviest_cell(code: Codes, people: Sums, zoom: int) -> float:
    return float(np.diff(people[_run_ends(cell_of(code, zoom + CELL_LEVELS))]).max(initial=0.0))


def _run_ends(cells: Codes) -> npt.NDArray[np.int64]:
    """0, then where each run of equal cells ends."""
    changes = np.flatnonzero(cells[1:] != cells[:-1]) + 1
    return np.concatenate([[0], changes, [len(cells)]])
