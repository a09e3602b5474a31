"""``sitewright report``: a plan written up as one HTML page."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.commands.shared import Commands, add_overrides, add_plan_file, read_plan_and_problem
from solver.errors import BadInput, InputProblem


def add_report(commands: Commands) -> None:
    """Declare ``sitewright report``."""
    parser = commands.add_parser("report", help="write a plan up as one HTML page that prints well")
    add_plan_file(parser)
    parser.add_argument("--name", default="", help="title of the report (default: the plan file's folder)")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.html", help="where to write it")
    add_overrides(parser)
    parser.set_defaults(run=report)


def report(options: argparse.Namespace) -> int:
    """Read the plan, write the page."""
    from app.credits import credits_for, is_bundled
    from app.economics import bundled_regions, overrides_from
    from app.report.page import report_page
    from solver.economics import study
    from solver.economics.model import stated_inputs

    v, origins = stated_inputs(overrides_from(options.overrides, "--set"))
    answer, problem = read_plan_and_problem(options)
    try:
        money = study(answer, problem, bundled_regions(), v, None, origins)
    except BadInput:  # no open site, or nobody there: nothing to say of money
        money = None
    name = options.name or options.plan.resolve().parent.name
    inputs = {"demand": options.demand.name, "candidates": options.candidates.name}
    credits = credits_for(is_bundled(options.demand), is_bundled(options.candidates))
    page = report_page(answer, problem, name, inputs, credits, money)
    try:
        options.out.write_text(page, encoding="utf-8")
    except OSError as error:
        found = error.strerror or "an error"
        raise BadInput([InputProblem("a file to write to", str(options.out), column="out", found=found)]) from error
    return 0
