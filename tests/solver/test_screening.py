"""Tiers and power: which candidates a plan may use, and how far they reach."""

from __future__ import annotations

import random
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from solver.coverage import build_coverage
from solver.errors import BadInput
from solver.gaps import find_gaps
from solver.latency import LatencyModel
from solver.plan import Outcome
from solver.planfile import candidates_of, plan_from_dict, plan_to_dict, settings_from_dict, summary
from solver.problem import Candidates, Demand, LatencyReach, Problem, RadiusReach, Uncoverable, texts
from solver.promise.budget import Budget
from solver.promise.model_fit import serving_from
from solver.promise.screening import TierRule, excluded_counts, screen, tier_rule, tier_rules
from solver.solve import solve
from solver.verify import verify

KM_PER_DEGREE = 6371.0088 * np.pi / 180
FAR = LatencyModel(base_ms=1.0, route_factor=1.0)


def sites(tiers: list[str], power_kw: list[float] | None = None, **columns: Any) -> Candidates:
    n = len(tiers)
    return Candidates(
        ids=texts(f"s{i}" for i in range(n)),
        names=texts(f"Site {i}" for i in range(n)),
        lat_deg=np.zeros(n),
        lon_deg=np.arange(n) * 0.1,
        tier=texts(tiers),
        power_kw=None if power_kw is None else np.array(power_kw),
        **columns,
    )


def people(n: int = 3) -> Demand:
    names = texts(f"d{i}" for i in range(n))
    return Demand(names, names, np.zeros(n), np.arange(n) * 0.5, np.full(n, 10.0))


def test_a_plan_of_some_tiers_excludes_the_others_and_counts_them() -> None:
    screened = screen(sites(["mec", "region", "", "mec"]), tier_rules(["mec"])).candidates
    assert list(screened.excluded if screened.excluded is not None else []) == ["", "tier", "tier", ""]
    assert list(screened.status) == ["candidate", "forbidden", "forbidden", "candidate"]
    assert excluded_counts(screened) == {"tier": 2}


def test_a_tiers_offset_and_farthest_distance_shorten_its_reach() -> None:
    rules = tier_rules(["mec", {"tier": "metro_colo", "extra_ms": 2.0}, {"tier": "region", "most_km": 70.0}])
    screened = screen(sites(["mec", "metro_colo", "region", "metro_colo"]), rules).candidates
    reach = LatencyReach(5.0, {"access": 1.0}, FAR)  # 4 ms for the network, 3 ms of it for distance: 294 km
    limits = Problem(people(), screened, reach).reach_limit
    assert limits == pytest.approx([50.0, 1 / 0.0102, 70.0, 1 / 0.0102])  # 4 − 1 − 2 = 1 ms at 1.02 ms per 100 km
    by_radius = Problem(people(), screened, RadiusReach(60.0)).reach_limit
    assert by_radius == pytest.approx([50.0, 60.0, 60.0, 60.0])  # a radius knows no ms


def test_a_site_whose_offset_leaves_nothing_serves_nobody_not_even_at_its_own_place() -> None:
    rules = tier_rules([{"tier": "metro_colo", "extra_ms": 9.0}, "mec"])
    problem = Problem(people(1), screen(sites(["metro_colo", "mec"]), rules).candidates, LatencyReach(5.0, {}, FAR))
    assert problem.reach_limit[0] < 0
    assert build_coverage(problem).indices.tolist() == [1]


def test_a_reach_of_the_files_own_wins_over_the_tiers() -> None:
    own = sites(["mec", "mec"], reach_km=np.array([120.0, np.nan]))
    limits = Problem(people(), screen(own, tier_rules(["mec"])).candidates, RadiusReach(100.0)).reach_limit
    assert limits == pytest.approx([120.0, 50.0])


def test_without_rules_a_tier_means_nothing() -> None:
    candidates = sites(["mec", "made up"])
    assert screen(candidates).candidates is candidates


SMALL = serving_from({"name": "llama_3_1_8b", "accelerator": "l4", "bits_per_weight": 4, "users": 5})  # 0.272 kW
LARGE = serving_from({"name": "llama_3_1_70b", "accelerator": "h100_sxm", "users": 20})  # one DGX: 16.1 kW


def test_sites_without_the_power_are_excluded_and_counted() -> None:
    screened = screen(sites(["mec"] * 4, [0.2, 0.272, 5.0, np.nan]), serving=SMALL)
    assert list(screened.candidates.status) == ["forbidden", "candidate", "candidate", "candidate"]
    assert excluded_counts(screened.candidates) == {"power": 1}
    assert screened.notes == ("power_kw is unknown at 1 of 4 candidates; they are kept",)
    strict = screen(sites(["mec"] * 4, [0.2, 0.272, 5.0, np.nan]), serving=SMALL, unknown_power="exclude")
    assert excluded_counts(strict.candidates) == {"power": 1, "power_unknown": 1}
    assert strict.notes == ()


