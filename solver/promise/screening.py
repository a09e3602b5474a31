"""Which candidates a plan may use at all: those of its tiers, with the power its model needs.

A site that may not be used is forbidden and keeps the reason in ``Candidates.excluded``.  A site of a listed tier
gets its tier's offset and farthest distance, unless the file states the site's own reach.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from solver.catalogue import TIERS, entry
from solver.errors import BadInput, InputProblem, shown
from solver.problem import Candidates, Status, Texts, texts
from solver.promise.model_fit import Hosting, Serving, hosting
from solver.reach import LONGEST_KM

Bools = npt.NDArray[np.bool_]
UnknownPower = Literal["keep", "exclude"]

TIER, POWER, POWER_UNKNOWN = "tier", "power", "power_unknown"
"""The reasons in ``Candidates.excluded``."""


@dataclass(frozen=True)
class TierRule:
    """How a plan takes one tier.  extra_ms: beside the route's own round trip · most_km: nobody farther is served."""

    tier: str
    extra_ms: float
    most_km: float

    def __post_init__(self) -> None:
        problems = [
            InputProblem(f"a finite number of {unit} ≥ 0", column=f"tiers.{self.tier}.{name}", found=shown(value))
            for name, value, unit in (("extra_ms", self.extra_ms, "ms"), ("most_km", self.most_km, "km"))
            if not (np.isfinite(value) and value >= 0)
        ]
        if problems:
            raise BadInput(problems)


def tier_rule(tier: str, extra_ms: float | None = None, most_km: float | None = None) -> TierRule:
    """A tier of the catalogue, with the planner's figures instead where given.  Raises BadInput for an unknown one."""
    known = entry(TIERS, tier, "tiers")
    limit = known.most_km if most_km is None else most_km
    return TierRule(
        tier, known.extra_ms if extra_ms is None else extra_ms, float(LONGEST_KM) if limit is None else limit
    )


def tier_rules(stated: Iterable[str | Mapping[str, Any]]) -> tuple[TierRule, ...]:
    """Tiers by name, or as {"tier", "extra_ms", "most_km"}.  Raises BadInput for an unknown one, or one named twice."""
    rules = [tier_rule(one) if isinstance(one, str) else tier_rule(**one) for one in stated]
    names = [rule.tier for rule in rules]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not names:
        found = ", ".join(twice) if twice else "none"
        raise BadInput([InputProblem("one or more tiers, each once", column="tiers", found=found)])
    return tuple(rules)


@dataclass(frozen=True, eq=False)
class Screened:
    """The candidates with what a plan makes of them, and what a planner should know about it."""

    candidates: Candidates
    notes: tuple[str, ...] = ()


def screen(
    candidates: Candidates,
    tiers: Sequence[TierRule] | None = None,
    serving: Serving | None = None,
    unknown_power: UnknownPower = "keep",
    required: Iterable[str] = (),
) -> Screened:
    """The candidates with those excluded that are of another tier or lack power; None asks nothing.

    unknown_power: what to do about a site whose power_kw the file leaves open.  Raises BadInput for a tier in the file
    that the catalogue lacks, a required site that would be excluded, and when no site is left, with what is missing.
    """
    reason = texts([""] * len(candidates)).copy()
    notes: list[str] = []
    if tiers is not None:
        candidates = _of_tiers(candidates, tiers, reason)
    if serving is not None:
        notes += _with_power(candidates, hosting(serving), unknown_power, reason)
    if tiers is None and serving is None:
        return Screened(candidates)
    reason[candidates.status == Status.FORBIDDEN.value] = ""
    out = reason != ""
    needed = np.isin(candidates.ids, list(required)) | (candidates.status == Status.REQUIRED.value)
    clash = [
        InputProblem(
            f"a site that can be used; this one is excluded by its {reason[j]}", column="required", found=shown(i)
        )
        for j, i in enumerate(candidates.ids)
        if out[j] and needed[j]
    ]
    if clash:
        raise BadInput(clash)
    status = np.where(out, Status.FORBIDDEN.value, candidates.status)
    return Screened(replace(candidates, status=status, excluded=reason), tuple(notes))


def _of_tiers(candidates: Candidates, tiers: Sequence[TierRule], reason: Texts) -> Candidates:
    if candidates.tier is None:
        raise BadInput([InputProblem("a column tier in the candidates, because tiers are named", column="tier")])
    unknown = [j for j, tier in enumerate(candidates.tier) if tier and tier not in TIERS]
    if unknown:
        expected = "one of " + ", ".join(TIERS)
        raise BadInput(
            [
                InputProblem(
                    expected,
                    file="candidates",
                    column="tier",
                    found=f"{shown(candidates.tier[j])} at site {shown(candidates.ids[j])}",
                )
                for j in unknown
            ]
        )
    rule_of = {rule.tier: rule for rule in tiers}
    reason[~np.isin(candidates.tier, list(rule_of))] = TIER
    if np.all(reason != ""):
        there = ", ".join(f"{count} of {tier or 'no tier'}" for tier, count in _counts(candidates.tier).items())
        raise BadInput(
            [InputProblem(f"candidates of {', '.join(rule_of)}", file="candidates", column="tier", found=there)]
        )
    return with_tiers(candidates, tiers)


