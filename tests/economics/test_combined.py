"""Economics of plans of every kind the solver makes, on small random cases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from solver.economics import companion_plan, companion_problem, study
from solver.economics.study import Study
from solver.inputs import Candidates, Demand
from solver.latency import LatencyModel
from solver.problem import LatencyReach, PairReach, Problem, RadiusReach
from solver.solve import solve


def texts(prefix: str, n: int) -> list[str]:
    return [f"{prefix}{i}" for i in range(n)]


def problem(seed: int, **settings: Any) -> Problem:
    """Thirty towns and fourteen candidates in a box of 200 km."""
    rng = np.random.default_rng(seed)
    n, m = 30, 14
    demand = Demand(
        texts("p", n), texts("p", n), rng.uniform(50, 52, n), rng.uniform(8, 11, n), rng.integers(0, 90_000, n)
    )  # type: ignore[arg-type]
    candidates = Candidates(
        texts("s", m),  # type: ignore[arg-type]
        texts("s", m),  # type: ignore[arg-type]
        rng.uniform(50, 52, m),
        rng.uniform(8, 11, m),
        cost_usd=rng.integers(1, 9, m).astype(float),
        power_kw=np.where(rng.random(m) < 0.5, np.nan, rng.uniform(1, 30, m)),
        tier=np.array(["mec", "", "metro_colo"] * 5, dtype=object)[:m],
        attributes={"carrier": np.array([f"c{i % 4}" for i in range(m)], dtype=object)},
    )
    return Problem(demand, candidates, **{"reach": RadiusReach(110), "uncoverable": "exempt", **settings})


def measured(seed: int) -> PairReach:
    rng = np.random.default_rng(seed)
    pairs = [(i, j) for i in range(30) for j in range(14) if rng.random() < 0.7]
    points, sites = ([f"p{i}" for i, _ in pairs], [f"s{j}" for _, j in pairs])
    return PairReach(points, sites, rng.uniform(0, 8, len(pairs)), 5.0, "ms", LatencyModel(1.0, 1.3))  # type: ignore[arg-type]


KINDS: dict[str, dict[str, Any]] = {
    "survives one": {},
    "single cover": {"survive": 0},
    "survives two": {"survive": 2},
    "by cost": {"objective": "cost"},
    "by promise": {"reach": LatencyReach(20.0, {"access": 8.0, "inference": 9.5}, LatencyModel(1.0, 1.6))},
    "shared risk": {"shared_risk": ("carrier",)},
    "groups alone": {"survive": 0, "shared_risk": ("carrier",)},
    "required and forbidden": {"required": ("s3",), "forbidden": ("s5", "s6")},
}


def checked(asked: Problem) -> Study:
    plan = solve(asked, polished=False)
    other = companion_problem(asked)
    assert other is not None
    regions = replace(asked.candidates, tier=None, power_kw=None, cost_usd=None, attributes={})
    found = study(plan, asked, regions, None, (companion_plan(other), other))
    loads, shares = found.case.loads, found.regions.shares
    assert loads.ids == plan.open_sites
    assert loads.population.sum() == pytest.approx(loads.served)
    assert loads.served <= loads.total == asked.demand.population.sum()
    assert (loads.failover_population <= loads.total).all()
    assert shares.served_by_edge_share <= shares.served_by_regions_share + 1e-12  # the regions stand at all candidates
    assert shares.backed_by_regions_share <= shares.served_by_regions_share
    assert found.redundancy is not None
    for option in (found.redundancy.single, found.redundancy.facility, found.redundancy.geo):
        seen = option.availability
        assert seen.mean >= seen.two_nearest - 1e-12
        assert abs(seen.mean - seen.simulated_mean) <= 6 * seen.simulated_mean_error + 1e-9
    assert found.redundancy.facility.availability.mean >= found.redundancy.single.availability.mean
    assert found.redundancy.geo.sites >= found.redundancy.single.sites
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_any_kind_of_plan_has_economics(kind: str) -> None:
    for seed in range(2):
        checked(problem(seed, **KINDS[kind]))


@pytest.mark.parametrize("partial", [{"fraction": 0.3}, {"objective": "population", "max_sites": 2}])
def test_a_plan_that_protects_a_part_is_costed_without_a_counterpart(partial: dict[str, Any]) -> None:
    asked = problem(2, reach=RadiusReach(60), **partial)
    plan = solve(asked, polished=False)
    assert companion_problem(asked) is None
    found = study(plan, asked, asked.candidates)
    assert found.redundancy is None
    assert 0 < found.case.loads.served < found.case.loads.total
    assert found.regions.shares.served_by_edge_share == pytest.approx(found.case.loads.served / found.case.loads.total)


def test_a_plan_from_measured_round_trips_has_economics() -> None:
    checked(problem(5, reach=measured(5)))


def test_power_follows_the_file_then_the_tier_then_the_input() -> None:
    found = checked(problem(1))
    asked = found.problem.candidates
    assert asked.power_kw is not None
    assert asked.tier is not None
    least = {"mec": 1.0, "metro_colo": 10.0, "": found.inputs.site_power_kw}
    at = [list(asked.ids).index(identity) for identity in found.case.loads.ids]
    expected = [least[asked.tier[j]] if np.isnan(asked.power_kw[j]) else asked.power_kw[j] for j in at]
    assert found.judgement.fleet.available_kw.tolist() == expected


def test_whoever_survives_more_pays_more_and_waits_less() -> None:
    single, one = (checked(problem(3, survive=k)) for k in (0, 1))
    assert single.judgement.fleet.total.edge_usd_year < one.judgement.fleet.total.edge_usd_year
    assert single.redundancy is not None
    assert one.redundancy is not None
    assert single.redundancy.single.availability.mean < one.redundancy.geo.availability.mean
