"""Rechecks a plan's certified bound in whole numbers, from raw coordinates."""

from __future__ import annotations

import numpy as np

from solver.plan import CERTIFICATE_SCALE, Plan
from solver.problem import Ints, Problem, Texts
from solver.verify_reach import TOLERANCE, Bools, allowed_columns, blocks, group_codes, in_reach


def certificate_failures(plan: Plan, problem: Problem) -> list[str]:
    """Recompute the certified bound: Σ r y − Σ max(0, load − cost) over all allowed sites.

    A row that names a group says "one site outside it"; where there is none in reach it says nothing.
    """
    points, multiplier = plan.certificate.points, plan.certificate.multiplier
    risk, group = plan.certificate.risk, plan.certificate.group
    if not len(points) == len(multiplier) == len(risk) == len(group):
        return ["the certificate's columns are not of one length"]
    names = set(zip(points.tolist(), risk, group, strict=True))
    if len(names) != len(points) or multiplier.min(initial=0) < 0:
        return ["the certificate names a row twice, or has a negative multiplier"]
    if sum(multiplier.tolist()) >= 2**62:
        return ["the certificate's multipliers are too large to add up"]
    if not set(risk) <= {"", *problem.shared_risk}:
        return ["the certificate names a shared-risk column that the problem does not"]
    excused = {gap.point_id: gap.candidates_in_reach for gap in plan.gaps}
    required, columns = problem.required_ids, allowed_columns(problem)
    load = np.zeros(len(columns), dtype=np.int64)
    total = 0
    for block, near in blocks(problem, points, columns):
        named, place = np.unique(points[block], return_inverse=True)
        within = in_reach(problem, named, columns[near])[1][place]
        within &= ~_in_the_group(problem, columns[near], risk[block], group[block])
        load[near] += multiplier[block] @ within.astype(np.int64)
        for q, reached in zip(block, within.sum(axis=1).tolist(), strict=True):
            enough = min(excused.get(problem.demand.ids[points[q]], problem.sites_needed), problem.sites_needed)
            need = enough if risk[q] == "" else min(1, reached)
            total += need * int(multiplier[q])
    cost = problem.site_cost
    for j, loaded in zip(columns, load.tolist(), strict=True):
        surplus = loaded - int(np.floor(cost[j] * CERTIFICATE_SCALE))
        total -= surplus if problem.candidates.ids[j] in required else max(0, surplus)
    bound = max(0, total) / CERTIFICATE_SCALE
    whole = bool(np.all(cost == np.round(cost)))
    proves = float(np.ceil(bound - TOLERANCE)) if whole else bound
    failures = []
    if bound < plan.certificate.bound - TOLERANCE:
        failures.append(f"the certificate adds up to {bound}, not to {plan.certificate.bound}")
    if plan.certified_lower_bound > proves + TOLERANCE:
        failures.append(f"the certified bound {plan.certified_lower_bound} is more than the certificate's {bound}")
    return failures


def _in_the_group(problem: Problem, columns: Ints, risk: Texts, group: Texts) -> Bools:
    """(rows, columns) the sites a row leaves out."""
    out = np.zeros((len(risk), len(columns)), dtype=bool)
    for column in problem.shared_risk:
        codes, number = group_codes(problem, column, columns)
        mine = np.flatnonzero(risk == column)
        wanted = np.array([number.get(label, -2) for label in group[mine]], dtype=np.int64)
        out[mine] = codes == wanted[:, None]
    return out
