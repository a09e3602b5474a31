"""``sitewright budget``, ``calibrate`` and ``catalogue``: promises, kilometres, and where the figures are from."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from app.commands.reach import add_budget, add_promise, budget_of
from app.commands.shared import Commands

if TYPE_CHECKING:
    from solver.promise.budget import Budget


def add_budgets(commands: Commands) -> None:
    """Declare ``sitewright budget``, ``calibrate`` and ``catalogue``."""
    parser = commands.add_parser(
        "budget",
        help="take a promise in ms apart, down to the radius it leaves",
        description="A promise becomes a radius; --radius-km without a promise becomes the promise it keeps.",
    )
    add_promise(parser.add_mutually_exclusive_group())
    parser.add_argument("--radius-km", type=float, metavar="R", help="what promise does this radius keep?")
    add_budget(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object, as POST /api/v1/budget answers")
    parser.set_defaults(run=budget)
    fitting = commands.add_parser(
        "calibrate",
        help="fit a network's base and route factor to measured round trips",
        description="FILE is CSV or Parquet with from_lat, from_lon, to_lat, to_lon and rtt_ms.",
    )
    fitting.add_argument("file", type=Path, metavar="FILE")
    fitting.add_argument("--quantile", type=float, default=0.5, metavar="Q", help="0.5 fits the median (default)")
    fitting.add_argument("--json", action="store_true", help="one JSON object, as POST /api/v1/calibration answers")
    fitting.set_defaults(run=calibrate)
    listing = commands.add_parser("catalogue", help="list presets, access networks, tiers, accelerators and models")
    listing.add_argument("--json", action="store_true", help="one JSON object, as GET /api/v1/catalogue answers")
    listing.set_defaults(run=catalogue)


def budget(options: argparse.Namespace) -> int:
    """Print the waterfall; exit status 3 when nothing is left for distance."""
    from solver.promise.budget_tables import budget_to_dict

    stated = budget_of(options)
    if options.json:
        print(json.dumps(budget_to_dict(stated, options.radius_km)))
    else:
        _print(stated, options.radius_km)
    return 3 if stated.refusal else 0


def _print(stated: Budget, radius_km: float | None) -> None:
    terms = stated.waterfall()
    widths = max(len(term.label) for term in terms)
    for term in terms:
        sign = " " if term.name == "slo" else "−"
        left = f"{term.left_ms:9.2f} ms left" if term.name not in ("slo", "distance") else " " * 17
        print(f"{term.label:<{widths}} {sign}{term.ms:8.2f} ms {left}   {term.source}")
    if stated.refusal:
        print(f"refused: {stated.refusal.sentence}")
    else:
        print(f"within reach: {stated.radius_km:,.1f} km")
    if radius_km is not None:
        print(f"{radius_km:g} km away: {stated.slo_at_ms(radius_km):.2f} ms end to end")


def calibrate(options: argparse.Namespace) -> int:
    """Print the fit, how well it fits, and the pairs that cannot be."""
    from solver.promise.calibration import calibrate as fit
    from solver.promise.pings import read_pings

    fitted = fit(read_pings(options.file), options.quantile).to_dict()
    if options.json:
        print(json.dumps(fitted))
        return 0
    print(f"--base-ms {fitted['base_ms']:.3f} --route-factor {fitted['route_factor']:.4f}")
    spread = ", ".join(f"{name} {value:.2f}" for name, value in fitted["residual_ms"].items())
    print(f"{fitted['used']} of {fitted['pairs']} pairs, {fitted['share_within']:.1%} at or below the fit")
    print(f"measured minus fitted, ms: {spread}")
    for note in fitted["notes"]:
        print(f"note: {note}")
    for pair in fitted["impossible"]["listed"]:
        measured = f"{pair['rtt_ms']:.2f} ms for {pair['distance_km']:,.0f} km"
        print(f"  row {pair['row']}: {measured}; light takes {pair['floor_ms']:.2f} ms")
    return 0


def catalogue(options: argparse.Namespace) -> int:
    """Print every default with its source."""
    from solver.promise.budget_tables import catalogue_to_dict

    tables = catalogue_to_dict()
    if options.json:
        print(json.dumps(tables))
        return 0
    for table, rows in tables.items():
        if isinstance(rows, str):
            print(f"{table}: {rows}")
            continue
        print(table)
        for row in rows:
            figures = ", ".join(f"{k} {_told(v)}" for k, v in row.items() if _is_figure(v))
            print(f"  {row['name']:<24} {row.get('label', '')} [{figures}]\n  {'':<24} {row['source']}")
    return 0


def _is_figure(value: object) -> bool:
    return isinstance(value, int | float | tuple) and not isinstance(value, bool)


def _told(value: object) -> str:
    if isinstance(value, tuple):
        return "–".join("∞" if v is None else f"{v:g}" for v in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
