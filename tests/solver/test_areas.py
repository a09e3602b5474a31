"""Areas: the corners that are kept decide how far the farthest point of an outline is, from anywhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.errors import BadInput
from solver.geodata import read_demand, write_parquet
from solver.inputs import Areas
from solver.latency import great_circle_km
from solver.reading.areas import EDGE_ERROR_KM, areas_of

NONE = np.zeros(1)
QUARTER_KM = 10_000
STATES = json.loads((Path(__file__).parents[2] / "data/basemap/de-states.geojson").read_text(encoding="utf-8"))


def outline(shape: Any) -> Areas:
    return areas_of([shape], NONE, NONE, None)


def farthest_km(areas: Areas, lat: float, lon: float) -> float:
    return float(great_circle_km(lat, lon, areas.lat_deg, areas.lon_deg).max())


def along_the_edges(shape: Any, steps: int = 200) -> tuple[Any, Any]:
    """Latitudes and longitudes of many points of every edge, as straight lines of longitude and latitude."""
    corners = shapely.get_coordinates(shape.exterior)
    share = np.linspace(0, 1, steps)[:, None, None]
    xy = (corners[:-1] + (corners[1:] - corners[:-1]) * share).reshape(-1, 2)
    return xy[:, 1], xy[:, 0]


boxes = st.tuples(st.floats(-179, 178), st.floats(-89, 88), st.floats(0.01, 60), st.floats(0.01, 40))
spots = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(boxes, st.lists(spots, min_size=1, max_size=8), st.integers(0, 2**32 - 1))
def test_the_farthest_corner_is_as_far_as_the_farthest_point_of_any_edge(
    box: tuple[float, float, float, float], sites: list[tuple[float, float]], seed: int
) -> None:
    west, south, width, height = box
    rng = np.random.default_rng(seed)
    x, y = west + rng.random(7) * min(width, 180 - west), south + rng.random(7) * min(height, 90 - south)
    around = np.argsort(np.arctan2(y - y.mean(), x - x.mean()))
    shape = shapely.Polygon(np.column_stack([x, y])[around])
    kept, (lat, lon) = outline(shape), along_the_edges(shape)
    for site_lat, site_lon in sites:
        true = float(great_circle_km(site_lat, site_lon, lat, lon).max())
        if true < QUARTER_KM:
            assert farthest_km(kept, site_lat, site_lon) >= true - EDGE_ERROR_KM
            assert farthest_km(kept, site_lat, site_lon) <= true + (width + height) * 111.2 / 400 + EDGE_ERROR_KM


def test_an_edge_along_a_parallel_bulges_away_from_its_great_circle() -> None:
    """Between 20°E and 40°E on 60°N the great circle runs 1.2° north of the parallel."""
    kept = outline(shapely.box(20, 60, 40, 60.1))
    from_north = farthest_km(kept, 75, 30)
    corners = max(float(great_circle_km(75, 30, 60, lon)) for lon in (20, 40))
    middle = float(great_circle_km(75, 30, 60, 30))
    assert from_north == pytest.approx(max(corners, middle), abs=0.01)
    assert farthest_km(kept, 85, 30) == pytest.approx(
        float(great_circle_km(85, 30, np.full(2001, 60), np.linspace(20, 40, 2001)).max()), abs=EDGE_ERROR_KM
    )


def test_real_states_keep_few_corners_and_lose_no_distance() -> None:
    shapes = [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in STATES["features"]]
    points = [shape.representative_point() for shape in shapes]
    areas = areas_of(shapes, np.array([p.y for p in points]), np.array([p.x for p in points]), None)
    before = sum(len(shapely.get_coordinates(shape)) for shape in shapes)
    assert len(areas.lat_deg) < before / 2
    rng = np.random.default_rng(4)
    for i, shape in enumerate(shapes):
        xy = shapely.get_coordinates(shape)
        inside = slice(areas.indptr[i], areas.indptr[i + 1])
        for lat, lon in zip(rng.uniform(45, 58, 30), rng.uniform(3, 18, 30), strict=True):
            all_of_it = float(great_circle_km(lat, lon, xy[:, 1], xy[:, 0]).max())
            kept = float(great_circle_km(lat, lon, areas.lat_deg[inside], areas.lon_deg[inside]).max())
            assert kept == pytest.approx(all_of_it, abs=1e-6)


def test_a_site_inside_needs_to_reach_the_farthest_corner() -> None:
    kept = outline(shapely.box(8, 50, 9, 51))
    assert farthest_km(kept, 50.5, 8.5) == pytest.approx(float(great_circle_km(50.5, 8.5, 50, 8)), abs=1e-6)


@pytest.mark.parametrize(
    ("shape", "corners"),
    [
        (shapely.MultiPoint([(0, 0), (0, 1), (0, 0.5)]), 2),
        (shapely.LineString([(0, 0), (0, 3)]), 2),
        (shapely.GeometryCollection([shapely.Point(1, 1), shapely.MultiPoint([(2, 2), (2, 3)])]), 3),
        (shapely.box(0, -0.001, 0.002, 0.001).difference(shapely.box(0.0005, -0.0005, 0.001, 0.0005)), 4),
    ],
)
def test_every_kind_of_shape_has_corners(shape: Any, corners: int) -> None:
    assert len(outline(shape).lat_deg) == corners


def test_shapes_around_a_pole_and_across_the_antimeridian() -> None:
    cap = outline(shapely.box(-180, 80, 180, 90))
    assert farthest_km(cap, 90, 0) == pytest.approx(float(great_circle_km(90, 0, 80, 0)), abs=EDGE_ERROR_KM)
    fiji = shapely.MultiPolygon([shapely.box(177, -19, 180, -16), shapely.box(-180, -19, -179, -16)])
    assert farthest_km(outline(fiji), -17.5, 179) == pytest.approx(
        max(float(great_circle_km(-17.5, 179, lat, lon)) for lat in (-19, -16) for lon in (177, -179)), abs=0.01
    )


def test_the_whole_globe_is_not_thinned_to_nothing() -> None:
    assert farthest_km(outline(shapely.box(-180, -90, 180, 90)), 0, 0) > 20_000


def collection(*shapes: Any) -> str:
    features = [
        {"type": "Feature", "geometry": shapely.geometry.mapping(shape), "properties": {"id": f"a{i}", "population": 1}}
        for i, shape in enumerate(shapes)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


def test_a_file_of_points_and_shapes_keeps_the_outlines(tmp_path: Path) -> None:
    (tmp_path / "d.geojson").write_text(collection(shapely.Point(8, 50), shapely.box(8, 50, 8.2, 50.1)))
    loaded = read_demand(tmp_path / "d.geojson")
    areas = loaded.data.areas
    assert areas is not None
    assert (areas.lat_deg[0], areas.lon_deg[0]) == (50, 8)
    assert areas.indptr[1] == 1
    assert set(np.round(areas.lat_deg[1:], 9)) >= {50.0, 50.1}
    assert loaded.warnings == ("d.geojson: 1 shapes stand at a point inside them",)


def test_a_file_of_points_has_no_areas(tmp_path: Path) -> None:
    (tmp_path / "d.geojson").write_text(collection(shapely.Point(8, 50)))
    assert read_demand(tmp_path / "d.geojson").data.areas is None


def test_areas_survive_geoparquet_to_the_last_bit(tmp_path: Path) -> None:
    (tmp_path / "d.geojson").write_text(
        collection(shapely.box(8, 50, 8.2, 50.1), shapely.Point(8, 51), shapely.box(9, 50, 14, 54))
    )
    demand = read_demand(tmp_path / "d.geojson").data
    write_parquet(demand, tmp_path / "d.parquet")
    again = read_demand(tmp_path / "d.parquet").data
    assert demand.areas is not None
    assert again.areas is not None
    for name in ("indptr", "lat_deg", "lon_deg"):
        assert (getattr(again.areas, name) == getattr(demand.areas, name)).all()
    assert (again.lat_deg == demand.lat_deg).all()


def test_many_areas_survive_geoparquet_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large files are read by another reader, which knows points only."""
    monkeypatch.setattr("solver.reading.bulk.LARGE_BYTES", 1)
    (tmp_path / "d.geojson").write_text(collection(shapely.box(8, 50, 8.2, 50.1), shapely.Point(8, 51)))
    write_parquet(read_demand(tmp_path / "d.geojson").data, tmp_path / "d.parquet")
    assert read_demand(tmp_path / "d.parquet").data.areas is not None


