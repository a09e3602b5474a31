"""Plans in plain words, for a terminal."""

from __future__ import annotations

from typing import Any, TextIO

from solver.errors import shown
from solver.plan import CoverageGap, Outcome, Plan

GAPS_PRINTED = 20


def in_words(answer: Plan) -> str:
    """One honest sentence: "optimal" only when it is proven."""
    if answer.outcome == Outcome.INFEASIBLE:
        people = sum(gap.population for gap in answer.gaps)
        return f"infeasible: {len(answer.gaps)} points ({people:,.0f} people) have too few candidates in reach"
    if answer.outcome == Outcome.NO_PLAN:
        return "no plan within the limits"
    gaps = f"; {len(answer.gaps)} coverage gaps exempted" if answer.gaps else ""
    size = f"{answer.sites} sites"
    if answer.objective != answer.sites:
        size += f" for {answer.objective:,.0f} USD"
    if answer.proved:
        return f"{size}, proven optimal{gaps}; {answer.seconds:.1f} s"
    honest = f"feasible: no plan can be below {answer.lower_bound:g} (gap {answer.gap:.1%})"
    return f"{size}, {honest}{gaps}; {answer.seconds:.1f} s"


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