def test_each_reason_counts_the_site_once() -> None:
    both = screen(sites(["mec", "region", "mec"], [0.1, 0.1, 9.0]), tier_rules(["mec"]), SMALL).candidates
    assert excluded_counts(both) == {"tier": 1, "power": 1}


@pytest.mark.parametrize(
    ("candidates", "options", "line"),
    [
        (
            sites(["mec"] * 3, [4.0, 12.0, 1.0]),
            {"serving": LARGE},
            "expected a site with 16.1 kW: the model needs 2 accelerators, 8 in whole servers; "
            "the best of 3 candidates, 's1', has 12 kW",
        ),
        (
            sites(["mec", "region"], [4.0, 99.0]),
            {"serving": LARGE, "tiers": tier_rules(["mec"])},
            "expected a site with 16.1 kW: the model needs 2 accelerators, 8 in whole servers; "
            "the best of 1 candidates, 's0', has 4 kW",
        ),
        (
            sites(["mec"] * 2),
            {"serving": LARGE, "unknown_power": "exclude"},
            "the model needs 2 accelerators, 8 in whole servers; the power of no candidate is known",
        ),
        (
            sites(["mec", "edge"]),
            {"tiers": tier_rules(["mec"])},
            "candidates, column 'tier': found 'edge' at site 's1', expected one of on_prem, mec, metro_colo, cdn_pop",
        ),
        (
            sites(["mec", "", "mec"]),
            {"tiers": tier_rules(["region", "cdn_pop"])},
            "candidates, column 'tier': found 1 of no tier, 2 of mec, expected candidates of region, cdn_pop",
        ),
        (
            sites(["mec", "region"], status=texts(["candidate", "required"])),
            {"tiers": tier_rules(["mec"])},
            "column 'required': found 's1', expected a site that can be used; this one is excluded by its tier",
        ),
        (
            sites(["mec", "mec"], [0.1, 3.0]),
            {"serving": SMALL, "required": ["s0"]},
            "column 'required': found 's0', expected a site that can be used; this one is excluded by its power",
        ),
    ],
)
def test_what_cannot_be_is_said_in_one_line(candidates: Candidates, options: dict[str, Any], line: str) -> None:
    with pytest.raises(BadInput) as refused:
        screen(candidates, **options)
    assert line in str(refused.value)


def test_rules_that_make_no_sense_are_refused() -> None:
    with pytest.raises(BadInput, match="found 'cloud', expected one of on_prem, mec"):
        tier_rules(["cloud"])
    with pytest.raises(BadInput, match="found mec, expected one or more tiers, each once"):
        tier_rules(["mec", "mec"])
    with pytest.raises(BadInput, match="expected a finite number of ms ≥ 0"):
        tier_rule("mec", extra_ms=-1)
    with pytest.raises(BadInput, match="expected a column tier in the candidates"):
        screen(Candidates(texts("a"), texts("a"), np.zeros(1), np.zeros(1)), tier_rules(["mec"]))


def test_more_power_never_excludes_a_site() -> None:
    draw = random.Random(11)
    for _ in range(30):
        power = [draw.choice([0.1, 0.3, 2.0, 20.0, np.nan]) for _ in range(6)] + [50.0]
        more = [p * draw.uniform(1, 3) for p in power]
        for serving in (SMALL, LARGE):
            before = screen(sites(["mec"] * 7, power), serving=serving).candidates
            after = screen(sites(["mec"] * 7, more), serving=serving).candidates
            assert np.all((after.status == "candidate") | (before.status == "forbidden"))


def corridor(draw: random.Random) -> tuple[Demand, Candidates]:
    """A dozen places and sites along a line, every site of some tier."""
    n, m = 8, 14
    where = np.sort([draw.uniform(0, 3) for _ in range(n)])
    names = texts(f"d{i}" for i in range(n))
    demand = Demand(names, names, np.zeros(n), where, np.ones(n))
    tiers = [draw.choice(["mec", "metro_colo", "region"]) for _ in range(m)]
    candidates = sites(tiers, [draw.choice([0.1, 1.0, 30.0]) for _ in range(m)])
    lon = np.array([draw.uniform(-0.2, 3.2) for _ in range(m)])
    return demand, Candidates(**{**vars(candidates), "lon_deg": lon})


