"""A network's base and slope from measured round trips: quantile regression.

    minimise over base_ms ≥ 0, route_factor ≥ 1   Σ_i ρ_q( rtt_i − base_ms − route_factor × floor_i )

with ρ_q(e) = q·e for e ≥ 0 and (q − 1)·e below, floor_i the time of light in straight fibre (Koenker & Bassett 1978).
q = 0.5 fits the median; q = 0.95 a network that 95 % of the pairs keep.  Solved exactly, as its dual: two rows, one
bounded column per pair.  A pair faster than light in fibre has wrong coordinates (or clocks) and is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

from solver.errors import BadInput, InputProblem, SolverError, shown
from solver.latency import LatencyModel
from solver.problem import Floats, Ints
from solver.promise.pings import Pings

LEAST_PAIRS = 10
LISTED = 20
SCATTERED = 2000
RESIDUAL_PERCENTILES = (5, 25, 50, 75, 95)
ROUNDING_MS = 1e-6
"""A pair is faster than light only beyond the last digit of its coordinates."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """A fitted network and how well it fits.

    used, impossible: positions of the pairs fitted, and of those faster than light in fibre ·
    residual_ms: (used,) measured minus fitted · share_within: of the used pairs, at or below the fit (near quantile).
    """

    latency: LatencyModel
    quantile: float
    pings: Pings
    used: Ints
    impossible: Ints
    residual_ms: Floats

    @property
    def share_within(self) -> float:
        return float(np.mean(self.residual_ms <= ROUNDING_MS))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a planner should know before trusting the fit."""
        notes = []
        pairs, wrong = len(self.pings), len(self.impossible)
        if wrong:
            notes.append(f"{wrong} of {pairs} pairs ({wrong / pairs:.1%}) are faster than light in fibre and left out")
        if self.latency.base_ms == 0:
            notes.append("the base came out at its least, 0 ms: short distances may be missing")
        if self.latency.route_factor == 1:
            notes.append("the route factor came out at its least, 1: the distances may be too much alike")
        return tuple(notes)

    def to_dict(self) -> dict[str, Any]:
        """Plain values: the fit, its residuals, the impossible pairs, and a sample of the pairs to draw."""
        km, floor_ms, rtt_ms = self.pings.distance_km, self.pings.floor_ms, self.pings.rtt_ms
        drawn = self.used[:: max(1, -(-len(self.used) // SCATTERED))]
        return {
            "base_ms": self.latency.base_ms,
            "route_factor": self.latency.route_factor,
            "quantile": self.quantile,
            "pairs": len(self.pings),
            "used": len(self.used),
            "distance_km": {"shortest": float(km[self.used].min()), "longest": float(km[self.used].max())},
            "residual_ms": {
                **{f"p{p}": float(np.percentile(self.residual_ms, p)) for p in RESIDUAL_PERCENTILES},
                "mean_absolute": float(np.abs(self.residual_ms).mean()),
            },
            "share_within": self.share_within,
            "impossible": {
                "pairs": len(self.impossible),
                "share": len(self.impossible) / len(self.pings),
                "listed": [
                    {
                        "row": int(self.pings.rows[i]),
                        "distance_km": float(km[i]),
                        "rtt_ms": float(rtt_ms[i]),
                        "floor_ms": float(floor_ms[i]),
                    }
                    for i in self.impossible[np.argsort((rtt_ms - floor_ms)[self.impossible], kind="stable")][:LISTED]
                ],
            },
            "scatter": {"distance_km": km[drawn].round(3).tolist(), "rtt_ms": rtt_ms[drawn].round(3).tolist()},
            "notes": list(self.notes),
        }


def calibrate(pings: Pings, quantile: float = 0.5) -> Calibration:
    """Fit base and route factor.  Raises BadInput for a quantile outside (0, 1) or too few different pairs."""
    if not 0 < quantile < 1:
        raise BadInput([InputProblem("a number above 0 and below 1", column="quantile", found=shown(quantile))])
    floor_ms = pings.floor_ms
    possible = pings.rtt_ms >= floor_ms - ROUNDING_MS
    used, impossible = np.flatnonzero(possible), np.flatnonzero(~possible)
    if len(used) < LEAST_PAIRS:
        found = f"{len(used)} of {len(pings)}"
        raise BadInput([InputProblem(f"at least {LEAST_PAIRS} pairs not faster than light in fibre", found=found)])
    if np.ptp(floor_ms[used]) < ROUNDING_MS:
        raise BadInput([InputProblem("pairs of different distances", column="rtt_ms", found="one distance")])
    base_ms, beyond = _fit(floor_ms[used], pings.rtt_ms[used] - floor_ms[used], quantile)
    latency = LatencyModel(base_ms, 1.0 + beyond)
    residual_ms = pings.rtt_ms[used] - base_ms - latency.route_factor * floor_ms[used]
    return Calibration(latency, quantile, pings, used, impossible, residual_ms)


def _fit(x: Floats, y: Floats, quantile: float) -> tuple[float, float]:
    """The a, b ≥ 0 that minimise Σ ρ_q(y − a − b x): the row duals of  max y·z, Σ z ≤ 0, Σ x z ≤ 0, q − 1 ≤ z ≤ q."""
    n = len(x)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = n, 2
    lp.col_cost_ = -y
    lp.col_lower_, lp.col_upper_ = np.full(n, quantile - 1.0), np.full(n, quantile)
    lp.row_lower_, lp.row_upper_ = np.full(2, -highspy.kHighsInf), np.zeros(2)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.array([0, n, 2 * n], dtype=np.int32)
    lp.a_matrix_.index_ = np.concatenate([np.arange(n), np.arange(n)]).astype(np.int32)
    lp.a_matrix_.value_ = np.concatenate([np.ones(n), x])
    highs = highspy.Highs()
    # 200,000 pairs: interior point and crossover 2 s, simplex 75 s.
    for option, value in {"output_flag": False, "threads": 1, "solver": "ipm", "run_crossover": "on"}.items():
        highs.setOptionValue(option, value)
    highs.passModel(lp)
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise SolverError("the calibration's linear program did not solve")
    duals = highs.getSolution().row_dual
    return max(0.0, -float(duals[0])), max(0.0, -float(duals[1]))
