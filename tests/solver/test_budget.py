"""From a promise in ms to kilometres, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from solver.catalogue import ACCESS_NETWORKS, ROUTES, THRESHOLDS, TIERS
from solver.errors import BadInput
from solver.latency import LatencyModel, fibre_rtt_ms
from solver.problem import LatencyReach
from solver.promise.budget import Budget
from solver.promise.budget_options import budget_from

KM_PER_MILE = 1.609344


def test_six_hundred_miles_take_ten_milliseconds() -> None:
    assert float(fibre_rtt_ms(600 * KM_PER_MILE)) == pytest.approx(10, abs=0.2)


def test_the_network_takes_its_base_and_the_distance_along_its_route() -> None:
    route = LatencyModel(base_ms=10.2, route_factor=1.6)
    assert float(route.rtt_ms(100)) == pytest.approx(10.2 + 1.6 * 1.02)
    assert float(route.reach_km(10.2 + 1.632 * 3)) == pytest.approx(300)


def test_a_budget_leaves_what_nothing_else_takes() -> None:
    budget = Budget(slo_ms=30, access_ms=8, queueing_ms=1, inference_ms=12, latency=LatencyModel(0.5, 1.3))
    assert budget.network_ms == pytest.approx(9)
    assert budget.radius_km == pytest.approx((9 - 0.5) / (1.3 * 1.02) * 100)  # 641.0 km
    assert isinstance(budget.reach(), LatencyReach)
    assert budget.reach().radius_km == budget.radius_km


def test_the_waterfall_goes_from_the_promise_to_nothing() -> None:
    stated = {"slo_ms": 50, "access": "5g", "queueing_ms_per_hop": 0.5, "hops": 4, "ttft_ms": 15}
    terms = budget_from({**stated, "tokens": 5, "ms_per_token": 1.5, "preset": "private_fibre"}).waterfall()
    assert [(t.name, t.ms, t.left_ms) for t in terms] == [
        ("slo", 50, 50),
        ("access", 20, 30),
        ("queueing", 2, 28),
        ("ttft", 15, 13),
        ("decode", 7.5, 5.5),
        ("base", 0.5, 5),
        ("distance", 5, 0),
    ]
    assert all(t.source for t in terms)
    assert "2507.18834" in terms[1].source
    assert "1811.10737" in terms[-1].source
    assert "377 km" in terms[-1].label  # 5 ms / (1.3 × 1.02 ms per 100 km)


def test_a_radius_keeps_a_promise_and_that_promise_has_the_radius() -> None:
    budget = budget_from({"access_ms": 8, "inference_ms": 12, "preset": "public_internet_us"}, radius_km=250)
    assert budget.slo_ms == pytest.approx(8 + 12 + 10.2 + 1.6 * 1.02 * 2.5)
    assert budget.radius_km == pytest.approx(250)


def test_inference_that_alone_breaks_the_promise_is_refused_with_the_speed_that_would_fit() -> None:
    budget = budget_from(
        {"slo_ms": 50, "access_ms": 8, "queueing_ms": 1, "ttft_ms": 20, "tokens": 40, "ms_per_token": 4, "base_ms": 1}
    )
    refusal = budget.refusal
    assert refusal
    assert refusal.inference_over_ms == pytest.approx(130)  # 20 + 160 − 50
    assert refusal.inference_below_ms == pytest.approx(40)  # 50 − 8 − 1 − 1
    assert refusal.ms_per_token_below == pytest.approx(0.5)  # (40 − 20) / 40
    assert refusal.sentence == (
        "inference alone takes 180 ms of the 50 ms promised (130 ms over): no placement of sites helps; with a TTFT of "
        "20 ms, 40 tokens at less than 0.5 ms each would (a smaller model or a faster accelerator)"
    )
    assert budget.radius_km == 0
    with pytest.raises(BadInput, match="inference alone takes 180 ms"):
        budget.reach()
    fitting = budget_from(
        {
            "slo_ms": 50,
            "access_ms": 8,
            "queueing_ms": 1,
            "ttft_ms": 20,
            "tokens": 40,
            "ms_per_token": 0.49,
            "base_ms": 1,
        }
    )
    assert fitting.refusal is None


@pytest.mark.parametrize(
    ("stated", "sentence"),
    [
        (
            {"slo_ms": 30, "access": "5g", "inference_ms": 5, "preset": "public_internet_us"},
            "access 20 ms + inference 5 ms + the network's base 10.2 ms = 35.2 ms of the 30 ms promised (5.2 ms over) "
            "before any distance: no placement of sites helps, and no faster inference either; the promise or the "
            "networks must change",
        ),
        (
            {"slo_ms": 30, "access": "fibre", "inference_ms": 20, "preset": "public_internet_us"},
            "access 4 ms + inference 20 ms + the network's base 10.2 ms = 34.2 ms of the 30 ms promised (4.2 ms over) "
            "before any distance: no placement of sites helps; inference below 15.8 ms would "
            "(a smaller model or a faster accelerator)",
        ),
        (
            {"slo_ms": 30, "access_ms": 4, "ttft_ms": 28, "preset": "physical_floor"},
            "access 4 ms + inference 28 ms = 32 ms of the 30 ms promised (2 ms over) before any distance: no placement "
            "of sites helps; a TTFT below 26 ms would (a smaller model or a faster accelerator)",
        ),
        (
            {"slo_ms": 30, "access_ms": 4, "ttft_ms": 28, "tokens": 2, "ms_per_token": 1, "preset": "physical_floor"},
            "inference alone takes 30 ms of the 30 ms promised (0 ms over): no placement of sites helps; inference "
            "below 26 ms, tokens included, would (a smaller model or a faster accelerator)",
        ),
        (
            {"slo_ms": 10, "preset": "public_internet_us"},
            "the network's base 10.2 ms = 10.2 ms of the 10 ms promised (0.2 ms over) before any distance: no "
            "placement of sites helps, and no faster inference either; the promise or the networks must change",
        ),
    ],
)
def test_a_refusal_says_what_the_numbers_justify(stated: dict[str, Any], sentence: str) -> None:
    refusal = budget_from(stated).refusal
    assert refusal
    assert refusal.sentence == sentence


@pytest.mark.parametrize(
    ("stated", "line"),
    [
        ({}, "column 'slo_ms': expected a promise in ms: slo_ms, or the name of a threshold"),
        ({"slo_ms": -1}, "column 'slo_ms': found -1.0, expected a finite number of ms ≥ 0"),
        ({"slo_ms": float("nan")}, "column 'slo_ms': found nan, expected a finite number of ms ≥ 0"),
        ({"slo_ms": "30"}, "column 'slo_ms': found '30', expected a number"),
        ({"slo_ms": 30, "threshold": "instant"}, "column 'slo_ms': expected either slo_ms or threshold, not both"),
        ({"slo_ms": 30, "inference_ms": 9, "ms_per_token": 1}, "either inference_ms or ms_per_token, not both"),
        ({"slo_ms": 30, "tokens": 9}, "column 'ms_per_token': expected the ms that one of the tokens takes"),
        ({"slo_ms": 30, "inference_ms": 9, "ttft_ms": 10}, "found 10 ms, expected at most inference_ms, 9 ms"),
        ({"slo_ms": 30, "hops": 0}, "column 'hops': found 0, expected one hop or more"),
        ({"slo_ms": 30, "access": "smoke"}, "column 'access': found 'smoke', expected one of none, lan, fibre"),
        ({"slo_ms": 30, "preset": "warp"}, "column 'preset': found 'warp', expected one of physical_floor, private"),
        ({"slo_ms": 30, "route_factor": 0}, "column 'route_factor': found 0, expected a number above 0"),
        ({"slo_ms": 30, "latency": 3}, "column ''latency'': expected one of slo_ms, threshold"),
    ],
)
def test_a_budget_that_makes_no_sense_is_refused_by_its_option(stated: dict[str, Any], line: str) -> None:
    with pytest.raises(BadInput) as refused:
        budget_from(stated)
    assert line in str(refused.value)


def test_a_budget_written_down_is_read_back() -> None:
    stated = {"threshold": "interactive", "access": "cable", "queueing_ms": 2, "hops": 2, "ttft_ms": 10, "tokens": 4}
    budget = budget_from({**stated, "ms_per_token": 2.5, "preset": "public_internet_europe"})
    assert budget_from({k: v or None for k, v in budget.to_dict().items()}) == budget


def test_figures_of_the_planners_own_lose_the_catalogue_s_source() -> None:
    budget = budget_from({"slo_ms": 30, "access": "cable", "access_ms": 9, "preset": "private_fibre", "base_ms": 2})
    assert (budget.access_ms, budget.access) == (9, "")
    assert (budget.latency, budget.preset) == (LatencyModel(2, 1.3), "")


def test_a_longer_promise_never_reaches_less_far() -> None:
    reached = [budget_from({"slo_ms": slo, "access": "fibre", "inference_ms": 10}).radius_km for slo in range(10, 120)]
    assert reached == sorted(reached)
    assert reached[0] == 0 < reached[-1]


def test_every_figure_of_the_catalogue_has_a_source() -> None:
    assert [t.slo_ms for t in THRESHOLDS.values()] == [100, 50, 30]
    assert {n: (r.base_ms, r.route_factor) for n, r in ROUTES.items() if n != "public_internet_world"} == {
        "physical_floor": (0.0, 1.0),
        "private_fibre": (0.5, 1.3),
        "well_peered_metro": (1.0, 1.6),
        "public_internet_us": (10.2, 1.6),
        "public_internet_europe": (6.0, 2.3),
    }
    assert all(e.source for table in (THRESHOLDS, ROUTES, ACCESS_NETWORKS, TIERS) for e in table.values())
    assert all(("assumption" in a.source) == a.assumption for a in ACCESS_NETWORKS.values())