def test_a_tighter_promise_never_needs_fewer_sites() -> None:
    draw = random.Random(3)
    rules = tier_rules(["mec", {"tier": "metro_colo", "extra_ms": 0.3}, "region"])
    for _ in range(6):
        demand, candidates = corridor(draw)
        screened = screen(candidates, rules, SMALL).candidates
        needed: list[float] = []
        for slo_ms in (14.0, 13.0, 12.5, 12.2, 12.0, 11.6):
            budget = Budget(slo_ms, access_ms=4, inference_ms=6, latency=LatencyModel(1.0, 1.6))
            plan = solve(Problem(demand, screened, budget.reach(), survive=1), polished=False)
            assert plan.outcome in (Outcome.OPTIMAL, Outcome.INFEASIBLE)
            needed.append(plan.sites if plan.usable else np.inf)
        assert needed == sorted(needed)


def test_a_plan_of_tiers_is_rechecked_from_its_file() -> None:
    demand = people(3)
    candidates = sites(["mec", "metro_colo"] * 8)
    budget = Budget(12, access_ms=4, inference_ms=6, latency=LatencyModel(0.5, 1.0))
    problem = Problem(demand, screen(candidates, tier_rules(["mec", "metro_colo"])).candidates, budget.reach())
    plan = solve(problem)
    assert plan.usable
    assert summary(plan, problem)["excluded"] == {}
    doc = plan_to_dict(plan, problem)
    again = Problem(demand, candidates_of(doc, candidates), **settings_from_dict(doc))
    assert again.reach_limit == pytest.approx(problem.reach_limit)
    assert verify(plan_from_dict(doc, again), again).ok


def test_a_gap_names_the_reach_that_would_do_with_the_offsets_of_the_tiers() -> None:
    rules = tier_rules([{"tier": "metro_colo", "extra_ms": 0.51}, "mec"])  # 0.51 ms are 50 km of straight fibre
    candidates = screen(sites(["metro_colo", "metro_colo", "mec"]), rules).candidates
    demand = Demand(texts(["d"]), texts(["d"]), np.zeros(1), np.array([1.0]), np.ones(1))
    spent = {"access": 4.0}
    narrow = Problem(demand, candidates, LatencyReach(4.7, spent, LatencyModel()), survive=1)
    (gap,) = find_gaps(narrow, build_coverage(narrow))
    # sites at 0, 0.1 and 0.2 degrees, the point at 1: the mec at 0.8° (89 km) never serves beyond 50 km
    assert gap.smallest_reach == pytest.approx(1.0 * KM_PER_DEGREE + 50.0, abs=1e-2)
    assert gap.smallest_reach is not None
    for km, gaps in ((gap.smallest_reach - 0.1, 1), (gap.smallest_reach, 0)):
        wide = Problem(demand, candidates, LatencyReach(4.0 + km * 0.0102, spent, LatencyModel()), survive=1)
        assert len(find_gaps(wide, build_coverage(wide))) == gaps


def test_the_solver_and_the_verifier_agree_on_mixed_tiers_with_brute_force() -> None:
    draw = random.Random(8)
    for _ in range(12):
        demand, candidates = corridor(draw)
        rules = [tier_rule("mec"), tier_rule("metro_colo", draw.uniform(0, 1.5)), tier_rule("region", 0.2, 90.0)]
        reach = LatencyReach(draw.uniform(2, 4), {"access": 1.0}, LatencyModel(0.5, 1.6))
        problem = Problem(
            demand, screen(candidates, rules).candidates, reach, survive=1, uncoverable=Uncoverable.EXEMPT
        )
        plan = solve(problem, polished=False)
        assert verify(plan, problem).ok
        rule_of = {rule.tier: rule for rule in rules}
        assert candidates.tier is not None
        pairs = [
            [
                _within(reach, rule_of[str(tier)], abs(lon - place) * KM_PER_DEGREE)
                for tier, lon in zip(candidates.tier, candidates.lon_deg, strict=True)
            ]
            for place in demand.lon_deg
        ]
        assert plan.sites == _fewest(np.array(pairs), 2)


def _within(reach: LatencyReach, rule: TierRule, km: float) -> bool:
    """The promise kept, term by term, and the tier's farthest distance."""
    spent = sum(reach.spent_ms.values()) + rule.extra_ms + reach.latency.base_ms
    return km <= rule.most_km and spent + reach.latency.route_factor * 1.02 / 100 * km <= reach.slo_ms


def _fewest(pairs: np.ndarray[Any, Any], needed: int) -> int:
    need = np.minimum(pairs.sum(axis=1), needed)
    for count in range(pairs.shape[1] + 1):
        for chosen in combinations(range(pairs.shape[1]), count):
            if np.all(pairs[:, list(chosen)].sum(axis=1) >= need):
                return count
    raise AssertionError
