"""Base and slope found again in data whose parameters are known."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from solver.errors import BadInput
from solver.problem import Floats
from solver.promise.calibration import calibrate
from solver.promise.pings import Pings, read_pings


def measured(n: int, seed: int, base_ms: float, route_factor: float, noise: Floats | float = 0.0) -> Pings:
    """Pairs of places in the contiguous US with the round trips of a network of these parameters."""
    draw = np.random.default_rng(seed)
    ends = [draw.uniform(*box, n) for box in ((25, 49), (-124, -67), (25, 49), (-124, -67))]
    floor_ms = Pings(*ends, np.zeros(n)).floor_ms
    return Pings(*ends, base_ms + route_factor * floor_ms + noise)


def test_data_without_noise_gives_its_parameters_back() -> None:
    for base_ms, route_factor in ((10.2, 1.6), (0.5, 1.3), (0.0, 1.0)):
        fitted = calibrate(measured(40, 1, base_ms, route_factor))
        assert fitted.latency.base_ms == pytest.approx(base_ms, abs=1e-6)
        assert fitted.latency.route_factor == pytest.approx(route_factor, abs=1e-6)
        assert np.abs(fitted.residual_ms).max() < 1e-5


@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.9])
def test_noise_moves_the_base_by_its_own_quantile(quantile: float) -> None:
    noise = np.random.default_rng(7).exponential(4.0, 4000)
    fitted = calibrate(measured(4000, 2, 8.0, 1.5, noise), quantile)
    assert fitted.latency.route_factor == pytest.approx(1.5, abs=0.03)
    assert fitted.latency.base_ms == pytest.approx(8.0 - 4.0 * np.log(1 - quantile), abs=0.6)
    assert fitted.share_within == pytest.approx(quantile, abs=0.002)


def test_a_few_wild_measurements_do_not_move_the_median() -> None:
    noise = np.zeros(400)
    noise[:80] = 500.0
    fitted = calibrate(measured(400, 3, 6.0, 2.3, noise))
    assert (fitted.latency.base_ms, fitted.latency.route_factor) == pytest.approx((6.0, 2.3), abs=1e-6)


def test_no_other_line_has_a_smaller_loss() -> None:
    pings = measured(60, 4, 5.0, 1.4, np.random.default_rng(4).gamma(2.0, 3.0, 60))
    for quantile in (0.25, 0.5, 0.8):
        fitted = calibrate(pings, quantile)

        def loss(base_ms: float, factor: float, q: float = quantile) -> float:
            error = pings.rtt_ms - base_ms - factor * pings.floor_ms
            return float(np.maximum(q * error, (q - 1) * error).sum())

        least = loss(fitted.latency.base_ms, fitted.latency.route_factor)
        around = [(b, f) for b in np.linspace(0, 20, 41) for f in np.linspace(1, 3, 41)]
        assert least <= min(loss(b, f) for b, f in around) + 1e-9


def test_pairs_faster_than_light_are_left_out_and_told() -> None:
    good = measured(200, 5, 3.0, 1.6)
    wrong = good.rtt_ms.copy()
    wrong[[10, 20, 30]] = good.floor_ms[[10, 20, 30]] * [0.5, 0.2, 0.9]
    fitted = calibrate(Pings(good.from_lat, good.from_lon, good.to_lat, good.to_lon, wrong))
    assert fitted.impossible.tolist() == [10, 20, 30]
    assert (fitted.latency.base_ms, fitted.latency.route_factor) == pytest.approx((3.0, 1.6), abs=1e-6)
    told = fitted.to_dict()["impossible"]
    assert (told["pairs"], told["share"]) == (3, pytest.approx(0.015))
    late = [pair["floor_ms"] - pair["rtt_ms"] for pair in told["listed"]]
    assert all(a >= b for a, b in pairwise(late))
    assert {pair["row"] for pair in told["listed"]} == {11, 21, 31}
    assert fitted.notes[0] == "3 of 200 pairs (1.5%) are faster than light in fibre and left out"


def test_a_fit_never_beats_light_and_never_starts_below_nothing() -> None:
    fitted = calibrate(measured(100, 6, 0.0, 1.0, np.random.default_rng(6).uniform(0, 0.2, 100)), 0.05)
    assert fitted.latency.route_factor >= 1
    assert fitted.latency.base_ms >= 0
    slow_when_near = measured(100, 6, 0.0, 1.0, 30.0)
    near = slow_when_near.floor_ms < np.median(slow_when_near.floor_ms)
    rtt = np.where(near, slow_when_near.floor_ms + 60, slow_when_near.floor_ms + 1)
    ends = (slow_when_near.from_lat, slow_when_near.from_lon, slow_when_near.to_lat, slow_when_near.to_lon)
    flat = calibrate(Pings(*ends, rtt))
    assert flat.latency.route_factor == 1
    assert "the route factor came out at its least, 1: the distances may be too much alike" in flat.notes


def test_pings_are_read_from_csv_and_parquet(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    (tmp_path / "pings.csv").write_text("lat1;lon1;lat2;lon2;rtt_ms;who\n52.5;13.4;48.1;11.6;9.5;a\n50;8;50;8;0.4;b\n")
    pq.write_table(
        pa.table({"from_lat": [52.5, 50], "from_lon": [13.4, 8], "to_lat": [48.1, 50], "to_lon": [11.6, 8],
                  "rtt_ms": [9.5, 0.4]}),
        tmp_path / "pings.parquet",
    )  # fmt: skip
    for name in ("pings.csv", "pings.parquet"):
        pings = read_pings(tmp_path / name)
        assert pings.rtt_ms.tolist() == [9.5, 0.4]
        assert pings.distance_km == pytest.approx([505.6, 0], abs=0.1)  # Berlin–Munich
    assert list(read_pings(tmp_path / "pings.csv").rows) == [2, 3]


HEADER = "from_lat,from_lon,to_lat,to_lon,rtt_ms\n"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("from_lat,from_lon,to_lat,rtt_ms\n1,2,3,4\n", "pings.csv, column 'to_lon': found only from_lat, from_lon"),
        (HEADER + "1,2,3,4,fast\n", "pings.csv, row 2, column 'rtt_ms': found 'fast', expected a number of ms"),
        (HEADER + "1,2,3,4,5\n91,2,3,4,5\n", "pings.csv, row 3, column 'from_lat': found 91.0, expected a latitude"),
        (HEADER + "1,2,3,4,-5\n", "pings.csv, row 2, column 'rtt_ms': found -5.0, expected a finite number of ms"),
        ("PAR1 but not really", "pings.csv: found ArrowInvalid, expected readable Parquet"),
        ("", "pings.csv: found an empty file"),
    ],
)
def test_a_bad_file_is_refused_by_row_and_column(content: str, line: str, tmp_path: Path) -> None:
    (tmp_path / "pings.csv").write_text(content)
    with pytest.raises(BadInput) as refused:
        read_pings(tmp_path / "pings.csv")
    assert line in str(refused.value)


def test_too_little_to_fit_is_refused() -> None:
    with pytest.raises(BadInput, match="found 9 of 9, expected at least 10 pairs"):
        calibrate(measured(9, 1, 1.0, 1.5))
    with pytest.raises(BadInput, match="found one distance, expected pairs of different distances"):
        calibrate(Pings(*(np.full(20, v) for v in (50.0, 8.0, 51.0, 9.0)), np.full(20, 9.0)))
    for quantile in (0.0, 1.0, float("nan")):
        with pytest.raises(BadInput, match="expected a number above 0 and below 1"):
            calibrate(measured(20, 1, 1.0, 1.5), quantile)
