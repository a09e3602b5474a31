"""What a fleet of edge sites holds, uses and costs in a year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solver.economics.demand import Loads
from solver.economics.inputs import Inputs
from solver.economics.quantities import derived
from solver.problem import Floats

HOURS_YEAR = 8760.0
SECONDS_DAY = 86_400.0
SECONDS_YEAR = HOURS_YEAR * 3600.0


@dataclass(frozen=True, eq=False)
class SiteCosts:
    """One value per open site, (s,) each, in the order of ``plan.open_sites``."""

    mean_tokens_s: Floats = derived(
        "tokens/s", "population * users_share * requests_per_user_day * tokens_per_request / 86400"
    )
    peak_tokens_s: Floats = derived(
        "tokens/s",
        "(population + failover_population) * users_share * requests_per_user_day * tokens_per_request / 86400"
        " * peak_to_mean",
    )
    replicas: Floats = derived(
        "copies of the model",
        "maximum(1, ceil(peak_tokens_s / (accelerators_per_replica * accelerator_tokens_s * peak_load_limit)))",
    )
    accelerators: Floats = derived("accelerators", "replicas * accelerators_per_replica")
    it_kw: Floats = derived("kW", "accelerators * accelerator_kw")
    feed_kw: Floats = derived("kW at the site's feed", "it_kw * edge_pue")
    rented_kw: Floats = derived("kW", "maximum(it_kw, least_rented_kw)")
    utilisation: Floats = derived("share of capacity", "mean_tokens_s / (accelerators * accelerator_tokens_s)")
    capex_usd: Floats = derived(
        "USD", "accelerators * accelerator_usd + site_fit_out_usd + install_hours * labour_usd_hour + truck_roll_usd"
    )
    depreciation_usd_year: Floats = derived(
        "USD/year",
        "accelerators * accelerator_usd / hardware_life_years"
        " + (capex_usd - accelerators * accelerator_usd) / site_life_years",
    )
    interest_usd_year: Floats = derived("USD/year", "capex_usd / 2 * cost_of_capital")
    rent_usd_year: Floats = derived("USD/year", "rented_kw * edge_rent_usd_kw_month * 12")
    power_usd_year: Floats = derived(
        "USD/year",
        "it_kw * (idle_power_share + (1 - idle_power_share) * utilisation) * edge_pue * 8760 * edge_power_usd_kwh",
    )
    truck_rolls_usd_year: Floats = derived("USD/year", "truck_rolls_year * truck_roll_usd")
    backhaul_usd_year: Floats = derived("USD/year", "backhaul_usd_month * 12")
    two_n_usd_year: Floats = derived(
        "USD/year, if 2N", "rented_kw * two_n_usd_kw * (1 / site_life_years + cost_of_capital / 2)"
    )
    total_usd_year: Floats = derived(
        "USD/year",
        "depreciation_usd_year + interest_usd_year + rent_usd_year + power_usd_year + truck_rolls_usd_year"
        " + backhaul_usd_year + (two_n_usd_year if two_n_planned >= 0.5 else 0)",
    )
    usd_per_million_tokens: Floats = derived(
        "USD per million tokens", "total_usd_year / (mean_tokens_s * 31536000 / 1e6)"
    )


@dataclass(frozen=True)
class FleetCosts:
    """Sums over the fleet, and the figures per site that every site shares."""

    install_hours: float = derived(
        "hours/site",
        "zero_touch_install_hours if zero_touch >= 0.5 else zero_touch_install_hours / (1 - zero_touch_install_saving)",
    )
    truck_rolls_year: float = derived(
        "visits per site and year", "truck_rolls_zero_touch if zero_touch >= 0.5 else truck_rolls_hands_on"
    )
    edge_power_usd_kwh: float = derived("USD/kWh", "region_power_usd_kwh * edge_power_ratio")
    users: float = derived("people", "sum(population) * users_share")
    accelerators_total: float = derived("accelerators", "sum(accelerators)")
    capacity_tokens_year: float = derived("tokens/year", "accelerators_total * accelerator_tokens_s * 31536000")
    served_tokens_year: float = derived("tokens/year", "sum(mean_tokens_s) * 31536000")
    utilisation_fleet: float = derived("share of capacity", "served_tokens_year / capacity_tokens_year")
    capex_usd_fleet: float = derived("USD", "sum(capex_usd)")
    platform_usd_year: float = derived("USD/year", "fleet_platform_usd_year if zero_touch >= 0.5 else 0")
    opex_usd_year: float = derived(
        "USD/year",
        "sum(rent_usd_year) + sum(power_usd_year) + sum(truck_rolls_usd_year) + sum(backhaul_usd_year)"
        " + platform_usd_year",
    )
    edge_usd_year: float = derived("USD/year", "sum(total_usd_year) + platform_usd_year")
    active_power_usd_year: float = derived(
        "USD/year at full load", "sum(it_kw) * (1 - idle_power_share) * edge_pue * 8760 * edge_power_usd_kwh"
    )
    fixed_usd_year: float = derived("USD/year", "edge_usd_year - active_power_usd_year * utilisation_fleet")
    operations_with_usd_year: float = derived(
        "USD/year", "sites * truck_rolls_zero_touch * truck_roll_usd + fleet_platform_usd_year"
    )
    operations_without_usd_year: float = derived("USD/year", "sites * truck_rolls_hands_on * truck_roll_usd")


@dataclass(frozen=True, eq=False)
class Fleet:
    """One fleet under one set of inputs."""

    loads: Loads
    inputs: Inputs
    per_site: SiteCosts
    total: FleetCosts

    @property
    def available_kw(self) -> Floats:
        """(s,) kW at a site's feed: what the candidates file or the tier states, otherwise ``site_power_kw``."""
        stated = self.loads.power_kw
        return np.where(np.isnan(stated), self.inputs.site_power_kw, stated)

    @property
    def short_of_power(self) -> Floats:
        """(s,) True where the load needs more power than the site has."""
        return self.per_site.feed_kw > self.available_kw + 1e-9  # type: ignore[return-value]


