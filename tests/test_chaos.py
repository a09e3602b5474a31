"""A slice of ``make chaos``."""

from __future__ import annotations

from pathlib import Path

from tests.chaos import storm


def test_ten_kills_at_random_moments_lose_no_plan_and_end_none_twice(tmp_path: Path) -> None:
    assert storm(tmp_path / "home", kills=10, seed=1).total() == 10
