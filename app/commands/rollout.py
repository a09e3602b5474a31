"""``sitewright rollout``: in which order to open the sites of a plan."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from app.commands.shared import Commands, add_plan_file, read_plan_and_problem, writing


def add_rollout(commands: Commands) -> None:
    """Declare ``sitewright rollout``."""
    parser = commands.add_parser("rollout", help="in which order to open a plan's sites: most people protected soonest")
    add_plan_file(parser)
    parser.add_argument("--out", type=Path, metavar="FILE.csv", help="write the table there, instead of printing it")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout and nothing else")
    parser.set_defaults(run=rollout)


def rollout(options: argparse.Namespace) -> int:
    """Order the sites; print or write the table."""
    from app.commands.words import table
    from app.exports import rows_to_csv
    from app.rollouts import rollout_document
    from solver.errors import shown

    told = rollout_document(*read_plan_and_problem(options))
    if options.out:
        with writing(options.out) as path:
            path.write_bytes(rows_to_csv(told["steps"]))
    if options.json:
        print(json.dumps(told, allow_nan=False))
    elif not options.out:
        rows = [
            [
                "stands" if step["kept"] else f"{step['step']}",
                step["id"],
                shown(step["name"])[1:-1],
                f"{step['share_single']:.1%}",
                f"{step['share_protected']:.1%}",
            ]
            for step in told["steps"]
        ]
        for line in table(["step", "site", "name", "one site", f"{told['survive'] + 1} sites"], rows):
            print(line)
    return 0
