"""Rasters, areas, own columns and measured round trips through the service: upload, plan, refusals."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import rasterio
from fastapi.testclient import TestClient
from rasterio.transform import Affine

from app.settings import Settings
from tests.app.samples import CANDIDATES_CSV, DEMAND_CSV, plan_body, submit, upload
from tests.app.test_datasets import nothing_is_stored
from tests.servers import Server

DEMAND_IDS, SITE_IDS = [f"d{i}" for i in range(64)], [f"s{j}" for j in range(25)]


def population_tif(folder: Path, **profile: Any) -> bytes:
    people = np.random.default_rng(3).gamma(0.5, 100.0, (60, 80)).astype(np.float32)
    settings = {"crs": "EPSG:4326", "transform": Affine(0.01, 0, 8, 0, -0.01, 51), **profile}
    with rasterio.open(
        folder / "p.tif", "w", driver="GTiff", height=60, width=80, count=1, dtype="float32", **settings
    ) as file:
        file.write(people, 1)
    return (folder / "p.tif").read_bytes()


def rtt_csv(changes: dict[str, str] | None = None) -> bytes:
    """Every point to every site: 1 ms, and 0.1 ms more per step between their numbers."""
    lines = ["demand_id,candidate_id,rtt_ms"]
    lines += [
        f"{p},{s},{1 + 0.1 * abs(i - 2 * j):.1f}" for i, p in enumerate(DEMAND_IDS) for j, s in enumerate(SITE_IDS)
    ]
    text = "\n".join(lines) + "\n"
    for old, new in (changes or {}).items():
        text = text.replace(old, new, 1)
    return text.encode()


def send(client: TestClient, content: bytes, name: str = "file", **fields: Any) -> Any:
    return client.post("/api/v1/datasets", data=fields, files={"file": (name, content)})


def test_a_raster_becomes_demand_in_cells_of_the_size_asked_for(
    client: TestClient, tmp_path: Path, settings: Settings
) -> None:
    tif = population_tif(tmp_path)
    coarse, fine = (send(client, tif, "pop.tif", role="demand", cell_km=size).json() for size in (20, 5))
    assert coarse["population"] == pytest.approx(fine["population"], rel=1e-12)
    assert coarse["rows"] < fine["rows"]
    assert "pop.tif: 4800 raster cells with people became" in coarse["warnings"][0]
    assert len(list(settings.datasets_dir.glob("*.parquet"))) == 2
    assert send(client, tif, "pop.tif", role="demand", cell_km=20).json()["rows"] == coarse["rows"]
    assert len(list(settings.datasets_dir.glob("*.parquet"))) == 2


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"role": "demand"}, "expected a cell size in km"),
        ({"role": "demand", "cell_km": "0"}, "cell_km: Input should be greater than or equal to 0.01"),
        ({"role": "demand", "cell_km": "nan"}, "cell_km"),
        ({"role": "demand", "cell_km": "many"}, "cell_km"),
        ({"role": "candidates"}, "pop.tif: found a TIFF image, expected CSV, GeoJSON or GeoParquet"),
        ({"role": "candidates", "cell_km": "5"}, "cell_km: only with role demand"),
        ({"role": "rtt"}, "pop.tif"),
    ],
)
def test_a_raster_in_the_wrong_place_is_refused(
    client: TestClient, tmp_path: Path, settings: Settings, fields: dict[str, str], found: str
) -> None:
    answer = send(client, population_tif(tmp_path), "pop.tif", **fields)
    assert answer.status_code == 422
    assert found in answer.json()["errors"][0]["message"]
    nothing_is_stored(client, settings)


def test_a_raster_without_crs_and_a_virtual_one_are_refused(
    client: TestClient, tmp_path: Path, settings: Settings
) -> None:
    answer = send(client, population_tif(tmp_path, crs=None), "pop.tif", role="demand", cell_km=5)
    assert "expected a coordinate reference system" in answer.json()["detail"]
    vrt = b'<VRTDataset rasterXSize="1" rasterYSize="1"><SourceFilename>/etc/passwd</SourceFilename></VRTDataset>'
    answer = send(client, vrt, "pop.tif", role="demand", cell_km=5)
    assert answer.status_code == 422
    assert "root:" not in answer.text
    nothing_is_stored(client, settings)


def test_a_giant_raster_is_refused_within_the_limits(client: TestClient, tmp_path: Path, settings: Settings) -> None:
    profile = {"driver": "GTiff", "count": 1, "dtype": "uint8", "width": 200_000, "height": 200_000, "crs": "EPSG:4326"}
    place = Affine(1e-4, 0, 8, 0, -1e-4, 51)
    with rasterio.open(
        tmp_path / "g.tif",
        "w",
        sparse_ok=True,
        tiled=True,
        blockxsize=2048,
        blockysize=2048,
        transform=place,
        **profile,
    ):
        pass
    answer = send(client, (tmp_path / "g.tif").read_bytes(), "g.tif", role="demand", cell_km=5)
    assert answer.status_code == 422
    assert "raster cells" in answer.json()["detail"]
    nothing_is_stored(client, settings)


def test_a_matrix_is_a_data_set_of_its_own(client: TestClient) -> None:
    created = upload(client, "rtt", rtt_csv(), "rtt.csv")
    assert (created["role"], created["rows"], created["population"], created["bounds"]) == ("rtt", 64 * 25, None, [])
    assert created["columns"] == ["demand_id", "candidate_id", "rtt_ms"]
    assert "between 64 demand points and 25 candidates" in created["warnings"][0]
    assert [entry["id"] for entry in client.get("/api/v1/datasets?role=rtt").json()["datasets"]] == [created["id"]]
    for path in ("points", "tiles.json", "tiles/0/0/0.png"):
        answer = client.get(f"/api/v1/datasets/{created['id']}/{path}")
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


@pytest.mark.parametrize(
    ("content", "column", "row"),
    [
        (rtt_csv({"d0,s3,1.6": "d0,s3,slow"}), "rtt_ms", 5),
        (rtt_csv({"d0,s3,1.6": "d0,s2,1.6"}), "candidate_id", 5),
        (rtt_csv({"d0,s3,1.6": "d0,s3,-1"}), "rtt_ms", 5),
        (b"demand_id,rtt_ms\na,1\n", "candidate_id", None),
        (DEMAND_CSV, "demand_id", None),
    ],
)
def test_a_bad_matrix_gets_its_row_and_column_and_leaves_nothing(
    client: TestClient, settings: Settings, content: bytes, column: str, row: int | None
) -> None:
    answer = send(client, content, "rtt.csv", role="rtt")
    assert answer.status_code == 422
    assert (answer.json()["errors"][0]["column"], answer.json()["errors"][0]["row"]) == (column, row)
    nothing_is_stored(client, settings)


def matrix_body(inputs: dict[str, str], matrix: str, **reach: Any) -> dict[str, Any]:
    reach = {"rtt_matrix": matrix, "max_rtt_ms": 1.8, **reach}
    return plan_body(inputs["demand"], inputs["candidates"], reach=reach)


def test_a_plan_names_the_matrix_ids_it_does_not_know(inputs: dict[str, str], client: TestClient) -> None:
    content = rtt_csv({"d5,s0": "nobody,s0", "d7,s1": "d7,nowhere"})
    matrix = upload(client, "rtt", content, "rtt.csv")["id"]
    answer = client.post("/api/v1/plans", json=matrix_body(inputs, matrix))
    assert answer.status_code == 422
    assert [error["message"] for error in answer.json()["errors"]] == [
        "rtt.csv, row 127, column 'demand_id': found 'nobody', expected the id of a demand point",
        "rtt.csv, row 178, column 'candidate_id': found 'nowhere', expected the id of a candidate site",
    ]
    assert client.get("/api/v1/plans").json()["plans"] == []


def test_wrong_uses_of_a_matrix_are_named(inputs: dict[str, str], client: TestClient) -> None:
    matrix = upload(client, "rtt", rtt_csv())["id"]
    for reach, field in [
        ({"rtt_matrix": inputs["demand"]}, "rtt_matrix: this data set was uploaded as demand"),
        ({"rtt_matrix": "none"}, "rtt_matrix: no data set has this id"),
        ({"max_rtt_ms": 0}, "max_rtt_ms"),
        ({"fallback": "carrier_pigeon"}, "fallback"),
        ({"base_ms": 1.0}, "a fallback, for which base_ms and route_factor count"),
    ]:
        answer = client.post("/api/v1/plans", json=matrix_body(inputs, matrix, **reach))
        assert answer.status_code == 422, reach
        assert field in answer.text


def test_a_matrix_in_use_stays(inputs: dict[str, str], client: TestClient) -> None:
    matrix, other = upload(client, "rtt", rtt_csv())["id"], upload(client, "rtt", rtt_csv())["id"]
    submit(client, matrix_body(inputs, matrix, fallback="private_fibre"))
    assert client.delete(f"/api/v1/datasets/{matrix}").status_code == 409
    assert client.delete(f"/api/v1/datasets/{other}").status_code == 204


def test_the_preview_counts_the_gaps_of_a_matrix(inputs: dict[str, str], client: TestClient) -> None:
    out = io.BytesIO()
    pq.write_table(pa.table({"demand_id": ["d0"], "candidate_id": ["s0"], "rtt_ms": [1.0]}), out)
    matrix = upload(client, "rtt", out.getvalue())["id"]
    alone = client.post("/api/v1/preview", json=matrix_body(inputs, matrix)).json()
    assert (alone["gaps"]["points"], alone["reach"]["limit"], alone["reach"]["unit"]) == (64, 1.8, "ms")
    assert {gap["smallest_radius_km"] for gap in alone["gaps"]["listed"]} == {None}
    helped = client.post("/api/v1/preview", json=matrix_body(inputs, matrix, fallback="private_fibre")).json()
    assert helped["gaps"]["points"] == 0


def test_a_plan_from_a_matrix_is_solved_and_told_in_ms(live: Server) -> None:
    inputs = {role: upload(live.http, role, content)["id"] for role, content in SAMPLES.items()}
    plan = live.finished(submit(live.http, matrix_body(inputs, inputs["rtt"])))
    assert (plan["state"], plan["outcome"], plan["reach_km"]) == ("done", "optimal", None)
    rows = live.http.get(f"/api/v1/plans/{plan['id']}/assignments").json()["features"]
    times = [row["properties"]["primary_rtt_ms"] for row in rows]
    assert all(1.0 <= ms <= 1.8 for ms in times if ms is not None)
    assert sum(ms is not None for ms in times) >= 32
    sites = live.http.get(f"/api/v1/plans/{plan['id']}/sites").json()["features"]
    failures = live.http.get(f"/api/v1/plans/{plan['id']}/failures").json()["features"]
    for rows, column in ((sites, "farthest_primary"), (failures, "worst_before"), (failures, "worst_after")):
        assert {row["properties"][f"{column}_km"] for row in rows} == {None}
        assert max(row["properties"][f"{column}_rtt_ms"] or 0 for row in rows) <= 1.8
    drill = live.post(f"/plans/{plan['id']}/drill", {"failed": plan["open_sites"][:1]})
    assert drill["points_lost"] == 0
    assert {drill[f"{name}_km"] for name in ("worst_before", "worst_after", "moved_worst_before")} == {None}
    assert drill["moved_worst_after_rtt_ms"] == max(move["to_rtt_ms"] for move in drill["moves"])
    taken = drill["taken_over"][0]
    of_site = [move["to_rtt_ms"] for move in drill["moves"] if move["to_site"] == taken["site"]]
    assert (taken["worst_km"], taken["worst_rtt_ms"]) == (None, max(of_site))
    report = live.http.get(f"/api/v1/plans/{plan['id']}/report").text
    assert f"<dd>{max(ms for ms in times if ms is not None):.1f} ms</dd>" in report


def test_a_plan_that_reaches_areas_entirely_needs_more_sites(live: Server) -> None:
    def square(i: int) -> dict[str, Any]:
        x, y, half = 8 + 0.2 * (i % 8), 50 + 0.2 * (i // 8), 0.08
        ring = [[x - half, y - half], [x + half, y - half], [x + half, y + half], [x - half, y + half]]
        shape = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
        return {"type": "Feature", "geometry": shape, "properties": {"id": f"a{i}", "population": 10}}

    demand = {"type": "FeatureCollection", "features": [square(i) for i in range(64)]}
    candidates = upload(live.http, "candidates", CANDIDATES_CSV)["id"]
    sites = {}
    for demand_as in ("point", "entire"):
        body = plan_body(demand, candidates, demand_as=demand_as, reach={"radius_km": 45})
        plan = live.finished(submit(live.http, body))
        assert plan["outcome"] == "optimal"
        sites[demand_as] = plan["sites"]
    assert sites["entire"] > sites["point"]


SAMPLES = {"demand": DEMAND_CSV, "candidates": CANDIDATES_CSV, "rtt": rtt_csv()}


def test_mutated_rasters_and_matrices_are_never_an_error_of_the_service(shared: TestClient, tmp_path: Path) -> None:
    out = io.BytesIO()
    ids = [f"d{i % 64}" for i in range(200)], [f"s{i // 64}" for i in range(200)]
    pq.write_table(pa.table({"demand_id": ids[0], "candidate_id": ids[1], "rtt_ms": [1.0] * 200}), out)
    uploads = [
        (population_tif(tmp_path), {"role": "demand", "cell_km": "5"}),
        (rtt_csv()[:3000], {"role": "rtt"}),
        (out.getvalue(), {"role": "rtt"}),
    ]
    rng = np.random.default_rng(8)
    seen = set()
    for n in range(12):
        content, fields = uploads[n % 3]
        mutated = bytearray(content)
        for place in rng.integers(0, min(len(mutated), 2000), rng.integers(1, 6)):
            mutated[place : place + 4] = rng.choice([b"\0", b"\xff\xff\xff\xff", b"\x7f", b'"', b""])
        seen.add(send(shared, bytes(mutated), "mutated", **fields).status_code)
    assert 422 in seen
    assert seen <= {201, 422}
