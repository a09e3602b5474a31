"""A Budget from what a planner states: catalogue names, totals or their parts, in a file, a request or arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from solver.catalogue import ACCESS_NETWORKS, DEFAULT_ROUTE, ROUTES, THRESHOLDS, entry
from solver.errors import BadInput, InputProblem, shown
from solver.latency import LatencyModel
from solver.promise.budget import Budget

OPTIONS = (
    "slo_ms",
    "threshold",
    "preset",
    "base_ms",
    "route_factor",
    "access",
    "access_ms",
    "queueing_ms",
    "queueing_ms_per_hop",
    "hops",
    "inference_ms",
    "ttft_ms",
    "tokens",
    "ms_per_token",
)


def budget_from(stated: Mapping[str, Any], radius_km: float | None = None) -> Budget:
    """The budget that these options state; options that are missing or None are not stated.

    The promise is ``slo_ms`` or the name of a ``threshold``; without either, the one that ``radius_km`` keeps.
    ``access`` names an access network, ``preset`` a route (DEFAULT_ROUTE); access_ms, base_ms and route_factor
    replace their figures.  Queueing is ``queueing_ms`` in all, or queueing_ms_per_hop × hops; inference is
    ``inference_ms`` in all, or ttft_ms + tokens × ms_per_token.  Raises BadInput naming the option.
    """
    told = {name: value for name, value in stated.items() if value is not None}
    _check_names(told)
    slo_ms = _promise(told, radius_km)
    access, preset = told.get("access", ""), told.get("preset") or DEFAULT_ROUTE
    route = entry(ROUTES, preset, "preset")
    access_ms = entry(ACCESS_NETWORKS, access, "access").ms if access else 0.0
    own_route = {"base_ms", "route_factor"} & set(told)
    queueing_ms, hops = _queueing(told)
    inference_ms, ttft_ms, tokens = _inference(told)
    budget = Budget(
        slo_ms=slo_ms,
        access_ms=told.get("access_ms", access_ms),
        queueing_ms=queueing_ms,
        inference_ms=inference_ms,
        latency=LatencyModel(told.get("base_ms", route.base_ms), told.get("route_factor", route.route_factor)),
        hops=hops,
        ttft_ms=ttft_ms,
        tokens=tokens,
        access="" if told.get("access_ms", access_ms) != access_ms else access,
        preset="" if any(told[name] != getattr(route, name) for name in own_route) else preset,
    )
    return budget if radius_km is None or {"slo_ms", "threshold"} & set(told) else budget.promising(radius_km)


def _check_names(told: Mapping[str, Any]) -> None:
    unknown = [InputProblem("one of " + ", ".join(OPTIONS), column=shown(name)) for name in told if name not in OPTIONS]
    numbers = [name for name in told if name not in ("threshold", "preset", "access")]
    unknown += [
        InputProblem("a number", column=name, found=shown(told[name]))
        for name in numbers
        if isinstance(told[name], bool) or not isinstance(told[name], int | float)
    ]
    if unknown:
        raise BadInput(unknown)


def _promise(told: Mapping[str, Any], radius_km: float | None) -> float:
    if "slo_ms" in told and "threshold" in told:
        raise _either("slo_ms", "threshold")
    if "slo_ms" in told:
        return float(told["slo_ms"])
    if "threshold" in told:
        return entry(THRESHOLDS, told["threshold"], "threshold").slo_ms
    if radius_km is None:
        raise BadInput([InputProblem("a promise in ms: slo_ms, or the name of a threshold", column="slo_ms")])
    return 0.0


def _queueing(told: Mapping[str, Any]) -> tuple[float, int]:
    if "queueing_ms" in told and "queueing_ms_per_hop" in told:
        raise _either("queueing_ms", "queueing_ms_per_hop")
    hops = told.get("hops", 1)
    if "queueing_ms_per_hop" in told:
        return float(told["queueing_ms_per_hop"] * hops), int(hops)
    return float(told.get("queueing_ms", 0.0)), int(hops)


def _inference(told: Mapping[str, Any]) -> tuple[float, float | None, int]:
    if "inference_ms" in told and "ms_per_token" in told:
        raise _either("inference_ms", "ms_per_token")
    ttft_ms, tokens = told.get("ttft_ms"), int(told.get("tokens", 0))
    if "inference_ms" in told:
        return float(told["inference_ms"]), ttft_ms, tokens
    each = told.get("ms_per_token", 0.0)
    if tokens > 0 and "ms_per_token" not in told:
        raise BadInput([InputProblem("the ms that one of the tokens takes", column="ms_per_token")])
    total = (ttft_ms or 0.0) + tokens * each
    known = ttft_ms is not None or tokens > 0
    return float(total), float(ttft_ms or 0.0) if known else None, tokens


def _either(one: str, other: str) -> BadInput:
    return BadInput([InputProblem(f"either {one} or {other}, not both", column=one)])
