"""What would help an impossible plan: places for further candidates, and the data set that has them."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Depends, Response

from app.dependencies import FinishedPlan, Parts, body_schema, json_body
from app.errors import Unprocessable
from app.routes.datasets import view
from app.schemas.datasets import DatasetView
from app.schemas.suggestions import AdditionsRequest, SuggestionsView, SuggestionView

router = APIRouter(prefix="/api/v1")

MOST_PLACES = 200


@router.get(
    "/plans/{plan_id}/suggestions",
    response_model=SuggestionsView,
    tags=["results"],
    summary="Where further candidates would close the coverage gaps",
)
def suggestions(solved: FinishedPlan) -> SuggestionsView:
    """Demand points that could host a site, each the one that helps most people once those before it are there.

    Two hundred at most; none for a plan without gaps or by a table of round trips.
    """
    from solver.suggest import Suggestion, suggest_sites

    def shown(place: Suggestion) -> SuggestionView:
        return SuggestionView(
            id=place.point_id,
            name=place.name,
            lat=place.lat_deg,
            lon=place.lon_deg,
            points=place.points,
            population=place.population,
        )

    found = suggest_sites(solved.problem, solved.plan.gaps, MOST_PLACES)
    lacking = sum(max(1, gap.candidates_needed - gap.candidates_in_reach) for gap in solved.plan.gaps)
    return SuggestionsView(
        plan_id=solved.id,
        complete=bool(found) and sum(place.points for place in found) == lacking,
        places=[shown(place) for place in found],
    )


@router.post(
    "/datasets/{dataset_id}/additions",
    status_code=201,
    response_model=DatasetView,
    openapi_extra=body_schema(AdditionsRequest),
    tags=["datasets"],
    summary="The same candidates and some more, as a new data set",
)
def additions(
    dataset_id: str,
    parts: Parts,
    response: Response,
    request: Annotated[AdditionsRequest, Depends(json_body(AdditionsRequest))],
) -> DatasetView:
    """Added places have the median cost, if there are costs; what else the file says of a site is unknown for them.

    422 for demand, or for an id that is there already.
    """
    from solver import geodata
    from solver.problem import Candidates, texts
    from solver.suggest import with_sites

    row = parts.dataset(dataset_id)
    if row.role != "candidates":
        raise Unprocessable(f"Places are added to candidates; this data set was uploaded as {row.role}.")
    known = parts.storage.candidates(row.content_hash)
    added = Candidates(
        ids=texts(place.id for place in request.places),
        names=texts(place.name for place in request.places),
        lat_deg=np.array([place.lat for place in request.places]),
        lon_deg=np.array([place.lon for place in request.places]),
    )
    count = f"{len(added)} place" if len(added) == 1 else f"{len(added)} places"
    loaded = geodata.Loaded(
        with_sites(known, added), tuple(row.columns), (*row.warnings, f"{count} added to '{row.name}'")
    )
    made = parts.library.add_derived(loaded, "candidates", (request.name or f"{row.name} + {count}")[:200])
    response.headers["Location"] = f"/api/v1/datasets/{made.id}"
    return view(made)
