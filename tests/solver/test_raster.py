"""Population rasters become demand cells: nobody is lost, nobody is moved out of their cell, faults are named."""

from __future__ import annotations

import math
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine
from rasterio.warp import transform as warped

from solver.errors import BadInput
from solver.geodata import read_demand, write_parquet
from solver.latency import great_circle_km
from solver.problem import Demand
from solver.reading.raster import CellGrid


def from_origin(west: float, north: float, width: float, height: float) -> Affine:
    """rasterio's own function of this name warns of a change to come in affine."""
    return Affine(width, 0.0, west, 0.0, -height, north)


LAEA = {"crs": "EPSG:3035", "transform": from_origin(4_300_000, 3_000_000, 1000, 1000)}
LON_LAT = {"crs": "EPSG:4326", "transform": from_origin(8, 51, 0.01, 0.01)}


def raster(folder: Path, people: Any, name: str = "pop.tif", **profile: Any) -> Path:
    values = np.asarray(people)
    with rasterio.open(
        folder / name,
        "w",
        driver="GTiff",
        height=values.shape[-2],
        width=values.shape[-1],
        count=1 if values.ndim == 2 else len(values),
        dtype=profile.pop("dtype", "float32"),
        **profile,
    ) as file:
        file.write(values, 1 if values.ndim == 2 else None)
    return folder / name


def places(seed: int, rows: int = 90, columns: int = 70) -> np.ndarray[Any, Any]:
    rng = np.random.default_rng(seed)
    people = rng.gamma(0.4, 300.0, (rows, columns)).astype(np.float32)
    people[rng.random((rows, columns)) < 0.3] = 0
    return people


@pytest.mark.parametrize("cell_km", [0.5, 3.0, 7.3, 40.0])
@pytest.mark.parametrize("place", [LAEA, LON_LAT])
@pytest.mark.parametrize("shape", [{}, {"tiled": True, "blockxsize": 16, "blockysize": 16, "compress": "deflate"}])
def test_nobody_is_lost_at_any_cell_size(
    tmp_path: Path, cell_km: float, place: dict[str, Any], shape: dict[str, Any]
) -> None:
    people = places(1)
    demand = read_demand(raster(tmp_path, people, **place, **shape), cell_km=cell_km).data
    assert math.fsum(demand.population) == pytest.approx(math.fsum(people.ravel()), rel=1e-12)
    assert (demand.population > 0).all()


def test_a_cell_stands_at_the_mean_position_of_its_people(tmp_path: Path) -> None:
    people = np.zeros((100, 100), dtype=np.float32)
    people[10, 10], people[10, 12] = 30, 10
    demand = read_demand(raster(tmp_path, people, **LON_LAT), cell_km=50).data
    assert demand.population.tolist() == [40]
    assert demand.lat_deg[0] == pytest.approx(51 - 0.105)
    assert demand.lon_deg[0] == pytest.approx(8 + (30 * 0.105 + 10 * 0.125) / 40)


def test_every_cell_is_what_summing_by_hand_gives(tmp_path: Path) -> None:
    people, grid = places(2), CellGrid(5.0)
    raster(tmp_path, people, **LAEA)
    rows, columns = np.nonzero(people)
    x, y = 4_300_000 + 1000 * (columns + 0.5), 3_000_000 - 1000 * (rows + 0.5)
    lon, lat = (np.array(side) for side in warped("EPSG:3035", "EPSG:4326", x, y))
    names = grid.names(grid.keys(lat, lon))
    sums: dict[str, float] = {}
    for name, count in zip(names, people[rows, columns].tolist(), strict=True):
        sums[name] = sums.get(name, 0.0) + count
    demand = read_demand(tmp_path / "pop.tif", cell_km=5).data
    assert dict(zip(demand.ids, demand.population, strict=True)) == pytest.approx(sums)


def test_cells_are_about_as_large_as_asked_and_keep_their_name_between_rasters(tmp_path: Path) -> None:
    people = places(3)
    whole = read_demand(raster(tmp_path, people, **LON_LAT), cell_km=10).data
    north = read_demand(raster(tmp_path, people[:45], "north.tif", **LON_LAT), cell_km=10).data
    shared = set(whole.ids) & set(north.ids)
    assert len(shared) == len(north.ids)
    both = dict(zip(whole.ids, zip(whole.lat_deg, whole.lon_deg, strict=True), strict=True))
    far = [great_circle_km(*both[i], la, lo) for i, la, lo in zip(north.ids, north.lat_deg, north.lon_deg, strict=True)]
    assert max(far) < 14.3
    grid = CellGrid(10.0)
    assert grid.columns(np.arange(grid.rows)).sum() * 100 == pytest.approx(510_065_000, rel=1e-3)  # km² of the Earth


