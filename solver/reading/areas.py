"""Outlines of demand areas, thinned to the vertices that can be the farthest from somewhere.

The points within a reach of at most a quarter of the Earth's circumference form a spherical cap that contains every
great-circle arc between two of its points.  So an outline lies within reach exactly when the corners of its convex
hull on the sphere do, and its inside with it.  Edges are straight in the coordinates of the file, not on the sphere:
they are followed to EDGE_ERROR_KM by points of their own first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry as Shape

from solver.errors import BadInput, InputProblem
from solver.inputs import Areas
from solver.latency import EARTH_RADIUS_KM
from solver.problem import Floats, Ints

EDGE_ERROR_KM = 0.002
"""An edge stays this close to the great-circle arcs between its points."""

LONGEST_ARC_RAD = np.radians(5.0)
LOCAL_COSINE = np.cos(np.radians(80.0))
"""Farther from its middle than this no outline is thinned: hardly a country is a third of the globe wide."""

VERTICES_AT_ONCE = 500_000

MOST_HALVINGS = 40

Project = Callable[[Floats, Floats], tuple[Floats, Floats]]


def areas_of(shapes: Sequence[Shape | None], lat_deg: Floats, lon_deg: Floats, to_lon_lat: Project | None) -> Areas:
    """The areas of n demand points, None in ``shapes`` where a point is just that.

    to_lon_lat: from the coordinates of the shapes to degrees, None when they are degrees.
    Raises BadInput naming the row (from 1) of a vertex off the globe.
    """
    parts = [_corners(rows, some, to_lon_lat) for rows, some in _in_parts(shapes)]
    owner = np.concatenate([owner for owner, _ in parts])
    vectors = np.concatenate([vectors for _, vectors in parts])
    plain = np.flatnonzero([shape is None for shape in shapes])
    all_owners = np.concatenate([plain, owner])
    order = np.argsort(all_owners, kind="stable")
    lat = np.concatenate([lat_deg[plain], np.degrees(np.arcsin(np.clip(vectors[:, 2], -1, 1)))])[order]
    lon = np.concatenate([lon_deg[plain], np.degrees(np.arctan2(vectors[:, 1], vectors[:, 0]))])[order]
    indptr = np.zeros(len(shapes) + 1, dtype=np.int64)
    np.cumsum(np.bincount(all_owners, minlength=len(shapes)), out=indptr[1:])
    return Areas(indptr, lat, lon)


def _in_parts(shapes: Sequence[Shape | None]) -> Iterator[tuple[Ints, npt.NDArray[np.object_]]]:
    """Rows of shapes, and the shapes, few enough at a time to keep memory low."""
    rows = np.flatnonzero([shape is not None for shape in shapes])
    given = np.empty(len(rows), dtype=object)
    given[:] = [shape for shape in shapes if shape is not None]
    part = np.cumsum(shapely.get_num_coordinates(given)) // VERTICES_AT_ONCE
    cuts = np.flatnonzero(np.diff(part)) + 1
    yield from zip(np.split(rows, cuts), np.split(given, cuts), strict=True)


def _corners(rows: Ints, shapes: npt.NDArray[np.object_], to_lon_lat: Project | None) -> tuple[Ints, Floats]:
    """Owners and unit vectors of the corners of these shapes' hulls."""
    owner, x, y, edge = _vertices(rows, shapes)
    project = to_lon_lat or (lambda x, y: (x, y))
    lon, lat = project(x, y)
    _refuse_off_the_globe(owner, lat, lon)
    vectors = _unit(lat, lon)
    if to_lon_lat is None:
        edge &= _may_stray(lat, vectors)
    followed_owner, followed = _followed(owner[:-1][edge], np.column_stack([x, y]), edge, project)
    return _thinned(np.concatenate([owner, followed_owner]), np.concatenate([vectors, followed]))


def _may_stray(lat_deg: Floats, vectors: Floats) -> npt.NDArray[np.bool_]:
    """Which edges between a vertex and the next are long enough to leave their great circle by EDGE_ERROR_KM.

    The curvature of a straight line of longitude and latitude is at most 2 tan(latitude) / radius, and an arc of
    length L and curvature c leaves its chord by L² c / 8.
    """
    length_km = EARTH_RADIUS_KM * np.linalg.norm(vectors[1:] - vectors[:-1], axis=1)
    farthest = np.minimum(np.maximum(np.abs(lat_deg[1:]), np.abs(lat_deg[:-1])), 89.9)
    sag_km = length_km**2 * np.tan(np.radians(farthest)) / (4 * EARTH_RADIUS_KM)
    return np.asarray((sag_km > EDGE_ERROR_KM / 2) | (length_km > 100) | (farthest > 89))


def _vertices(rows: Ints, shapes: npt.NDArray[np.object_]) -> tuple[Ints, Floats, Floats, npt.NDArray[np.bool_]]:
    """Owner, x and y of every vertex, outer rings only; and which of them (but the last) an edge joins to the next."""
    parts, part_of = shapes.copy(), np.arange(len(rows))
    while (shapely.get_type_id(parts) >= 4).any():  # multi-parts and collections, which may nest
        parts, inner = shapely.get_parts(parts, return_index=True)
        part_of = part_of[inner]
    polygon = shapely.get_type_id(parts) == 3
    parts[polygon] = shapely.get_exterior_ring(parts[polygon])
    xy, of_part = shapely.get_coordinates(parts, return_index=True)
    return rows[part_of[of_part]], xy[:, 0].copy(), xy[:, 1].copy(), of_part[1:] == of_part[:-1]


