"""The preview finds exactly the gaps that the solve would."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from solver import geodata
from solver.coverage import build_coverage
from solver.gaps import find_gaps
from solver.preview import preview
from solver.problem import Candidates, Demand, PairReach, Problem, RadiusReach, texts

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(scope="module")
def germany() -> tuple[Demand, Candidates]:
    demand = geodata.read_demand(DATA / "germany_demand.csv").data
    return demand, geodata.read_candidates(DATA / "germany_candidates.csv").data


@pytest.mark.parametrize(("radius_km", "survive"), [(15, 0), (25, 1), (40, 2), (60, 3), (900, 1)])
def test_the_gaps_of_the_german_example(germany: tuple[Demand, Candidates], radius_km: float, survive: int) -> None:
    problem = Problem(*germany, RadiusReach(radius_km), survive)
    truth = find_gaps(problem, build_coverage(problem))
    seen = preview(problem, listed=50)
    assert seen.gap_points == len(truth)
    assert seen.gap_population == pytest.approx(sum(gap.population for gap in truth))
    assert list(seen.gaps) == sorted(truth, key=lambda gap: -gap.population)[:50]
    assert (seen.points, seen.candidates) == (len(germany[0]), len(germany[1]))


def test_forbidden_candidates_do_not_count(germany: tuple[Demand, Candidates]) -> None:
    demand, candidates = germany
    forbidden = tuple(candidates.ids[: len(candidates) // 2])
    problem = Problem(demand, candidates, RadiusReach(80.0), forbidden=forbidden)
    seen = preview(problem, listed=10)
    assert seen.candidates == len(candidates) - len(forbidden)
    assert seen.gap_points == len(find_gaps(problem, build_coverage(problem))) > 0


def test_a_table_of_round_trips_has_gaps_too() -> None:
    places = Demand(texts("abc"), texts("ABC"), np.zeros(3), np.arange(3.0), np.array([5.0, 7.0, 9.0]))
    sites = Candidates(texts("xy"), texts("XY"), np.zeros(2), np.arange(2.0))
    pairs = PairReach(texts("aabc"), texts("xyxy"), np.array([3.0, 4.0, 2.0, 9.0]), limit=5.0, unit="ms")
    seen = preview(Problem(places, sites, pairs, survive=1), listed=1)
    assert (seen.gap_points, seen.gap_population) == (2, 16.0)
    assert [(gap.point_id, gap.candidates_in_reach) for gap in seen.gaps] == [("c", 0)]
