"""The alternative: how much of the demand the nearest cloud regions serve already."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.catalogue import TIERS
from solver.economics.quantities import derived
from solver.latency import great_circle_km
from solver.problem import Candidates, Floats, Ints, LatencyReach, PairReach, Problem

ROWS_AT_ONCE = 100_000


@dataclass(frozen=True, eq=False)
class RegionPlaces:
    """Cloud regions grouped by the place they stand at: two providers in one city fail, and serve, from one place.

    ids: every region at a place, joined by spaces · names: of the first · lat_deg, lon_deg: (r,).
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    lat_deg: Floats
    lon_deg: Floats


@dataclass(frozen=True)
class RegionShares:
    """Shares of the whole population."""

    served_by_regions_share: float = derived("share of the population", "people with a region in reach / all people")
    backed_by_regions_share: float = derived(
        "share of the population", "people with survive + 1 region places in reach / all people"
    )
    served_by_edge_share: float = derived("share of the population", "people with an open site in reach / all people")
    only_edge_share: float = derived(
        "share of the population", "people with an open site and no region in reach / all people"
    )
    mean_region_km: float = derived("km", "population-weighted mean distance to the nearest region")


@dataclass(frozen=True, eq=False)
class RegionView:
    """Every point's nearest regions.

    reach_km: how far a region may be to keep the plan's promise · nearest: (n,) positions into ``places`` ·
    nearest_km: (n,) · shares: see RegionShares · population_nearest, population_within: (r,) people for whom a place
    is the nearest, and those of them in reach.
    """

    places: RegionPlaces
    reach_km: float
    nearest: Ints
    nearest_km: Floats
    shares: RegionShares
    population_nearest: Floats
    population_within: Floats


def region_places(regions: Candidates) -> RegionPlaces:
    """Regions of one city, by its coordinates, become one place."""
    at: dict[tuple[float, float], list[int]] = {}
    for j, place in enumerate(zip(regions.lat_deg.tolist(), regions.lon_deg.tolist(), strict=True)):
        at.setdefault(place, []).append(j)
    first = [members[0] for members in at.values()]
    return RegionPlaces(
        ids=tuple(" ".join(regions.ids[j] for j in members) for members in at.values()),
        names=tuple(regions.names[j] for j in first),
        lat_deg=regions.lat_deg[first],
        lon_deg=regions.lon_deg[first],
    )


def region_reach_km(problem: Problem) -> float:
    """How far from a user a region may be to keep the promise the plan makes: the plan's own reach, in km.

    When the plan gives its tiers their own round trip, a region has the one of its tier.
    """
    reach = problem.reach
    if isinstance(reach, PairReach):
        network = reach.fallback or problem.latency
        return reach.limit if reach.unit == "km" else float(network.reach_km(reach.limit))
    if isinstance(reach, LatencyReach) and problem.candidates.extra_ms is not None:
        return min(float(reach.latency.reach_km(reach.network_ms - TIERS["region"].extra_ms)), reach.radius_km)
    return reach.radius_km


def view_regions(problem: Problem, served: np.ndarray, places: RegionPlaces) -> RegionView:
    """Where the nearest regions are.  served: (n,) True for the points that have an open site."""
    demand, people = problem.demand, problem.demand.population
    reach_km = region_reach_km(problem)
    need = min(problem.sites_needed, len(places.ids))
    ranked = np.empty((len(demand), need), dtype=np.int64)
    towards = unit_vectors(places.lat_deg, places.lon_deg)
    for start in range(0, len(demand), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        cosine = unit_vectors(demand.lat_deg[rows], demand.lon_deg[rows]) @ towards.T
        ranked[rows] = np.argsort(-cosine, axis=1, kind="stable")[:, :need]
    km = great_circle_km(
        demand.lat_deg[:, None], demand.lon_deg[:, None], places.lat_deg[ranked], places.lon_deg[ranked]
    )
    nearest, nearest_km, last_km = ranked[:, 0], km[:, 0], km[:, -1]
    within = nearest_km <= reach_km
    backed = (last_km <= reach_km) if len(places.ids) >= problem.sites_needed else np.zeros(len(demand), dtype=bool)
    total = max(float(people.sum()), 1e-300)
    shares = RegionShares(
        served_by_regions_share=float(people[within].sum()) / total,
        backed_by_regions_share=float(people[backed].sum()) / total,
        served_by_edge_share=float(people[served].sum()) / total,
        only_edge_share=float(people[served & ~within].sum()) / total,
        mean_region_km=float((people * nearest_km).sum()) / total,
    )
    count = len(places.ids)
    return RegionView(
        places,
        reach_km,
        nearest,
        nearest_km,
        shares,
        np.bincount(nearest, weights=people, minlength=count).astype(np.float64),
        np.bincount(nearest[within], weights=people[within], minlength=count).astype(np.float64),
    )


def unit_vectors(lat_deg: Floats, lon_deg: Floats) -> Floats:
    """(n, 3) points on the unit sphere; the nearer of two points has the larger scalar product."""
    lat, lon = np.radians(lat_deg), np.radians(lon_deg)
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def reach_km_serving(view: RegionView, population: Floats, share: float) -> float:
    """The smallest reach at which the nearest regions serve this share of the people."""
    order = np.argsort(view.nearest_km, kind="stable")
    reached = np.cumsum(population[order])
    at = int(np.searchsorted(reached, share * reached[-1] * (1 - 1e-12)))
    return float(view.nearest_km[order[min(at, len(order) - 1)]])
