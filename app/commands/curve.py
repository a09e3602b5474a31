"""``sitewright curve`` and ``price``: the same problem at several settings."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from app.commands.problem import add_limits, add_problem, limits_of, read_problem
from app.commands.shared import EXIT_CODES, Commands, Interrupt, make_folder, say
from solver.errors import BadInput, InputProblem, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from solver.problem import Objective, Problem
    from solver.studies.curve import CurvePoint, Over

OVER = ("radius_km", "slo_ms", "max_rtt_ms", "survive", "fraction")
POINT_SECONDS = 30.0
NONE = "–"


def add_curves(commands: Commands) -> None:
    """Declare ``sitewright curve`` and ``price``."""
    parser = _add(commands, "curve", "how many sites a tighter promise takes: one plan per value")
    parser.add_argument("--over", choices=OVER, required=True, help="what to vary")
    parser.add_argument("--values", type=_numbers, required=True, metavar="V,V,…", help="the settings to solve")
    parser.set_defaults(run=curve)
    parser = _add(commands, "price", "the price of resilience: sites that survive 0, 1 and 2 failures")
    parser.set_defaults(run=price, over="survive", survive=0, values=[0.0, 1.0, 2.0])


def _add(commands: Commands, name: str, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=text, epilog=EXIT_CODES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_problem(parser, reach_required=name == "price", survive=name == "curve")
    add_limits(parser, POINT_SECONDS)
    parser.add_argument("--out", type=Path, metavar="DIR", help="write curve.csv and curve.json there")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout and nothing else")
    return parser


def curve(options: argparse.Namespace) -> int:
    """Solve every value, print the table.  The time limit is each value's own."""
    from solver.studies.curve import Over

    given = (options.radius_km, options.slo_ms, options.threshold, options.rtt_matrix)
    varied = options.over in ("radius_km", "slo_ms") and all(one is None for one in given)
    if varied or (options.over == "max_rtt_ms" and options.max_rtt_ms is None):
        setattr(options, options.over, max(options.values))
    elif all(one is None for one in given):
        raise BadInput([InputProblem("--radius-km, --slo-ms or --rtt-matrix, which this curve keeps", column="over")])
    problem = read_problem(options)
    points = _solve(options, problem, Over(options.over))
    return _ended(points)


def price(options: argparse.Namespace) -> int:
    """Solve for 0, 1 and 2 failures; print the table and what each failure more costs."""
    from app.commands.words import unit_of, within
    from solver.studies.curve import Over, steps_between

    problem = read_problem(options)
    points = _solve(options, problem, Over.SURVIVE)
    unit = unit_of(problem.objective)
    for step in steps_between(points, Over.SURVIVE) if not options.json else ():
        difference = within(step.extra_objective, step.extra_least, step.extra_most, f"{unit} more")
        sites = f"{len(step.sites_in)} sites in, {len(step.sites_out)} out"
        print(f"from {step.from_value:g} to {step.to_value:g} failures: {difference}; {sites}")
    return _ended(points)


def _solve(options: argparse.Namespace, problem: Problem, over: Over) -> tuple[CurvePoint, ...]:
    from app.console import Console
    from app.curves import curve_document, curve_rows
    from app.exports import rows_to_csv
    from solver.studies.tradeoff import trade_off

    limits = limits_of(options)
    if options.out:
        make_folder(options.out)
    console, current = Console(), [float("nan")]

    def told(value: float, progress: object) -> None:
        if value != current[0]:
            current[0] = value
            say(f"{over.value} {value:g}:")
        console.progress(progress)  # type: ignore[arg-type]

    with Interrupt() as interrupt:
        points = trade_off(
            problem, over, options.values, limits, options.seed, on_progress=told, stop=interrupt.asked
        )  # fmt: skip
    document = curve_document(points, over, options.values, problem.objective.value)
    if options.out:
        (options.out / "curve.csv").write_bytes(rows_to_csv(curve_rows(points, over)))
        text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)
        (options.out / "curve.json").write_text(text + "\n", encoding="utf-8")
    if options.json:
        print(json.dumps(document, allow_nan=False))
    else:
        _print(points, over, problem.objective)
    return points


def _print(points: Sequence[CurvePoint], over: Over, objective: Objective) -> None:
    from app.commands.words import table, unit_of

    unit = unit_of(objective)
    costs = unit != "USD" and any(point.cost_usd is not None for point in points)
    columns: dict[str, Callable[[CurvePoint], str]] = {
        over.value: lambda point: f"{point.value:g}",
        "sites": lambda point: _number(point.sites),
        **({} if unit == "sites" else {unit: lambda point: _number(point.objective)}),
        "at least": lambda point: _number(point.lower_bound),
        "gap": lambda point: NONE if point.gap is None else f"{point.gap:.1%}",
        "gaps": lambda point: _number(point.gap_points),
        "people in gaps": lambda point: _number(point.gap_people),
        **({"USD": lambda point: _number(point.cost_usd)} if costs else {}),
    }
    for line in table(list(columns), [[show(point) for show in columns.values()] for point in points]):
        print(line)
    for point in points:
        if point.reason:
            print(f"  {over.value} {point.value:g}: {point.reason}")


def _number(value: float | None) -> str:
    return NONE if value is None else f"{value:,.0f}"


def _ended(points: Sequence[CurvePoint]) -> int:
    if any(point.usable for point in points):
        return 0
    return 3 if any(point.outcome.value == "infeasible" for point in points) else 4


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{shown(text)} is not a list of numbers: 100,150,200") from None
