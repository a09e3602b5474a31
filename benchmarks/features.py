"""What each feature takes at reference size: `python -m benchmarks.features NAME SEED` measures one of FEATURES.

Every entry is a function that returns its timed steps and what came out, in words; every plan has passed the verifier
when it is returned.  Nothing heavy is imported before a function runs: the process that starts the measured ones
reads the names here.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from solver.problem import Candidates, Demand, Problem

SOLVE_SECONDS = 60.0
PATIENCE_S = 900.0


@dataclass
class Steps:
    """Seconds by step, in order, by the clock and of processors; and what came out."""

    seconds: dict[str, float] = field(default_factory=dict)
    cpu_seconds: dict[str, float] = field(default_factory=dict)
    result: str = ""

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Add one step."""
        began, cpu_began = time.monotonic(), time.process_time()
        yield
        self.seconds[step] = round(time.monotonic() - began, 2)
        self.cpu_seconds[step] = round(time.process_time() - cpu_began, 2)

    def solve(self, problem: Problem, seed: int) -> None:
        """Solve for SOLVE_SECONDS at most, and tell plan and bound."""
        from solver.solve import Limits, solve

        with self.timed("plan"):
            plan = solve(problem, Limits(SOLVE_SECONDS), seed)
        told = f"{plan.objective:.10g} / {plan.lower_bound:.10g} ({100 * (plan.gap or 0.0):.1f} %)"
        if plan.second_objective is not None:
            told += f", then {plan.second_objective:.10g} / {plan.second_lower_bound:.10g}"
        if problem.partial:
            people = problem.demand.population
            told += f", {1 - people[plan.unprotected].sum() / people.sum():.3%} of the people"
        self.result += told + (f", {len(plan.gaps)} gaps" if plan.gaps else "")


def raster(seed: int) -> Steps:
    """10,000 × 10,000 raster cells of 100 m in EPSG:3035, deflated tiles, all with people, into 5 km cells."""
    import numpy as np
    import rasterio
    from rasterio.transform import Affine
    from rasterio.windows import Window

    from solver.geodata import read_demand

    steps, n, rng = Steps(), 10_000, np.random.default_rng(seed)
    place = {"crs": "EPSG:3035", "transform": Affine(100, 0, 4_000_000, 0, -100, 3_500_000)}
    kind = {"count": 1, "dtype": "float32", "tiled": True, "blockxsize": 512, "blockysize": 512, "compress": "deflate"}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.tif"
        with rasterio.open(path, "w", driver="GTiff", width=n, height=n, **place, **kind) as file:
            for top in range(0, n, 512):
                high = min(512, n - top)
                file.write(rng.gamma(0.5, 2.0, (high, n)).astype(np.float32), 1, window=Window(0, top, n, high))
        with steps.timed("read"):
            demand = read_demand(path, cell_km=5.0).data
    steps.result = f"{len(demand):,} points, {demand.population.sum():,.0f} people"
    return steps


def own_reach(seed: int) -> Steps:
    """conus-15k: every second candidate reaches 80 km (MEC rooms), the others 200 km (metro colocation)."""
    from dataclasses import replace

    import numpy as np

    from solver.problem import Problem, RadiusReach

    demand, candidates = _conus(15_000)
    short = np.where(np.arange(len(candidates)) % 2, 80.0, np.nan)
    steps = Steps()
    steps.solve(Problem(demand, replace(candidates, reach_km=short), RadiusReach(200.0), uncoverable=_exempt()), seed)
    return steps


def shared_risk(seed: int) -> Steps:
    """conus-15k-200 with the states as groups: no state may hold all open sites of a place."""
    from dataclasses import replace

    import numpy as np

    from benchmarks.instances import REFERENCE
    from solver.geodata import read_candidates
    from solver.problem import Problem, RadiusReach

    demand, candidates = _conus(15_000)
    every = read_candidates(REFERENCE / "conus_places.csv").data
    state = every.attributes["admin1"][np.isin(every.ids, candidates.ids)]
    grouped = replace(candidates, attributes={"admin1": state})
    steps = Steps()
    problem = Problem(demand, grouped, RadiusReach(200.0), uncoverable=_exempt(), shared_risk=("admin1",))
    steps.solve(problem, seed)
    return steps


def entire_areas(seed: int) -> Steps:
    """conus-15k-200 with every place an outline of 60 vertices and 2 to 20 km radius, reached entirely."""
    from dataclasses import replace

    import numpy as np
    import shapely

    from solver.problem import Problem, RadiusReach
    from solver.reading.areas import areas_of

    demand, candidates = _conus(15_000)
    rng, steps = np.random.default_rng(seed), Steps()
    turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    wide = np.clip(np.sqrt(demand.population) / 20, 2, 20)[:, None] / 111.2 * rng.uniform(0.7, 1.0, (len(demand), 60))
    x = demand.lon_deg[:, None] + wide * np.cos(turn) / np.cos(np.radians(demand.lat_deg))[:, None]
    y = demand.lat_deg[:, None] + wide * np.sin(turn)
    shapes = list(shapely.polygons(np.stack([x, y], axis=2)))
    with steps.timed("outlines"):
        areas = areas_of(shapes, demand.lat_deg, demand.lon_deg, None)
    problem = Problem(replace(demand, areas=areas), candidates, RadiusReach(200.0), uncoverable=_exempt(), entire=True)
    steps.solve(problem, seed)
    return steps


