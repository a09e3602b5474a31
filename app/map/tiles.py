"""Map tiles of millions of points: density when zoomed out, single points when zoomed in.

``render(index, tile, ...)`` gives a PNG of 256 × 256 palette pixels.  A plan colours the same points by an
``Overlay``: how many of them are unprotected, or how far their serving site is.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from app.map.palettes import BAND_CLASSES, SHADES, palette
from app.map.standing import reach_limit
from app.map.tileindex import BITS, CELL_LEVELS, TileIndex, cell_of, squeezed
from solver.plan import Plan
from solver.problem import Problem
from solver.protection import protected

Pixels = npt.NDArray[np.uint8]
Colour = Literal["density", "state", "band"]
Scheme = Literal["light", "dark"]

SIDE = 256
MARGIN = 6
"""Points of the neighbours this close to the tile's edge reach into it, in pixels."""


@dataclass(frozen=True)
class Tile:
    """One square of the web's tile scheme: zoom, column from the west, row from the north."""

    zoom: int
    x: int
    y: int

    @property
    def number(self) -> int:
        """Its place on the Morton curve of its zoom."""
        return sum((self.x >> b & 1) << 2 * b | (self.y >> b & 1) << 2 * b + 1 for b in range(self.zoom))


@dataclass(frozen=True, eq=False)
class Overlay:
    """A plan's view of the points, in the index's order: (n+1,) running sums over the points.

    unprotected: 1 for a point without enough sites · unserved: 1 for a point without any · band: the
    latency band of its serving site, 0 … BAND_CLASSES-1, and 0 when unserved.
    """

    unprotected: npt.NDArray[np.int32]
    unserved: npt.NDArray[np.int32]
    band: npt.NDArray[np.int32]


def overlay(plan: Plan, problem: Problem, row: npt.NDArray[np.int32]) -> Overlay:
    """``plan`` seen in the order of an index's ``row``; the last band ends at the plan's reach."""
    n = len(problem.demand)
    served, band = np.zeros(n, dtype=bool), np.zeros(n, dtype=np.int32)
    if plan.usable:
        served = plan.servers[:, 0] >= 0
        share = np.where(served, plan.distance[:, 0], 0.0) / max(reach_limit(problem), 1e-9)
        band = np.clip((share * BAND_CLASSES).astype(np.int32), 0, BAND_CLASSES - 1)
    return Overlay(_summed(~protected(plan, problem)[row]), _summed(~served[row]), _summed(band[row]))


