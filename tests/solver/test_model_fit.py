"""What a model needs of a site, by hand."""

from __future__ import annotations

import random
from dataclasses import replace
from math import ceil
from typing import Any

import pytest

from solver.errors import BadInput
from solver.promise.hardware import ACCELERATORS, DEFAULTS, MODELS
from solver.promise.model_fit import Serving, hosting, serving_from

EIGHT_B = {"name": "llama_3_1_8b", "accelerator": "l4", "bits_per_weight": 4}


def test_an_eight_billion_model_at_four_bits_on_one_small_card() -> None:
    need = hosting(serving_from({**EIGHT_B, "users": 5}))
    assert need.weights_gb == pytest.approx(8.03 * 4 / 8)  # 4.015 GB
    assert need.kv_gb_per_user == pytest.approx(4096 * 131_072 / 1e9)  # 0.537 GB
    assert need.memory_gb == pytest.approx(4.015 + 5 * 0.536871, abs=1e-4)
    # 300 GB/s × 0.6 = 180 GB/s; a step of 5 users reads 4.015 + 2.684 = 6.699 GB
    assert need.tokens_per_s == pytest.approx(180 / 6.699355, abs=1e-3)
    assert need.ms_per_token == pytest.approx(1000 / need.tokens_per_s)
    assert (need.accelerators, need.replicas, need.installed) == (1, 1, 1)
    assert need.it_kw == pytest.approx(0.072 + 0.1)
    assert need.site_kw == pytest.approx(0.172 * 1.58)


def test_users_beyond_one_replica_need_another() -> None:
    # (4.015 + u × 0.5369) × 20 ≤ 180  →  u ≤ 9.28 on one card; 22 users fit two cards of one group: u ≤ 26.0
    assert hosting(serving_from({**EIGHT_B, "users": 9})).installed == 1
    assert hosting(serving_from({**EIGHT_B, "users": 10})).installed == 2
    assert hosting(serving_from({**EIGHT_B, "users": 22})).accelerators == 2


def test_memory_decides_where_speed_does_not() -> None:
    slow = {"name": "llama_3_1_70b", "accelerator": "h100_sxm", "bits_per_weight": 16, "tokens_per_s": 1, "users": 1}
    need = hosting(serving_from(slow))
    # 141.2 GB of weights and 1.34 GB of keys against 72 GB usable on each
    assert need.accelerators == 2
    assert need.installed == 8  # they come eight to a server
    assert need.it_kw == pytest.approx(8 * (0.7 + 0.575))  # 10.2 kW, a DGX H100
    slower = hosting(serving_from({**slow, "bits_per_weight": 8}))
    assert slower.accelerators == 1


def test_a_frontier_model_in_a_rack_needs_what_no_edge_site_has() -> None:
    need = hosting(serving_from({"name": "deepseek_v3", "accelerator": "gb200", "users": 50}))
    assert need.it_kw == pytest.approx(132, abs=0.2)
    assert need.site_kw > 200


def test_a_mixture_of_experts_reads_more_of_itself_the_more_users_it_has() -> None:
    serving = serving_from({"name": "qwen3_30b_a3b", "accelerator": "h100_pcie", "context_tokens": 1})
    assert serving.read_gb(1) == pytest.approx(3.3, abs=1e-3)
    assert serving.read_gb(4) == pytest.approx(13.2, abs=1e-3)
    assert serving.read_gb(100) == pytest.approx(30.5, abs=0.02)


def test_figures_of_the_planners_own_stand_in_for_names() -> None:
    chip = {"memory_gb": 24, "bandwidth_gb_s": 300, "power_kw": 0.072, "host_kw": 0.1}
    named = hosting(serving_from({**EIGHT_B, "users": 5}))
    own = {"parameters_b": 8.03, "kv_bytes_per_token": 131_072, "bits_per_weight": 4, "users": 5, **chip}
    assert hosting(serving_from(own)) == named
    assert hosting(serving_from({**EIGHT_B, "users": 5, "power_kw": 0.144})).it_kw == pytest.approx(0.244)


