"""Which sites can host a model: memory and speed decide the accelerators, these decide the power.

    weights_gb          = parameters_b × bits_per_weight / 8
    kv_gb_per_user      = context_tokens × kv_bytes_per_token / 10⁹
    memory   of g       : weights_gb + users × kv_gb_per_user                     ≤ g × memory_gb × memory_share
    speed    of g       : (active_gb + users × kv_gb_per_user) × tokens_per_s     ≤ g × bandwidth_gb_s × bandwidth_share
    installed           = replicas × g, rounded up to whole servers of ``per_server`` accelerators
    site_kw             = installed × (power_kw + host_kw) × pue

Decoding is bound by memory bandwidth: every step reads the active weights once and each user's keys and values.  A
mixture of experts reads at most users × its active weights, and never more than all of them.  Computation, prefill and
the links between accelerators are not modelled; prompts of many thousand tokens need more than this says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import ceil
from typing import Any

import numpy as np

from solver.catalogue import entry
from solver.errors import BadInput, InputProblem, shown
from solver.promise.hardware import ACCELERATORS, DEFAULTS, MODELS, Accelerator

MOST_ACCELERATORS = 1024
"""Of one replica; groups are powers of two, as attention heads are split."""


@dataclass(frozen=True)
class Serving:
    """What one site must serve.

    parameters_b, active_b: 10⁹ · users: at the same time, at one site · tokens_per_s: to each of them ·
    pue: power at the site's feed per power of the equipment.  Raises BadInput naming the field.
    """

    parameters_b: float
    active_b: float
    kv_bytes_per_token: float
    accelerator: Accelerator
    bits_per_weight: float = DEFAULTS["bits_per_weight"].value
    context_tokens: float = DEFAULTS["context_tokens"].value
    tokens_per_s: float = DEFAULTS["tokens_per_s"].value
    users: int = 1
    memory_share: float = DEFAULTS["memory_share"].value
    bandwidth_share: float = DEFAULTS["bandwidth_share"].value
    pue: float = DEFAULTS["pue"].value

    def __post_init__(self) -> None:
        chip = asdict(self.accelerator)
        values = {**{k: v for k, v in vars(self).items() if k != "accelerator"}, **chip}
        positive = ["parameters_b", "active_b", "bits_per_weight", "context_tokens", "tokens_per_s", "users"]
        positive += ["memory_gb", "bandwidth_gb_s", "power_kw"]
        problems = [_below(name, values[name], "a finite number above 0") for name in positive if not values[name] > 0]
        problems += [_below(n, values[n], "a number ≥ 0") for n in ("kv_bytes_per_token", "host_kw") if values[n] < 0]
        for name in ("memory_share", "bandwidth_share"):
            if not 0 < values[name] <= 1:
                problems.append(_below(name, values[name], "a share above 0 and at most 1"))
        if not self.pue >= 1:
            problems.append(_below("pue", self.pue, "1 or more"))
        if self.active_b > self.parameters_b:
            problems.append(_below("active_b", self.active_b, f"at most parameters_b, {self.parameters_b:g}"))
        finite = [*positive, "kv_bytes_per_token", "host_kw", "pue"]
        problems += [_below(n, values[n], "a finite number") for n in finite if not np.isfinite(values[n])]
        if problems:
            raise BadInput(problems)

    @property
    def weights_gb(self) -> float:
        return self.parameters_b * self.bits_per_weight / 8

    @property
    def kv_gb_per_user(self) -> float:
        return self.context_tokens * self.kv_bytes_per_token / 1e9

    def to_dict(self) -> dict[str, float]:
        """Every figure, as ``serving_from`` reads it back."""
        figures = {name: getattr(self, name) for name in (*MODEL_FIELDS, *OTHER_FIELDS)}
        return {**figures, **{name: getattr(self.accelerator, name) for name in CHIP_FIELDS}}

    def read_gb(self, users: int) -> float:
        """What one decoding step for ``users`` reads of weights and of their keys and values."""
        active_gb = self.active_b * self.bits_per_weight / 8
        return min(self.weights_gb, users * active_gb) + users * self.kv_gb_per_user


@dataclass(frozen=True)
class Hosting:
    """What a site needs.  One replica: accelerators, users, memory_gb; the site: replicas, installed, it_kw, site_kw.

    tokens_per_s: to each user of a full replica, ms_per_token its inverse.
    """

    accelerators: int
    users: int
    weights_gb: float
    kv_gb_per_user: float
    memory_gb: float
    tokens_per_s: float
    replicas: int
    installed: int
    replica_kw: float
    it_kw: float
    site_kw: float

    @property
    def ms_per_token(self) -> float:
        return 1000 / self.tokens_per_s

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "ms_per_token": self.ms_per_token}


def hosting(serving: Serving) -> Hosting:
    """The group size that serves all users of a site with the least power; the smaller group among equals.

    Raises BadInput when no group of up to MOST_ACCELERATORS is large or fast enough for one user.
    """
    sizes = [2**i for i in range(MOST_ACCELERATORS.bit_length())]
    able = [(g, users) for g in sizes if (users := users_of(serving, g)) > 0]
    if not able:
        g, chip = MOST_ACCELERATORS, serving.accelerator
        fastest = g * chip.bandwidth_gb_s * serving.bandwidth_share / serving.read_gb(1)
        expected = (
            f"at most {fastest:,.0f} tokens a second: {g} × {chip.label} reading {serving.read_gb(1):,.1f} GB each"
        )
        raise BadInput([InputProblem(expected, column="tokens_per_s", found=f"{serving.tokens_per_s:g}")])
    fits = [_hosting(serving, accelerators, users) for accelerators, users in able]
    return min(fits, key=lambda fit: (fit.installed, fit.accelerators * fit.replicas, fit.accelerators))


def pace_note(need: Hosting, budgeted_ms_per_token: float | None) -> str | None:
    """A warning when the budget counts on tokens faster than a full replica makes them."""
    if budgeted_ms_per_token is None or budgeted_ms_per_token >= need.ms_per_token * (1 - 1e-9):
        return None
    return (
        f"the budget counts {budgeted_ms_per_token:.3g} ms for a token; a replica serving its {need.users} users takes "
        f"{need.ms_per_token:.3g} ms"
    )


def users_of(serving: Serving, accelerators: int) -> int:
    """How many of the site's users one replica of so many accelerators can serve at most; by bisection."""
    chip = serving.accelerator
    memory_gb = accelerators * chip.memory_gb * serving.memory_share
    speed_gb_s = accelerators * chip.bandwidth_gb_s * serving.bandwidth_share
    low, high = 0, serving.users
    while low < high:
        users = (low + high + 1) // 2
        held = serving.weights_gb + users * serving.kv_gb_per_user <= memory_gb
        if held and serving.read_gb(users) * serving.tokens_per_s <= speed_gb_s:
            low = users
        else:
            high = users - 1
    return low