def test_cells_tile_the_globe_up_to_poles_and_antimeridian() -> None:
    grid = CellGrid(500.0)
    lat, lon = (side.ravel() for side in np.meshgrid(np.linspace(-90, 90, 181), np.linspace(-180, 180, 361)))
    keys = grid.keys(lat, lon)
    assert len(set(grid.names(keys))) == len(set(keys.tolist()))
    assert keys.max() // 2**32 == grid.rows - 1
    assert keys.min() >= 0


def test_longitudes_up_to_360_are_the_same_places(tmp_path: Path) -> None:
    people = np.full((2, 2), 5.0)
    east = read_demand(raster(tmp_path, people, crs="EPSG:4326", transform=from_origin(250, 40, 0.1, 0.1)), cell_km=50)
    west = read_demand(raster(tmp_path, people, crs="EPSG:4326", transform=from_origin(-110, 40, 0.1, 0.1)), cell_km=50)
    assert east.data.ids.tolist() == west.data.ids.tolist()
    assert east.data.lon_deg == pytest.approx(west.data.lon_deg)


def test_no_data_counts_for_nobody(tmp_path: Path) -> None:
    people = np.array([[-200, 7], [np.nan, 3]])
    loaded = read_demand(raster(tmp_path, people, nodata=-200, **LON_LAT), cell_km=100)
    assert loaded.data.population.tolist() == [10]
    assert not any("no data" in line for line in loaded.warnings)


def test_one_undeclared_negative_value_is_no_data_and_said_so(tmp_path: Path) -> None:
    people = np.array([[-9999, 7], [-9999, 3]])
    loaded = read_demand(raster(tmp_path, people, **LON_LAT), cell_km=100)
    assert loaded.data.population.tolist() == [10]
    assert "2 raster cells hold -9999; taken as no data" in loaded.warnings[0]


def test_scaled_integers_are_people(tmp_path: Path) -> None:
    path = raster(tmp_path, np.array([[0, 4], [10, 0]]), dtype="uint16", **LON_LAT)
    with rasterio.open(path, "r+") as file:
        file.scales = (0.5,)
    assert read_demand(path, cell_km=100).data.population.tolist() == [7]


def test_a_conversion_is_said(tmp_path: Path) -> None:
    loaded = read_demand(raster(tmp_path, places(4), **LAEA), cell_km=10)
    assert "converted from 'ETRS89-extended / LAEA Europe' to WGS 84" in loaded.warnings[0]
    assert "raster cells with people became" in loaded.warnings[1]


def test_cells_survive_geoparquet(tmp_path: Path) -> None:
    demand = read_demand(raster(tmp_path, places(5), **LAEA), cell_km=8).data
    write_parquet(demand, tmp_path / "cells.parquet")
    again = read_demand(tmp_path / "cells.parquet").data
    for name in ("ids", "names", "lat_deg", "lon_deg", "population"):
        assert (getattr(again, name) == getattr(demand, name)).all()


