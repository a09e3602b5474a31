"""Plans of real places to draw."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from solver.geodata import read_candidates, read_demand
from solver.plan import Plan
from solver.problem import Candidates, Demand, Problem, RadiusReach, Uncoverable
from solver.solve import Limits, solve
from tests.app_map.hostile import HOSTILE_NAME

Drawn = tuple[Plan, Problem]


@pytest.fixture(scope="session")
def germany(root: Path) -> Problem:
    """All of the bundled example, 30 km: it has gaps."""
    demand = read_demand(root / "data" / "germany_demand.csv").data
    candidates = read_candidates(root / "data" / "germany_candidates.csv").data
    assert isinstance(demand, Demand)
    assert isinstance(candidates, Candidates)
    names = candidates.names.copy()
    names[candidates.names == "Kiel"] = HOSTILE_NAME
    candidates = dataclasses.replace(candidates, names=names)
    kiel = str(candidates.ids[names == HOSTILE_NAME][0])
    return Problem(demand, candidates, RadiusReach(30.0), required=(kiel,), uncoverable=Uncoverable.EXEMPT)


@pytest.fixture(scope="session")
def exempt(germany: Problem) -> Drawn:
    return solve(germany, Limits(seconds=10.0)), germany


@pytest.fixture(scope="session")
def infeasible(germany: Problem) -> Drawn:
    refused = dataclasses.replace(germany, uncoverable=Uncoverable.FAIL)
    return solve(refused, Limits(seconds=10.0)), refused


@pytest.fixture(scope="session")
def across_the_antimeridian() -> Drawn:
    """Fiji and Samoa: one demand point on each side of 180 degrees, sites beside them."""
    lat, lon = np.array([-18.14, -16.43, -13.83]), np.array([178.44, 179.99, -171.76])
    demand = Demand(["suva", "labasa", "apia"], ["Suva", "Labasa", "Apia"], lat, lon, [93000.0, 28000.0, 37000.0])
    candidates = Candidates(["s", "l", "a"], ["Suva", "Labasa", "Apia"], lat, lon)
    problem = Problem(demand, candidates, RadiusReach(1200.0))
    return solve(problem, Limits(seconds=5.0)), problem
