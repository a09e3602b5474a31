"""Models, accelerators and tiers of the catalogue as inputs."""

from __future__ import annotations

from typing import Any

import pytest

from solver.catalogue import TIERS
from solver.economics.inputs import ACCELERATOR_USD, CATALOGUE
from solver.economics.model import inputs_of_model, inputs_of_tier, stated_inputs
from solver.errors import BadInput
from solver.promise.hardware import ACCELERATORS, MODELS


def test_an_8b_model_on_one_card_by_hand() -> None:
    found = inputs_of_model({"name": "llama_3_1_8b", "accelerator": "l40s"})
    # 864 GB/s × 0.6 = 518.4 GB/s; at 20 tokens/s each that reads 25.92 GB a step: 8.03 of weights, 33 users' 0.5369
    users, read_gb = 33, 8.03 + 33 * 4096 * 131_072 / 1e9
    assert found["accelerators_per_replica"] == 1
    assert found["accelerator_tokens_s"] == pytest.approx(users * 518.4 / read_gb)
    assert found["accelerator_kw"] == pytest.approx(0.6)
    assert found["accelerator_usd"] == ACCELERATOR_USD["l40s"]


def test_a_rack_is_bought_whole() -> None:
    found = inputs_of_model({"name": "llama_3_1_405b", "accelerator": "gb200"})
    assert found["accelerators_per_replica"] == 72
    assert found["accelerators_per_replica"] * found["accelerator_kw"] == pytest.approx(132, abs=0.1)


def test_every_model_on_every_accelerator_gives_inputs_in_range() -> None:
    assert set(ACCELERATOR_USD) == set(ACCELERATORS)
    for name in MODELS:
        for accelerator in ACCELERATORS:
            v, origins = stated_inputs({}, None, {"name": name, "accelerator": accelerator})
            assert v.accelerator_tokens_s > 0
            assert set(origins) <= set(CATALOGUE)


def test_a_tier_gives_the_power_all_of_its_sites_have() -> None:
    assert {name: inputs_of_tier(name)["site_power_kw"] for name in TIERS} == {
        name: tier.power_kw[0] for name, tier in TIERS.items()
    }


def test_overrides_win_over_model_and_tier_and_everything_says_who_set_it() -> None:
    model: dict[str, Any] = {"name": "llama_3_1_8b", "accelerator": "l40s"}
    v, origins = stated_inputs({"accelerator_usd": 9000.0}, "mec", model)
    assert (v.accelerator_usd, v.site_power_kw, v.accelerator_kw) == (9000.0, 1.0, 0.6)
    assert origins["accelerator_usd"] == "set by the planner"
    assert origins["site_power_kw"] == "the least a site of the tier mec has"
    assert origins["accelerator_tokens_s"] == "model fit of llama_3_1_8b on l40s"
    assert "users_share" not in origins


def test_own_figures_leave_the_price_at_its_default() -> None:
    chip = {"memory_gb": 48, "bandwidth_gb_s": 864, "power_kw": 0.35, "host_kw": 0.25}
    assert "accelerator_usd" not in inputs_of_model({"name": "llama_3_1_8b", **chip})


@pytest.mark.parametrize(
    ("tier", "model", "named"),
    [
        ("attic", None, "tier"),
        (None, {"name": "skynet", "accelerator": "l4"}, "name"),
        (None, {"name": "llama_3_1_8b"}, "memory_gb"),
    ],
)
def test_what_is_unknown_is_named(tier: str | None, model: dict[str, Any] | None, named: str) -> None:
    with pytest.raises(BadInput, match=named):
        stated_inputs({}, tier, model)
