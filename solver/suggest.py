"""Where a further candidate would help: places that could host the sites that coverage gaps lack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from solver.coverage import build_coverage
from solver.plan import CoverageGap
from solver.problem import Candidates, Demand, Floats, Ints, PairReach, Problem, RadiusReach, Texts, texts

SAME_PLACE_DECIMALS = 2
"""A hundredth of a degree is about a kilometre: a candidate as near as that is the same place."""


@dataclass(frozen=True)
class Suggestion:
    """A demand point that could host a site.  points, population: gaps that it brings nearer to enough candidates."""

    point_id: str
    name: str
    lat_deg: float
    lon_deg: float
    points: int
    population: float


def suggest_sites(problem: Problem, gaps: Sequence[CoverageGap], most: int) -> tuple[Suggestion, ...]:
    """Demand points, each the one that helps most people once those before it are candidates; ``most`` at most.

    With all of them every gap has enough candidates, unless ``most`` ends the list or too few places lie in a gap's
    reach.  Greedy multi-cover: no promise that fewer would not do.  None for a reach that is a table of pairs.
    """
    if isinstance(problem.reach, PairReach) or not gaps:
        return ()
    demand = problem.demand
    lacking = _gap_points(gaps)
    lacks = np.array([max(1, gap.candidates_needed - gap.candidates_in_reach) for gap in gaps])
    places = _free_places(demand, problem.candidates)
    if len(places) == 0:
        return ()
    sites = Candidates(demand.ids[places], demand.names[places], demand.lat_deg[places], demand.lon_deg[places])
    coverage = build_coverage(Problem(lacking, sites, RadiusReach(problem.reach.radius_km), survive=0))
    rows = np.repeat(np.arange(len(lacking)), coverage.candidates_in_reach)
    order = np.argsort(coverage.indices, kind="stable")
    start = np.searchsorted(coverage.indices[order], np.arange(len(places) + 1))
    # A place without people still wants its sites, after those with people.
    worth = lacking.population + 1e-3
    gain = np.bincount(coverage.indices, weights=worth[rows], minlength=len(places))
    found: list[Suggestion] = []
    while len(found) < most and gain.max() > 1e-6:
        place = int(np.argmax(gain))
        helped = rows[order[start[place] : start[place + 1]]]
        helped = helped[lacks[helped] > 0]
        lacks[helped] -= 1
        gain[place] = 0.0
        for row in helped[lacks[helped] == 0]:
            near = coverage.indices[coverage.indptr[row] : coverage.indptr[row + 1]]
            gain[near] = np.maximum(0.0, gain[near] - worth[row])
        if len(helped):
            found.append(_suggestion(demand, int(places[place]), helped, lacking))
    return tuple(found)


def _suggestion(demand: Demand, at: int, helped: Ints, lacking: Demand) -> Suggestion:
    return Suggestion(
        point_id=demand.ids[at],
        name=demand.names[at],
        lat_deg=float(demand.lat_deg[at]),
        lon_deg=float(demand.lon_deg[at]),
        points=len(helped),
        population=float(lacking.population[helped].sum()),
    )


def _gap_points(gaps: Sequence[CoverageGap]) -> Demand:
    return Demand(
        texts(gap.point_id for gap in gaps),
        texts(gap.name for gap in gaps),
        np.array([gap.lat_deg for gap in gaps]),
        np.array([gap.lon_deg for gap in gaps]),
        np.array([gap.population for gap in gaps]),
    )


def _free_places(demand: Demand, candidates: Candidates) -> Ints:
    """Positions of demand points at which no candidate stands; of several at one place the first."""

    def places(lat_deg: Floats, lon_deg: Floats) -> list[tuple[float, float]]:
        pair = np.round(np.column_stack([lat_deg, lon_deg]), SAME_PLACE_DECIMALS)
        return [(float(lat), float(lon)) for lat, lon in pair]

    taken = set(places(candidates.lat_deg, candidates.lon_deg))
    free: list[int] = []
    for row, place in enumerate(places(demand.lat_deg, demand.lon_deg)):
        if place not in taken:
            taken.add(place)
            free.append(row)
    return np.array(free, dtype=np.int64)


def with_sites(candidates: Candidates, added: Candidates) -> Candidates:
    """``candidates`` and, after them, ``added``: ids, names and places; the median cost, everything else unknown.

    Raises BadInput for an id that is there already.
    """
    n = len(added)

    def longer(values: Floats | None, filling: float) -> Floats | None:
        return None if values is None else np.concatenate([values, np.full(n, filling)])

    def longer_text(values: Texts) -> Texts:
        return texts([*values, *[""] * n])

    median = float(np.median(candidates.cost_usd)) if candidates.cost_usd is not None else 0.0
    return Candidates(
        ids=texts([*candidates.ids, *added.ids]),
        names=texts([*candidates.names, *added.names]),
        lat_deg=np.concatenate([candidates.lat_deg, added.lat_deg]),
        lon_deg=np.concatenate([candidates.lon_deg, added.lon_deg]),
        cost_usd=longer(candidates.cost_usd, median),
        status=texts([*candidates.status, *added.status]),
        reach_km=longer(candidates.reach_km, np.nan),
        reach_ms=longer(candidates.reach_ms, np.nan),
        power_kw=longer(candidates.power_kw, np.nan),
        tier=None if candidates.tier is None else longer_text(candidates.tier),
        attributes={name: longer_text(values) for name, values in candidates.attributes.items()},
    )
