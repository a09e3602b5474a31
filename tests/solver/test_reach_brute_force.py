"""Own reach per candidate, areas reached entirely, measured pairs: each with k, groups, costs and fixed sites."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from solver.latency import LatencyModel
from solver.plan import Outcome
from solver.problem import Candidates, Demand, LatencyReach, PairReach, Problem, RadiusReach, Reach
from solver.reading.areas import areas_of
from solver.solve import solve
from solver.verify import verify

MANY = settings(max_examples=250, deadline=None, derandomize=True, database=None)
ROUTE = LatencyModel(0.4, 1.3)


@st.composite
def problems(draw: st.DrawFn, kind: str) -> Problem:
    """Up to 12 points, some of them areas, and 7 candidates within some 300 km of each other."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, m = draw(st.integers(1, 12)), draw(st.integers(1, 7))
    lat, lon = 50 + 2.5 * rng.random(n), 8 + 4 * rng.random(n)
    areas = None
    if kind != "points" and draw(st.booleans()):
        corners = rng.normal(0, 0.4, (n, 4, 2)) + np.stack([lon, lat], axis=1)[:, None]
        shapes = [shapely.MultiPoint(c).convex_hull if rng.random() < 0.6 else None for c in corners]
        areas = areas_of(shapes, lat, lon, None)
    sites = [f"s{j}" for j in range(m)]
    some = lambda low, high: np.where(rng.random(m) < 0.4, rng.uniform(low, high, m), np.nan)  # noqa: E731
    fixed = rng.permutation(m)
    return Problem(
        Demand([f"p{i}" for i in range(n)], [""] * n, lat, lon, np.ones(n), areas),  # type: ignore[arg-type]
        Candidates(
            sites,  # type: ignore[arg-type]
            sites,  # type: ignore[arg-type]
            50 + 2.5 * rng.random(m),
            8 + 4 * rng.random(m),
            reach_km=some(20, 250) if draw(st.booleans()) else None,
            reach_ms=some(0.3, 4) if draw(st.booleans()) else None,
            cost_usd=np.round(rng.uniform(1, 9, m)),
            attributes={"grid": rng.choice(["", "north", "south"], m)},
        ),
        _reach(kind, rng, n, sites),
        survive=draw(st.integers(0, 2)),
        required=tuple(sites[j] for j in fixed[: draw(st.sampled_from([0, 0, 1]))]),
        forbidden=tuple(sites[j] for j in fixed[1 : 1 + draw(st.sampled_from([0, 0, 1]))]),
        shared_risk=draw(st.sampled_from([(), (), ("grid",)])),
        objective=draw(st.sampled_from(["sites", "cost"])),
        uncoverable="exempt",  # type: ignore[arg-type]
        entire=draw(st.booleans()),
    )


def _reach(kind: str, rng: np.random.Generator, n: int, sites: list[str]) -> Reach:
    if kind in ("measured", "estimated"):
        rows, columns = np.nonzero(rng.random((n, len(sites))) < rng.choice([0.2, 0.6, 0.9]))
        order = rng.permutation(len(rows))
        return PairReach(
            [f"p{i}" for i in rows[order]],  # type: ignore[arg-type]
            [sites[j] for j in columns[order]],  # type: ignore[arg-type]
            rng.uniform(0, 5, len(rows)),
            float(rng.uniform(0.2, 4)),
            "ms",
            ROUTE if kind == "estimated" else None,
        )
    if rng.random() < 0.5:
        return RadiusReach(float(rng.uniform(30, 250)))
    return LatencyReach(10.0, {"access": 6.0}, LatencyModel(0.5, float(rng.uniform(1, 3))))


def km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """By the spherical law of cosines: neither the solver's formula nor the verifier's."""
    a, b, c = math.radians(lat1), math.radians(lat2), math.radians(lon2 - lon1)
    cosine = math.sin(a) * math.sin(b) + math.cos(a) * math.cos(b) * math.cos(c)
    return 6371.0088 * math.acos(max(-1.0, min(1.0, cosine)))


