"""The formula printed beside a number is the one it was computed by."""

from __future__ import annotations

import re
from dataclasses import fields
from math import isinf
from typing import Any

import numpy as np
import pytest

from solver.economics.fleet import Fleet, FleetCosts, SiteCosts, fleet_of
from solver.economics.inputs import CATALOGUE, Inputs, inputs_with
from solver.economics.quantities import ResultEntry, result_entries
from solver.economics.unit_costs import UnitCosts, unit_costs
from tests.economics.cases import loads

FUNCTIONS = {"maximum": np.maximum, "ceil": np.ceil, "sum": np.sum}


def random_inputs(seed: int) -> Inputs:
    """Every input drawn from its own range of sensitivity, and switches either on or off."""
    rng = np.random.default_rng(seed)
    drawn = {name: float(rng.uniform(entry.low, entry.high)) for name, entry in CATALOGUE.items()}
    switches = {name: float(rng.integers(2)) for name, entry in CATALOGUE.items() if entry.unit == "1 yes, 0 no"}
    return inputs_with({**drawn, **switches})


def fleet(seed: int) -> Fleet:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 20))
    people, moved = (rng.integers(1, 2_000_000, n).astype(float).tolist() for _ in range(2))
    return fleet_of(loads(people, moved), random_inputs(seed))


def namespace(found: Fleet) -> dict[str, Any]:
    names: dict[str, Any] = {name: found.inputs[name] for name in CATALOGUE}
    names |= {one.name: getattr(found.per_site, one.name) for one in fields(SiteCosts)}
    names |= {one.name: getattr(found.total, one.name) for one in fields(FleetCosts)}
    names |= {one.name: getattr(unit_costs(found), one.name) for one in fields(UnitCosts)}
    return names | {
        "population": found.loads.population,
        "failover_population": found.loads.failover_population,
        "sites": len(found.loads),
    }


@pytest.mark.parametrize("entry", [e for t in (SiteCosts, FleetCosts, UnitCosts) for e in result_entries(t)])
def test_a_result_equals_its_formula(entry: ResultEntry) -> None:
    for seed in range(12):
        names = namespace(fleet(seed))
        expected = eval(entry.formula, {"__builtins__": {}, **FUNCTIONS}, names)
        if isinstance(names[entry.name], float) and isinf(names[entry.name]):
            assert expected <= 0  # the edge would have to earn more than it can
        else:
            np.testing.assert_allclose(names[entry.name], expected, rtol=1e-12)


def test_formulas_name_only_what_a_planner_can_look_up() -> None:
    known = set(namespace(fleet(0))) | set(FUNCTIONS) | {"if", "else", "e6"}
    for kind in (SiteCosts, FleetCosts, UnitCosts):
        for entry in result_entries(kind):
            words = set(re.findall(r"[a-z_][a-z0-9_]*", entry.formula))
            assert words <= known, entry.name
            assert entry.unit