@pytest.mark.parametrize(
    ("stated", "line"),
    [
        ({"accelerator": "l4"}, "column 'parameters_b': expected a figure, or the name of a model: llama_3_2_1b"),
        ({"name": "gpt"}, "column 'name': found 'gpt', expected one of llama_3_2_1b"),
        ({"name": "llama_3_1_8b"}, "column 'memory_gb': expected a figure, or the name of an accelerator: jetson"),
        ({**EIGHT_B, "accelerator": "abacus"}, "column 'accelerator': found 'abacus', expected one of jetson"),
        ({**EIGHT_B, "users": 0}, "column 'users': found 0, expected a finite number above 0"),
        ({**EIGHT_B, "pue": 0.9}, "column 'pue': found 0.9, expected 1 or more"),
        ({**EIGHT_B, "memory_share": 1.2}, "column 'memory_share': found 1.2, expected a share above 0 and at most 1"),
        ({**EIGHT_B, "active_b": 9}, "column 'active_b': found 9, expected at most parameters_b, 8.03"),
        ({**EIGHT_B, "tokens_per_s": 1e9}, "column 'tokens_per_s': found 1e+09, expected at most 40,"),
        ({**EIGHT_B, "tokens_per_s": float("inf")}, "column 'tokens_per_s': found inf, expected a finite number"),
    ],
)
def test_a_model_that_makes_no_sense_is_refused_by_its_field(stated: dict[str, Any], line: str) -> None:
    with pytest.raises(BadInput) as refused:
        hosting(serving_from(stated))
    assert line in str(refused.value)


def enough(serving: Serving, accelerators: int, users: int) -> bool:
    """The two conditions of the module's formulas, written down again."""
    chip = serving.accelerator
    active = serving.active_b * serving.bits_per_weight / 8
    weights = serving.parameters_b * serving.bits_per_weight / 8
    keys = users * serving.context_tokens * serving.kv_bytes_per_token / 1e9
    memory = weights + keys <= accelerators * chip.memory_gb * serving.memory_share
    reads = (min(weights, users * active) + keys) * serving.tokens_per_s
    return memory and reads <= accelerators * chip.bandwidth_gb_s * serving.bandwidth_share


def test_no_smaller_installation_would_do_on_random_cases() -> None:
    draw = random.Random(5)
    for _ in range(60):
        serving = serving_from(
            {
                "name": draw.choice(list(MODELS)),
                "accelerator": draw.choice(list(ACCELERATORS)),
                "bits_per_weight": draw.choice([4, 8, 16]),
                "users": draw.randint(1, 60),
                "context_tokens": draw.choice([500, 4096, 32_000]),
                "tokens_per_s": draw.choice([5, 20, 60]),
            }
        )
        need = hosting(serving)
        assert enough(serving, need.accelerators, need.users)
        assert need.users * need.replicas >= serving.users
        assert need.tokens_per_s >= serving.tokens_per_s * (1 - 1e-12)
        server = serving.accelerator.per_server
        smallest = min(
            ceil(replicas * 2**i / server) * server
            for i in range(11)
            for replicas in range(1, serving.users + 1)
            if enough(serving, 2**i, ceil(serving.users / replicas))
        )
        assert need.installed == smallest


def test_more_of_anything_asked_never_needs_less_power() -> None:
    base = serving_from({"name": "llama_3_1_8b", "accelerator": "l40s", "users": 10})
    for name, more in {"users": 40, "tokens_per_s": 80.0, "context_tokens": 16_000, "bits_per_weight": 16.0}.items():
        assert hosting(replace(base, **{name: more})).site_kw >= hosting(base).site_kw


def test_every_figure_has_a_source() -> None:
    assert all(chip.source and chip.host_source for chip in ACCELERATORS.values())
    assert all(row.source for row in (*MODELS.values(), *DEFAULTS.values()))