def _hosting(serving: Serving, accelerators: int, users: int) -> Hosting:
    chip = serving.accelerator
    replicas = ceil(serving.users / users)
    installed = ceil(replicas * accelerators / chip.per_server) * chip.per_server
    each_kw = chip.power_kw + chip.host_kw
    served = ceil(serving.users / replicas)
    return Hosting(
        accelerators=accelerators,
        users=served,
        weights_gb=serving.weights_gb,
        kv_gb_per_user=serving.kv_gb_per_user,
        memory_gb=serving.weights_gb + served * serving.kv_gb_per_user,
        tokens_per_s=accelerators * chip.bandwidth_gb_s * serving.bandwidth_share / serving.read_gb(served),
        replicas=replicas,
        installed=installed,
        replica_kw=accelerators * each_kw,
        it_kw=installed * each_kw,
        site_kw=installed * each_kw * serving.pue,
    )


MODEL_FIELDS = ("parameters_b", "active_b", "kv_bytes_per_token")
CHIP_FIELDS = ("memory_gb", "bandwidth_gb_s", "power_kw", "host_kw")
OTHER_FIELDS = (
    "bits_per_weight",
    "context_tokens",
    "tokens_per_s",
    "users",
    "memory_share",
    "bandwidth_share",
    "pue",
)


def serving_from(stated: Mapping[str, Any]) -> Serving:
    """What a planner states: ``name`` a model and ``accelerator`` a chip of the tables, or the figures themselves.

    Fields that are None are not stated.  Raises BadInput naming the field.
    """
    told = {name: value for name, value in stated.items() if value is not None}
    fields: dict[str, Any] = {}
    if "name" in told:
        model = entry(MODELS, told["name"], "name")
        fields = {name: getattr(model, name) for name in MODEL_FIELDS}
    fields |= {name: told[name] for name in MODEL_FIELDS if name in told}
    if "parameters_b" in told and "active_b" not in told:
        fields["active_b"] = told["parameters_b"]
    missing = [name for name in MODEL_FIELDS if name not in fields]
    chip = _chip_from(told)
    problems = [InputProblem(f"a figure, or the name of a model: {', '.join(MODELS)}", column=n) for n in missing]
    if problems:
        raise BadInput(problems)
    return Serving(**fields, accelerator=chip, **{name: told[name] for name in OTHER_FIELDS if name in told})


def _chip_from(told: Mapping[str, Any]) -> Accelerator:
    own = {name: told[name] for name in CHIP_FIELDS if name in told}
    if "accelerator" in told:
        chip = entry(ACCELERATORS, told["accelerator"], "accelerator")
        return Accelerator(**{**asdict(chip), **own})
    missing = [name for name in CHIP_FIELDS if name not in own]
    if missing:
        expected = f"a figure, or the name of an accelerator: {', '.join(ACCELERATORS)}"
        raise BadInput([InputProblem(expected, column=name) for name in missing])
    return Accelerator("the planner's accelerator", **own, source="given", host_source="given")


def _below(name: str, value: Any, expected: str) -> InputProblem:
    return InputProblem(expected, column=name, found=shown(value))