def _summed(values: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
    sums = np.zeros(len(values) + 1, dtype=np.int32)
    np.cumsum(values, out=sums[1:])
    return sums


def render(
    index: TileIndex, tile: Tile, scheme: Scheme, colour: Colour = "density", plan: Overlay | None = None
) -> bytes:
    """The tile as PNG; transparent where there is nobody."""
    draw = _points if tile.zoom >= index.points_from else _density
    return png(draw(index, tile, colour, plan), palette(scheme, colour))


def _density(index: TileIndex, tile: Tile, colour: Colour, plan: Overlay | None) -> Pixels:
    cells = 1 << CELL_LEVELS
    start = tile.number << 2 * CELL_LEVELS
    edges = np.arange(start, start + cells * cells + 1, dtype=np.uint64)
    # The very last edge of the world does not fit into 64 bits, and needs no search.
    shift = np.uint64(2 * (BITS - tile.zoom - CELL_LEVELS))
    at = np.append(np.searchsorted(index.code, edges[:-1] << shift), _end(index, int(edges[-1]), int(shift)))
    count = np.diff(at)
    shade = _shade(np.diff(index.people[at]), index.typical, index.heaviest[tile.zoom])
    pixel = np.where(count > 0, shade + SHADES * _class(colour, plan, at, count), 0)
    grid = pixel[_unrolled()].reshape(cells, cells).astype(np.uint8)
    width = SIDE // cells
    return np.repeat(np.repeat(grid, width, axis=0), width, axis=1)


def _shade(weight: npt.NDArray[np.float64], typical: float, heaviest: float) -> npt.NDArray[np.float64]:
    """1 for a typical point or less, SHADES for the heaviest cell of the zoom, by logarithm between them."""
    least = max(typical, heaviest * 1e-6, 1e-9)
    span = max(np.log(heaviest / least), 1e-9) if heaviest > 0 else 1.0
    return np.clip(1 + np.log(np.maximum(weight, least) / least) / span * (SHADES - 1), 1, SHADES).round()


def _class(
    colour: Colour, plan: Overlay | None, at: npt.NDArray[np.int64], count: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """One unprotected point marks its whole cell: it must not drown in a crowd."""
    if plan is None or colour == "density":
        return np.zeros(len(count))
    if colour == "state":
        return (np.diff(plan.unprotected[at]) > 0).astype(np.float64)
    unserved = np.diff(plan.unserved[at])
    mean = np.round(np.diff(plan.band[at]) / np.maximum(count - unserved, 1))
    return np.where(unserved > 0, BAND_CLASSES, mean)


def _points(index: TileIndex, tile: Tile, colour: Colour, plan: Overlay | None) -> Pixels:
    slices = [slice(*_bounds(index, near)) for near in _with_neighbours(tile)]
    code = np.concatenate([index.code[part] for part in slices])
    wide = SIDE + 2 * MARGIN
    grid = np.zeros((wide, wide), dtype=np.uint8)
    pixel = cell_of(code, tile.zoom + 8)
    x = squeezed(pixel).astype(np.int64) - tile.x * SIDE + MARGIN
    y = squeezed(pixel >> np.uint64(1)).astype(np.int64) - tile.y * SIDE + MARGIN
    value = SHADES * (1 + _point_class(colour, plan, slices, len(code)))
    # The rarer classes come last and stay on top.
    seen = np.flatnonzero((x >= 0) & (x < wide) & (y >= 0) & (y < wide))
    order = seen[np.argsort(value[seen], kind="stable")]
    x, y, value = x[order], y[order], value[order]
    for dx, dy in _stamp(min(4, 1 + (tile.zoom - index.points_from) // 2)):
        px, py = x + dx, y + dy
        inside = (px >= 0) & (px < wide) & (py >= 0) & (py < wide)
        grid[py[inside], px[inside]] = value[inside]
    return grid[MARGIN:-MARGIN, MARGIN:-MARGIN]


def _point_class(colour: Colour, plan: Overlay | None, slices: list[slice], n: int) -> npt.NDArray[np.uint8]:
    if plan is None or colour == "density":
        return np.zeros(n, dtype=np.uint8)

    def of_points(sums: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        return np.concatenate([np.diff(sums[part.start : part.stop + 1]) for part in slices])

    if colour == "state":
        return of_points(plan.unprotected).astype(np.uint8)
    return np.where(of_points(plan.unserved) > 0, BAND_CLASSES, of_points(plan.band)).astype(np.uint8)


def _with_neighbours(tile: Tile) -> list[Tile]:
    last = 1 << tile.zoom
    around = [(tile.x + dx, tile.y + dy) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    return [Tile(tile.zoom, x, y) for x, y in around if 0 <= x < last and 0 <= y < last]


def _bounds(index: TileIndex, tile: Tile) -> tuple[int, int]:
    shift = 2 * (BITS - tile.zoom)
    return _end(index, tile.number, shift), _end(index, tile.number + 1, shift)


def _end(index: TileIndex, cell: int, shift: int) -> int:
    edge = cell << shift
    return int(np.searchsorted(index.code, np.uint64(edge))) if edge < 1 << 2 * BITS else len(index)


@cache
def _unrolled() -> npt.NDArray[np.int64]:
    """Row by row, where on the Morton curve each cell of a density tile stands."""
    side = np.arange(1 << CELL_LEVELS)
    spread = np.zeros_like(side)
    for bit in range(CELL_LEVELS):
        spread |= (side >> bit & 1) << 2 * bit
    return (spread[None, :] | spread[:, None] << 1).ravel()


@cache
def _stamp(radius: int) -> list[tuple[int, int]]:
    reach = range(-radius, radius + 1)
    return [(dx, dy) for dy in reach for dx in reach if dx * dx + dy * dy <= radius * radius + 1]


def png(pixels: Pixels, colours: tuple[bytes, bytes]) -> bytes:
    """Palette pixels (h, w) as PNG (RFC 2083); colours: RGB triples and alphas."""
    height, width = pixels.shape
    rows = np.zeros((height, width + 1), dtype=np.uint8)
    rows[:, 1:] = pixels
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    rgb, alpha = colours
    chunks = [(b"IHDR", header), (b"PLTE", rgb), (b"tRNS", alpha), (b"IDAT", zlib.compress(rows.tobytes(), 4))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in [*chunks, (b"IEND", b"")])


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
