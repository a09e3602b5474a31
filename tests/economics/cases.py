"""Small plans whose every number can be worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from solver.economics.demand import Loads
from solver.plan import Outcome, Plan
from solver.problem import Candidates, Demand, Problem, RadiusReach

KM_PER_DEGREE = 111.19508  # 2 π 6371.0088 / 360


def loads(population: list[float], failover: list[float] | None = None, power_kw: list[float] | None = None) -> Loads:
    """Sites that serve so many people, and take over so many."""
    n = len(population)
    names = tuple(f"site {i}" for i in range(n))
    return Loads(
        ids=names,
        names=names,
        tiers=("",) * n,
        population=np.array(population, dtype=float),
        failover_population=np.zeros(n) if failover is None else np.array(failover, dtype=float),
        power_kw=np.full(n, np.nan) if power_kw is None else np.array(power_kw, dtype=float),
        served=float(sum(population)),
        total=float(sum(population)),
    )


def on_a_line(degrees: list[float], prefix: str) -> dict[str, Any]:
    """Points on the equator at these longitudes."""
    ids = [f"{prefix}{i}" for i in range(len(degrees))]
    return {"ids": ids, "names": ids, "lat_deg": np.zeros(len(ids)), "lon_deg": np.array(degrees, dtype=float)}


def line_problem(points: list[float], people: list[float], sites: list[float], **settings: Any) -> Problem:
    """Demand and candidates on the equator; a site reaches 1.5 degrees."""
    settings = {"reach": RadiusReach(1.5 * KM_PER_DEGREE), **settings}
    demand = Demand(**on_a_line(points, "p"), population=np.array(people, dtype=float))
    return Problem(demand, Candidates(**on_a_line(sites, "s")), **settings)


def plan_of(problem: Problem, servers: list[list[int]], open_sites: tuple[str, ...] | None = None) -> Plan:
    """A plan that opens these sites (all) and assigns points as told, -1 for nobody."""
    opened = open_sites if open_sites is not None else tuple(problem.candidates.ids)
    table = np.array(servers, dtype=np.int32)
    return Plan(
        outcome=Outcome.FEASIBLE,
        open_sites=opened,
        servers=table,
        distance=np.where(table >= 0, 1.0, np.nan),
        objective=float(len(opened)),
        lower_bound=0.0,
        certified_lower_bound=0.0,
        gaps=(),
        survive=problem.survive,
        seconds=0.0,
    )
