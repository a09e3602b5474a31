"""Inputs that follow from a model, an accelerator or a tier of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import ceil
from typing import Any

from solver.catalogue import TIERS, entry
from solver.economics.inputs import ACCELERATOR_USD, ACCELERATOR_USD_SOURCE, Inputs, inputs_with
from solver.promise.model_fit import Serving, hosting, serving_from, users_of

SET = "set by the planner"

MANY_USERS = 1000
"""Enough to fill a replica, which is what throughput is measured at."""

GOOD_SHARE = 0.5
"""Larger groups read the weights for more users at once; a copy of the model is the smallest group with this share of
the best throughput per accelerator, as small sites cannot fill the largest."""


def inputs_of_model(stated: Mapping[str, Any]) -> dict[str, float]:
    """What ``promise.model_fit`` says of a model, as inputs: accelerators and power per copy, tokens/s when it is full.

    stated: as for ``serving_from``; its users do not matter here.  Raises BadInput naming the field.
    """
    serving = replace(serving_from(stated), users=MANY_USERS)
    chip, most = serving.accelerator, hosting(serving).accelerators
    sizes = [2**i for i in range(most.bit_length())]
    tokens_s = {size: tokens for size in sizes if (tokens := _tokens_s(serving, size)) > 0}
    chosen = min(size for size, tokens in tokens_s.items() if tokens >= GOOD_SHARE * max(tokens_s.values()))
    known_usd = ACCELERATOR_USD.get(stated.get("accelerator") or "")
    return {
        "accelerators_per_replica": float(ceil(chosen / chip.per_server) * chip.per_server),
        "accelerator_kw": chip.power_kw + chip.host_kw,
        "edge_pue": serving.pue,
        "accelerator_tokens_s": tokens_s[chosen],
    } | ({} if known_usd is None else {"accelerator_usd": known_usd})


def stated_inputs(
    overrides: Mapping[str, float], tier: str | None = None, model: Mapping[str, Any] | None = None
) -> tuple[Inputs, dict[str, str]]:
    """The defaults, changed by a tier, a model and the overrides, in this order; and by which of them each value is.

    Raises BadInput naming what is unknown or out of range.
    """
    of_tier = inputs_of_tier(tier) if tier else {}
    of_model = inputs_of_model(model) if model else {}
    v = inputs_with(overrides, inputs_with({**of_tier, **of_model}))
    origins = dict.fromkeys(of_tier, f"the least a site of the tier {tier} has")
    if model:
        chip = model.get("accelerator") or "the accelerator given"
        origins |= dict.fromkeys(of_model, f"model fit of {model.get('name') or 'the model given'} on {chip}")
        origins |= {"accelerator_usd": f"{chip}: {ACCELERATOR_USD_SOURCE}"} if "accelerator_usd" in of_model else {}
    return v, origins | dict.fromkeys(overrides, SET)


def _tokens_s(serving: Serving, accelerators: int) -> float:
    """Tokens a second of one accelerator in a full group of so many; 0 when the group cannot serve one user."""
    users, chip = users_of(serving, accelerators), serving.accelerator
    return users * chip.bandwidth_gb_s * serving.bandwidth_share / serving.read_gb(users) if users else 0.0


def inputs_of_tier(name: str) -> dict[str, float]:
    """The power every site of a tier has.  Raises BadInput naming the known tiers."""
    return {"site_power_kw": entry(TIERS, name, "tier").power_kw[0]}
