"""The report of a plan: what was asked, what was assumed and from where, what was found, and what it means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from app.exports import Table, failures_table, gaps_table, sites_table
from app.report.assumptions import assumptions
from app.report.picture import picture
from app.report.words import headline, number
from app.units import reach_unit
from solver.economics.document import study_to_dict
from solver.economics.study import Study
from solver.experience import experience
from solver.plan import Plan
from solver.problem import Problem

MOST_GAPS = 200
MOST_FAILURES = 25
FOLDER = Path(__file__).parent


def report_page(
    plan: Plan,
    problem: Problem,
    name: str,
    inputs: dict[str, str],
    credits: Sequence[str] = (),
    study: Study | None = None,
) -> str:
    """One HTML page without script or request.

    inputs: what the demand and the candidates are called · credits: whom the places are credited to ·
    study: the economics of the plan; without it the page says nothing of money.
    """
    drawn = picture(plan, problem)
    unit = reach_unit(problem)
    suffix = "km" if unit == "km" else "rtt_ms"
    failures = _rows(failures_table(plan, problem)) if plan.usable else []
    gaps = sorted(_rows(gaps_table(plan, problem)), key=lambda row: -row["population"])
    return _template().render(
        name=name,
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        plan=plan,
        problem=problem,
        headline=headline(plan, problem),
        svg=drawn.svg,
        credits=[*credits, *drawn.sources],
        assumptions=assumptions(plan, problem, inputs),
        sites=_rows(sites_table(plan, problem)) if plan.usable else [],
        gaps=gaps[:MOST_GAPS],
        gaps_beyond=len(gaps) - len(gaps[:MOST_GAPS]),
        failures=failures[:MOST_FAILURES],
        failures_beyond=len(failures) - len(failures[:MOST_FAILURES]),
        worst_before=failures[0][f"worst_before_{suffix}"] if failures else None,
        worst_after=max((row[f"worst_after_{suffix}"] or 0.0 for row in failures), default=None),
        unit=unit,
        suffix=suffix,
        latency=experience(plan, problem).summary() if plan.usable else None,
        site_names=dict(zip(problem.candidates.ids, problem.candidates.names, strict=True)),
        study=study_to_dict(study) if study is not None else None,
    )


def _rows(table: Table) -> list[dict[str, Any]]:
    return [dict(zip(table.columns, row, strict=True)) for row in zip(*table.columns.values(), strict=True)]


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(FOLDER)
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["number"] = number
    return environment.get_template("report.html.jinja")
