"""A variant's request: the plan's own with some things changed."""

from __future__ import annotations

from typing import Any

from app.planning import ids_of
from app.schemas.studies import VariantRequest
from solver.errors import BadInput, InputProblem, shown
from solver.problem import Candidates

REPLACED = ("ignore_required", "reach", "survive", "objective", "demand_as", "limits", "seed", "polished")
MAY_BE_NONE = ("shared_risk", "tiers", "model")


def varied(request: dict[str, Any], change: VariantRequest, candidates: Candidates) -> dict[str, Any]:
    """The stored request with the changes made.  Raises BadInput for an id to remove that is not on the list."""
    stated = change.model_dump(mode="json")
    told = {name: stated[name] for name in REPLACED if stated[name] is not None}
    told |= {name: stated[name] for name in MAY_BE_NONE if name in change.model_fields_set}
    if change.cover is not None:
        told["cover"] = {**request["cover"], **change.cover.model_dump(mode="json", exclude_unset=True)}
    problems: list[InputProblem] = []
    for name in ("required", "forbidden"):
        listed, marked = request[name], candidates.status == name
        add, remove = stated[f"{name}_add"], stated[f"{name}_remove"]
        if add or remove:
            ids = list(ids_of(listed, candidates, name))
            by_status = set(candidates.ids[marked])
            for identity in remove:
                if identity not in ids:
                    why = f"; its status in the candidates is {name}" if identity in by_status else ""
                    expected = f"the id of a site that the plan lists as {name}{why}"
                    problems.append(InputProblem(expected, column=f"{name}_remove", found=shown(identity)))
            told[name] = [identity for identity in dict.fromkeys([*ids, *add]) if identity not in set(remove)]
    if problems:
        raise BadInput(problems)
    return {**request, **told}