def with_tiers(candidates: Candidates, tiers: Sequence[TierRule]) -> Candidates:
    """The candidates with the figures of their tiers: 0 ms and no farthest distance where a tier is not named."""
    rule_of = {rule.tier: rule for rule in tiers}
    names = candidates.tier if candidates.tier is not None else np.full(len(candidates), "", dtype=object)
    rules = [rule_of.get(str(name)) for name in names]
    return replace(
        candidates,
        extra_ms=np.array([0.0 if rule is None else rule.extra_ms for rule in rules]),
        most_km=np.array([np.nan if rule is None else rule.most_km for rule in rules]),
    )


def tiers_to_list(candidates: Candidates) -> list[dict[str, Any]]:
    """The rules behind the figures of ``with_tiers``, one per tier that any candidate has; empty without tiers."""
    tier, extra_ms, most_km = candidates.tier, candidates.extra_ms, candidates.most_km
    if tier is None or extra_ms is None or most_km is None:
        return []
    ruled = np.flatnonzero(~np.isnan(most_km))
    first = {str(tier[j]): int(j) for j in ruled[::-1]}
    return [
        {"tier": name, "extra_ms": float(extra_ms[j]), "most_km": float(most_km[j])}
        for name, j in sorted(first.items())
    ]


def _with_power(candidates: Candidates, needed: Hosting, unknown_power: UnknownPower, reason: Texts) -> list[str]:
    usable = (reason == "") & (candidates.status != Status.FORBIDDEN.value)
    power_kw = np.full(len(candidates), np.nan) if candidates.power_kw is None else candidates.power_kw
    unknown = np.isnan(power_kw)
    reason[(reason == "") & lacking_power(candidates, needed.site_kw)] = POWER
    if unknown_power == "exclude":
        reason[(reason == "") & unknown] = POWER_UNKNOWN
    if not np.any((reason == "") & usable):
        raise BadInput([InputProblem(no_site_hosts(candidates, needed, usable), file="candidates", column="power_kw")])
    kept = int(np.sum((reason == "") & usable & unknown))
    return [f"power_kw is unknown at {kept} of {int(usable.sum())} candidates; they are kept"] if kept else []


@dataclass(frozen=True)
class Fit:
    """How many candidates can host a model; ``refusal`` is the sentence when a plan would be left without any."""

    can_host: int
    too_small: int
    unknown: int
    best_id: str | None
    best_kw: float | None
    refusal: str | None


def fit_to(candidates: Candidates, needed: Hosting) -> Fit:
    """The candidates that are not forbidden, by whether their power is enough."""
    usable = candidates.status != Status.FORBIDDEN.value
    power_kw = np.full(len(candidates), np.nan) if candidates.power_kw is None else candidates.power_kw
    known = usable & ~np.isnan(power_kw)
    can_host, unknown = int(np.sum(known & (power_kw >= needed.site_kw))), int(np.sum(usable & ~known))
    best = int(np.argmax(np.where(known, power_kw, -1.0))) if known.any() else None
    return Fit(
        can_host=can_host,
        too_small=int(known.sum()) - can_host,
        unknown=unknown,
        best_id=None if best is None else str(candidates.ids[best]),
        best_kw=None if best is None else float(power_kw[best]),
        refusal=None if can_host + unknown else no_site_hosts(candidates, needed, usable),
    )


def fit_to_dict(serving: Serving, needed: Hosting, fit: Fit | None) -> dict[str, Any]:
    """Plain values, the same for the command line and the service."""
    told = None if fit is None else {name: value for name, value in asdict(fit).items() if name != "refusal"}
    return {
        "hosting": needed.to_dict(),
        "serving": {**serving.to_dict(), "accelerator": serving.accelerator.label},
        "candidates": told,
        "refusal": None if fit is None else fit.refusal,
    }


def lacking_power(candidates: Candidates, site_kw: float) -> Bools:
    """(m,) whether a site is known to have less than ``site_kw``."""
    if candidates.power_kw is None:
        return np.zeros(len(candidates), dtype=np.bool_)
    return np.asarray(candidates.power_kw < site_kw)


def no_site_hosts(candidates: Candidates, needed: Hosting, usable: Bools) -> str:
    """The sentence for a model that fits nowhere: how many kW it needs, how many the best site has."""
    what = f"{needed.replicas} × {needed.accelerators} accelerators" if needed.replicas > 1 else ""
    what = what or (f"{needed.accelerators} accelerators" if needed.accelerators > 1 else "1 accelerator")
    whole = (
        "" if needed.installed == needed.replicas * needed.accelerators else f", {needed.installed} in whole servers"
    )
    need = f"a site with {needed.site_kw:.3g} kW: the model needs {what}{whole}"
    power_kw = candidates.power_kw
    known = np.flatnonzero(usable & ~np.isnan(power_kw)) if power_kw is not None else np.empty(0, dtype=np.int64)
    if power_kw is None or len(known) == 0:
        return f"{need}; the power of no candidate is known"
    best = known[np.argmax(power_kw[known])]
    return f"{need}; the best of {len(known)} candidates, {shown(candidates.ids[best])}, has {power_kw[best]:.3g} kW"


def excluded_counts(candidates: Candidates) -> dict[str, int]:
    """How many candidates cannot be used, by reason; empty when nothing was asked of them."""
    return {} if candidates.excluded is None else {k: n for k, n in _counts(candidates.excluded).items() if k}


def _counts(values: Texts) -> dict[str, int]:
    names, counts = np.unique(values.astype(str), return_counts=True)
    return {str(name): int(count) for name, count in zip(names, counts, strict=True)}
