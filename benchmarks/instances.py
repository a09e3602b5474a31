"""Catalogue entries as Problems, and demand spread over millions of people for the scaling runs."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.catalogue import REFERENCE, Instance
from solver.geodata import read_demand
from solver.problem import Candidates, Demand, Objective, PairReach, Problem, RadiusReach, Uncoverable

PLACE_SIGMA_KM = 2.0
"""Half of a place's people live within 2.4 km of its centre."""

KM_PER_DEGREE = 111.195


def load(instance: Instance) -> Problem:
    """The Problem of one entry.  Raises FileNotFoundError without the reference folder."""
    if instance.family == "sf":
        return _san_francisco(instance)
    if instance.family == "orlib":
        return _or_library(instance)
    demand = places(instance.family)
    candidates = at_least(demand, instance.least_population)
    return Problem(
        demand, candidates, RadiusReach(instance.reach_km), survive=instance.survive, uncoverable=Uncoverable.EXEMPT
    )


def tiny(survive: int) -> Problem:
    """Three hundred German towns: enough to load every library and kernel before the clock starts."""
    demand = places("germany")
    towns = largest(demand, 300)
    points = Demand(towns.ids, towns.names, towns.lat_deg, towns.lon_deg, np.ones(len(towns)))
    return Problem(points, towns, RadiusReach(60.0), survive=survive, uncoverable=Uncoverable.EXEMPT)


def places(country: str) -> Demand:
    """Every place of a country's reference file."""
    return read_demand(REFERENCE / f"{country}_places.csv").data


def at_least(demand: Demand, population: float) -> Candidates:
    """The places of at least that many people, as candidates."""
    large = demand.population >= population
    return Candidates(demand.ids[large], demand.names[large], demand.lat_deg[large], demand.lon_deg[large])


def largest(demand: Demand, count: int, seed: int = 0) -> Candidates:
    """The ``count`` most populous places; beyond them, spots spread like the people."""
    order = np.argsort(-demand.population, kind="stable")[:count]
    lat, lon = demand.lat_deg[order], demand.lon_deg[order]
    if count > len(order):
        extra = spread(demand, count - len(order), seed + 1)
        lat, lon = np.concatenate([lat, extra.lat_deg]), np.concatenate([lon, extra.lon_deg])
    ids = np.array([f"c{j}" for j in range(count)], dtype=object)
    return Candidates(ids, ids, lat, lon)


def spread(demand: Demand, n_points: int, seed: int = 0) -> Demand:
    """``n_points`` points of equal population, each drawn from a place's people and normally around its centre."""
    random = np.random.default_rng(seed)
    share = np.maximum(demand.population, 1.0)
    home = random.choice(len(demand), size=n_points, p=share / share.sum())
    north_km, east_km = random.normal(0.0, PLACE_SIGMA_KM, (2, n_points))
    lat = demand.lat_deg[home] + north_km / KM_PER_DEGREE
    lon = demand.lon_deg[home] + east_km / (KM_PER_DEGREE * np.cos(np.radians(lat)))
    ids = np.array([f"p{i}" for i in range(n_points)], dtype=object)
    return Demand(ids, ids, lat, lon, np.full(n_points, share.sum() / n_points))


def _unplaced(ids: list[str], **columns: Any) -> dict[str, Any]:
    """Ids, names and coordinates for instances that live by a table of pairs alone."""
    return {"ids": ids, "names": ids, "lat_deg": np.zeros(len(ids)), "lon_deg": np.zeros(len(ids)), **columns}


def _san_francisco(instance: Instance) -> Problem:
    with _file("spopt_sf/SF_network_distance_candidateStore_16_censusTract_205_new.csv").open() as file:
        rows = list(csv.DictReader(file))
    people = {row["DestinationName"]: float(row["demand"]) for row in rows}
    tracts, stores = sorted(people), sorted({row["name"] for row in rows})
    pairs = PairReach(
        np.array([row["DestinationName"] for row in rows], dtype=object),
        np.array([row["name"] for row in rows], dtype=object),
        np.array([float(row["distance"]) / 1000 for row in rows]),
        instance.reach_km,
    )
    demand = Demand(**_unplaced(tracts, population=np.array([people[tract] for tract in tracts])))
    return Problem(demand, Candidates(**_unplaced(stores)), pairs, survive=instance.survive)


def _or_library(instance: Instance) -> Problem:
    """Rows, columns, costs, then each row's columns."""
    numbers = iter(int(word) for word in _file(f"orlib/{instance.name}.txt").read_text().split())
    n, m = next(numbers), next(numbers)
    cost = np.array([next(numbers) for _ in range(m)], dtype=np.float64)
    pairs = [(f"r{i}", f"c{next(numbers) - 1}") for i in range(n) for _ in range(next(numbers))]
    rows, columns = (np.array(side, dtype=object) for side in zip(*pairs, strict=True))
    demand = Demand(**_unplaced([f"r{i}" for i in range(n)], population=np.ones(n)))
    candidates = Candidates(**_unplaced([f"c{j}" for j in range(m)], cost_usd=cost))
    reach = PairReach(rows, columns, np.zeros(len(rows)), 0.0)
    return Problem(demand, candidates, reach, survive=instance.survive, objective=Objective.COST)


def _file(name: str) -> Path:
    return REFERENCE / name
