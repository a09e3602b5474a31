"""Cost and utilisation worked out by hand, and the directions in which they must move."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest

from solver.economics.demand import loads_of
from solver.economics.fleet import fleet_of
from solver.economics.inputs import CATALOGUE, Inputs, inputs_with
from solver.economics.unit_costs import edge_cost_at, region_accelerator_usd_year, unit_costs, utilisation_where
from solver.errors import BadInput
from tests.economics.cases import line_problem, loads, plan_of
from tests.economics.test_formulas import fleet as random_fleet

ROUND = inputs_with(
    {
        "users_share": 0.1,
        "requests_per_user_day": 10,
        "tokens_per_request": 864,
        "peak_to_mean": 2,
        "accelerators_per_replica": 2,
        "accelerator_tokens_s": 1000,
        "accelerator_kw": 0.5,
        "accelerator_usd": 10_000,
        "idle_power_share": 0.5,
        "peak_load_limit": 0.8,
        "hardware_life_years": 4,
        "site_power_kw": 15,
        "least_rented_kw": 1.5,
        "edge_rent_usd_kw_month": 200,
        "edge_power_ratio": 2,
        "edge_pue": 1.5,
        "site_fit_out_usd": 18_400,
        "site_life_years": 10,
        "backhaul_usd_month": 1000,
        "zero_touch_install_hours": 1,
        "zero_touch_install_saving": 0.9,
        "labour_usd_hour": 100,
        "truck_roll_usd": 500,
        "truck_rolls_zero_touch": 2,
        "truck_rolls_hands_on": 20,
        "fleet_platform_usd_year": 100_000,
        "region_utilisation": 0.8,
        "region_power_usd_kwh": 0.05,
        "region_rent_usd_kw_month": 100,
        "region_pue": 1.2,
        "edge_price_premium": 0.25,
        "request_mb": 0.1,
        "transit_usd_gb": 0.02,
        "cost_of_capital": 0.1,
        "two_n_usd_kw": 4000,
    }
)
"""100,000 people: 10,000 users × 10 requests × 864 tokens a day = 1,000 tokens/s on average."""


def test_one_site_by_hand() -> None:
    found = fleet_of(loads([100_000], [20_000]), ROUND).per_site
    assert found.mean_tokens_s[0] == pytest.approx(1000)
    assert found.peak_tokens_s[0] == pytest.approx(2400)  # 1,000 × 2 in the busiest hour, × 1.2 with the neighbour's
    assert found.replicas[0] == 2  # 2 accelerators × 1,000 tokens/s × 0.8 = 1,600 each
    assert found.accelerators[0] == 4
    assert found.it_kw[0] == 2
    assert found.feed_kw[0] == 3
    assert found.rented_kw[0] == 2
    assert found.utilisation[0] == pytest.approx(0.25)
    assert found.capex_usd[0] == 59_000  # 40,000 + 18,400 + 1 h × 100 + one visit
    assert found.depreciation_usd_year[0] == pytest.approx(10_000 + 1_900)
    assert found.interest_usd_year[0] == pytest.approx(2_950)
    assert found.rent_usd_year[0] == 4_800
    assert found.power_usd_year[0] == pytest.approx(2 * 0.625 * 1.5 * 8760 * 0.10)  # half idle, half × 0.25
    assert found.truck_rolls_usd_year[0] == 1_000
    assert found.backhaul_usd_year[0] == 12_000
    assert found.two_n_usd_year[0] == pytest.approx(2 * 4000 * (0.1 + 0.05))
    assert found.total_usd_year[0] == pytest.approx(11_900 + 2_950 + 4_800 + 1_642.5 + 1_000 + 12_000)
    assert found.usd_per_million_tokens[0] == pytest.approx(34_292.5 / 31_536)


def test_the_fleet_by_hand() -> None:
    found = fleet_of(loads([100_000, 0], [20_000, 0]), ROUND).total
    idle_site = 5_000 + 1_900 + 1_950 + 3_600 + 1 * 0.5 * 1.5 * 8760 * 0.10 + 1_000 + 12_000  # one replica of two
    assert found.users == 10_000
    assert found.accelerators_total == 6
    assert found.capacity_tokens_year == 6_000 * 31_536_000
    assert found.utilisation_fleet == pytest.approx(1 / 6)
    assert found.edge_usd_year == pytest.approx(34_292.5 + idle_site + 100_000)
    assert found.operations_with_usd_year == 2 * 2 * 500 + 100_000
    assert found.operations_without_usd_year == 2 * 20 * 500


def test_without_zero_touch_every_fix_is_a_visit() -> None:
    by_hand = fleet_of(loads([100_000]), inputs_with({"zero_touch": 0}, ROUND))
    assert by_hand.total.install_hours == pytest.approx(10)  # one hour is what a saving of 90 % leaves
    assert by_hand.per_site.capex_usd[0] == pytest.approx(20_000 + 18_400 + 10 * 100 + 500 + 20_000)
    assert by_hand.per_site.truck_rolls_usd_year[0] == 10_000
    assert by_hand.total.platform_usd_year == 0


def test_2n_power_costs_only_where_it_is_planned() -> None:
    without, with_2n = (fleet_of(loads([100_000]), inputs_with({"two_n_planned": on}, ROUND)) for on in (0, 1))
    two_n = float(without.per_site.two_n_usd_year[0])
    assert with_2n.total.edge_usd_year - without.total.edge_usd_year == pytest.approx(two_n)


def test_a_region_by_hand() -> None:
    kwh = 0.5 * (0.5 + 0.5 * 0.8) * 1.2 * 8760
    accelerator = 10_000 * (0.25 + 0.05) + 0.5 * 100 * 12 + kwh * 0.05
    assert region_accelerator_usd_year(ROUND) == pytest.approx(accelerator)
    costs = unit_costs(fleet_of(loads([100_000]), ROUND))
    assert costs.haul_usd_per_million_tokens == pytest.approx(1e6 / 864 * 0.1 / 1000 * 0.02)
    tokens_m = 1000 * 31.536 * 0.8
    assert costs.region_usd_per_million_tokens == pytest.approx(
        accelerator / tokens_m + costs.haul_usd_per_million_tokens
    )
    assert costs.edge_price_usd_per_million_tokens == pytest.approx(1.25 * costs.region_usd_per_million_tokens)


def test_power_stated_in_the_file_wins_over_the_input() -> None:
    found = fleet_of(loads([100_000, 100_000, 100_000], power_kw=[2.9, 3.0, np.nan]), ROUND)
    assert found.per_site.feed_kw.tolist() == [3.0, 3.0, 3.0]
    assert found.available_kw.tolist() == [2.9, 3.0, 15.0]
    assert found.short_of_power.tolist() == [True, False, False]


def test_sites_serve_by_primary_and_take_over_the_worst_single_failure() -> None:
    problem = line_problem([0, 0.5, 1, 1.5, 9], [10, 20, 30, 40, 50], [0, 1, 2], uncoverable="exempt")
    found = loads_of(plan_of(problem, [[0, 1], [0, 1], [1, 0], [2, 1], [-1, -1]]), problem)
    assert found.population.tolist() == [30, 30, 40]
    assert found.failover_population.tolist() == [30, 40, 0]  # s1 takes over 30 of s0 or 40 of s2, never both
    assert (found.served, found.total) == (100, 150)


def test_a_single_cover_plan_takes_over_nothing() -> None:
    problem = line_problem([0, 1], [10, 20], [0, 1], survive=0)
    assert loads_of(plan_of(problem, [[0], [1]]), problem).failover_population.tolist() == [0, 0]


@pytest.mark.parametrize("seed", range(25))
def test_at_the_break_even_utilisation_the_edge_costs_what_the_region_does(seed: int) -> None:
    found = random_fleet(seed)
    costs = unit_costs(found)
    for target, at in (
        (costs.region_usd_per_million_tokens, costs.parity_utilisation),
        (costs.edge_price_usd_per_million_tokens, costs.paid_utilisation),
    ):
        if at < inf:
            assert edge_cost_at(found, at) == pytest.approx(target)
        else:  # power alone costs more than the tokens bring
            assert edge_cost_at(found, 1e6) > target
    assert edge_cost_at(found, found.total.utilisation_fleet) == pytest.approx(costs.edge_usd_per_million_tokens)
    assert utilisation_where(found, costs.edge_usd_per_million_tokens) == pytest.approx(found.total.utilisation_fleet)


DEARER = (
    "accelerator_usd", "accelerator_kw", "edge_rent_usd_kw_month", "edge_power_ratio", "edge_pue", "site_fit_out_usd",
    "backhaul_usd_month", "truck_roll_usd", "labour_usd_hour", "cost_of_capital", "least_rented_kw", "peak_to_mean",
    "region_power_usd_kwh", "two_n_usd_kw",
)  # fmt: skip


@pytest.mark.parametrize("name", DEARER)
def test_a_higher_price_or_need_never_makes_the_edge_cheaper(name: str) -> None:
    for seed in range(8):
        found = random_fleet(seed)
        entry = CATALOGUE[name]
        path = [
            fleet_of(found.loads, inputs_with({name: float(value)}, found.inputs)).total.edge_usd_year
            for value in np.linspace(entry.low, entry.high, 5)
        ]
        assert path == sorted(path)


def test_a_longer_life_and_more_load_per_accelerator_never_cost_more() -> None:
    for name in ("hardware_life_years", "site_life_years", "peak_load_limit", "accelerator_tokens_s"):
        found, entry = random_fleet(3), CATALOGUE[name]
        path = [
            fleet_of(found.loads, inputs_with({name: float(value)}, found.inputs)).total.edge_usd_year
            for value in np.linspace(entry.low, entry.high, 5)
        ]
        assert path == sorted(path, reverse=True)


def test_every_default_lies_in_its_range_and_says_where_it_comes_from() -> None:
    for entry in CATALOGUE.values():
        assert entry.least <= entry.low <= entry.default <= entry.high <= entry.most, entry.name
        assert entry.source, entry.name
    assert len({entry.group for entry in CATALOGUE.values()}) == 9


@pytest.mark.parametrize(
    ("overrides", "named"),
    [
        ({"edge_pue": 0.9}, "edge_pue"),
        ({"users_share": 0.0}, "users_share"),
        ({"users_share": float("nan")}, "users_share"),
        ({"cost_of_capital": float("inf")}, "cost_of_capital"),
        ({"rent": 1.0}, "rent"),
        ({"thin_utilisation": 0.8}, "thin_utilisation"),
    ],
)
def test_a_bad_override_is_refused_by_name(overrides: dict[str, float], named: str) -> None:
    with pytest.raises(BadInput, match=named):
        inputs_with(overrides)


def test_overrides_keep_the_rest() -> None:
    start = inputs_with({"users_share": 0.2})
    both = inputs_with({"edge_pue": 2.0}, start)
    assert (both.users_share, both.edge_pue) == (0.2, 2.0)
    assert both.peak_to_mean == Inputs().peak_to_mean
