"""What routes ask for: the service's parts, parsed bodies, finished plans."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query, Request
from pydantic import BaseModel

from app.credits import credits_for
from app.database import Database, DatasetRow, PlanRow
from app.datasets import BUNDLED, Library
from app.errors import Conflict, NotFound, Unprocessable, UnsupportedMediaType
from app.jobs import queue
from app.jobs.feed import EventFeed
from app.planning import PlanShelf, Solved, problem_of
from app.settings import Settings
from app.storage import Storage
from app.tilestore import TileStore
from solver.problem import Problem
from solver.reading.matrix import RttMatrix

MAX_PAGE = 1000
DEFAULT_PAGE = 100

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Service:
    """Everything the routes work with; made once by ``create_app``."""

    settings: Settings
    database: Database
    storage: Storage
    library: Library
    feed: EventFeed
    shelf: PlanShelf
    tiles: TileStore

    def dataset(self, dataset_id: str) -> DatasetRow:
        """Raises NotFound."""
        with self.database.session() as session:
            row = session.get(DatasetRow, dataset_id)
        if row is None:
            raise NotFound("No data set has this id.")
        return row

    def places(self, dataset_id: str) -> DatasetRow:
        """A data set that can be drawn.  Raises NotFound, Unprocessable for a matrix of round trips."""
        row = self.dataset(dataset_id)
        if row.role == "rtt":
            raise Unprocessable("This data set is a table of round trips; it has no places of its own.")
        return row

    def problem(self, row: PlanRow) -> Problem:
        """The problem a plan answers, from its request and its data sets."""
        demand = self.storage.demand(self.dataset(row.demand_id).content_hash)
        candidates = self.storage.candidates(self.dataset(row.candidates_id).content_hash)
        return problem_of(row.request, demand, candidates, self.matrix(row.request["reach"]))

    def matrix(self, reach: dict[str, Any]) -> RttMatrix | None:
        """The round trips that a request's reach names, if it names any.  Raises Unprocessable."""
        if "rtt_matrix" not in reach:
            return None
        with self.database.session() as session:
            row = session.get(DatasetRow, reach["rtt_matrix"])
        if row is None or row.role != "rtt":
            reason = "no data set has this id" if row is None else f"this data set was uploaded as {row.role}"
            line = f"reach.rtt_matrix: {reason}"
            raise Unprocessable(line, [{"message": line, "field": "reach.rtt_matrix"}])
        return self.storage.matrix(row.content_hash)

    def solved(self, plan_id: str) -> Solved:
        """A finished plan with its problem.  Raises NotFound, Conflict while there is no result."""
        row = queue.get(self.database, plan_id)
        if row.kind != "plan":
            raise Conflict("This is a curve; its points are at …/curve.")
        if row.state != "done":
            raise Conflict(f"The plan is {row.state}; it has no result{'' if row.state in queue.FINAL else ' yet'}.")
        problem = self.problem(row)
        plan = self.shelf.plan(plan_id, self.storage.plan_dir(plan_id), problem)
        named = credits_for(row.demand_id in BUNDLED, row.candidates_id in BUNDLED)
        return Solved(row.id, row.name, plan, problem, named)


def service(request: Request) -> Service:
    """The parts of this application."""
    found = request.app.state.service
    assert isinstance(found, Service)
    return found


def solved_plan(plan_id: str, parts: Annotated[Service, Depends(service)]) -> Solved:
    """Dependency of every route that shows a finished plan."""
    return parts.solved(plan_id)


def json_body(model: type[Model]) -> Callable[[Request], Any]:
    """Parse a JSON body straight into a model, by Pydantic's own parser.

    The standard library's parser takes NaN and lone surrogates and overflows its stack on deep nesting.
    """

    async def parse(request: Request) -> Model:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json" and not kind.endswith("+json"):
            raise UnsupportedMediaType("The body must be application/json.")
        return model.model_validate_json(await request.body())

    return parse


def body_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The OpenAPI part that ``json_body`` cannot tell FastAPI."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": _inline(schema)}}}}


def _inline(schema: dict[str, Any]) -> dict[str, Any]:
    definitions = schema.pop("$defs", {})

    def resolve(node: Any) -> Any:
        if isinstance(node, dict):
            if "$ref" in node:
                return resolve({**definitions[node["$ref"].rpartition("/")[2]]})
            return {key: resolve(value) for key, value in node.items()}
        return [resolve(item) for item in node] if isinstance(node, list) else node

    resolved = resolve(schema)
    assert isinstance(resolved, dict)
    return resolved


Parts = Annotated[Service, Depends(service)]
FinishedPlan = Annotated[Solved, Depends(solved_plan)]
PageSize = Annotated[int, Query(ge=1, le=MAX_PAGE)]
After = Annotated[str | None, Query(max_length=400, description="the 'next' of the page before")]