@pytest.mark.parametrize(
    ("people", "profile", "line"),
    [
        (np.ones((2, 2)), {"transform": LON_LAT["transform"]}, "found none, expected a coordinate reference system"),
        (np.ones((2, 2)), {"crs": "EPSG:4326"}, "found none, expected a geotransform"),
        (np.ones((3, 2, 2)), LON_LAT, "found 3 bands, expected one band"),
        (np.zeros((2, 2)), LON_LAT, "found none, expected at least one raster cell with people"),
        ([[1, -1], [-2, -3]], LON_LAT, "pop.tif, row 1, column '2': found -1.0, expected a number of people ≥ 0"),
        ([[1, np.inf], [2, 3]], LON_LAT, "pop.tif, row 1, column '2': found inf, expected a number of people ≥ 0"),
        (
            np.ones((2, 2)),
            {"crs": "EPSG:4326", "transform": from_origin(8, 95, 0.1, 0.1)},
            "pop.tif, row 1, column '1': found none for 4 people in 4 raster cells, expected a place on the globe",
        ),
        (
            np.ones((2, 2)),
            {"crs": "EPSG:3035", "transform": from_origin(9e9, 9e9, 1, 1)},
            "pop.tif, row 1, column '1': found none for 4 people in 4 raster cells, expected a place on the globe",
        ),
        (
            np.ones((2, 2)),
            {"crs": 'LOCAL_CS["yard",UNIT["metre",1]]', "transform": Affine(1, 0, 0, 0, -1, 0)},
            "expected a coordinate reference system that can be converted to WGS 84",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_what_is_no_population_grid_is_refused(tmp_path: Path, people: Any, profile: dict[str, Any], line: str) -> None:
    path = raster(tmp_path, people, **profile)
    with pytest.raises(BadInput) as caught:
        read_demand(path, cell_km=5)
    assert line in caught.value.lines[0]
    assert caught.value.lines[0].startswith("pop.tif")


def test_a_raster_needs_a_cell_size_and_a_cell_size_a_raster(tmp_path: Path) -> None:
    path = raster(tmp_path, places(6), **LON_LAT)
    with pytest.raises(BadInput, match=r"pop\.tif, column 'cell_km': found none, expected a cell size in km"):
        read_demand(path)
    for size in (0.0, -1.0, math.nan, 1e6):
        with pytest.raises(BadInput, match=r"column 'cell_km': found .*, expected a cell size from 0\.01 to 1000 km"):
            read_demand(path, cell_km=size)
    (tmp_path / "d.csv").write_text("id,lat,lon,population\na,50,8,1\n")
    with pytest.raises(BadInput, match=r"d\.csv: found another format, expected a population raster"):
        read_demand(tmp_path / "d.csv", cell_km=5)


def test_a_machine_without_libexpat_is_told_what_it_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = raster(tmp_path, places(9), **LON_LAT)
    monkeypatch.setitem(sys.modules, "rasterio", None)
    with pytest.raises(BadInput, match=r"pop\.tif: found .*, expected a machine with libexpat"):
        read_demand(path, cell_km=5)


def test_a_virtual_format_named_tif_is_not_opened(tmp_path: Path) -> None:
    secret = raster(tmp_path, places(7), "secret.tif", **LON_LAT)
    vrt = tmp_path / "pop.tif"
    vrt.write_text(
        f'<VRTDataset rasterXSize="70" rasterYSize="90"><VRTRasterBand dataType="Float32" band="1"><SimpleSource>'
        f"<SourceFilename>{secret}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"
    )
    with pytest.raises(BadInput, match="another format, expected a population raster"):
        read_demand(vrt, cell_km=5)


@pytest.mark.parametrize("content", [b"II*\x00", b"II*\x00" + b"\xff" * 200, b"MM\x00+" + bytes(300)])
def test_a_broken_tiff_is_refused_without_naming_our_folders(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pop.tif").write_bytes(content)
    with pytest.raises(BadInput) as caught:
        read_demand(tmp_path / "pop.tif", cell_km=5)
    assert caught.value.lines[0].endswith("expected a readable GeoTIFF")
    assert str(tmp_path) not in str(caught.value)


def tiff(width: int, height: int, tile: int) -> bytes:
    """A TIFF of a few hundred bytes that declares a tiled float64 raster and holds none of it."""
    tiles = math.ceil(width / tile) * math.ceil(height / tile)
    ones = [(256, width), (257, height), (258, 64), (259, 8), (262, 1), (277, 1), (322, tile), (323, tile), (339, 3)]
    fields = sorted([*((tag, 1, value) for tag, value in ones), (324, tiles, 200), (325, tiles, 200)])
    directory = b"".join(struct.pack("<HHII", tag, 4, count, value) for tag, count, value in fields)
    return b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", len(fields)) + directory + bytes(400)


@pytest.mark.parametrize(
    ("width", "height", "tile", "found"),
    [(2**31 - 16, 2**31 - 16, 2**27, "raster cells"), (60_000, 60_000, 60_000, "blocks of 60000 × 60000")],
)
def test_a_bomb_is_refused_before_anything_is_allocated(
    tmp_path: Path, width: int, height: int, tile: int, found: str
) -> None:
    (tmp_path / "pop.tif").write_bytes(tiff(width, height, tile))
    with pytest.raises(BadInput) as caught:
        read_demand(tmp_path / "pop.tif", cell_km=5)
    assert found in caught.value.lines[0]


def test_a_sparse_giant_is_refused(tmp_path: Path) -> None:
    profile = {"driver": "GTiff", "count": 1, "dtype": "uint8", "width": 200_000, "height": 200_000}
    with rasterio.open(tmp_path / "pop.tif", "w", sparse_ok=True, tiled=True, bigtiff="yes", **profile, **LON_LAT):
        pass
    assert (tmp_path / "pop.tif").stat().st_size < 20_000_000
    with pytest.raises(BadInput, match="found 200000 × 200000 raster cells, expected at most 10000000000"):
        read_demand(tmp_path / "pop.tif", cell_km=5)


def test_a_raster_is_demand_like_any_other(tmp_path: Path) -> None:
    assert isinstance(read_demand(raster(tmp_path, places(8), **LAEA), cell_km=10).data, Demand)
