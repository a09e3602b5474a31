"""What users of a plan experience, in ms: by term, over the population, and when the worst single site fails.

With a budget the figures are end to end, terms and all; without one they are the network's round trip alone: light in
fibre for a plain radius, the measurements themselves for a matrix.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from solver.coverage import build_coverage, nearest_open
from solver.latency import great_circle_km
from solver.nearby import nearest_in_reach
from solver.plan import Plan
from solver.problem import Floats, Ints, LatencyReach, PairReach, Problem

Servers = npt.NDArray[np.int32]

PERCENTILES = (50, 95, 99)
BINS = 24
ROUNDING_MS = 1e-6


def fixed_terms(problem: Problem) -> Mapping[str, float]:
    """What everybody pays, by name, in ms; empty without a budget."""
    return problem.reach.spent_ms if isinstance(problem.reach, LatencyReach) else {}


def tier_ms(problem: Problem) -> Floats:
    """(m,) what a candidate's tier adds to a round trip under a budget; 0 for a site with a reach of its own."""
    extra_ms = problem.candidates.extra_ms
    if extra_ms is None or not isinstance(problem.reach, LatencyReach):
        return np.zeros(len(problem.candidates))
    return np.where(np.isnan(problem.own_reach), extra_ms, 0.0)


def network_terms(problem: Problem, sites: Ints, distance: Floats) -> dict[str, Floats]:
    """(n,) ms by term of the network's round trip; nan where nobody serves.

    sites: (n,) positions of candidates, -1 for nobody · distance: (n,) as the plan states it.
    "measured" alone for measurements in ms; otherwise "distance", with "tier" and "base" before it under a budget.
    """
    served = sites >= 0
    if isinstance(problem.reach, PairReach) and problem.reach.unit == "ms":
        return {"measured": np.where(served, distance, np.nan)}
    base_ms = problem.latency.base_ms
    along = problem.latency.rtt_ms(distance) - base_ms
    if not isinstance(problem.reach, LatencyReach):
        return {"distance": np.where(served, along, np.nan)}
    return {
        "tier": np.where(served, tier_ms(problem)[np.maximum(sites, 0)], np.nan),
        "base": np.where(served, base_ms, np.nan),
        "distance": np.where(served, along, np.nan),
    }


def network_ms(problem: Problem, sites: Ints, distance: Floats) -> Floats:
    """(n,) ms of the network's round trip; nan where nobody serves.  Arguments as for ``network_terms``."""
    return np.asarray(np.sum(list(network_terms(problem, sites, distance).values()), axis=0))


def service_km(problem: Problem, points: Ints, sites: Ints, distance: Floats) -> Floats:
    """(n,) km from demand points to the candidates serving them: as the plan states, or the great circle where it
    states measured ms; nan where nobody serves.
    """
    if not (isinstance(problem.reach, PairReach) and problem.reach.unit == "ms"):
        return distance
    demand, candidates, at = problem.demand, problem.candidates, np.maximum(sites, 0)
    ends = demand.lat_deg[points], demand.lon_deg[points], candidates.lat_deg[at], candidates.lon_deg[at]
    return np.where(sites >= 0, great_circle_km(*ends), np.nan)


def total_ms(problem: Problem, sites: Ints, distance: Floats) -> Floats:
    """(n,) ms: all terms together, the fixed ones included; nan where nobody serves."""
    return network_ms(problem, sites, distance) + sum(fixed_terms(problem).values())


@dataclass(frozen=True)
class Spread:
    """The latency of a population.  Percentiles over the people served; the least that this share of them has.

    lost_population: whom nobody serves · late_population: served, but later than promised (a site's own reach may be
    longer than the budget's).
    """

    served_population: float
    lost_population: float
    late_population: float
    mean_ms: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    worst_ms: float | None


@dataclass(frozen=True, eq=False)
class Experience:
    """primary_ms, backup_ms, after_ms: (n,) end to end, nan where nobody serves; after_ms when ``failed`` fails.

    failed: the id of the open site whose failure is the worst, "" when the plan has no site · moved_population: whom it
    served.  The worst failure loses most people; among those that lose the same, it has the latest user, and then adds
    most to everybody's waiting.
    """

    slo_ms: float | None
    population: Floats
    primary_ms: Floats
    backup_ms: Floats
    after_ms: Floats
    failed: str
    moved_population: float

    def spread(self, ms: Floats) -> Spread:
        """The distribution of one of the columns."""
        weight = self.population if self.population.sum() > 0 else np.ones(len(ms))
        served = ~np.isnan(ms)
        values, people = ms[served], weight[served]
        late = values > self.slo_ms + ROUNDING_MS if self.slo_ms is not None else np.zeros(len(values), dtype=bool)
        points = _percentiles(values, people)
        return Spread(
            served_population=float(self.population[served].sum()),
            lost_population=float(self.population[~served].sum()),
            late_population=float(self.population[served][late].sum()),
            mean_ms=float(np.average(values, weights=people)) if people.sum() > 0 else None,
            p50_ms=points[0],
            p95_ms=points[1],
            p99_ms=points[2],
            worst_ms=float(values.max()) if len(values) else None,
        )

    def summary(self) -> dict[str, Any]:
        """Before, at everybody's backup, and after the worst single failure; plain values."""
        return {
            "slo_ms": self.slo_ms,
            "before": asdict(self.spread(self.primary_ms)),
            "backup": asdict(self.spread(self.backup_ms)),
            "after": {
                "failed": self.failed or None,
                "moved_population": self.moved_population,
                **asdict(self.spread(self.after_ms)),
            },
        }

    def histogram(self) -> dict[str, list[float]]:
        """People per bin of ms, before and after: edges_ms has one entry more than the others."""
        columns = {"before": self.primary_ms, "backup": self.backup_ms, "after": self.after_ms}
        known = np.concatenate([ms[~np.isnan(ms)] for ms in columns.values()])
        if len(known) == 0:
            return {"edges_ms": [], **{name: [] for name in columns}}
        low, high = float(known.min()), float(known.max())
        edges = np.linspace(low, high if high > low else low + 1.0, BINS + 1)
        return {
            "edges_ms": edges.tolist(),
            **{
                name: np.histogram(ms[~np.isnan(ms)], edges, weights=self.population[~np.isnan(ms)])[0].tolist()
                for name, ms in columns.items()
            },
        }


