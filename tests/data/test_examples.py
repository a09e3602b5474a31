"""The bundled examples: remade byte for byte, plausible, and what data/README.md says they are."""

from __future__ import annotations

import csv
import math
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DATA = Path(__file__).parents[2] / "data"
README = (DATA / "README.md").read_text(encoding="utf-8")
EARTH_RADIUS_KM = 6371.0088

# west, south, east, north in degrees
BOUNDS = {"germany": (5.8, 47.2, 15.1, 55.1), "us": (-124.8, 24.5, -66.9, 49.4)}
CENSUS = {"germany": 82_719_540, "us": 329_260_619}
SHARE_OF_CENSUS = {"germany": (0.94, 0.96), "us": (0.74, 0.76)}


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def distance_km(a: dict[str, str], b: dict[str, str]) -> float:
    """Great-circle distance by the haversine formula, written apart from the one in data/ and solver/."""
    lat_a, lon_a, lat_b, lon_b = (math.radians(float(p[c])) for p in (a, b) for c in ("lat", "lon"))
    h = math.sin((lat_b - lat_a) / 2) ** 2
    h += math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(h))


def test_the_script_gives_the_same_bytes_again(tmp_path: Path) -> None:
    for name in ("make_examples.py", "left_out.csv", "cloud_regions.csv"):
        shutil.copy(DATA / name, tmp_path)
    subprocess.run([sys.executable, "make_examples.py"], cwd=tmp_path, check=True)
    made = sorted(
        path.name for path in tmp_path.glob("*_*.csv") if path.name not in {"left_out.csv", "cloud_regions.csv"}
    )
    assert len(made) == 6
    assert [name for name in made if (tmp_path / name).read_bytes() != (DATA / name).read_bytes()] == []


@pytest.mark.parametrize("name", sorted(path.name for path in DATA.glob("*_*.csv")))
def test_the_readme_counts_the_rows(name: str) -> None:
    told = re.search(rf"^\| `{re.escape(name)}` \| ([\d,]+) \|", README, re.MULTILINE)
    assert told
    assert int(told[1].replace(",", "")) == len(rows(name))


@pytest.mark.parametrize("area", ["germany", "us"])
def test_demand_is_unique_inhabited_and_in_its_area(area: str) -> None:
    west, south, east, north = BOUNDS[area]
    demand = rows(f"{area}_demand.csv")
    assert len({row["id"] for row in demand}) == len(demand)
    assert all(row["name"] and int(row["population"]) > 0 for row in demand)
    assert all(west <= float(row["lon"]) <= east and south <= float(row["lat"]) <= north for row in demand)


@pytest.mark.parametrize("area", ["germany", "us"])
def test_the_population_is_the_share_of_the_census_that_the_readme_states(area: str) -> None:
    total = sum(int(row["population"]) for row in rows(f"{area}_demand.csv"))
    low, high = SHARE_OF_CENSUS[area]
    assert f"{total:,} people" in README
    assert f"{total / CENSUS[area]:.1%}".replace("%", " %") in README
    assert low < total / CENSUS[area] < high


@pytest.mark.parametrize("area", ["germany", "us"])
def test_candidates_are_towns_at_least_10_km_apart(area: str) -> None:
    population = {row["id"]: int(row["population"]) for row in rows(f"{area}_demand.csv")}
    candidates = sorted(rows(f"{area}_candidates.csv"), key=lambda row: float(row["lat"]))
    assert all(population[row["id"]] >= 15_000 for row in candidates)
    assert {row["kind"] for row in candidates} == {"stand-in"}
    too_close = []
    for i, a in enumerate(candidates):
        for b in candidates[i + 1 :]:
            if float(b["lat"]) - float(a["lat"]) > 0.1:  # 11 km
                break
            if distance_km(a, b) < 10:
                too_close.append((a["name"], b["name"]))
    assert too_close == []


@pytest.mark.parametrize("area", ["germany", "us"])
def test_every_town_is_a_candidate_or_within_10_km_of_one(area: str) -> None:
    candidates = rows(f"{area}_candidates.csv")
    towns = [row for row in rows(f"{area}_demand.csv") if int(row["population"]) >= 15_000]
    alone = [town["name"] for town in towns if all(distance_km(town, c) >= 10 for c in candidates)]
    assert alone == []


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("New South Memphis", "TN"),
        ("South Boston", "MA"),
        ("Brooklyn", "NY"),
        ("Manhattan", "NY"),
        ("West Raleigh", "NC"),
        ("Meads", "KY"),
        ("East Chattanooga", "TN"),
    ],
)
def test_no_american_is_counted_in_this_place_too(name: str, state: str) -> None:
    assert [row for row in rows("us_demand.csv") if (row["name"], row["admin1"]) == (name, state)] == []


@pytest.mark.parametrize("name", ["Wandsbek", "Hamburg-Nord", "Kreuzberg", "Neue Neustadt", "Porz am Rhein"])
def test_no_german_is_counted_in_this_place_too(name: str) -> None:
    assert [row for row in rows("germany_demand.csv") if row["name"] == name] == []


@pytest.mark.parametrize(
    "name", ["Jersey City", "Cambridge", "Fort Worth", "Saint Paul", "North Las Vegas", "Chino Hills"]
)
def test_a_neighbouring_city_of_its_own_stays(name: str) -> None:
    assert [row for row in rows("us_demand.csv") if row["name"] == name]


@pytest.mark.parametrize("name", ["Fürth", "Offenbach", "Ludwigshafen am Rhein", "Neuss", "Potsdam", "Mainz"])
def test_a_neighbouring_german_city_stays(name: str) -> None:
    assert [row for row in rows("germany_demand.csv") if row["name"] == name]


@pytest.mark.parametrize("area", ["germany", "us"])
def test_cloud_regions_have_unique_ids_and_known_providers(area: str) -> None:
    regions = rows(f"{area}_cloud_regions.csv")
    assert len({row["id"] for row in regions}) == len(regions)
    assert {row["provider"] for row in regions} == {"aws", "azure", "gcp"}
    assert all(row["id"].startswith(f"{row['provider']}:") for row in regions)


def test_everybody_in_the_german_example_has_two_candidates_within_100_km() -> None:
    candidates = rows("germany_candidates.csv")
    short = []
    for point in rows("germany_demand.csv"):
        near = (c for c in candidates if abs(float(c["lat"]) - float(point["lat"])) < 0.9)
        in_reach = (c for c in near if distance_km(point, c) <= 100)
        if sum(1 for _ in zip(range(2), in_reach, strict=False)) < 2:
            short.append(point["name"])
    assert short == []


def test_the_files_are_a_few_megabytes_in_all() -> None:
    assert sum(path.stat().st_size for path in DATA.rglob("*") if path.is_file()) < 4_000_000
