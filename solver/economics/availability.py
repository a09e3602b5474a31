"""Who is without service when sites fail independently: exact per point, simulated for the fleet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from solver.coverage import build_coverage
from solver.plan import Plan
from solver.problem import Floats, Ints, Problem

TRIALS = 100_000
"""Moments looked at: a share of 0.1 % is known to ±0.01 percentage points (one standard error)."""

MOST_ENUMERATED = 16


@dataclass(frozen=True, eq=False)
class SiteSets:
    """Which open sites reach each demand point; points with equal sets are merged.

    Row i holds ``sites[indptr[i]:indptr[i+1]]``, positions into the plan's open sites · population: (q,) people of
    the row · unserved: people no open site reaches, in none of the rows · n_sites: open sites.
    """

    indptr: Ints
    sites: Ints
    population: Floats
    unserved: float
    n_sites: int

    def __len__(self) -> int:
        return len(self.indptr) - 1


@dataclass(frozen=True)
class Availability:
    """What users see of a fleet.  Means are over all people that some open site reaches, weighted by population.

    mean: share of time a person has service, exact · two_nearest: the same if only primary and backup could serve
    (for pairs: 1 - product of both outages), exact · everyone: share of moments at which nobody is without service,
    simulated, ± everyone_error · simulated_mean ± simulated_mean_error: the simulation's view of ``mean``.
    """

    mean: float
    two_nearest: float
    everyone: float
    everyone_error: float
    simulated_mean: float
    simulated_mean_error: float
    trials: int

    @property
    def minutes_without_year(self) -> float:
        """Minutes without service per person and year."""
        return (1 - self.mean) * 365 * 24 * 60


def site_sets(plan: Plan, problem: Problem) -> SiteSets:
    """The open sites in reach of every point."""
    opened = set(plan.open_sites)
    closed = tuple(identity for identity in problem.candidates.ids if identity not in opened)
    coverage = build_coverage(replace(problem, required=(), forbidden=closed))
    place = np.full(len(problem.candidates), -1, dtype=np.int64)
    at = {identity: j for j, identity in enumerate(problem.candidates.ids)}
    place[[at[identity] for identity in plan.open_sites]] = np.arange(plan.sites)
    return merge_equal(coverage.indptr, place[coverage.indices], problem.demand.population, plan.sites)


def merge_equal(indptr: Ints, sites: Ints, population: Floats, n_sites: int) -> SiteSets:
    """Rows with the same sites become one, their people added.  Sets are told apart by 128 random bits."""
    size = np.diff(indptr)
    full = np.flatnonzero(size)
    marks = np.random.default_rng(0).integers(0, 2**63, (2, max(n_sites, 1)), dtype=np.int64)
    keys = np.stack([np.bitwise_xor.reduceat(mark[sites], indptr[full]) for mark in marks]) if len(full) else None
    if keys is None:
        return SiteSets(np.zeros(1, dtype=np.int64), sites[:0], population[:0], float(population.sum()), n_sites)
    _, first, place = np.unique(keys, axis=1, return_index=True, return_inverse=True)
    people = np.bincount(place.ravel(), weights=population[full], minlength=len(first)).astype(np.float64)
    kept = full[first]
    out = np.concatenate([[0], np.cumsum(size[kept])]).astype(np.int64)
    entries = np.concatenate([sites[indptr[i] : indptr[i + 1]] for i in kept])
    return SiteSets(out, entries, people, float(population[size == 0].sum()), n_sites)


def share_down(sets: SiteSets, outage: Floats) -> float:
    """The expected share of people without service.  outage: (s,) probability that a site is down."""
    if not len(sets) or sets.population.sum() <= 0:
        return 0.0
    down = np.multiply.reduceat(outage[sets.sites], sets.indptr[:-1])
    return float(np.average(down, weights=sets.population))


def share_down_pairs(plan: Plan, population: Floats, outage: Floats) -> float:
    """The same when only the two nearest open sites count: P(both down), or P(down) where there is one."""
    nearest = plan.servers[:, :2]
    down = np.where(nearest >= 0, outage[np.maximum(nearest, 0)], 1.0).prod(axis=1)
    served = (nearest >= 0).any(axis=1) & (population > 0)
    return float(np.average(down[served], weights=population[served])) if served.any() else 0.0


def simulate(sets: SiteSets, outage: Floats, trials: int = TRIALS, seed: int = 0) -> tuple[float, float, float, float]:
    """(share of moments with everyone served, its standard error, mean share of people down, its standard error).

    One bit per site and moment: a set of sites is down where all its bits are.  An event never seen is known to no
    better than one in ``trials``, and the errors say so.
    """
    rng = np.random.default_rng(seed)
    trials += -trials % 8
    bits = np.stack([np.packbits(rng.random(trials) < chance) for chance in outage])
    any_down = np.zeros(trials // 8, dtype=np.uint8)
    lost = np.zeros(trials)
    for row in range(len(sets)):
        all_down = np.bitwise_and.reduce(bits[sets.sites[sets.indptr[row] : sets.indptr[row + 1]]], axis=0)
        if all_down.any() and sets.population[row] > 0:
            any_down |= all_down
            lost[np.unpackbits(all_down).view(bool)] += sets.population[row]
    everyone = 1 - float(np.unpackbits(any_down).mean())
    lost /= max(float(sets.population.sum()), 1e-300)
    return (
        everyone,
        max(float(np.sqrt(everyone * (1 - everyone) / trials)), 1 / trials),
        float(lost.mean()),
        max(float(lost.std() / np.sqrt(trials)), 1 / trials),
    )


def everyone_served_exactly(sets: SiteSets, outage: Floats) -> float:
    """P(nobody is without service), by all 2^s states.  Raises ValueError above MOST_ENUMERATED sites."""
    if sets.n_sites > MOST_ENUMERATED:
        raise ValueError(f"2^{sets.n_sites} states")
    rows = [sets.sites[sets.indptr[i] : sets.indptr[i + 1]] for i in range(len(sets)) if sets.population[i] > 0]
    served = 0.0
    for state in product((False, True), repeat=sets.n_sites):
        down = np.array(state, dtype=bool)
        if not any(down[row].all() for row in rows):
            served += float(np.where(down, outage, 1 - outage).prod())
    return served


def availability_of(
    plan: Plan, problem: Problem, sets: SiteSets, site_availability: float, trials: int = TRIALS, seed: int = 0
) -> Availability:
    """A fleet whose sites are all equally available and fail independently."""
    outage = np.full(plan.sites, 1 - site_availability)
    everyone, everyone_error, down, down_error = simulate(sets, outage, trials, seed)
    return Availability(
        mean=1 - share_down(sets, outage),
        two_nearest=1 - share_down_pairs(plan, problem.demand.population, outage),
        everyone=everyone,
        everyone_error=everyone_error,
        simulated_mean=1 - down,
        simulated_mean_error=down_error,
        trials=trials + -trials % 8,
    )
