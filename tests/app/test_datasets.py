"""Data sets: what may come in, what is refused and how, and that refused means nothing stored."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from app.settings import Settings
from tests.app.samples import CANDIDATES_CSV, DEMAND_CSV, HOSTILE, plan_body, submit, upload

COLLECTION = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [8 + i / 10, 50]},
            "properties": {"id": f"g{i}", "name": HOSTILE, "population": 10},
        }
        for i in range(3)
    ],
}


def test_a_csv_file_becomes_a_data_set_that_tells_about_itself(client: TestClient) -> None:
    created = upload(client, "demand", DEMAND_CSV)
    assert created["rows"] == 64
    assert created["population"] == sum(100 + i for i in range(64))
    assert created["bounds"] == pytest.approx([8.0, 50.0, 9.4, 51.4])
    assert created["columns"] == ["id", "name", "lat", "lon", "population"]
    assert created["warnings"] == []
    assert client.get(created["links"]["self"]).json() == created


def test_the_format_is_told_by_the_content_and_not_by_the_name(client: TestClient) -> None:
    assert upload(client, "demand", json.dumps(COLLECTION).encode(), "x.csv")["rows"] == 3
    assert upload(client, "demand", DEMAND_CSV, "x.geojson")["rows"] == 64


def test_geoparquet_comes_in_as_it_went_out(client: TestClient, settings: Settings) -> None:
    first = upload(client, "candidates", CANDIDATES_CSV)
    stored = next(settings.datasets_dir.glob("*.parquet")).read_bytes()
    again = upload(client, "candidates", stored, "stored.parquet")
    points = [client.get(created["links"]["points"]).json() for created in (first, again)]
    assert points[0] == points[1]
    assert points[0]["names"][0] == HOSTILE


def test_equal_bytes_are_stored_once_and_kept_until_the_last_user_is_gone(
    client: TestClient, settings: Settings
) -> None:
    first, second = upload(client, "demand", DEMAND_CSV), upload(client, "demand", DEMAND_CSV)
    assert first["id"] != second["id"]
    assert len(list(settings.datasets_dir.iterdir())) == 1
    assert client.delete(f"/api/v1/datasets/{first['id']}").status_code == 204
    assert client.get(second["links"]["points"]).status_code == 200
    assert client.delete(f"/api/v1/datasets/{second['id']}").status_code == 204
    assert list(settings.datasets_dir.iterdir()) == []
    assert client.get(first["links"]["self"]).status_code == 404


def test_a_data_set_in_use_cannot_be_deleted(inputs: dict[str, str], client: TestClient) -> None:
    plan_id = submit(client, plan_body(inputs["demand"], inputs["candidates"]))
    answer = client.delete(f"/api/v1/datasets/{inputs['demand']}")
    assert answer.status_code == 409
    assert plan_id in answer.json()["detail"]


def test_pages_follow_each_other_without_gap_or_repeat(client: TestClient) -> None:
    ids = [upload(client, "demand", DEMAND_CSV)["id"] for _ in range(5)]
    seen: list[str] = []
    after = None
    while True:
        page = client.get("/api/v1/datasets", params={"limit": 2, **({"after": after} if after else {})}).json()
        seen += [entry["id"] for entry in page["datasets"]]
        after = page["next"]
        if after is None:
            break
    assert sorted(seen) == sorted(ids)
    assert client.get("/api/v1/datasets?limit=1001").status_code == 422
    assert client.get("/api/v1/datasets?role=candidates").json()["datasets"] == []


def _parquet(**columns: list[object]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


HEADER = b"id,name,lat,lon,population\n"
VRT = (
    b'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>'
    b"</OGRVRTDataSource>"
)
REFUSED = {
    "missing column": (b"id,name,lat,lon\na,A,50,8\n", "population", None),
    "text in a number": (HEADER + b"a,A,50,8,1\nb,B,50,8,many\n", "population", 3),
    "latitude 91": (HEADER + b"a,A,91,8,1\n", "lat", 2),
    "longitude 181": (HEADER + b"a,A,50,181,1\n", "lon", 2),
    "duplicate id": (HEADER + b"a,A,50,8,1\na,B,51,8,1\n", "id", 3),
    "NaN population": (HEADER + b"a,A,50,8,NaN\n", "population", 2),
    "infinite population": (HEADER + b"a,A,50,8,1e999\n", "population", 2),
    "negative population": (HEADER + b"a,A,50,8,-1\n", "population", 2),
    "empty population": (HEADER + b"a,A,50,8,\n", "population", 2),
    "parquet with text in a number": (
        _parquet(id=["a"], lat=[50.0], lon=[8.0], population=["many"]),
        "population",
        1,
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_file_gets_one_clear_line_and_leaves_nothing(case: str, client: TestClient, settings: Settings) -> None:
    content, column, row = REFUSED[case]
    answer = client.post("/api/v1/datasets", data={"role": "demand"}, files={"file": ("places.csv", content)})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    (finding,) = answer.json()["errors"]
    assert finding["message"].startswith("places.csv")
    assert "\n" not in finding["message"]
    assert (finding["column"], finding["row"]) == (column, row)
    nothing_is_stored(client, settings)


def test_of_many_faults_fifty_are_told_and_the_rest_counted(client: TestClient) -> None:
    lines = b"".join(b"%d,A,91,8,1\n" % row for row in range(60))
    answer = client.post("/api/v1/datasets", data={"role": "demand"}, files={"file": ("p.csv", HEADER + lines)}).json()
    assert [error["row"] for error in answer["errors"]] == list(range(2, 52))
    assert answer["omitted"] == 10
    assert answer["detail"].endswith("(and 59 more)")


UNREADABLE = {
    "lone surrogate": b'{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point",'
    b'"coordinates":[8,50]},"properties":{"id":"\\ud800","name":"\\udfff","population":1}}]}',
    "empty file": b"",
    "header only": HEADER,
    "VRT": VRT,
    "zip": b"PK\x03\x04" + b"\0" * 100,
    "binary": bytes(range(256)) * 10,
    "UTF-16": "id,lat,lon,population\n".encode("utf-16"),
    "broken parquet": b"PAR1" + b"\xff" * 200 + b"PAR1",
    "deep JSON": b'{"type":"FeatureCollection","features":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "JSON, not GeoJSON": b'{"a": 1}',
    "GeoJSON in another CRS": b'{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"EPSG:3857"}},'
    b'"features":[{"type":"Feature","geometry":{"type":"Point","coordinates":[890555.9,6446275.8]},'
    b'"properties":{"id":"a","population":1}}]}',
    "geometry that is none": b'{"type":"FeatureCollection","features":[{"type":"Feature","geometry":null,'
    b'"properties":{"id":"a","population":1}}]}',
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_is_not_a_data_set_is_refused_in_words(case: str, client: TestClient, settings: Settings) -> None:
    answer = client.post("/api/v1/datasets", data={"role": "demand"}, files={"file": ("upload.bin", UNREADABLE[case])})
    assert answer.status_code == 422, answer.text
    body = answer.json()
    assert body["detail"]
    assert "root:" not in answer.text
    nothing_is_stored(client, settings)


def test_a_parquet_bomb_is_refused(client: TestClient, settings: Settings) -> None:
    rows = 30_000_000
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 1000, pa.int32()), ["x" * 1000])
    table = pa.table({"id": pa.chunked_array([column] * (rows // 1000 // 1000))})
    out = io.BytesIO()
    pq.write_table(pa.concat_tables([table] * 1000), out, compression="zstd")
    assert len(out.getvalue()) < 4 << 20
    answer = client.post("/api/v1/datasets", data={"role": "demand"}, files={"file": ("b", out.getvalue())})
    assert answer.status_code in (413, 422), answer.text
    nothing_is_stored(client, settings)


def test_too_many_rows_are_refused(client: TestClient, settings: Settings) -> None:
    lines = b"".join(b"d%d,,50,8,1\n" % i for i in range(settings.row_limit + 1))
    answer = client.post("/api/v1/datasets", data={"role": "demand"}, files={"file": ("b", HEADER + lines)})
    assert answer.status_code == 422
    assert str(settings.row_limit) in answer.json()["detail"]
    nothing_is_stored(client, settings)


@pytest.mark.parametrize("fields", [{}, {"role": "both"}, {"role": "demand", "name": "x" * 201}])
def test_a_bad_form_names_its_field(fields: dict[str, str], client: TestClient) -> None:
    answer = client.post("/api/v1/datasets", data=fields, files={"file": ("f.csv", DEMAND_CSV)})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] in ("role", "name")


def nothing_is_stored(client: TestClient, settings: Settings) -> None:
    assert client.get("/api/v1/datasets").json()["datasets"] == []
    left = [path for folder in (settings.datasets_dir, settings.scratch_dir) for path in Path(folder).rglob("*")]
    assert left == []