def experience(plan: Plan, problem: Problem) -> Experience:
    """The latencies of a usable plan, before and after its worst single failure."""
    place = {identity: j for j, identity in enumerate(problem.candidates.ids)}
    opened = np.array([place[identity] for identity in plan.open_sites], dtype=np.int64)
    servers, distance = _two_nearest(plan, problem, opened)
    at = np.where(servers >= 0, opened[np.maximum(servers, 0)] if len(opened) else -1, -1)
    primary, backup = (total_ms(problem, at[:, rank], distance[:, rank]) for rank in (0, 1))
    population = problem.demand.population
    site = _worst_failure(servers[:, 0], primary, backup, population, len(opened))
    moved = servers[:, 0] == site if site >= 0 else np.zeros(len(primary), dtype=bool)
    return Experience(
        slo_ms=problem.reach.slo_ms if isinstance(problem.reach, LatencyReach) else None,
        population=population,
        primary_ms=primary,
        backup_ms=backup,
        after_ms=np.where(moved, backup, primary),
        failed=plan.open_sites[site] if site >= 0 else "",
        moved_population=float(population[moved].sum()),
    )


def latency_to_dict(plan: Plan, problem: Problem, points: bool) -> dict[str, Any]:
    """Everything the service tells about a usable plan's latency; ``points`` asks for every point's ms too."""
    found = experience(plan, problem)
    measured = isinstance(problem.reach, PairReach) and problem.reach.unit == "ms"
    base_ms = problem.latency.base_ms
    return {
        "kind": "measured" if measured else "floor" if found.slo_ms is None else "budget",
        "fixed_ms": dict(fixed_terms(problem)),
        "base_ms": None if measured else base_ms,
        "rtt_ms_per_km": None if measured else float(problem.latency.rtt_ms(1.0)) - base_ms,
        **found.summary(),
        "histogram": found.histogram(),
        "points": {
            "id": problem.demand.ids.tolist(),
            "primary_ms": _told(found.primary_ms),
            "backup_ms": _told(found.backup_ms),
            "after_ms": _told(found.after_ms),
        }
        if points
        else None,
    }


def _told(ms: Floats) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), 4) for value in ms]


def _two_nearest(plan: Plan, problem: Problem, opened: Ints) -> tuple[Servers, Floats]:
    """Primary and next site of each point, as in the plan; found anew for a plan that states primaries only."""
    if plan.servers.shape[1] >= 2:
        return plan.servers[:, :2], plan.distance[:, :2]
    if len(opened) == 0:
        n = len(problem.demand)
        return np.full((n, 2), -1, dtype=np.int32), np.full((n, 2), np.nan)
    if isinstance(problem.reach, PairReach) or problem.entire:
        return nearest_open(build_coverage(problem), opened, 2)
    demand, candidates = problem.demand, problem.candidates
    where = candidates.lat_deg[opened], candidates.lon_deg[opened]
    return nearest_in_reach(demand.lat_deg, demand.lon_deg, *where, problem.reach_limit[opened], 2)


def _worst_failure(primary: Servers, primary_ms: Floats, next_ms: Floats, population: Floats, sites: int) -> int:
    """The position of the site whose failure is the worst; -1 without any."""
    served = primary >= 0
    if sites == 0 or not served.any():
        return -1
    site, people = primary[served], population[served]
    lost = np.isnan(next_ms[served])
    lost_people = np.bincount(site, np.where(lost, people, 0.0), sites)
    added = np.bincount(site, np.where(lost, 0.0, people * (next_ms[served] - primary_ms[served])), sites)
    latest = np.full(sites, -np.inf)
    np.maximum.at(latest, site[~lost], next_ms[served][~lost])
    stays = np.full(sites, -np.inf)
    np.maximum.at(stays, site, primary_ms[served])
    order = np.argsort(stays)
    others = np.full(sites, stays[order[-1]])
    others[order[-1]] = stays[order[-2]] if sites > 1 else -np.inf
    return int(np.lexsort((added, np.maximum(latest, others), lost_people))[-1])


def _percentiles(values: Floats, people: Floats) -> list[float | None]:
    if len(values) == 0 or people.sum() <= 0:
        return [None] * len(PERCENTILES)
    order = np.argsort(values)
    reached = np.cumsum(people[order])
    at = np.searchsorted(reached, np.array(PERCENTILES) / 100 * reached[-1] * (1 - 1e-12))
    return [float(values[order[min(int(i), len(values) - 1)]]) for i in at]
