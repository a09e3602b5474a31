"""plan.json is written and read back without loss, and refuses what is not one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from solver import planfile
from solver.errors import BadInput
from solver.planfile import plan_from_dict, plan_to_dict, settings_from_dict, summary
from solver.problem import Problem
from solver.solve import solve
from solver.verify import verify
from tests.solver.instances import national


@pytest.mark.parametrize("uncoverable", ["exempt", "fail"])
@pytest.mark.parametrize("most_written", [planfile.MOST_WRITTEN, 0])
def test_round_trip(reference: Path, uncoverable: str, most_written: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planfile, "MOST_WRITTEN", most_written)
    problem = national(reference, "germany", 30, uncoverable=uncoverable)
    plan = solve(problem)
    doc = json.loads(json.dumps(plan_to_dict(plan, problem)))
    assert (doc["assignments"] is None) == (most_written == 0)
    again = plan_from_dict(doc, Problem(problem.demand, problem.candidates, **settings_from_dict(doc)))
    assert (again.servers == plan.servers).all()
    assert np.allclose(again.distance, plan.distance, equal_nan=True, atol=1e-6)
    assert (again.open_sites, again.gaps, again.outcome) == (plan.open_sites, plan.gaps, plan.outcome)
    assert verify(again, problem).ok


def test_the_summary_is_the_contract(reference: Path) -> None:
    problem = national(reference, "germany", 30, uncoverable="exempt")
    told = summary(solve(problem), problem)
    assert set(told) >= {
        "outcome", "sites", "lower_bound", "certified_lower_bound", "gap", "survive", "reach_km", "open_sites",
        "gaps", "seconds",
    }  # fmt: skip
    assert (told["outcome"], told["sites"], told["gap"], told["reach_km"]) == ("optimal", 351, 0.0, 30)
    assert told["gaps"]["points"] == 1272


@pytest.mark.parametrize("doc", [{}, {"format": "other"}, {"format": "sitewright-plan/1"}, [], None, {"format": 7}])
def test_other_documents_are_refused(reference: Path, doc: object) -> None:
    problem = national(reference, "germany", 100)
    with pytest.raises(BadInput, match="plan"):
        plan_from_dict(doc, problem)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="plan"):
        settings_from_dict(doc)  # type: ignore[arg-type]
