"""The arguments that say which candidates a plan may use: tiers, and a model with what serves it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.commands.shared import FORMATS, Commands, ids, say
from solver.errors import BadInput, InputProblem, shown

if TYPE_CHECKING:
    from solver.inputs import Candidates
    from solver.promise.model_fit import Serving

MODEL_OPTIONS = {
    "bits_per_weight": (float, "N", "bits of one weight (default 8)"),
    "context_tokens": (int, "N", "tokens of context each user keeps (default 4096)"),
    "tokens_per_s": (float, "N", "tokens a second for each user (default 20)"),
    "users": (int, "N", "users at once, at one site (default 1)"),
    "pue": (float, "F", "power at the site's feed per power of the equipment (default 1.58)"),
    "parameters_b": (float, "N", "10⁹ parameters, for a model that the catalogue lacks"),
    "active_b": (float, "N", "10⁹ of them used for one token (default all)"),
    "kv_bytes_per_token": (float, "N", "bytes of keys and values that one token of context takes"),
}
"""Name of the option in ``solver.promise.model_fit`` → type, placeholder, help."""


def add_screening(parser: argparse.ArgumentParser) -> None:
    """``--tiers``, and the arguments of a model."""
    parser.add_argument(
        "--tiers",
        type=ids,
        metavar="TIERS",
        help="only candidates of these tiers, with the tiers' reach: mec,metro_colo:extra_ms=1:most_km=80",
    )
    add_model(parser)
    parser.add_argument(
        "--unknown-power",
        choices=["keep", "exclude"],
        default="keep",
        help="with a model: candidates without power_kw stay (default) or go",
    )


def add_model(parser: argparse.ArgumentParser) -> None:
    """A model, an accelerator, and what they must do."""
    group = parser.add_argument_group("model: only candidates with the power it needs")
    group.add_argument("--model", metavar="NAME", help="a model ('sitewright catalogue' lists); with --accelerator")
    group.add_argument("--accelerator", metavar="NAME", help="what serves it")
    for name, (kind, placeholder, text) in MODEL_OPTIONS.items():
        group.add_argument("--" + name.replace("_", "-"), type=kind, metavar=placeholder, help=text)


def screened(options: argparse.Namespace, candidates: Candidates, required: tuple[str, ...]) -> Candidates:
    """The candidates that tiers and model leave; what was left out is told on stderr.  Raises BadInput."""
    from solver.promise.model_fit import hosting, pace_note
    from solver.promise.screening import excluded_counts, screen, tier_rules

    serving = _serving(options)
    tiers = tier_rules(_tier(text) for text in options.tiers) if options.tiers is not None else None
    found = screen(candidates, tiers, serving, options.unknown_power, required)
    for reason, count in excluded_counts(found.candidates).items():
        say(f"note: {count} of {len(candidates)} candidates excluded: {reason.replace('_', ' ')}")
    pace = pace_note(hosting(serving), options.ms_per_token) if serving is not None else None
    for note in (*found.notes, *([] if pace is None else [pace])):
        say(f"note: {note}")
    return found.candidates


def _serving(options: argparse.Namespace) -> Serving | None:
    """None when no argument of a model is given."""
    from solver.promise.model_fit import serving_from

    stated = {"name": options.model, **{n: getattr(options, n) for n in ("accelerator", *MODEL_OPTIONS)}}
    return serving_from(stated) if any(value is not None for value in stated.values()) else None


def _tier(text: str) -> dict[str, Any]:
    """``mec:extra_ms=1:most_km=80`` → {"tier": "mec", "extra_ms": 1.0, "most_km": 80.0}."""
    name, *figures = text.split(":")
    told: dict[str, Any] = {"tier": name}
    for figure in figures:
        key, _, value = figure.partition("=")
        try:
            if key not in ("extra_ms", "most_km"):
                raise ValueError
            told[key] = float(value)
        except ValueError:
            expected = "NAME, NAME:extra_ms=MS or NAME:most_km=KM"
            raise BadInput([InputProblem(expected, column="tiers", found=shown(text))]) from None
    return told


def add_model_fit(commands: Commands) -> None:
    """Declare ``sitewright model-fit``."""
    parser = commands.add_parser("model-fit", help="what a site needs to serve a model, and which candidates have it")
    add_model(parser)
    parser.add_argument("--candidates", type=Path, metavar="FILE", help=f"candidate sites with power_kw ({FORMATS})")
    parser.add_argument("--json", action="store_true", help="one JSON object, as POST /api/v1/model-fit answers")
    parser.set_defaults(run=model_fit)


def model_fit(options: argparse.Namespace) -> int:
    """Print what one site needs; exit status 3 when no candidate can have it."""
    from solver.geodata import read_candidates
    from solver.promise.model_fit import hosting, serving_from
    from solver.promise.screening import fit_to, fit_to_dict

    serving = _serving(options) or serving_from({})
    need = hosting(serving)
    fit = None if options.candidates is None else fit_to(read_candidates(options.candidates).data, need)
    if options.json:
        print(json.dumps(fit_to_dict(serving, need, fit)))
    else:
        chips = f"{need.accelerators} × {serving.accelerator.label}"
        print(
            f"one replica: {chips}, {need.memory_gb:.1f} GB ({need.weights_gb:.1f} GB of weights), {need.users} users"
        )
        print(f"each user: {need.tokens_per_s:.1f} tokens/s, {need.ms_per_token:.1f} ms a token")
        print(f"one site: {need.replicas} replicas, {need.installed} accelerators installed, {need.it_kw:.3g} kW")
        print(f"power_kw needed: {need.site_kw:.3g} kW (× {serving.pue:g} at the feed)")
        if fit is not None:
            print(f"candidates: {fit.can_host} can host it, {fit.too_small} cannot, {fit.unknown} of unknown power")
        if fit is not None and fit.refusal:
            print(f"refused: needs {fit.refusal}")
    return 3 if fit is not None and fit.refusal else 0