def _refuse_off_the_globe(owner: Ints, lat: Floats, lon: Floats) -> None:
    off = ~(np.isfinite(lat) & np.isfinite(lon) & (np.abs(lat) <= 90) & (np.abs(lon) <= 180))
    if off.any():
        expected = "vertices from -180 to 180 and -90 to 90 degrees; shapes across the antimeridian in two parts"
        first = {int(owner[i]): i for i in np.flatnonzero(off)[::-1]}
        raise BadInput(
            [
                InputProblem(expected, row=row + 1, column="geometry", found=f"{lon[i]:g}, {lat[i]:g}")
                for row, i in sorted(first.items())
            ]
        )


def _followed(owner: Ints, xy: Floats, edge: npt.NDArray[np.bool_], project: Project) -> tuple[Ints, Floats]:
    """Owners and unit vectors of points along the edges that leave the great circle between their ends."""
    a, b = xy[:-1][edge], xy[1:][edge]
    owners, found = [owner[:0]], [np.empty((0, 3))]
    for _ in range(MOST_HALVINGS):
        split = _strays(a, b, project)
        if not split.any():
            break
        a, b, owner = a[split], b[split], owner[split]
        middle = (a + b) / 2
        owners.append(owner)
        found.append(_placed(middle, project))
        a, b, owner = np.concatenate([a, middle]), np.concatenate([middle, b]), np.concatenate([owner, owner])
    return np.concatenate(owners), np.concatenate(found)


def _strays(a: Floats, b: Floats, project: Project) -> npt.NDArray[np.bool_]:
    """Whether an edge is long, or leaves the arc between its ends at a quarter, half or three quarters of its way."""
    start, end = _placed(a, project), _placed(b, project)
    normal = np.cross(start, end)
    length = np.linalg.norm(normal, axis=1)
    stray = np.zeros(len(a))
    for part in (0.25, 0.5, 0.75):
        on_edge = _placed(a + (b - a) * part, project)
        off_plane = np.abs(np.einsum("ij,ij->i", on_edge, normal)) / np.maximum(length, 1e-300)
        off_start = np.linalg.norm(on_edge - start, axis=1)
        stray = np.maximum(stray, np.where(length > 1e-12, off_plane, off_start))
    long = np.linalg.norm(start - end, axis=1) > LONGEST_ARC_RAD
    return np.asarray(long | (stray * EARTH_RADIUS_KM > EDGE_ERROR_KM))


def _placed(xy: Floats, project: Project) -> Floats:
    lon, lat = project(xy[:, 0].copy(), xy[:, 1].copy())
    return _unit(lat, lon)


def _unit(lat_deg: Floats, lon_deg: Floats) -> Floats:
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def _thinned(owner: Ints, vectors: Floats) -> tuple[Ints, Floats]:
    """The corners of each owner's convex hull on the sphere.

    Seen from the centre of the Earth on a plane that touches it in the owner's middle, great circles are straight
    lines: the hull is the plane's.
    """
    if not len(owner):
        return owner, vectors
    names, of = np.unique(owner, return_inverse=True)
    sums: Floats = np.column_stack([np.bincount(of, weights=axis) for axis in vectors.T])
    middle = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-300)
    height = np.einsum("ij,ij->i", vectors, middle[of])
    local = np.ones(len(names), dtype=bool)
    np.logical_and.at(local, of, height > LOCAL_COSINE)
    wide = ~local[of]
    of_local, near = of[~wide], vectors[~wide] / height[~wide, None]
    aside = np.eye(3)[np.argmin(np.abs(middle), axis=1)]
    east = np.cross(aside, middle)
    east /= np.maximum(np.linalg.norm(east, axis=1, keepdims=True), 1e-300)
    north = np.cross(middle, east)
    order = np.argsort(of_local, kind="stable")
    of_local, near = of_local[order], near[order]
    plane = np.column_stack([np.einsum("ij,ij->i", near, axis[of_local]) for axis in (east, north)])
    hulls, which = _hulls(plane, of_local)
    corners = middle[which] + hulls[:, :1] * east[which] + hulls[:, 1:] * north[which]
    corners /= np.linalg.norm(corners, axis=1, keepdims=True)
    return np.concatenate([owner[wide], names[which]]), np.concatenate([vectors[wide], corners])


def _hulls(plane: Floats, owner: Ints) -> tuple[Floats, Ints]:
    """The distinct corners of the convex hulls of points that come sorted by owner, and whose they are."""
    if not len(owner):
        return plane, owner
    names, of = np.unique(owner, return_inverse=True)
    hulls = shapely.convex_hull(shapely.multipoints(plane, indices=of))
    corners, which = shapely.get_coordinates(hulls, return_index=True)
    closes = np.zeros(len(which), dtype=bool)  # a ring ends where it began
    last = np.flatnonzero(np.append(which[1:] != which[:-1], True))
    closes[last] = shapely.get_type_id(hulls[which[last]]) == 3
    return corners[~closes], names[which[~closes]]
