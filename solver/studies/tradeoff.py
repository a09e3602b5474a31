"""Trade-off curves: how many sites a tighter promise costs.

Points are solved from the tightest setting to the loosest.  A plan of a tighter setting solves every looser one, so it
is where the next solve starts and what it may not exceed; a bound of a looser setting holds for every tighter one and
travels back.  So the curve is monotone whatever the limits, and a proof on one point can end the work on others.
The one exception: with ``exempt`` a longer reach brings points back that a shorter one had excused.  They may need
sites of their own, and the curve may rise there; then plans and bounds travel only where they provably hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from math import isfinite

from solver.errors import BadInput, InputProblem, shown
from solver.plan import Progress
from solver.problem import LatencyReach, PairReach, Problem, RadiusReach, Uncoverable
from solver.solve import Limits, solve
from solver.studies.curve import MOST_VALUES, CurvePoint, Over, no_room, point_of
from solver.studies.nesting import bound_carries, short_before, with_sites

REACH_KEPT = (Over.SURVIVE, Over.FRACTION)
"""Varying these leaves every point its candidates, so bounds travel whatever is exempted."""


def trade_off(
    problem: Problem,
    over: Over,
    values: Iterable[float],
    limits: Limits | None = None,
    seed: int = 0,
    polished: bool = True,
    known: Iterable[CurvePoint] = (),
    nearby: Iterable[CurvePoint] = (),
    on_point: Callable[[CurvePoint], None] | None = None,
    on_progress: Callable[[float, Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> tuple[CurvePoint, ...]:
    """The points of the curve, by ascending value; fewer than asked for when ``stop`` ended it.

    limits: of each point · known: points of this curve solved before, not solved again · nearby: points at other (or
    the same) values, to begin from · on_point: told every point when it is solved, and again when its bound improves ·
    on_progress: told the value being solved with each step of its solve.
    Raises BadInput for values that cannot be a setting; a promise that leaves nothing for distance is a point without
    a plan, and so is a setting with coverage gaps when these are not exempted.
    """
    settings = settings_of(problem, over, values)
    curve = _Curve(over, known, nearby, on_point)
    for value, setting in settings:
        if stop is not None and stop():
            break
        if value in curve.points:
            continue
        if isinstance(setting, str):
            curve.add(no_room(value, problem, setting))
            continue
        plan = solve(
            setting,
            limits,
            seed,
            on_progress=partial(on_progress, value) if on_progress is not None else None,
            stop=stop,
            polished=polished,
            start=curve.start_at(value),
            known_bound=curve.bound_before(value, setting),
        )
        for donor in curve.tighter(value):
            if plan.usable and donor.objective is not None and donor.objective < plan.objective:
                plan = with_sites(plan, setting, donor.open_sites) or plan
        curve.add(point_of(value, plan, setting))
    return tuple(curve.points[value] for value, _ in sorted(settings, key=lambda one: one[0]) if value in curve.points)


def value_of(problem: Problem, over: Over) -> float:
    """Where the problem itself stands on the curve.  Raises BadInput when it cannot be varied so."""
    reach = problem.reach
    if over in (Over.SURVIVE, Over.FRACTION):
        return float(problem.survive if over == Over.SURVIVE else problem.fraction)
    if over == Over.MAX_RTT_MS and isinstance(reach, PairReach):
        return reach.limit
    if over == Over.SLO_MS and isinstance(reach, LatencyReach):
        return reach.slo_ms
    if over == Over.RADIUS_KM and not isinstance(reach, PairReach):
        return reach.radius_km
    raise _cannot_vary(problem, over)


def settings_of(problem: Problem, over: Over, values: Iterable[float]) -> list[tuple[float, Problem | str]]:
    """(value, the problem at it), the tightest first; a sentence where the promise leaves nothing for distance.

    Raises BadInput when the problem cannot be varied so, or a value is not one it can take.
    """
    asked = [float(value) for value in values]
    if not 1 <= len(asked) <= MOST_VALUES or len(set(asked)) != len(asked):
        found = f"{len(asked)} values, {len(set(asked))} different ones"
        raise BadInput([InputProblem(f"1 to {MOST_VALUES} different values", column="values", found=found)])
    ordered = sorted(asked, reverse=not over.tight_when_low)
    return [(value, _setting(problem, over, value)) for value in ordered]


def _setting(problem: Problem, over: Over, value: float) -> Problem | str:
    if over == Over.SURVIVE:
        if value != int(value):
            raise BadInput([InputProblem("a whole number of failures", column="survive", found=shown(value))])
        return replace(problem, survive=int(value))
    if over == Over.FRACTION:
        return replace(problem, fraction=value)
    reach = problem.reach
    if over == Over.MAX_RTT_MS and isinstance(reach, PairReach):
        return replace(problem, reach=replace(reach, limit=value))
    if over == Over.RADIUS_KM and isinstance(reach, RadiusReach):
        return replace(problem, reach=RadiusReach(value))
    if isinstance(reach, LatencyReach) and over in (Over.SLO_MS, Over.RADIUS_KM):
        return _promised(problem, reach, value, over)
    raise _cannot_vary(problem, over)


def _cannot_vary(problem: Problem, over: Over) -> BadInput:
    kinds = {RadiusReach: "radius_km", LatencyReach: "slo_ms, radius_km", PairReach: "max_rtt_ms"}
    expected = f"{kinds[type(problem.reach)]}, survive or fraction, because of the plan's own reach"
    return BadInput([InputProblem(expected, column="over", found=shown(over.value))])


def _promised(problem: Problem, reach: LatencyReach, value: float, over: Over) -> Problem | str:
    """The promise itself varied, or set to what a radius keeps."""
    if over == Over.RADIUS_KM:
        promise = sum(reach.spent_ms.values()) + float(reach.latency.rtt_ms(RadiusReach(value).radius_km))
        return replace(problem, reach=replace(reach, slo_ms=promise))
    if not (isfinite(value) and value >= 0):
        raise BadInput([InputProblem("a finite number of ms ≥ 0", column="slo_ms", found=shown(value))])
    try:
        return replace(problem, reach=replace(reach, slo_ms=value))
    except BadInput as error:
        return f"needs {error.problems[0].expected}"


class _Curve:
    """What is known so far, and what of it holds where."""

    def __init__(
        self,
        over: Over,
        known: Iterable[CurvePoint],
        nearby: Iterable[CurvePoint],
        on_point: Callable[[CurvePoint], None] | None,
    ) -> None:
        self.over = over
        self.points = {point.value: point for point in known}
        self._nearby = tuple(nearby)
        self._on_point = on_point

    def add(self, point: CurvePoint) -> None:
        """Take a solved point: bounds of looser ones hold for it, its own for tighter ones."""
        self._store(point.bounded(self._bound_at(point.value, point.short)))
        for other in list(self.points.values()):
            if self._is_tighter(other.value, point.value):
                better = other.bounded(self._bound_at(other.value, other.short))
                if better != other:
                    self._store(better)

    def tighter(self, value: float) -> list[CurvePoint]:
        """Points with a plan at this or a tighter setting, the best plan first."""
        found = [one for one in self._usable() if one.value == value or self._is_tighter(one.value, value)]
        return sorted(found, key=lambda one: one.objective or 0.0)

    def start_at(self, value: float) -> tuple[str, ...]:
        """Open sites to begin from: the best plan of a tighter setting, else the plan of the next looser one."""
        nearest = sorted(self._usable(), key=lambda one: abs(one.value - value))
        return next((one.open_sites for one in (*self.tighter(value), *nearest)), ())

    def bound_before(self, value: float, setting: Problem) -> float:
        """What is proved for a setting before it is solved."""
        if self.over in REACH_KEPT or setting.partial or setting.uncoverable == Uncoverable.FAIL:
            return self._bound_at(value, {})
        if not any(self._holds(one, value) for one in self._usable()):
            return 0.0
        return self._bound_at(value, short_before(setting))

    def _bound_at(self, value: float, short: Mapping[str, int]) -> float:
        """The best bound that this or a looser setting has proved; short: what ``short_points`` says of this one."""
        carried = [
            one.lower_bound or 0.0
            for one in self._usable()
            if self._holds(one, value) and (self.over in REACH_KEPT or bound_carries(one.short, short))
        ]
        return max(carried, default=0.0)

    def _holds(self, one: CurvePoint, value: float) -> bool:
        return one.value == value or self._is_tighter(value, one.value)

    def _is_tighter(self, value: float, other: float) -> bool:
        return value < other if self.over.tight_when_low else value > other

    def _usable(self) -> list[CurvePoint]:
        return [one for one in (*self.points.values(), *self._nearby) if one.usable]

    def _store(self, point: CurvePoint) -> None:
        self.points[point.value] = point
        if self._on_point is not None:
            self._on_point(point)
