"""What a finished plan can be taken away as, from a running service."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import geopandas
import numpy as np
import pytest

from app.exports import to_csv
from solver.latency import great_circle_km
from tests.app.samples import FORMULA, NAMES, finished_plan
from tests.servers import Server

Plan = dict[str, Any]


def collection(live: Server, plan: Plan, kind: str) -> list[dict[str, Any]]:
    answer = live.http.get(plan["links"][kind])
    assert answer.headers["content-type"] == "application/geo+json"
    document = answer.json()
    assert set(document) == {"type", "features"}
    features: list[dict[str, Any]] = document["features"]
    return features


def rows(live: Server, plan: Plan, kind: str) -> list[dict[str, str]]:
    answer = live.http.get(plan["links"][kind] + "?format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def test_a_finished_plan_tells_its_result(live: Server, done: Plan) -> None:
    assert done["outcome"] == "optimal"
    assert done["sites"] == len(done["open_sites"]) == done["lower_bound"]
    assert done["gap"] == 0
    assert done["progress"]["phase"] == "done"
    assert done["attempts"] == 1
    listed = live.http.get("/api/v1/plans").json()["plans"]
    assert done in listed


def test_every_site_says_whom_it_serves(live: Server, done: Plan) -> None:
    sites = collection(live, done, "sites")
    assert [site["properties"]["id"] for site in sites] == done["open_sites"]
    assert sum(site["properties"]["points_primary"] for site in sites) == 64
    assert sum(site["properties"]["points_backup"] for site in sites) == 64
    assert max(site["properties"]["farthest_primary_km"] for site in sites) <= 60


def test_every_point_has_primary_and_backup_at_true_distances(live: Server, done: Plan) -> None:
    places = {site["properties"]["id"]: site["geometry"]["coordinates"] for site in collection(live, done, "sites")}
    for point in collection(live, done, "assignments"):
        properties, (lon, lat) = point["properties"], point["geometry"]["coordinates"]
        assert properties["primary_id"] != properties["backup_id"]
        for role in ("primary", "backup"):
            site_lon, site_lat = places[properties[f"{role}_id"]]
            km = float(great_circle_km(lat, lon, site_lat, site_lon))
            assert properties[f"{role}_km"] == pytest.approx(km, abs=1e-5)
            assert properties[f"{role}_rtt_ms"] == pytest.approx(km * 0.0102, rel=0.01)
            assert km <= 60
        assert properties["primary_km"] <= properties["backup_km"]
        assert properties["gap"] is False


def test_all_candidates_are_there_with_an_open_flag(live: Server, done: Plan) -> None:
    candidates = collection(live, done, "candidates")
    assert len(candidates) == 25
    opened = [entry["properties"]["id"] for entry in candidates if entry["properties"]["open"]]
    assert sorted(opened) == sorted(done["open_sites"])


def test_failures_rank_what_the_drill_tells(live: Server, done: Plan) -> None:
    failures = [entry["properties"] for entry in collection(live, done, "failures")]
    moved = [entry["population_moved"] for entry in failures]
    assert moved == sorted(moved, reverse=True)
    for entry in failures:
        drill = live.http.post(done["links"]["drill"], json={"failed": [entry["id"]]}).json()
        assert drill["points_moved"] == entry["points_moved"] == len(drill["moves"])
        assert drill["population_moved"] == entry["population_moved"]
        assert drill["points_lost"] == 0
        assert drill["worst_after_km"] <= 60
        assert {move["from_site"] for move in drill["moves"]} <= {entry["id"]}


def test_failing_everything_loses_everybody(live: Server, done: Plan) -> None:
    drill = live.http.post(done["links"]["drill"], json={"failed": done["open_sites"]}).json()
    assert drill["points_lost"] == 64
    assert all(move["to_site"] is None and move["to_km"] is None for move in drill["moves"])
    answer = live.http.post(done["links"]["drill"], json={"failed": ["s0", "nowhere"]})
    assert answer.status_code == 422
    assert "nowhere" in answer.text


def test_names_come_out_letter_for_letter(live: Server, done: Plan) -> None:
    names = {entry["properties"]["id"]: entry["properties"]["name"] for entry in collection(live, done, "candidates")}
    assert {number: names[f"s{number}"] for number in NAMES} == NAMES
    points = live.http.get(f"/api/v1/datasets/{done['request']['demand']}/points").json()
    assert [points["names"][number] for number in NAMES] == list(NAMES.values())
    data = live.http.get(done["links"]["map_data"]).json()
    assert NAMES[0] in json.dumps(data, ensure_ascii=False).replace('\\"', '"')


def test_csv_cells_that_a_spreadsheet_would_run_are_neutralised(live: Server, done: Plan) -> None:
    names = {row["id"]: row["name"] for row in rows(live, done, "assignments")}
    for number, name in NAMES.items():
        expected = "'" + name if name.startswith(("=", "+", "-", "@")) else name
        assert names[f"d{number}"] == expected
    assert names["d1"] == "'" + FORMULA
    assert any(float(row["lon"]) for row in rows(live, done, "sites"))


def test_only_texts_are_neutralised_never_numbers() -> None:
    from app.exports import Table

    table = Table({"id": ["\tx", "\rx"], "km": [-1.5, None]}, np.array([-8.0, 8.0]), np.array([-50.0, 50.0]))
    assert to_csv(table) == b"id,km,lon,lat\r\n'\tx,-1.5,-8.0,-50.0\r\n\"'\rx\",,8.0,50.0\r\n"


@pytest.mark.parametrize("kind", ["sites", "candidates", "assignments", "failures"])
@pytest.mark.parametrize("file_format", ["gpkg", "parquet"])
def test_geographic_files_hold_the_same_rows(
    kind: str, file_format: str, live: Server, done: Plan, tmp_path: Any
) -> None:
    path = tmp_path / f"out.{file_format}"
    path.write_bytes(live.http.get(f"{done['links'][kind]}?format={file_format}").content)
    frame = geopandas.read_parquet(path) if file_format == "parquet" else geopandas.read_file(path)
    assert frame.crs.to_epsg() == 4326
    assert list(frame["id"]) == [entry["properties"]["id"] for entry in collection(live, done, kind)]


def test_the_whole_plan_and_the_map_can_be_taken_away(live: Server, done: Plan) -> None:
    plan = live.http.get(done["links"]["plan_json"]).json()
    assert plan["open_sites"] == done["open_sites"]
    page = live.http.get(done["links"]["map_html"])
    assert page.headers["content-type"].startswith("text/html")
    assert (
        "connect-src" in page.headers["content-security-policy"]
        or "default-src 'none'" in page.headers["content-security-policy"]
    )


def test_the_certificate_is_there_for_third_parties(live: Server, done: Plan) -> None:
    told = live.http.get(done["links"]["certificate"]).json()
    assert told["open_sites"] == done["open_sites"]
    assert told["certified_lower_bound"] == done["certified_lower_bound"] > 0
    assert len(told["certificate"]["demand_ids"]) == len(told["certificate"]["multipliers"]) > 0
    assert all(isinstance(y, int) and y > 0 for y in told["certificate"]["multipliers"])


def test_every_site_says_what_could_stand_in_for_it(live: Server, done: Plan) -> None:
    sites = [entry["properties"] for entry in collection(live, done, "sites")]
    candidates = {entry["properties"]["id"] for entry in collection(live, done, "candidates")}
    for site in sites:
        substitutes = set(site["substitutes"].split())
        assert substitutes <= candidates - set(done["open_sites"])
        assert not (site["irreplaceable"] and substitutes)


def test_an_impossible_plan_names_its_gaps(live: Server) -> None:
    plan = finished_plan(live, reach={"radius_km": 15}, cover={"uncoverable": "fail"})
    assert plan["outcome"] == "infeasible"
    assert plan["sites"] is None
    gaps = collection(live, plan, "gaps")
    assert plan["gaps"]["points"] == len(gaps) > 0
    for gap in gaps:
        properties = gap["properties"]
        assert properties["candidates_in_reach"] < properties["candidates_needed"] == 2
        assert properties["smallest_radius_km"] > 15
    assert plan["gaps"]["population"] == sum(gap["properties"]["population"] for gap in gaps)
    for kind in ("sites", "failures"):
        assert collection(live, plan, kind) == []
    assert len(collection(live, plan, "assignments")) == 64
    for kind in ("sites", "candidates", "assignments", "gaps", "failures"):
        for file_format in ("csv", "gpkg", "parquet"):
            assert live.http.get(f"{plan['links'][kind]}?format={file_format}").status_code == 200


def test_unknown_formats_are_refused(live: Server, done: Plan) -> None:
    answer = live.http.get(done["links"]["sites"] + "?format=shp")
    assert answer.status_code == 422
    assert "geojson" in answer.json()["detail"]


def test_large_answers_travel_compressed_to_those_who_take_it(live: Server, done: Plan) -> None:
    for kind in ("map_data", "assignments"):
        packed = live.http.get(done["links"][kind], headers={"Accept-Encoding": "gzip"})
        plain = live.http.get(done["links"][kind], headers={"Accept-Encoding": "identity"})
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.headers["vary"] == "Accept-Encoding"
        assert packed.num_bytes_downloaded == int(packed.headers["content-length"]) < len(plain.content) / 2
        assert "content-encoding" not in plain.headers
        assert packed.json() == plain.json()


@pytest.mark.parametrize("path", ["/healthz", "{assignments}?format=parquet"])
def test_small_and_packed_answers_travel_as_they_are(live: Server, done: Plan, path: str) -> None:
    answer = live.http.get(path.format(**done["links"]), headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert "content-encoding" not in answer.headers


def test_the_report_takes_the_inputs_of_the_planner(live: Server, done: dict[str, Any]) -> None:
    link = done["links"]["report"]
    changed = live.http.get(link, params={"set": ["users_share=0.0317", "zero_touch=0"]}).text
    assert '<td class="n">0.0317</td>' in changed
    assert changed.count("set by the planner") == live.http.get(link).text.count("set by the planner") + 2
    for wrong, told in (
        ("users_share", "NAME=NUMBER"),
        ("usres_share=1", "usres_share"),
        ("users_share=-1", "users_share"),
    ):
        answer = live.http.get(link, params={"set": wrong})
        assert answer.status_code == 422
        assert told in answer.text


def test_the_report_is_a_page_without_script(live: Server, done: dict[str, Any]) -> None:
    answer = live.http.get(done["links"]["report"])
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    assert f"{done['sites']} sites." in answer.text
