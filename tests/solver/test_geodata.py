"""Files become Demand and Candidates, or errors that name file, row and column."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from solver.errors import BadInput
from solver.geodata import read_candidates, read_demand, to_frame, write_parquet

HEADER = "id,name,population,lat,lon\n"


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features: Any, **more: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features), **more})


def written(folder: Path, content: str | bytes, name: str = "places.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("id,name,lat,lon\n1,a,2,3\n", "places.csv, column 'population': found only id, name, lat, lon"),
        (
            HEADER + "1,a,many,2,3\n",
            "places.csv, row 2, column 'population': found 'many', expected a number of people",
        ),
        (
            HEADER + "1,a,5,2,3\n2,b,5,x4,3\n",
            "places.csv, row 3, column 'lat': found 'x4', expected a number of degrees",
        ),
        (HEADER + "1,a,5,91,3\n", "places.csv, row 2, column 'lat': found 91.0, expected a latitude from -90 to 90"),
        (HEADER + "1,a,5,9,181\n", "places.csv, row 2, column 'lon': found 181.0, expected a longitude from -180"),
        (
            HEADER + "1,a,5,9,1\n1,b,5,9,1\n",
            "places.csv, row 3, column 'id': found '1', expected an id that no earlier",
        ),
        (HEADER + ",a,5,9,1\n", "places.csv, row 2, column 'id': found nothing, expected an id"),
        (HEADER + "1,a,NaN,9,1\n", "places.csv, row 2, column 'population': found 'NaN', expected a number of people"),
        (HEADER + "1,a,,9,1\n", "places.csv, row 2, column 'population': found nothing, expected a number of people"),
        (HEADER + "1,a,1e999,9,1\n", "places.csv, row 2, column 'population': found '1e999', expected a number"),
        (HEADER + "1,a,1_000,9,1\n", "places.csv, row 2, column 'population': found '1_000', expected a number"),
        (HEADER + "1,a,-4,9,1\n", "places.csv, row 2, column 'population': found -4.0, expected a finite number"),
        (HEADER + "1,a,5,9\n", "places.csv, row 2: found 4 fields, expected 5 fields as in the header"),
        (HEADER, "places.csv: found none, expected at least one row below the header"),
        ("", "places.csv: found an empty file, expected a header line and rows"),
        ("id,id,population,lat,lon\n", "places.csv, row 1, column 'id': found it twice, expected every column once"),
        (b"id,name\n\xff\xfe", "places.csv, row 2: found byte 0xff, expected UTF-8 text"),
        ("id,name".encode("utf-16"), "places.csv: found UTF-16, expected UTF-8 text"),
        (HEADER + "1,a\0,5,9,1\n", "places.csv, row 2: found a NUL character, expected text"),
        (HEADER + '1,"a,5,9,1\n', "places.csv, row 2: found unexpected end of data, expected well-formed CSV"),
        ("<OGRVRTDataSource></OGRVRTDataSource>", "places.csv: found XML, expected CSV, GeoJSON or GeoParquet"),
        (b"PK\x03\x04zip", "places.csv: found a zip archive, expected CSV, GeoJSON or GeoParquet"),
        (b"PAR1 broken", "places.csv: found ArrowInvalid, expected readable GeoParquet"),
        ('{"type": "Feature"', "places.csv, row 1: found Expecting"),
        ("[" * 200_000, "places.csv: found RecursionError, expected well-formed JSON of ordinary depth"),
        (
            '{"type": "Topology"}',
            "places.csv: found an object of type 'Topology', expected a GeoJSON FeatureCollection",
        ),
        (collection(), "places.csv: found none, expected at least one feature"),
        (
            collection(feature(None, id=1)),
            "places.csv, row 1, column 'geometry': found no geometry, expected a feature",
        ),
        (
            collection(feature({"type": "Point", "coordinates": [8, 50]}, id=1, population=float("nan"))),
            "places.csv, row 1, column 'population': found nan, expected a number of people",
        ),
        (
            collection(crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}),
            "places.csv, column 'crs': found 'urn:ogc:def:crs:EPSG::3857', expected WGS 84 longitude and latitude",
        ),
    ],
)
def test_a_fault_is_one_line_with_file_row_and_column(tmp_path: Path, content: str | bytes, line: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_demand(written(tmp_path, content))
    (only,) = caught.value.lines
    assert only.startswith(line)


def test_every_fault_gets_its_line_and_a_flood_is_counted(tmp_path: Path) -> None:
    rows = "".join(f"{i},a,x,2,3\n" for i in range(200))
    with pytest.raises(BadInput) as caught:
        read_demand(written(tmp_path, HEADER + rows))
    assert len(caught.value.lines) == 51
    assert caught.value.lines[-1] == "… and 150 more"


def test_a_missing_file_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nothing\.csv: found No such file or directory, expected a readable file"):
        read_demand(tmp_path / "nothing.csv")


def test_bad_cost_and_status(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"row 2, column 'cost_usd': found 'dear', expected a number of USD"):
        read_candidates(written(tmp_path, "id,lat,lon,cost_usd\n1,2,3,dear\n"))
    with pytest.raises(BadInput, match=r"row 2, column 'status': found 'maybe', expected candidate, required or"):
        read_candidates(written(tmp_path, "id,lat,lon,status\n1,2,3,maybe\n"))


def test_what_spreadsheets_write_is_read(tmp_path: Path) -> None:
    text = "\ufeffID;Name;Latitude;Longitude;Pop\r\n1;Köln, am Rhein;50,9;6.9;5\r\n".replace("50,9", "50.9")
    demand = read_demand(written(tmp_path, text)).data
    assert demand.names.tolist() == ["Köln, am Rhein"]
    assert (demand.lat_deg[0], demand.lon_deg[0], demand.population[0]) == (50.9, 6.9, 5.0)


def test_rows_are_counted_through_quoted_line_breaks_and_blank_lines(tmp_path: Path) -> None:
    text = HEADER + '1,"two\nlines",5,9,1\n\n2,b,x,9,1\n'
    with pytest.raises(BadInput, match="row 5, column 'population'"):
        read_demand(written(tmp_path, text))


def test_optional_columns_have_defaults(tmp_path: Path) -> None:
    candidates = read_candidates(written(tmp_path, "id,lat,lon,status\n7,50,8,\n8,51,8,Required\n")).data
    assert candidates.names.tolist() == ["7", "8"]
    assert candidates.status.tolist() == ["candidate", "required"]
    assert candidates.cost_usd is None


def test_geojson_points_and_shapes(tmp_path: Path) -> None:
    square = {"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]]}
    point = {"type": "Point", "coordinates": [8, 50, 120]}
    loaded = read_demand(
        written(tmp_path, collection(feature(point, id="a", population=1), feature(square, id="b", population=2)))
    )
    assert loaded.data.lon_deg.tolist() == [8.0, 1.0]
    assert loaded.data.lat_deg.tolist() == [50.0, 1.0]
    assert loaded.warnings == ("places.csv: 1 shapes stand at a point inside them",)


def test_geojson_ids_may_stand_outside_the_properties(tmp_path: Path) -> None:
    one = {**feature({"type": "Point", "coordinates": [8, 50]}, population=1), "id": 12}
    assert read_demand(written(tmp_path, collection(one))).data.ids.tolist() == ["12"]


def test_a_bowtie_is_not_a_place(tmp_path: Path) -> None:
    bowtie = {"type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]}
    with pytest.raises(BadInput, match="row 1, column 'geometry': found an empty or invalid Polygon"):
        read_demand(written(tmp_path, collection(feature(bowtie, id=1, population=1))))


def test_the_national_file_survives_geoparquet(reference: Path, tmp_path: Path) -> None:
    original = read_demand(reference / "germany_places.csv").data
    write_parquet(original, tmp_path / "d.parquet")
    again = read_demand(tmp_path / "d.parquet").data
    for name in ("ids", "names", "lat_deg", "lon_deg", "population"):
        assert (getattr(again, name) == getattr(original, name)).all()


def test_geoparquet_in_another_crs_is_converted_and_says_so(reference: Path, tmp_path: Path) -> None:
    original = read_demand(reference / "germany_places.csv").data
    to_frame(original).to_crs(25832).to_parquet(tmp_path / "utm.parquet")
    loaded = read_demand(tmp_path / "utm.parquet")
    assert np.allclose(loaded.data.lat_deg, original.lat_deg, atol=1e-9)
    assert "converted from 'ETRS89 / UTM zone 32N' to WGS 84" in loaded.warnings[0]


def test_geoparquet_without_a_crs_is_refused(reference: Path, tmp_path: Path) -> None:
    frame = to_frame(read_demand(reference / "germany_places.csv").data)
    frame.set_crs(None, allow_override=True).to_parquet(tmp_path / "d.parquet")
    with pytest.raises(BadInput, match=r"d\.parquet, column 'geometry': found none, expected a coordinate reference"):
        read_demand(tmp_path / "d.parquet")


CANDIDATES = (
    "id,name,lat,lon,cost_usd,status,reach_km,reach_ms,power_kw,tier,Utility,existing,rank\n"
    "a,A,50,8,10,required,30,,4.5,mec,North Grid,yes,1.0\n"
    "b,B,51,9,20,,,2.5,,,,no,2\n"
)


def test_candidates_bring_their_own_reach_power_tier_and_groups(tmp_path: Path) -> None:
    candidates = read_candidates(written(tmp_path, CANDIDATES)).data
    assert candidates.reach_km is not None
    assert candidates.reach_ms is not None
    assert candidates.power_kw is not None
    assert candidates.tier is not None
    assert np.array_equal(candidates.reach_km, [30, np.nan], equal_nan=True)
    assert np.array_equal(candidates.reach_ms, [np.nan, 2.5], equal_nan=True)
    assert np.array_equal(candidates.power_kw, [4.5, np.nan], equal_nan=True)
    assert candidates.tier.tolist() == ["mec", ""]
    assert {name: values.tolist() for name, values in candidates.attributes.items()} == {
        "utility": ["North Grid", ""],
        "existing": ["yes", "no"],
        "rank": ["1.0", "2"],
    }
    assert candidates.marked("existing", "required") == ("a",)


def test_candidates_without_these_columns_have_none(tmp_path: Path) -> None:
    candidates = read_candidates(written(tmp_path, "id,lat,lon\n1,2,3\n")).data
    assert (candidates.reach_km, candidates.reach_ms, candidates.power_kw, candidates.tier) == (None,) * 4
    assert dict(candidates.attributes) == {}


def test_every_column_of_the_candidates_survives_geoparquet(tmp_path: Path) -> None:
    original = read_candidates(written(tmp_path, CANDIDATES)).data
    write_parquet(original, tmp_path / "c.parquet")
    again = read_candidates(tmp_path / "c.parquet").data
    for name in ("ids", "names", "lat_deg", "lon_deg", "cost_usd", "status", "tier"):
        assert (getattr(again, name) == getattr(original, name)).all()
    for name in ("reach_km", "reach_ms", "power_kw"):
        assert np.array_equal(getattr(again, name), getattr(original, name), equal_nan=True)
    assert list(again.attributes) == list(original.attributes)
    assert all((again.attributes[name] == original.attributes[name]).all() for name in original.attributes)


@pytest.mark.parametrize(("area", "states"), [("us", 49), ("germany", 16)])
def test_the_states_of_the_examples_are_groups(root: Path, area: str, states: int) -> None:
    candidates = read_candidates(root / "data" / f"{area}_candidates.csv").data
    assert len(set(candidates.attributes["admin1"])) == states


def test_attributes_of_geojson_are_text_too(tmp_path: Path) -> None:
    point = {"type": "Point", "coordinates": [8, 50]}
    text = collection(
        feature(point, id=1, flood=True, floor=3, tags=["x"], utility=None), feature(point, id=2, flood=False)
    )
    attributes = read_candidates(written(tmp_path, text)).data.attributes
    assert {name: values.tolist() for name, values in attributes.items()} == {
        "flood": ["true", "false"],
        "floor": ["3", ""],
        "tags": ['["x"]', ""],
        "utility": ["", ""],
    }


@pytest.mark.parametrize(
    ("column", "value", "line"),
    [
        ("reach_km", "far", "row 2, column 'reach_km': found 'far', expected a number of km, or nothing"),
        ("reach_ms", "-1", "row 2, column 'reach_ms': found -1.0, expected a finite number of ms ≥ 0, or nothing"),
        ("power_kw", "nan", "row 2, column 'power_kw': found 'nan', expected a number of kW, or nothing"),
    ],
)
def test_a_bad_reach_or_power_is_named(tmp_path: Path, column: str, value: str, line: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_candidates(written(tmp_path, f"id,lat,lon,{column}\n1,2,3,{value}\n"))
    assert caught.value.lines == [f"places.csv, {line}"]