def takes(problem: Problem, i: int, j: int) -> float:
    """What serving point i from site j takes, over what it may: at most 1 is in reach."""
    demand, candidates, reach = problem.demand, problem.candidates, problem.reach
    places = [(demand.lat_deg[i], demand.lon_deg[i])]
    if problem.entire and demand.areas is not None:
        inside = range(demand.areas.indptr[i], demand.areas.indptr[i + 1])
        places = [(demand.areas.lat_deg[v], demand.areas.lon_deg[v]) for v in inside]
    far = max(km(lat, lon, candidates.lat_deg[j], candidates.lon_deg[j]) for lat, lon in places)
    own_km = math.nan if candidates.reach_km is None else candidates.reach_km[j]
    own_ms = math.nan if candidates.reach_ms is None else candidates.reach_ms[j]
    if isinstance(reach, PairReach):
        measured = dict(zip(zip(reach.demand_ids, reach.candidate_ids, strict=True), reach.value, strict=True))
        estimate = (
            math.inf if reach.fallback is None else reach.fallback.base_ms + reach.fallback.route_factor * 0.0102 * far
        )
        value = float(measured.get((demand.ids[i], candidates.ids[j]), estimate))
        return value / (reach.limit if math.isnan(own_ms) else own_ms)
    model = reach.latency if isinstance(reach, LatencyReach) else LatencyModel()
    limits = [
        *([] if math.isnan(own_km) else [own_km]),
        *([] if math.isnan(own_ms) else [max(0.0, own_ms - model.base_ms) / (model.route_factor * 0.0102)]),
    ]
    limit = min(limits) if limits else reach.radius_km
    return far / limit if limit > 0 else math.inf


def cheapest(problem: Problem) -> float:
    """The optimum by trying every selection; points with too few candidates get all they have.

    With groups, a point that has candidates outside one needs an open site outside it.
    """
    n, m = len(problem.demand), len(problem.candidates)
    share = np.array([[takes(problem, i, j) for j in range(m)] for i in range(n)])
    assume(not np.any(np.abs(share - 1) < 1e-7))
    covers = share <= 1
    allowed = np.array([identity not in problem.forbidden_ids for identity in problem.candidates.ids])
    must = np.array([identity in problem.required_ids for identity in problem.candidates.ids])
    rows, need = covers & allowed, np.minimum((covers & allowed).sum(axis=1), problem.survive + 1)
    grid = problem.candidates.attributes["grid"]
    for group in {*grid} - {""} if problem.shared_risk else ():
        outside = covers & allowed & (grid != group)
        rows, need = np.vstack([rows, outside]), np.append(need, np.minimum(outside.sum(axis=1), 1))
    every = np.array(list(product([False, True], repeat=m)))
    possible = ~(every & ~allowed).any(axis=1) & ~(must & ~every).any(axis=1)
    served = (every.astype(int) @ rows.T >= need).all(axis=1)
    return float((every @ problem.site_cost)[possible & served].min())


@pytest.mark.parametrize("kind", ["points", "areas", "measured", "estimated"])
def test_the_plan_is_as_small_as_brute_force_and_passes_the_verifier(kind: str) -> None:
    reached: list[bool] = []

    @MANY
    @given(problems(kind))
    def judge(problem: Problem) -> None:
        optimum = cheapest(problem)
        plan = solve(problem)
        assert plan.outcome == Outcome.OPTIMAL
        assert plan.objective == pytest.approx(optimum)
        assert plan.certified_lower_bound <= plan.lower_bound + 1e-6
        assert plan.lower_bound == pytest.approx(optimum)
        assert verify(plan, problem).failures == ()
        reached.append(plan.sites > len(problem.required_ids))

    judge()
    assert sum(reached) > 100


def test_tiers_of_short_and_long_reach_mix_in_one_plan() -> None:
    """Three towns 60 km apart: two rooms of 5 km each serve their own town, one colo of 100 km all of them."""
    towns = Demand(["a", "b", "c"], ["", "", ""], [50, 50, 50], [8, 8.84, 9.68], np.ones(3))  # type: ignore[arg-type]
    ids = ["room a", "room b", "room c", "colo"]
    sites = Candidates(ids, ids, [50, 50, 50, 50], [8, 8.84, 9.68, 8.84], reach_km=[5, 5, 5, np.nan])  # type: ignore[arg-type]
    assert solve(Problem(towns, sites, RadiusReach(100.0), survive=0)).open_sites == ("colo",)
    assert solve(Problem(towns, sites, RadiusReach(100.0), survive=1)).sites == 4
    assert solve(Problem(towns, sites, RadiusReach(30.0), survive=0)).sites == 3


def test_an_area_needs_a_site_that_reaches_all_of_it() -> None:
    """A county 100 km wide: its own point is 5 km away, its far end 105."""
    county = shapely.box(8, 50, 9.4, 50.1)
    point = Demand(
        ["c"], ["c"], [50.05], [8.05], np.ones(1), areas_of([county], np.array([50.05]), np.array([8.05]), None)
    )  # type: ignore[arg-type]
    sites = Candidates(["west", "middle"], ["", ""], [50.05, 50.05], [8.0, 8.7])  # type: ignore[arg-type]
    assert solve(Problem(point, sites, RadiusReach(60.0), survive=0)).open_sites == ("west",)
    entire = Problem(point, sites, RadiusReach(60.0), survive=0, entire=True)
    plan = solve(entire)
    assert plan.open_sites == ("middle",)
    assert plan.distance[0, 0] == pytest.approx(50.5, abs=0.5)
    assert verify(plan, entire).failures == ()
