"""Cost per million tokens, at the edge and at a region, and the utilisation at which they meet."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from solver.economics.fleet import HOURS_YEAR, SECONDS_YEAR, Fleet
from solver.economics.inputs import Inputs
from solver.economics.quantities import derived


@dataclass(frozen=True)
class UnitCosts:
    """USD per million generated tokens, and what follows from them.

    A break-even of inf means that not even a full fleet gets there; nan that nobody is served.
    """

    region_accelerator_usd_year: float = derived(
        "USD/year",
        "accelerator_usd * (1 / hardware_life_years + cost_of_capital / 2)"
        " + accelerator_kw * region_rent_usd_kw_month * 12"
        " + accelerator_kw * (idle_power_share + (1 - idle_power_share) * region_utilisation) * region_pue * 8760"
        " * region_power_usd_kwh",
    )
    haul_usd_per_million_tokens: float = derived(
        "USD per million tokens", "1e6 / tokens_per_request * request_mb / 1000 * transit_usd_gb"
    )
    region_usd_per_million_tokens: float = derived(
        "USD per million tokens",
        "region_accelerator_usd_year / (accelerator_tokens_s * 31536000 * region_utilisation / 1e6)"
        " + haul_usd_per_million_tokens",
    )
    edge_usd_per_million_tokens: float = derived("USD per million tokens", "edge_usd_year / (served_tokens_year / 1e6)")
    edge_to_region_ratio: float = derived("ratio", "edge_usd_per_million_tokens / region_usd_per_million_tokens")
    edge_price_usd_per_million_tokens: float = derived(
        "USD per million tokens", "region_usd_per_million_tokens * (1 + edge_price_premium)"
    )
    parity_utilisation: float = derived(
        "share of capacity",
        "fixed_usd_year / (capacity_tokens_year / 1e6 * region_usd_per_million_tokens - active_power_usd_year)",
    )
    paid_utilisation: float = derived(
        "share of capacity",
        "fixed_usd_year / (capacity_tokens_year / 1e6 * edge_price_usd_per_million_tokens - active_power_usd_year)",
    )
    extra_usd_user_month: float = derived(
        "USD per user and month",
        "(edge_usd_per_million_tokens - region_usd_per_million_tokens) * served_tokens_year / 1e6 / users / 12",
    )


def unit_costs(fleet: Fleet) -> UnitCosts:
    """The same accelerators at the edge, as the fleet uses them, and in a region that runs hot."""
    v, total = fleet.inputs, fleet.total
    accelerator = region_accelerator_usd_year(v)
    haul = 1e6 / v.tokens_per_request * v.request_mb / 1000 * v.transit_usd_gb
    region = accelerator / (v.accelerator_tokens_s * SECONDS_YEAR * v.region_utilisation / 1e6) + haul
    edge = edge_cost_at(fleet, total.utilisation_fleet)
    price = region * (1 + v.edge_price_premium)
    return UnitCosts(
        region_accelerator_usd_year=accelerator,
        haul_usd_per_million_tokens=haul,
        region_usd_per_million_tokens=region,
        edge_usd_per_million_tokens=edge,
        edge_to_region_ratio=edge / region,
        edge_price_usd_per_million_tokens=price,
        parity_utilisation=utilisation_where(fleet, region),
        paid_utilisation=utilisation_where(fleet, price),
        extra_usd_user_month=(edge - region) * total.served_tokens_year / 1e6 / total.users / 12
        if total.users
        else inf,
    )


def edge_cost_at(fleet: Fleet, utilisation: float) -> float:
    """USD per million tokens of this fleet, were it used to this share of its capacity; inf at 0."""
    total = fleet.total
    served = total.capacity_tokens_year * utilisation / 1e6
    return (total.fixed_usd_year + total.active_power_usd_year * utilisation) / served if served > 0 else inf


def utilisation_where(fleet: Fleet, usd_per_million_tokens: float) -> float:
    """The utilisation at which the edge costs this much; above 1 or inf when it never does."""
    total = fleet.total
    earned = total.capacity_tokens_year / 1e6 * usd_per_million_tokens - total.active_power_usd_year
    return total.fixed_usd_year / earned if earned > 0 else inf


def region_accelerator_usd_year(v: Inputs) -> float:
    """One accelerator for a year in a region: depreciation, interest, hall and staff, power."""
    capital = v.accelerator_usd * (1 / v.hardware_life_years + v.cost_of_capital / 2)
    draw_kw = v.accelerator_kw * (v.idle_power_share + (1 - v.idle_power_share) * v.region_utilisation)
    power = draw_kw * v.region_pue * HOURS_YEAR * v.region_power_usd_kwh
    return capital + v.accelerator_kw * v.region_rent_usd_kw_month * 12 + power
