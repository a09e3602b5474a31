"""Whom each open site serves, in normal times and when another one fails."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.catalogue import TIERS
from solver.plan import Plan
from solver.problem import Floats, Problem


@dataclass(frozen=True, eq=False)
class Loads:
    """People per open site, in the order of ``plan.open_sites``.

    population: (s,) people whose primary it is · failover_population: (s,) the most people that come over when one
    other site fails; 0 in a plan that survives none · power_kw: (s,) what the candidates file states, otherwise the
    least a site of its tier has, nan where neither is known · served: people with a primary · total: all people.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    tiers: tuple[str, ...]
    population: Floats
    failover_population: Floats
    power_kw: Floats
    served: float
    total: float

    def __len__(self) -> int:
        return len(self.ids)


def loads_of(plan: Plan, problem: Problem) -> Loads:
    """The loads of a usable plan."""
    people, candidates = problem.demand.population, problem.candidates
    at = {identity: j for j, identity in enumerate(candidates.ids)}
    position = np.array([at[identity] for identity in plan.open_sites], dtype=np.int64)
    primary = plan.servers[:, 0].astype(np.int64)
    served = primary >= 0
    population = np.bincount(primary[served], weights=people[served], minlength=plan.sites).astype(np.float64)
    tiers = tuple("" if candidates.tier is None else str(candidates.tier[j]) for j in position)
    least_of_tier = np.array([TIERS[tier].power_kw[0] if tier in TIERS else np.nan for tier in tiers])
    stated = np.full(plan.sites, np.nan) if candidates.power_kw is None else candidates.power_kw[position]
    return Loads(
        ids=plan.open_sites,
        names=tuple(candidates.names[position]),
        tiers=tiers,
        population=population,
        failover_population=_failover(plan, people),
        power_kw=np.where(np.isnan(stated), least_of_tier, stated),
        served=float(people[served].sum()),
        total=float(people.sum()),
    )


def _failover(plan: Plan, people: Floats) -> Floats:
    """(s,) over all other sites a: the most people whose primary is a and whose backup is this one."""
    worst = np.zeros(plan.sites)
    if plan.servers.shape[1] < 2:
        return worst
    primary, backup = plan.servers[:, 0].astype(np.int64), plan.servers[:, 1].astype(np.int64)
    both = (primary >= 0) & (backup >= 0)
    pairs, place = np.unique(primary[both] * plan.sites + backup[both], return_inverse=True)
    moved = np.bincount(place, weights=people[both], minlength=len(pairs))
    np.maximum.at(worst, pairs % max(plan.sites, 1), moved)
    return worst