def test_edges_are_straight_in_the_coordinates_of_the_file(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"id": ["a"], "population": [5.0]}, geometry=[shapely.box(4e6, 2.6e6, 4.6e6, 3.4e6)], crs=3035
    )
    frame.to_parquet(tmp_path / "laea.parquet")
    loaded = read_demand(tmp_path / "laea.parquet")
    assert loaded.data.areas is not None
    dense = frame.segmentize(1000.0).to_crs("OGC:CRS84")
    xy = shapely.get_coordinates(dense.geometry)
    for lat, lon in [(40, 5), (60, 12), (50, -5), (48, 25), (50.5, 10.5)]:
        true = float(great_circle_km(lat, lon, xy[:, 1], xy[:, 0]).max())
        assert farthest_km(loaded.data.areas, lat, lon) == pytest.approx(true, abs=0.01)


@pytest.mark.parametrize("shape", [shapely.box(170, 0, 190, 1), shapely.box(0, 80, 1, 91)])
def test_a_vertex_off_the_globe_is_named(tmp_path: Path, shape: Any) -> None:
    (tmp_path / "d.geojson").write_text(collection(shapely.Point(8, 50), shape))
    with pytest.raises(BadInput, match=r"d\.geojson, row 2, column 'geometry': found .*, expected vertices from -180"):
        read_demand(tmp_path / "d.geojson")
