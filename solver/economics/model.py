"""Inputs that follow from a model, an accelerator or a tier of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import ceil
from typing import Any

from solver.catalogue import TIERS, entry
from solver.model_fit import hosting, serving_from

MANY_USERS = 1000
"""Enough for a full replica, which is what throughput is measured at."""


def inputs_of_model(stated: Mapping[str, Any]) -> dict[str, float]:
    """What ``solver.model_fit`` says of a model, as inputs: accelerators and kW per copy, tokens/s when it is full.

    stated: as for ``serving_from``; a number of users is not needed.  Raises BadInput naming the field.
    """
    serving = replace(serving_from(stated), users=MANY_USERS)
    fit, per_server = hosting(serving), serving.accelerator.per_server
    return {
        "accelerators_per_replica": float(ceil(fit.accelerators / per_server) * per_server),
        "accelerator_kw": fit.replica_kw / fit.accelerators,
        "accelerator_tokens_s": fit.users * fit.tokens_per_s / fit.accelerators,
    }


def inputs_of_tier(name: str) -> dict[str, float]:
    """The power every site of a tier has.  Raises BadInput naming the known tiers."""
    return {"site_power_kw": entry(TIERS, name, "tier").power_kw[0]}
