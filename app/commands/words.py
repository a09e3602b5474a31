"""Plans in plain words, for a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TextIO

from solver.errors import shown
from solver.plan import CoverageGap, Outcome, Plan
from solver.problem import Objective, Problem
from solver.studies.requirements import RequirementsPrice

GAPS_PRINTED = 20


def in_words(answer: Plan, problem: Problem) -> str:
    """One honest sentence: "optimal" only when it is proven."""
    if answer.outcome == Outcome.INFEASIBLE:
        return f"infeasible: {_why_infeasible(answer, problem)}"
    if answer.outcome == Outcome.NO_PLAN:
        return "no plan within the limits"
    partial = problem.partial
    gaps = f"; {len(answer.gaps)} coverage gaps{'' if partial else ' exempted'}" if answer.gaps else ""
    size = f"{answer.sites} sites"
    usd = {answer.objective, answer.second_objective} - {float(answer.sites), None}
    if usd and problem.objective != Objective.POPULATION:
        size += f" for {usd.pop():,.0f} USD"
    if partial:
        left = math.fsum(problem.demand.population[answer.unprotected])
        share = 1 - left / max(math.fsum(problem.demand.population), 1e-9)
        size += f" protect {share:.2%} of the people ({left:,.0f} left unprotected)"
    if answer.proved:
        return f"{size}, proven optimal{gaps}; {answer.seconds:.1f} s"
    honest = f"feasible: no plan can be below {_bound(answer.lower_bound, problem)} (gap {answer.gap:.1%})"
    if answer.second_objective is not None and answer.second_lower_bound is not None:
        honest += f", nor the second goal below {answer.second_lower_bound:,.10g}"
    return f"{size}, {honest}{gaps}; {answer.seconds:.1f} s"


def _bound(value: float, problem: Problem) -> str:
    return f"{value:,.0f} people" if problem.objective == Objective.POPULATION else f"{value:g}"


def _why_infeasible(answer: Plan, problem: Problem) -> str:
    people = sum(gap.population for gap in answer.gaps)
    few = f"{len(answer.gaps)} points ({people:,.0f} people) have too few candidates in reach"
    if not problem.partial:
        return few
    share = 1 - people / math.fsum(problem.demand.population)
    return f"all candidates together protect {share:.2%} of the people, {problem.fraction:.2%} are asked for; {few}"


def print_gaps(gaps: tuple[CoverageGap, ...], stream: TextIO) -> None:
    """The first gaps, one line each, and how many more there are."""
    for gap in gaps[:GAPS_PRINTED]:
        enough = f", enough at {gap.smallest_reach:g} km" if gap.smallest_reach is not None else ""
        print(
            f"  gap: {gap.point_id} {shown(gap.name)}, {gap.population:,.0f} people, "
            f"{gap.candidates_in_reach} of {gap.candidates_needed} candidates in reach{enough}",
            file=stream,
        )
    if len(gaps) > GAPS_PRINTED:
        print(f"  … and {len(gaps) - GAPS_PRINTED} more (all of them with --out)", file=stream)


def unit_of(objective: Objective) -> str:
    """What a plan's objective counts."""
    if objective == Objective.POPULATION:
        return "people unprotected"
    return "USD" if objective in (Objective.COST, Objective.COST_THEN_SITES) else "sites"


def within(found: float, least: float, most: float, unit: str) -> str:
    """A difference of two plans, and what their proofs leave open of it."""
    proved = abs(most - least) <= 1e-9 * max(1.0, abs(most))
    return f"{found:,.0f} {unit} ({'proven' if proved else f'proven to be between {least:,.0f} and {most:,.0f}'})"


def print_requirements(price: RequirementsPrice, problem: Problem) -> None:
    """What the required sites cost, in one line."""
    cost = within(price.extra, price.least, price.most, unit_of(problem.objective))
    print(f"{price.kept} sites are kept, {price.new} new; the requirements cost {cost}")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Aligned lines: texts to the left, numbers to the right."""
    columns = list(zip(head, *rows, strict=True))
    widths = [max(len(cell) for cell in column) for column in columns]
    numeric = [all(_is_number(cell) for cell in column[1:]) for column in columns]
    return [
        "  ".join(
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in (head, *rows)
    ]


def _is_number(cell: str) -> bool:
    return cell in ("–", "stands") or cell.replace(",", "").replace(".", "").rstrip("%").isdigit()


def print_latency(latency: dict[str, Any]) -> None:
    """One line as it is, one for the worst single failure."""
    promised = latency["slo_ms"]
    what = "latency, round trip" if promised is None else f"latency, end to end ({promised:g} ms promised)"
    print(f"{what}: {_spread(latency['before'])}")
    after = latency["after"]
    if after["failed"] is not None:
        print(f"when {after['failed']} fails, the worst that can: {_spread(after)}")


def _spread(spread: dict[str, Any]) -> str:
    known = [(name, spread[f"{name}_ms"]) for name in ("p50", "p95", "p99", "worst")]
    told = [f"{name} {value:.2f} ms" for name, value in known if value is not None]
    if spread["lost_population"]:
        told.append(f"{spread['lost_population']:,.0f} people without a site in reach")
    return ", ".join(told)
