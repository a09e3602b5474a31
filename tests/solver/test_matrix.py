"""Measured round trips: read whole or refused with file, row and column; nothing is guessed."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from solver.errors import BadInput
from solver.latency import LatencyModel
from solver.problem import Candidates, Coded, Demand, Problem
from solver.reading.matrix import RttMatrix, read_matrix, write_matrix
from solver.solve import solve
from solver.verify import verify

HEADER = "demand_id,candidate_id,rtt_ms\n"
DEMAND = Demand(["p", "q"], ["p", "q"], [50, 50], [8, 9], [10, 20])  # type: ignore[arg-type]
SITES = Candidates(["a", "b", "c"], ["a", "b", "c"], [50, 50, 50], [8, 9, 10])  # type: ignore[arg-type]


def written(folder: Path, content: str | bytes, name: str = "rtt.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def parquet(**columns: object) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def pairs(matrix: RttMatrix) -> list[tuple[str, str, float]]:
    return list(zip(matrix.demand_ids, matrix.candidate_ids, matrix.rtt_ms.tolist(), strict=True))


@pytest.mark.parametrize(
    "content",
    [
        HEADER + "p,a,1.5\nq, b ,2\np,b,+3e0\n",
        "\ufeffRTT_ms;Candidate_ID;when;DEMAND_ID\r\n1.5;a;monday;p\r\n2; b;;q\r\n\r\n3;b;;p\r\n",
        HEADER.replace(",", "\t") + 'p\ta\t1.5\n"q"\t"b"\t2.0\np\tb\t3\n',
        parquet(demand_id=["p", "q", "p"], candidate_id=["a", "b", "b"], rtt_ms=[1.5, 2, 3]),
        parquet(extra=[1, 2, 3], rtt_ms=["1.5", "2", "3"], candidate_id=["a", "b", "b"], demand_id=["p", "q", "p"]),
    ],
)
def test_csv_and_parquet_hold_the_same_pairs(tmp_path: Path, content: str | bytes) -> None:
    assert pairs(read_matrix(written(tmp_path, content))) == [("p", "a", 1.5), ("q", "b", 2.0), ("p", "b", 3.0)]


def test_ids_that_are_numbers_are_text(tmp_path: Path) -> None:
    content = parquet(demand_id=[7, 8], candidate_id=pa.array([1, 2], pa.int32()), rtt_ms=[1, 2])
    assert pairs(read_matrix(written(tmp_path, content))) == [("7", "1", 1.0), ("8", "2", 2.0)]


def test_a_stored_matrix_keeps_pairs_and_the_name_of_its_file(tmp_path: Path) -> None:
    matrix = read_matrix(written(tmp_path, HEADER + "p,a,1.5\nq,b,2\n"))
    write_matrix(matrix, tmp_path / "stored.parquet")
    again = read_matrix(tmp_path / "stored.parquet")
    assert pairs(again) == pairs(matrix)
    assert (again.file, again.first_row) == ("rtt.csv", 2)


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (
            "demand_id,rtt_ms\n",
            ["column 'candidate_id': found only demand_id, rtt_ms, expected this column in the header, once"],
        ),
        (HEADER, ["rtt.csv: found none, expected at least one measured pair"]),
        ("", ["column 'demand_id': found only no columns, expected this column in the header, once"] * 1),
        (
            HEADER + "p,a,fast\np,b,-1\np,c,nan\nq,a,\nq,b,1e999\n",
            [
                "rtt.csv, row 2, column 'rtt_ms': found 'fast', expected a number of ms ≥ 0",
                "rtt.csv, row 3, column 'rtt_ms': found '-1', expected a number of ms ≥ 0",
                "rtt.csv, row 4, column 'rtt_ms': found 'nan', expected a number of ms ≥ 0",
                "rtt.csv, row 5, column 'rtt_ms': found nothing, expected a number of ms ≥ 0",
                "rtt.csv, row 6, column 'rtt_ms': found '1e999', expected a number of ms ≥ 0",
            ],
        ),
        (HEADER + "p,a,1\n,b,1\n", ["rtt.csv, row 3, column 'demand_id': found nothing, expected an id"]),
        (HEADER + "p,a,1\n\n\np,b,-2\n", ["rtt.csv, row 5, column 'rtt_ms': found '-2', expected a number of ms ≥ 0"]),
        (
            HEADER + "p,a,1\nq,a,1\np, a,2\n",
            ["rtt.csv, row 4, column 'candidate_id': found 'a', expected one value per pair; row 2 has this one too"],
        ),
        (HEADER + "p,a\n", ["expected well-formed CSV in UTF-8"]),
        (HEADER.encode() + b"p,\xff,1\n", ["expected well-formed CSV in UTF-8"]),
        (HEADER.encode("utf-16"), ["rtt.csv: found UTF-16, expected CSV in UTF-8, or Parquet"]),
        (b"PK\x03\x04", ["rtt.csv: found a zip archive, expected CSV in UTF-8, or Parquet"]),
        (b"PAR1 broken", ["rtt.csv: found ArrowInvalid, expected readable Parquet"]),
        (
            parquet(demand_id=["p", None], candidate_id=["a", "b"], rtt_ms=[1.0, -2.0]),
            [
                "rtt.csv, row 2, column 'rtt_ms': found '-2.0', expected a number of ms ≥ 0",
                "rtt.csv, row 2, column 'demand_id': found nothing, expected an id",
            ],
        ),
        (
            parquet(demand_id=["p"], candidate_id=["a"], rtt_ms=[[1.0]]),
            ["column 'rtt_ms': found list<element: double>, expected a number of ms"],
        ),
    ],
)
def test_a_fault_is_named_with_its_row(tmp_path: Path, content: str | bytes, lines: list[str]) -> None:
    with pytest.raises(BadInput) as caught:
        read_matrix(written(tmp_path, content))
    assert len(caught.value.lines) >= len(lines)
    for line in lines:
        assert any(line in found for found in caught.value.lines), caught.value.lines


def test_unknown_ids_are_named_where_they_come_first(tmp_path: Path) -> None:
    matrix = read_matrix(written(tmp_path, HEADER + "p,a,1\nnobody,a,1\nq,nowhere,1\nnobody,b,1\n"))
    with pytest.raises(BadInput) as caught:
        Problem(DEMAND, SITES, matrix.reach(5.0))
    assert caught.value.lines == [
        "rtt.csv, row 3, column 'demand_id': found 'nobody', expected the id of a demand point",
        "rtt.csv, row 4, column 'candidate_id': found 'nowhere', expected the id of a candidate site",
    ]


@pytest.mark.parametrize("limit", [0.0, -1.0, float("nan"), float("inf")])
def test_a_limit_must_be_a_time(limit: float) -> None:
    with pytest.raises(BadInput, match=r"column 'max_rtt_ms': found .*, expected a number of ms above 0"):
        _matrix().reach(limit)


def _matrix() -> RttMatrix:
    return RttMatrix(Coded.of(["p", "q"]), Coded.of(["a", "a"]), np.array([1.0, 2.0]))


def test_missing_pairs_are_out_of_reach_or_estimated() -> None:
    matrix = _matrix()
    alone = Problem(DEMAND, SITES, matrix.reach(5.0), survive=1, uncoverable="exempt")  # type: ignore[arg-type]
    assert solve(alone).open_sites == ("a",)
    estimated = Problem(DEMAND, SITES, matrix.reach(5.0, LatencyModel(1.0, 1.6)), survive=1)
    plan = solve(estimated)
    assert plan.sites == 2
    assert len(plan.gaps) == 0
    assert verify(plan, estimated).failures == ()


def test_a_measured_pair_is_not_overruled_by_the_estimate() -> None:
    """Point p stands at site a, but was measured to take 9 ms."""
    matrix = RttMatrix(Coded.of(["p"]), Coded.of(["a"]), np.array([9.0]))
    problem = Problem(DEMAND, SITES, matrix.reach(5.0, LatencyModel(1.0, 1.6)), survive=0)
    plan = solve(problem)
    served_by = plan.open_sites[plan.servers[0, 0]]
    assert served_by != "a"
    assert verify(plan, problem).failures == ()


def test_the_gap_of_a_matrix_plan_says_which_time_would_do() -> None:
    problem = Problem(DEMAND, SITES, _matrix().reach(1.5, LatencyModel(1.0, 1.6)), survive=1)
    gaps = {gap.point_id: gap.smallest_reach for gap in solve(problem).gaps}
    km_to_b = 71.47  # from p at 50 N 8 E to site b one degree east
    assert gaps["p"] == pytest.approx(1.0 + 1.6 * 1.02 * km_to_b / 100, abs=0.01)
    assert gaps["q"] == pytest.approx(2.0)
