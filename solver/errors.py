"""What can go wrong in the placement library, told so that a planner can act on it.

None of these know HTTP or exit codes; ``app/errors.py`` and ``app/commands/shared.py`` each keep one table for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class InputProblem:
    """One thing wrong with the input, in one line.

    ``row`` counts as a spreadsheet does: the header of a CSV file is row 1; GeoJSON features and
    Parquet records count from 1.  ``found`` is the offending value, cut short, never interpreted.
    """

    expected: str
    file: str | None = None
    row: int | None = None
    column: str | None = None
    found: str | None = None

    def __str__(self) -> str:
        row = f"row {self.row}" if self.row is not None else None
        column = f"column '{self.column}'" if self.column is not None else None
        where = ", ".join(part for part in (self.file, row, column) if part)
        what = f"found {self.found}, expected {self.expected}" if self.found else f"expected {self.expected}"
        return f"{where}: {what}" if where else what

    def to_dict(self) -> dict[str, str | int | None]:
        return asdict(self)


class SolverError(Exception):
    """Base of everything this library raises on purpose."""


class BadInput(SolverError):
    """Data or settings that cannot be used; ``problems`` holds one entry per finding.

    Of a file full of faults the first MOST_LISTED are kept, and ``omitted`` counts the rest.
    """

    MOST_LISTED = 50

    def __init__(self, problems: Sequence[InputProblem], omitted: int = 0) -> None:
        self.problems = tuple(problems[: self.MOST_LISTED])
        self.omitted = omitted + len(problems) - len(self.problems)
        super().__init__("\n".join(self.lines))

    @property
    def lines(self) -> list[str]:
        """One line per problem, and one more when some are left out."""
        more = [f"… and {self.omitted} more"] if self.omitted else []
        return [str(problem) for problem in self.problems] + more


class VerificationError(SolverError):
    """A plan that the independent verifier rejects.  Never returned to a user as a plan."""

    def __init__(self, failures: Sequence[str]) -> None:
        self.failures = tuple(failures)
        super().__init__("plan rejected by the verifier: " + "; ".join(self.failures[:5]))


def shown(value: object, limit: int = 60) -> str:
    """A user's value quoted for an error line: one line, printable, cut to ``limit`` characters."""
    text = ascii(value) if not isinstance(value, str) else "'" + value + "'"
    text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return text if len(text) <= limit else text[: limit - 1] + "…"
