"""What the records say against each other: contradictions, who is ahead of whom, which aims are met."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.catalogue import AIMS, INSTANCES

OURS = "sitewright"
Record = dict[str, Any]
Runs = Mapping[tuple[str, str, float], Record]
SLACK = 1e-6


def latest(records: list[Record]) -> dict[tuple[str, str, float], Record]:
    """The last record of each (instance, peer, limit)."""
    return {(record["instance"], record["peer"], record["limit_s"]): record for record in records}


def faults(runs: Runs) -> list[str]:
    """Plans that failed the verifier, bounds above a plan that exists, plans below a proven optimum."""
    wrong = []
    for (instance, peer, limit), run in runs.items():
        name = f"{instance}, {peer}, {limit:g} s"
        wrong += [f"{name}: {failure}" for failure in run.get("failures", ())]
        objective, bound = run.get("objective"), run.get("bound")
        optimum = INSTANCES[instance].optimum
        if optimum is not None and bound is not None and bound > optimum + SLACK:
            wrong.append(f"{name}: its bound {bound:g} is above the known optimum {optimum:g}")
        if optimum is not None and objective is not None and objective < optimum - SLACK:
            wrong.append(f"{name}: its plan {objective:g} is below the known optimum {optimum:g}")
        if run["status"] == "error":
            wrong.append(f"{name}: {run.get('note')}")
    for instance in {key[0] for key in runs}:
        plan, bound = best(runs, instance)
        if plan is not None and bound is not None and bound[0] > plan[0] + SLACK:
            wrong.append(f"{instance}: {bound[1]}'s bound {bound[0]:g} is above {plan[1]}'s verified plan {plan[0]:g}")
    return wrong


def best(runs: Runs, instance: str) -> tuple[tuple[float, str] | None, tuple[float, str] | None]:
    """The best verified plan and the best bound of any peer at any limit, each with the peer's name."""
    mine = [run for key, run in runs.items() if key[0] == instance]
    plans = [(run["objective"], run["peer"]) for run in mine if run.get("objective") is not None]
    bounds = [(run["bound"], run["peer"]) for run in mine if run.get("bound")]
    return min(plans, default=None), max(bounds, default=None)


def leads(runs: Runs) -> list[str]:
    """Every instance and limit at which a peer holds a better plan or a better bound than we do.

    Where our answer came late, what we had told by the limit counts; theirs counts whenever it came.
    """
    lines = []
    for (instance, peer, limit), run in runs.items():
        us = runs.get((instance, OURS, limit))
        if peer == OURS or us is None or us["status"] not in ("plan", "no plan"):
            continue
        theirs, (ours, proves) = run.get("objective"), in_time(us)
        told = f"{instance} at {limit:g} s: {peer}"
        after = f" (it took {run['seconds']:.1f} s)" if late(run) else ""
        if theirs is not None and (ours is None or theirs < ours - SLACK):
            lines.append(f"{told} has a plan of {theirs:g}, we have {_number(ours)}{after}")
        if run.get("bound") is not None and run["bound"] > (proves or 0.0) + SLACK:
            lines.append(f"{told} proves {run['bound']:g}, we prove {_number(proves)}{after}")
        news = "taken_from_s" not in run or "taken_from_s" not in us
        if news and run.get("proved") and us.get("proved") and run["seconds"] < 0.9 * us["seconds"] - 0.05:
            lines.append(f"{told} is done in {run['seconds']:.2f} s, we take {us['seconds']:.2f} s")
    return lines


def late(run: Record) -> bool:
    """Whether the answer came more than half a second, and more than a twentieth, after the limit."""
    return bool(run.get("seconds", 0.0) > run["limit_s"] + max(0.5, 0.05 * run["limit_s"]))


def overruns(runs: Runs) -> list[str]:
    """Every run of ours that came back late."""
    return [
        f"{instance} at {limit:g} s: back after {run['seconds']:.1f} s"
        for (instance, peer, limit), run in runs.items()
        if peer == OURS and late(run)
    ]


def aims(runs: Runs) -> list[tuple[str, float, str, str, str]]:
    """(instance, seconds, aimed at, measured, verdict), from the shortest run of ours that lasts that long."""
    rows = []
    for instance, wanted in AIMS.items():
        for seconds, plan, bound in wanted:
            aim = f"{_number(plan)} / {_number(bound)}"
            ours = [run for key, run in runs.items() if key[:2] == (instance, OURS) and "bound" in run]
            long_enough = [run for run in ours if run["limit_s"] >= seconds]
            if not long_enough:
                rows.append((instance, seconds, aim, "not measured yet", ""))
                continue
            has, proves = at(min(long_enough, key=lambda run: run["limit_s"]), seconds)
            missed = [
                name
                for name, met in (
                    ("plan", plan is None or (has is not None and has <= plan)),
                    ("bound", bound is None or (proves is not None and proves >= bound)),
                )
                if not met
            ]
            verdict = " and ".join(missed) + " missed" if missed else "met"
            rows.append((instance, seconds, aim, f"{_number(has)} / {_number(proves)}", verdict))
    return rows


def at(run: Record, seconds: float) -> tuple[float | None, float | None]:
    """Plan and bound of a run after so many seconds: what it handed back at its limit, what it told before."""
    if seconds >= run["limit_s"]:
        return in_time(run)
    return _told(run, seconds)


def in_time(run: Record) -> tuple[float | None, float | None]:
    """Plan and bound handed back at the limit; those told by then when the answer was late."""
    return _told(run, run["limit_s"]) if late(run) else (run["objective"], run["bound"])


def _told(run: Record, seconds: float) -> tuple[float | None, float | None]:
    told = [step for step in run["trajectory"] if step[0] <= seconds]
    return (told[-1][1], told[-1][2]) if told else (None, None)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"
