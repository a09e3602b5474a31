"""The nearest sites of millions of points, straight from coordinates: nothing is kept but the answer."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numba as nb
import numpy as np

from solver.coverage import ROUNDING_KM, Indices
from solver.coverage import _haversine as haversine_km
from solver.latency import EARTH_RADIUS_KM
from solver.problem import Floats

POINTS_PER_TASK = 65_536


def nearest_in_reach(
    lat_deg: Floats, lon_deg: Floats, site_lat_deg: Floats, site_lon_deg: Floats, reach_km: Floats, count: int
) -> tuple[Indices, Floats]:
    """The ``count`` nearest of the sites that reach each point.

    lat_deg, lon_deg: (n,) · site_lat_deg, site_lon_deg, reach_km: (s,), reach inclusive.
    Returns (n, count) positions of sites, -1 where there are fewer, and their (n, count) distances in km, nan
    there.  Ties go to the site that comes first.
    """
    by_lat = np.argsort(site_lat_deg, kind="stable")
    lat, lon, limit = np.radians(site_lat_deg[by_lat]), np.radians(site_lon_deg[by_lat]), reach_km[by_lat] + ROUNDING_KM
    servers = np.full((len(lat_deg), count), -1, dtype=np.int32)
    distance = np.full((len(lat_deg), count), np.nan)

    def work(a: int, b: int) -> None:
        _nearest(lat_deg[a:b], lon_deg[a:b], lat, lon, limit, by_lat, servers[a:b], distance[a:b])

    _in_parts(len(lat_deg), work)
    return servers, distance


def reach_for(lat_deg: Floats, lon_deg: Floats, site_lat_deg: Floats, site_lon_deg: Floats, count: int) -> Floats:
    """(n,) km from each point to its ``count``-th nearest site; inf where there are fewer sites."""
    lat, lon = np.radians(site_lat_deg), np.radians(site_lon_deg)
    out = np.full(len(lat_deg), np.inf)
    _in_parts(len(lat_deg), lambda a, b: _last_of(lat_deg[a:b], lon_deg[a:b], lat, lon, count, out[a:b]))
    return out


def _in_parts(n: int, work: Callable[[int, int], None]) -> None:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in [pool.submit(work, a, min(n, a + POINTS_PER_TASK)) for a in range(0, n, POINTS_PER_TASK)]:
            done.result()


@nb.njit(cache=True, nogil=True)
def _nearest(lat_deg, lon_deg, slat, slon, limit_km, name, servers, distance):  # type: ignore[no-untyped-def]
    """Sites come sorted by latitude; ``name`` holds their positions before that."""
    if len(slat) == 0 or servers.shape[1] == 0:
        return
    x, y, z = np.cos(slat) * np.cos(slon), np.cos(slat) * np.sin(slon), np.sin(slat)
    band = limit_km.max() / EARTH_RADIUS_KM + 1e-12
    least_cosine = np.cos(np.minimum(limit_km / EARTH_RADIUS_KM + 1e-12, np.pi)) - 1e-12
    last = servers.shape[1] - 1
    for i in range(len(lat_deg)):
        lat, lon = np.radians(lat_deg[i]), np.radians(lon_deg[i])
        px, py, pz = np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)
        end = np.searchsorted(slat, lat + band, side="right")
        for j in range(np.searchsorted(slat, lat - band), end):
            if px * x[j] + py * y[j] + pz * z[j] < least_cosine[j]:
                continue
            km = haversine_km(lat, lon, slat[j], slon[j])
            if km > limit_km[j]:
                continue
            q = last + 1
            while q > 0 and (
                servers[i, q - 1] < 0
                or km < distance[i, q - 1]
                or (km == distance[i, q - 1] and name[j] < servers[i, q - 1])
            ):
                q -= 1
            if q <= last:
                for p in range(last, q, -1):
                    servers[i, p], distance[i, p] = servers[i, p - 1], distance[i, p - 1]
                servers[i, q], distance[i, q] = name[j], km


@nb.njit(cache=True, nogil=True)
def _last_of(lat_deg, lon_deg, slat, slon, count, out):  # type: ignore[no-untyped-def]
    """By squared chords, which are exact where distances are small; the last one is then measured."""
    if count == 0 or len(slat) < count:
        return
    x, y, z = np.cos(slat) * np.cos(slon), np.cos(slat) * np.sin(slon), np.sin(slat)
    chord, site = np.empty(count), np.empty(count, dtype=np.int64)
    for i in range(len(lat_deg)):
        lat, lon = np.radians(lat_deg[i]), np.radians(lon_deg[i])
        px, py, pz = np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)
        chord[:] = np.inf
        for j in range(len(slat)):
            d = (px - x[j]) ** 2 + (py - y[j]) ** 2 + (pz - z[j]) ** 2
            if d >= chord[count - 1]:
                continue
            q = count - 1
            while q > 0 and chord[q - 1] > d:
                chord[q], site[q] = chord[q - 1], site[q - 1]
                q -= 1
            chord[q], site[q] = d, j
        out[i] = haversine_km(lat, lon, slat[site[count - 1]], slon[site[count - 1]])