def rtt_matrix(seed: int) -> Steps:
    """Five million measured pairs of the US example (20,575 × 1,692) from CSV, at most 5 ms, the rest estimated."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.csv as pacsv

    from solver.geodata import read_candidates, read_demand
    from solver.latency import LatencyModel, great_circle_km
    from solver.problem import Problem
    from solver.reading.matrix import read_matrix

    data = Path(__file__).parent.parent / "data"
    demand, sites = read_demand(data / "us_demand.csv").data, read_candidates(data / "us_candidates.csv").data
    rng, steps, route = np.random.default_rng(seed), Steps(), LatencyModel(1.0, 1.6)
    at = rng.choice(len(demand) * len(sites), 5_000_000, replace=False)
    i, j = at // len(sites), at % len(sites)
    km = great_circle_km(demand.lat_deg[i], demand.lon_deg[i], sites.lat_deg[j], sites.lon_deg[j])
    ms = np.round(route.rtt_ms(km) * rng.uniform(0.9, 1.2, len(km)), 3)
    pairs = pa.table({"demand_id": pa.array(demand.ids[i]), "candidate_id": pa.array(sites.ids[j]), "rtt_ms": ms})
    with tempfile.TemporaryDirectory() as folder:
        pacsv.write_csv(pairs, Path(folder) / "rtt.csv")
        del pairs, at, i, j, km, ms
        with steps.timed("read"):
            matrix = read_matrix(Path(folder) / "rtt.csv")
    with steps.timed("check"):
        problem = Problem(demand, sites, matrix.reach(5.0, route), uncoverable=_exempt())
    steps.solve(problem, seed)
    return steps


def cover_95(seed: int) -> Steps:
    """conus-15k-200: 95 % of the people at the fewest sites."""
    return _conus_200(seed, fraction=0.95)


def cover_99(seed: int) -> Steps:
    """conus-15k-200: 99 % of the people at the fewest sites."""
    return _conus_200(seed, fraction=0.99)


def most_100(seed: int) -> Steps:
    """conus-15k-200: the most people with 100 sites (the figures count people left unprotected)."""
    return _conus_200(seed, objective="population", max_sites=100)


def most_150(seed: int) -> Steps:
    """conus-15k-200: the most people with 150 sites (the figures count people left unprotected)."""
    return _conus_200(seed, objective="population", max_sites=150)


def sites_then_cost(seed: int) -> Steps:
    """conus-15k-100: fewest sites, then least rent, which follows the population of the place."""
    from dataclasses import replace

    import numpy as np

    from solver.problem import Objective, Problem, RadiusReach

    demand, sites = _conus(15_000)
    rent = np.round(10_000 * np.log10(demand.population[demand.population >= 15_000]))
    steps, goals = Steps(), Objective.SITES_THEN_COST
    priced = replace(sites, cost_usd=rent)
    steps.solve(Problem(demand, priced, RadiusReach(100.0), uncoverable=_exempt(), objective=goals), seed)
    return steps


def curve(seed: int) -> Steps:
    """US example: sites by radius from 150 to 400 km, 30 s for each of six points."""
    from solver.solve import Limits
    from solver.studies.curve import Over
    from solver.studies.tradeoff import trade_off

    steps = Steps()
    with steps.timed("curve"):
        points = trade_off(_us(200.0), Over.RADIUS_KM, range(150, 401, 50), Limits(30.0), seed)
    steps.result = "; ".join(f"{point.value:g} km {point.objective:g} / {point.lower_bound:g}" for point in points)
    return steps


def price(seed: int) -> Steps:
    """US example at 300 km: surviving 0, 1 and 2 failures, 30 s for each."""
    from solver.solve import Limits
    from solver.studies.curve import Over
    from solver.studies.tradeoff import trade_off

    steps = Steps()
    with steps.timed("price"):
        points = trade_off(_us(300.0), Over.SURVIVE, [0, 1, 2], Limits(30.0), seed)
    steps.result = "; ".join(f"k = {point.value:g}: {point.objective:g} / {point.lower_bound:g}" for point in points)
    return steps


def roll_out(seed: int) -> Steps:
    """US example at 100 km: the order of some 520 sites, for a plan of 10 s."""
    from solver.solve import Limits, solve
    from solver.studies.rollout import rollout

    steps, problem = Steps(), _us(100.0)
    plan = solve(problem, Limits(10.0), seed)
    with steps.timed("order"):
        told = rollout(plan, problem)
    half = told.people_protected[len(told.sites) // 4] / told.people
    steps.result = f"{len(told.sites)} sites; {half:.1%} of the people protected by the first quarter of them"
    return steps


def variant(seed: int) -> Steps:
    """US example at 200 km, 60 s; then without one of its sites, 5 s from the plan and 5 s from nothing."""
    from dataclasses import replace

    from solver.solve import Limits, solve
    from solver.studies.whatif import carried_bound

    steps, problem = Steps(), _us(200.0)
    parent = solve(problem, Limits(SOLVE_SECONDS), seed)
    changed = replace(problem, forbidden=parent.open_sites[:1])
    with steps.timed("from the plan"):
        bound = carried_bound(parent, problem, changed)
        child = solve(changed, Limits(5.0), seed, start=parent.open_sites, known_bound=bound)
    with steps.timed("from nothing"):
        fresh = solve(changed, Limits(5.0), seed)
    told = [f"{plan.objective:g} / {plan.lower_bound:g}" for plan in (parent, child, fresh)]
    steps.result = "{}; variant {}, from nothing {}".format(*told)


def tiles(seed: int) -> Steps:
    """Map tiles of ten million points: the index once, then every zoom over the densest spot, three colours each."""
    import numpy as np

    from app.map.palettes import CLASSES
    from app.map.tileindex import MAX_ZOOM, build_index, open_index
    from app.map.tiles import Colour, Overlay, Tile, render
    from benchmarks.instances import places, spread

    steps = Steps()
    demand = spread(places("conus"), 10_000_000, seed)
    n = len(demand)
    sums = np.concatenate([[0], np.cumsum(np.arange(n) % 1000 == 0)]).astype(np.int32)
    seen = Overlay(unprotected=sums, unserved=sums, band=sums)
    colours: list[Colour] = ["density", "state", "band"]
    assert set(colours) == set(CLASSES)
    with tempfile.TemporaryDirectory() as scratch:
        with steps.timed("index"):
            build_index(Path(scratch) / "index", demand.lat_deg, demand.lon_deg, demand.population)
        index = open_index(Path(scratch) / "index")
        fullest = int(index.code[n // 2])
        took: dict[str, list[float]] = {"first": [], "again": []}
        for zoom in range(MAX_ZOOM + 1):
            number = fullest >> 2 * (32 - zoom)
            x, y = (sum((number >> 2 * b + odd & 1) << b for b in range(zoom)) for odd in (0, 1))
            for colour in colours:
                for turn in took.values():
                    began = time.perf_counter()
                    render(index, Tile(zoom, x, y), "light", colour, seen)
                    turn.append(1000 * (time.perf_counter() - began))
    told = ", ".join(f"{turn} {np.median(ms):.1f} ms (worst {max(ms):.1f})" for turn, ms in took.items())
    steps.result = f"{n:,} points; a tile, median over zooms and colours: {told}"
    return steps


FEATURES: dict[str, Callable[[int], Steps]] = {
    "raster": raster,
    "own-reach": own_reach,
    "shared-risk": shared_risk,
    "entire-areas": entire_areas,
    "rtt-matrix": rtt_matrix,
    "cover-95": cover_95,
    "cover-99": cover_99,
    "most-100": most_100,
    "most-150": most_150,
    "sites-then-cost": sites_then_cost,
    "curve": curve,
    "price": price,
    "roll-out": roll_out,
    "variant": variant,
    "tiles": tiles,
}


def _conus_200(seed: int, **settings: Any) -> Steps:
    from solver.problem import Problem, RadiusReach

    steps = Steps()
    steps.solve(Problem(*_conus(15_000), RadiusReach(200.0), **settings), seed)
    return steps


def _conus(least_population: float) -> tuple[Demand, Candidates]:
    from benchmarks.instances import at_least, places

    demand = places("conus")
    return demand, at_least(demand, least_population)


def _us(radius_km: float) -> Problem:
    """The bundled US example; its coverage gaps are exempted."""
    from solver.geodata import read_candidates, read_demand
    from solver.problem import Problem, RadiusReach

    data = Path(__file__).parent.parent / "data"
    demand, sites = read_demand(data / "us_demand.csv").data, read_candidates(data / "us_candidates.csv").data
    return Problem(demand, sites, RadiusReach(radius_km), uncoverable=_exempt())


def _exempt() -> Any:
    from solver.problem import Uncoverable

    return Uncoverable.EXEMPT


def main() -> None:
    """Only the record goes to stdout."""
    from benchmarks.measured import versions

    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    steps = FEATURES[sys.argv[1]](int(sys.argv[2]))
    peak_mb = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    json.dump({**vars(steps), "peak_mb": peak_mb, "versions": versions()}, answer)
    answer.close()


if __name__ == "__main__":
    main()
