"""Published and national instances as Problems, read from the reference folder."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from solver.geodata import read_demand
from solver.problem import Candidates, Demand, PairReach, Problem, RadiusReach


def points(ids: list[str]) -> dict[str, Any]:
    """Ids, names and coordinates for instances that live by a distance table alone."""
    return {"ids": ids, "names": ids, "lat_deg": np.zeros(len(ids)), "lon_deg": np.zeros(len(ids))}


def san_francisco(reference: Path, limit_km: float, **settings: Any) -> Problem:
    """205 census tracts and 16 stores, network distances."""
    with (reference / "spopt_sf" / "SF_network_distance_candidateStore_16_censusTract_205_new.csv").open() as file:
        rows = list(csv.DictReader(file))
    tracts = sorted({row["DestinationName"] for row in rows})
    stores = sorted({row["name"] for row in rows})
    people = {row["DestinationName"]: float(row["demand"]) for row in rows}
    reach = PairReach(
        [row["DestinationName"] for row in rows],  # type: ignore[arg-type]
        [row["name"] for row in rows],  # type: ignore[arg-type]
        np.array([float(row["distance"]) / 1000 for row in rows]),
        limit_km,
    )
    demand = Demand(**points(tracts), population=np.array([people[tract] for tract in tracts]))
    return Problem(demand, Candidates(**points(stores)), reach, **settings)


def swain(reference: Path, limit: float, **settings: Any) -> Problem:
    """Swain's 55 nodes, each both demand and candidate, straight-line distances in the file's units."""
    lines = (reference / "swain55" / "swain.txt").read_text().split("\n")[1:]
    nodes = [line.split() for line in lines if line.strip()]
    ids = [node[0] for node in nodes]
    xy = np.array([[float(node[1]), float(node[2])] for node in nodes])
    distance = np.linalg.norm(xy[:, None] - xy[None], axis=2)
    reach = PairReach(np.repeat(ids, len(ids)), np.tile(ids, len(ids)), distance.ravel(), limit)
    demand = Demand(**points(ids), population=np.array([float(node[3]) for node in nodes]))
    return Problem(demand, Candidates(**points(ids)), reach, **settings)


def or_library(reference: Path, name: str, **settings: Any) -> Problem:
    """A weighted set-covering file: rows, columns, costs, then each row's columns."""
    numbers = iter(int(word) for word in (reference / "orlib" / f"{name}.txt").read_text().split())
    n, m = next(numbers), next(numbers)
    cost = np.array([next(numbers) for _ in range(m)], dtype=np.float64)
    rows, columns = [], []
    for i in range(n):
        for _ in range(next(numbers)):
            rows.append(f"r{i}")
            columns.append(f"c{next(numbers) - 1}")
    reach = PairReach(rows, columns, np.zeros(len(rows)), 0.0)  # type: ignore[arg-type]
    demand = Demand(**points([f"r{i}" for i in range(n)]), population=np.ones(n))
    candidates = Candidates(**points([f"c{j}" for j in range(m)]), cost_usd=cost)
    return Problem(demand, candidates, reach, objective="cost", **settings)  # type: ignore[arg-type]


@cache
def _places(path: Path) -> Demand:
    return read_demand(path).data


def national(
    reference: Path, country: str, radius_km: float, least_population: float = 15_000, **settings: Any
) -> Problem:
    """All places of a country as demand, those of at least ``least_population`` as candidates."""
    demand = _places(reference / f"{country}_places.csv")
    large = demand.population >= least_population
    candidates = Candidates(demand.ids[large], demand.names[large], demand.lat_deg[large], demand.lon_deg[large])
    return Problem(demand, candidates, RadiusReach(radius_km), **settings)
