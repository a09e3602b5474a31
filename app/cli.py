"""The ``sitewright`` command: the parser, assembled from ``app/commands/``.

Nothing heavy is imported here, so that ``sitewright --help`` answers at once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version

from app.commands.budget import add_budgets
from app.commands.compare import add_compare
from app.commands.curve import add_curves
from app.commands.economics import add_economics
from app.commands.plan import add_plan
from app.commands.report import add_report
from app.commands.rollout import add_rollout
from app.commands.screening import add_model_fit
from app.commands.service import add_service
from app.commands.shared import EXIT_CODES, reporting_errors
from app.commands.verify import add_verify

COMMANDS = (
    add_plan, add_verify, add_curves, add_rollout, add_compare, add_budgets, add_model_fit, add_economics, add_report,
    add_service,
)  # fmt: skip
"""In the order of ``--help``."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    return reporting_errors(options.run, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sitewright",
        description="Place the fewest edge sites so that any one of them can fail and no user leaves the budget.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"sitewright {version('sitewright')}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in COMMANDS:
        add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
