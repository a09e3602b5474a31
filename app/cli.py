"""The ``sitewright`` command: arguments and exit codes.  What the commands do stands in ``app/commands.py``.

Nothing heavy is imported here, so that ``sitewright --help`` answers at once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

EXIT_CODES = """exit status:
  0 a usable plan; 2 bad input, one line per problem; 3 infeasible, the gaps named; 4 no plan within the limits"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    import app.commands as commands

    run: Callable[[argparse.Namespace], int] = getattr(commands, options.command)
    return commands.reporting_errors(run, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sitewright",
        description="Place the fewest edge sites so that any one of them can fail and no user leaves the budget.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"sitewright {_version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_plan(commands)
    verify = commands.add_parser("verify", help="recheck a plan from raw coordinates")
    verify.add_argument("plan", type=Path, metavar="PLAN.json")
    _add_inputs(verify)
    serve = commands.add_parser("serve", help="serve the planner's page, the API and the maps")
    serve.add_argument("--host", help="address to listen on (default 127.0.0.1; others need an API key)")
    serve.add_argument("--port", type=int, help="port (default 8000)")
    serve.add_argument("--example", choices=["germany"], help="also solve this bundled example")
    commands.add_parser("worker", help="run one more worker process")
    _add_keys(commands)
    return parser


def _add_inputs(parser: argparse.ArgumentParser) -> None:
    formats = "CSV, GeoJSON or GeoParquet"
    parser.add_argument("--demand", type=Path, required=True, metavar="FILE", help=f"demand points ({formats})")
    parser.add_argument("--candidates", type=Path, required=True, metavar="FILE", help=f"candidate sites ({formats})")


def _add_plan(commands: Any) -> None:
    plan = commands.add_parser(
        "plan", help="find the fewest sites", epilog=EXIT_CODES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    _add_inputs(plan)
    plan.add_argument(
        "--radius-km", type=float, required=True, metavar="R", help="a site serves points up to R km away"
    )
    plan.add_argument("--survive", type=int, default=1, metavar="K", help="site failures to survive (default 1)")
    plan.add_argument(
        "--required", type=_ids, default=(), metavar="IDS", help="sites that are open in any case: id,id,…"
    )
    plan.add_argument("--forbidden", type=_ids, default=(), metavar="IDS", help="sites that stay closed: id,id,…")
    plan.add_argument(
        "--objective", choices=["sites", "cost"], default="sites", help="what to minimise (default sites)"
    )
    plan.add_argument(
        "--uncoverable",
        choices=["fail", "exempt"],
        default="fail",
        help="points with too few candidates in reach: refuse the plan (default) or serve them as well as can be",
    )
    plan.add_argument("--time-limit", type=float, default=60.0, metavar="S", help="seconds (default 60)")
    plan.add_argument(
        "--gap", type=float, default=0.0, metavar="G", help="relative gap that is good enough (default 0)"
    )
    plan.add_argument("--seed", type=int, default=0, help="same input and seed, same plan (default 0)")
    plan.add_argument(
        "--solver", default="HiGHS", metavar="NAME", help="any PuLP solver installed here (default HiGHS)"
    )
    plan.add_argument("--no-polish", action="store_true", help="do not look among equal plans for nearer sites")
    plan.add_argument("--out", type=Path, metavar="DIR", help="write plan.json, GeoJSON files and map.html there")
    plan.add_argument("--json", action="store_true", help="one JSON object on stdout and nothing else")


def _add_keys(commands: Any) -> None:
    keys = commands.add_parser("keys", help="API keys for serving beyond this machine")
    actions = keys.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("add", help="make a key; it is shown once").add_argument("name")
    actions.add_parser("list", help="names and dates of the keys")
    actions.add_parser("revoke", help="end a key").add_argument("name")


def _ids(text: str) -> tuple[str, ...]:
    return tuple(identity.strip() for identity in text.split(",") if identity.strip())


def _version() -> str:
    return version("sitewright")


if __name__ == "__main__":
    sys.exit(main())
