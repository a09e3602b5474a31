"""Large files are read column by column: the same points, and for a faulty file the same words."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pytest
import shapely
from shapely.geometry import Point, box

from solver.errors import BadInput
from solver.geodata import Loaded, read_demand, write_parquet
from solver.problem import Demand
from solver.reading import bulk

ROOT = Path(__file__).parent.parent.parent
PLAIN = 'id,name,population,lat,lon\na," Aachen ",10,50.8,6.1\nb,,0,51.2,6.8\n'


def both_ways(path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Loaded[Demand], Loaded[Demand]]:
    careful = read_demand(path)
    monkeypatch.setattr(bulk, "LARGE_BYTES", 0)
    assert bulk.read_in_bulk(path) is not None
    return careful, read_demand(path)


def assert_equal(one: Loaded[Demand], other: Loaded[Demand]) -> None:
    assert one.columns == other.columns
    assert one.warnings == other.warnings
    for name in ("ids", "names", "lat_deg", "lon_deg", "population"):
        assert getattr(one.data, name).tolist() == getattr(other.data, name).tolist()


@pytest.mark.parametrize("name", ["us_demand.csv", "germany_demand.csv"])
def test_the_bundled_countries_read_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert_equal(*both_ways(ROOT / "data" / name, monkeypatch))


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        "\ufeff" + PLAIN,
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\n\n"),
        PLAIN.replace(",", ";").replace("50.8", "5.08e1"),
        PLAIN.replace("lat,lon", "Latitude,LNG").replace("population", " Pop "),
        PLAIN.replace("Aachen", 'Bad ""Aachen""\n, Stadt'),
        PLAIN.replace("name", "extra"),
        "lon,lat,population,id\n6.1,50.8,1,007\n",
    ],
)
def test_csv_of_every_ordinary_shape_reads_the_same(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "demand.csv"
    path.write_bytes(text.encode("utf-8"))
    assert_equal(*both_ways(path, monkeypatch))


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.replace("50.8", "abc"),
        PLAIN.replace("50.8", "nan"),
        PLAIN.replace("50.8", "1_0"),
        PLAIN.replace("50.8", ""),
        PLAIN.replace("50.8", "91"),
        PLAIN.replace("10,", "-10,"),
        PLAIN.replace("b,,", "a,,"),
        PLAIN.replace("b,,", " ,,"),
        PLAIN.replace("6.8", "6.8,1"),
        PLAIN.replace("lon", "x"),
        PLAIN.replace("name", "lat"),
        PLAIN.replace("Aachen", "A\0chen"),
        PLAIN.replace("Aachen ", 'Aachen"x" '),
        PLAIN.encode().replace(b"Aachen", b"A\xffchen"),
        "id,name,population,lat,lon\n",
    ],
)
def test_a_faulty_file_is_refused_in_the_same_words(
    content: str | bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "demand.csv"
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    with pytest.raises(BadInput) as careful:
        read_demand(path)
    monkeypatch.setattr(bulk, "LARGE_BYTES", 0)
    with pytest.raises(BadInput) as quick:
        read_demand(path)
    assert quick.value.lines == careful.value.lines


def frame(**columns: object) -> gpd.GeoDataFrame:
    shapes = [Point(6.1, 50.8), Point(-179.5, -16.9), Point(0.0, 90.0)]
    table = {"id": ["a", "b", "c"], "Pop": [1, 2, 0], "name": ["x", "", " z "], **columns}
    return gpd.GeoDataFrame(table, geometry=shapes, crs="OGC:CRS84")


def test_geoparquet_and_parquet_read_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read_demand(ROOT / "data" / "germany_demand.csv").data
    write_parquet(whole, tmp_path / "whole.parquet")
    frame().to_parquet(tmp_path / "points.parquet")
    frame(id=[1, 2, 3]).to_crs("EPSG:4326").to_parquet(tmp_path / "numbers.parquet")
    frame(lat=[1.0, 2.0, 3.0], Longitude=[4, 5, 6]).drop(columns="geometry").to_parquet(tmp_path / "plain.parquet")
    for name in ("whole", "points", "numbers", "plain"):
        with monkeypatch.context() as patch:
            assert_equal(*both_ways(tmp_path / f"{name}.parquet", patch))


@pytest.mark.parametrize(
    "unusual",
    [
        frame().to_crs("EPSG:3035"),
        frame().set_geometry([box(6, 50, 7, 51), Point(1, 1), Point(2, 2)], crs="OGC:CRS84"),
        frame(id=[1.0, 2.0, 3.0]),
        frame(Pop=["1", "2", "3"]),
    ],
)
def test_unusual_parquet_is_left_to_the_careful_reader(
    unusual: gpd.GeoDataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "demand.parquet"
    unusual.to_parquet(path)
    monkeypatch.setattr(bulk, "LARGE_BYTES", 0)
    assert bulk.read_in_bulk(path) is None
    assert len(read_demand(path).data) == 3


def test_an_empty_point_is_refused_by_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame().set_geometry([Point(), Point(1, 1), Point(2, 2)], crs="OGC:CRS84").to_parquet(tmp_path / "d.parquet")
    monkeypatch.setattr(bulk, "LARGE_BYTES", 0)
    with pytest.raises(BadInput, match=r"row 1.*geometry"):
        read_demand(tmp_path / "d.parquet")


def test_small_files_are_read_carefully() -> None:
    assert bulk.read_in_bulk(ROOT / "data" / "us_demand.csv") is None
    assert np.isfinite(bulk.LARGE_BYTES)


def test_points_are_read_from_slices_of_a_column_as_from_all_of_it() -> None:
    shapes = pa.array(shapely.to_wkb(shapely.points(np.arange(10.0), np.arange(10.0) + 0.5)).tolist(), pa.binary())
    found = bulk.wkb_points(pa.chunked_array([shapes.slice(3, 4), shapes.slice(8)]))
    assert found is not None
    assert found[0].tolist() == [3.0, 4.0, 5.0, 6.0, 8.0, 9.0]
    assert found[1].tolist() == [3.5, 4.5, 5.5, 6.5, 8.5, 9.5]
