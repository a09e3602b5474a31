"""A quadtree over the map: points sorted along a Morton curve, so that every cell is one slice."""

from __future__ import annotations

import numba as nb
import numpy as np
import numpy.typing as npt

from solver.coverage import _haversine as haversine_km
from solver.latency import EARTH_RADIUS_KM
from solver.problem import Floats

Keys = npt.NDArray[np.uint64]


def sorted_along_the_curve(lat_deg: Floats, lon_deg: Floats) -> tuple[Keys, int]:
    """Per point its cell's number and, in the low bits, its position: one plain sort orders both (0.1 s for 10⁷)."""
    index_bits = max(1, int(len(lat_deg) - 1).bit_length())
    index_bits += index_bits % 2
    keys = np.empty(len(lat_deg), dtype=np.uint64)
    _write_keys(lat_deg, lon_deg, index_bits, keys)
    keys.sort()
    return keys, index_bits


@nb.njit(cache=True, nogil=True)
def _spaced(bits):  # type: ignore[no-untyped-def]
    """The low 32 bits with a gap before each."""
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        bits = (bits | (bits << np.uint64(shift))) & np.uint64(mask)
    return bits


@nb.njit(cache=True, nogil=True)
def _closed_up(bits):  # type: ignore[no-untyped-def]
    """Every second bit, without the gaps."""
    bits = bits & np.uint64(0x5555555555555555)
    for shift, mask in (
        (1, 0x3333333333333333),
        (2, 0x0F0F0F0F0F0F0F0F),
        (4, 0x00FF00FF00FF00FF),
        (8, 0x0000FFFF0000FFFF),
        (16, 0x00000000FFFFFFFF),
    ):
        bits = (bits | (bits >> np.uint64(shift))) & np.uint64(mask)
    return bits


@nb.njit(cache=True, nogil=True)
def _write_keys(lat_deg, lon_deg, index_bits, keys):  # type: ignore[no-untyped-def]
    scale = 2.0 ** ((64 - index_bits) // 2)
    for i in range(len(keys)):
        x = np.uint64(min((lon_deg[i] + 180.0) * (scale / 360.0), scale - 1.0))
        y = np.uint64(min((lat_deg[i] + 90.0) * (scale / 180.0), scale - 1.0))
        code = _spaced(x) | (_spaced(y) << np.uint64(1))
        keys[i] = (code << np.uint64(index_bits)) | np.uint64(i)


@nb.njit(cache=True, nogil=True)
def cell(key, level):  # type: ignore[no-untyped-def]
    """Centre of a cell (a unit vector) and the angle from there to its farthest point, a little rounded up."""
    number = key >> np.uint64(64 - 2 * level)
    width, height = 2 * np.pi / 2.0**level, np.pi / 2.0**level
    west = -np.pi + _closed_up(number) * width
    south = -np.pi / 2 + _closed_up(number >> np.uint64(1)) * height
    lat, lon = south + height / 2, west + width / 2
    corners = haversine_km(lat, lon, south, west), haversine_km(lat, lon, south + height, west)
    half = max(corners) / EARTH_RADIUS_KM + 1e-9
    return np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat), half


@nb.njit(cache=True, nogil=True)
def quarter_end(keys, a, b, level, quarter):  # type: ignore[no-untyped-def]
    """Where the points of one quarter of a cell (slice a to b) end."""
    if quarter == 3:
        return b
    shift = np.uint64(62 - 2 * level)
    base = (keys[a] >> (shift + np.uint64(2))) << np.uint64(2)
    return a + np.searchsorted(keys[a:b], (base + np.uint64(quarter + 1)) << shift)