def fleet_of(loads: Loads, v: Inputs) -> Fleet:
    """Size every site for its busiest hour and one neighbour's failure, and cost it.

    The formulas stand beside the fields of SiteCosts and FleetCosts; a test computes each of them from its text.
    A site that serves nobody holds one replica and has no cost per token (nan).
    """
    shared = _shared(v)
    tokens_s_person = v.users_share * v.requests_per_user_day * v.tokens_per_request / SECONDS_DAY
    mean = loads.population * tokens_s_person
    peak = (loads.population + loads.failover_population) * tokens_s_person * v.peak_to_mean
    replica_tokens_s = v.accelerators_per_replica * v.accelerator_tokens_s
    replicas = np.maximum(1.0, np.ceil(peak / (replica_tokens_s * v.peak_load_limit)))
    accelerators = replicas * v.accelerators_per_replica
    it_kw = accelerators * v.accelerator_kw
    rented_kw = np.maximum(it_kw, v.least_rented_kw)
    utilisation = mean / (accelerators * v.accelerator_tokens_s)

    hardware = accelerators * v.accelerator_usd
    site_works = v.site_fit_out_usd + shared["install_hours"] * v.labour_usd_hour + v.truck_roll_usd
    capex = hardware + site_works
    depreciation = hardware / v.hardware_life_years + site_works / v.site_life_years
    interest = capex / 2 * v.cost_of_capital
    rent = rented_kw * v.edge_rent_usd_kw_month * 12
    full_power = it_kw * v.edge_pue * HOURS_YEAR * shared["edge_power_usd_kwh"]
    power = full_power * (v.idle_power_share + (1 - v.idle_power_share) * utilisation)
    visits = np.full(len(loads), shared["truck_rolls_year"] * v.truck_roll_usd)
    backhaul = np.full(len(loads), v.backhaul_usd_month * 12)
    two_n = rented_kw * v.two_n_usd_kw * (1 / v.site_life_years + v.cost_of_capital / 2)
    total = depreciation + interest + rent + power + visits + backhaul + (two_n if v.two_n_planned >= 0.5 else 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        per_million = np.where(mean > 0, total / (mean * SECONDS_YEAR / 1e6), np.nan)

    capacity = float(accelerators.sum()) * v.accelerator_tokens_s * SECONDS_YEAR
    served = float(mean.sum()) * SECONDS_YEAR
    platform = v.fleet_platform_usd_year if v.zero_touch >= 0.5 else 0.0
    year = float(total.sum()) + platform
    active = float(full_power.sum()) * (1 - v.idle_power_share)
    return Fleet(
        loads,
        v,
        SiteCosts(
            mean_tokens_s=mean,
            peak_tokens_s=peak,
            replicas=replicas,
            accelerators=accelerators,
            it_kw=it_kw,
            feed_kw=it_kw * v.edge_pue,
            rented_kw=rented_kw,
            utilisation=utilisation,
            capex_usd=capex,
            depreciation_usd_year=depreciation,
            interest_usd_year=interest,
            rent_usd_year=rent,
            power_usd_year=power,
            truck_rolls_usd_year=visits,
            backhaul_usd_year=backhaul,
            two_n_usd_year=two_n,
            total_usd_year=total,
            usd_per_million_tokens=per_million,
        ),
        FleetCosts(
            **shared,
            users=float(loads.population.sum()) * v.users_share,
            accelerators_total=float(accelerators.sum()),
            capacity_tokens_year=capacity,
            served_tokens_year=served,
            utilisation_fleet=served / capacity,
            capex_usd_fleet=float(capex.sum()),
            platform_usd_year=platform,
            opex_usd_year=float((rent + power + visits + backhaul).sum()) + platform,
            edge_usd_year=year,
            active_power_usd_year=active,
            fixed_usd_year=year - active * served / capacity,
            operations_with_usd_year=len(loads) * v.truck_rolls_zero_touch * v.truck_roll_usd
            + v.fleet_platform_usd_year,
            operations_without_usd_year=len(loads) * v.truck_rolls_hands_on * v.truck_roll_usd,
        ),
    )


def _shared(v: Inputs) -> dict[str, float]:
    hands_on_hours = v.zero_touch_install_hours / (1 - v.zero_touch_install_saving)
    touch_free = v.zero_touch >= 0.5
    return {
        "install_hours": v.zero_touch_install_hours if touch_free else hands_on_hours,
        "truck_rolls_year": v.truck_rolls_zero_touch if touch_free else v.truck_rolls_hands_on,
        "edge_power_usd_kwh": v.region_power_usd_kwh * v.edge_power_ratio,
    }
