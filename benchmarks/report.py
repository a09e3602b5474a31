"""RESULTS.md and its pictures, made from the stored records alone."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.catalogue import INSTANCES, LIMITS, NATIONAL, PEERS, takes
from benchmarks.charts import COLOURS, Axis, Line, chart, exponent
from benchmarks.standings import OURS, Record, Runs, aims, best, leads, overruns

BUSY_CORES = 0.25

HOW = """\
Written by `make bench` from `results/*.jsonl`; [docs/benchmarks.md](../docs/benchmarks.md) tells how to run a slice.

Every cell is a run of its own, in a process of its own: the plan it handed back / the lower bound it proved, then
the seconds it took when they differ from the limit. The clock starts with the problem in memory, imports done and
kernels compiled, and ends with the answer in hand; building the model and reducing it count. Every plan passed
`solver.verify`; every bound is rounded up to a whole number of sites; a bound above anybody's plan or above a known
optimum fails the run. A proof ends the matter: longer limits repeat it. Memory is the largest process of the run.
† marks runs during which other work took more than a quarter of a core. What was tried where a peer is ahead or an aim
is missed stands [beside how to run it](../docs/benchmarks.md#what-was-tried).
"""


def write(runs: Runs, scaling: list[Record], features: list[Record], folder: Path) -> None:
    """RESULTS.md and pictures/ under ``folder``."""
    pictures = folder / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    parts = ["# Results", HOW, _setting(list(runs.values()) + scaling + features)]
    parts += ["## Where a peer is ahead of sitewright", _ahead(runs), "## Against the aims of the issue", _aims(runs)]
    for instance in INSTANCES:
        mine = {key: run for key, run in runs.items() if key[0] == instance}
        if mine:
            parts += [f"## {instance}", _instance(instance, mine, pictures)]
    if scaling:
        parts += ["## How cost grows", _scaling(scaling, pictures)]
    if features:
        parts += ["## What the features take", _features(features)]
    parts += ["## Not measured yet", _missing(runs, scaling)]
    (folder / "RESULTS.md").write_text("\n\n".join(part.strip() for part in parts) + "\n", encoding="utf-8")


def _setting(records: list[Record]) -> str:
    machines = {
        f"{m['cores']} cores, {m['memory_gb']} GB, {m['cpu']}, {m['system']}" for m in (r["machine"] for r in records)
    }
    versions: dict[str, set[str]] = {}
    for record in records:
        for package, version in record.get("versions", {}).items():
            versions.setdefault(package, set()).add(version)
    dates = sorted(record["date"] for record in records)
    others = [record["others_cores"] for record in records]
    lines = [f"- Machine: {'; '.join(sorted(machines))}"]
    if records:
        lines.append(f"- Measured {dates[0]} to {dates[-1]}; cores taken by other work during a run: {_range(others)}")
    lines.append("- " + ", ".join(f"{name} {' and '.join(sorted(v))}" for name, v in sorted(versions.items())))
    codes = sorted({r["code"] for r in records if r.get("peer", OURS) == OURS})
    lines.append(f"- sitewright's code, as a digest of solver/: {', '.join(codes)}")
    lines += [f"- {name}: {what}" for name, what in PEERS.items() if any(r.get("peer") == name for r in records)]
    return "\n".join(lines)


def _range(values: list[float]) -> str:
    ordered = sorted(values)
    return f"{ordered[0]:.1f} to {ordered[-1]:.1f}, median {ordered[len(ordered) // 2]:.1f}"


def _ahead(runs: Runs) -> str:
    found = leads(runs)
    lines = [f"- {line}" for line in found] or ["Nowhere in what was measured."]
    overran = overruns(runs)
    if overran:
        lines += [
            "",
            "Late answers of sitewright; the tables show them, the lists judge by what was known in time:",
            "",
        ]
        lines += [f"- {line}" for line in overran]
    return "\n".join(lines)


def _aims(runs: Runs) -> str:
    rows = [(i, f"{limit:g} s", aim, measured, verdict) for i, limit, aim, measured, verdict in aims(runs)]
    return _table(("instance", "within", "plan ≤ / bound ≥", "measured", ""), rows)


def _instance(name: str, runs: Runs, pictures: Path) -> str:
    limits = sorted({key[2] for key in runs})
    plan, bound = best(runs, name)
    known = INSTANCES[name].optimum
    lines = [
        f"Known optimum {known:g}."
        if known is not None
        else f"Best plan here {_number(plan and plan[0])}, best bound {_number(bound and bound[0])}."
    ]
    rows = []
    for peer in PEERS:
        mine = [runs.get((name, peer, limit)) for limit in limits]
        if any(mine):
            peaks = [run["peak_mb"] for run in mine if run and "peak_mb" in run]
            rows.append((peer, *(_cell(run) for run in mine), f"{max(peaks):,} MB" if peaks else "–"))
    lines.append(_table(("peer", *(f"{limit:g} s" for limit in limits), "peak memory"), rows))
    if _draw(name, runs, pictures / f"{name}.svg"):
        lines.append(f"![Plans and bounds of {name} over time](pictures/{name}.svg)")
    return "\n\n".join(lines)


def _cell(run: Record | None) -> str:
    if run is None:
        return ""
    if run["status"] in ("killed", "error"):
        return str(run["status"])
    mark = _mark(run)
    text = f"{_number(run['objective'])} / {_number(run['bound'] or None)}"
    if run["proved"]:
        return f"**{text}** {run['seconds']:.2f} s{mark}"
    gap = f" ({100 * run['gap']:.1f} %)" if run["gap"] is not None else ""
    off = abs(run["seconds"] - run["limit_s"]) > max(0.25, 0.02 * run["limit_s"])
    return text + gap + (f" {run['seconds']:.1f} s" if off else "") + mark


def _mark(record: Record) -> str:
    return " †" if record["others_cores"] > BUSY_CORES else ""


def _draw(name: str, runs: Runs, path: Path) -> bool:
    """The longest run of each peer, plans full and bounds dashed, on the part of the scale where it is decided."""
    longest = {key[1]: run for key, run in sorted(runs.items(), key=lambda item: item[0][2]) if run.get("trajectory")}
    bests = best(runs, name)[0]
    if bests is None or not longest:
        return False
    low, high = 0.9 * bests[0], 1.1 * bests[0]
    end = max(max(run["limit_s"], run["trajectory"][-1][0]) for run in longest.values())
    lines = []
    for peer, run in longest.items():
        colour = COLOURS[list(PEERS).index(peer)]
        for column, kind in ((1, "plan"), (2, "bound")):
            steps = [(step[0], step[column]) for step in run["trajectory"] if step[column] is not None]
            shown = [(t, v) for t, v in steps if low <= v <= high]
            if shown:
                held = min(end, max(shown[-1][0], run["seconds"]))
                points = [(max(t, 0.1), v) for t, v in [*shown, (held, shown[-1][1])]]
                lines.append(Line(f"{peer}, {kind}", points, colour, step=True, dashed=kind == "bound"))
    if not lines:
        return False
    x, y = Axis(0.1, max(end, 1.0), log=True), Axis(low, high, log=False)
    path.write_text(chart(name, "seconds", "objective", lines, x, y), encoding="utf-8")
    return True


def _scaling(records: list[Record], pictures: Path) -> str:
    parts = []
    for curve in ("points", "candidates"):
        newest = {r[curve]: r for r in records if r["curve"] == curve and "core_s" in r}
        mine = [newest[size] for size in sorted(newest)]
        if not mine:
            continue
        fixed = "candidates" if curve == "points" else "points"
        rows = [
            (
                f"{r[curve]:,}",
                f"{r['core_s']:.2f} s{_mark(r)}",
                f"{r['plan_s']:.2f} s",
                f"{r['peak_mb']:,} MB",
                r["core"],
            )
            for r in mine
        ]
        head = (curve, "core ready", "first verified plan", "peak memory", "what is left")
        parts.append(f"Growing {curve}, {mine[0][fixed]:,} {fixed}, 200 km, one failure survived:")
        parts.append(_table(head, rows))
        fits = {
            what: exponent([(r[curve], r[key]) for r in mine])
            for what, key in (("core", "core_s"), ("first plan", "plan_s"), ("memory", "peak_mb"))
        }
        last = exponent([(r[curve], r["core_s"]) for r in mine[-2:]])
        told = ", ".join(f"{what} {fit:.2f}" for what, fit in fits.items() if fit is not None)
        if last is not None:
            parts.append(f"Fitted exponents over all sizes: {told}; core between the two largest: {last:.2f}.")
        if len(mine) > 1:
            _draw_scaling(curve, mine, pictures / f"scaling-{curve}.svg")
            parts.append(f"![Seconds over {curve}](pictures/scaling-{curve}.svg)")
    failed = [r for r in records if "core_s" not in r]
    parts += [f"- {r['points']:,} points, {r['candidates']:,} candidates: {r['status']}, {r['note']}" for r in failed]
    return "\n\n".join(parts)


def _draw_scaling(curve: str, records: list[Record], path: Path) -> None:
    lines = [
        Line(name, [(r[curve], r[key]) for r in records], colour)
        for name, key, colour in (("core ready", "core_s", COLOURS[0]), ("first plan", "plan_s", COLOURS[2]))
    ]
    values = [v for line in lines for _, v in line.points]
    x = Axis(records[0][curve], records[-1][curve], log=True)
    y = Axis(10.0 ** _floor10(min(values)), 10.0 ** (_floor10(max(values)) + 1), log=True)
    path.write_text(chart(f"Seconds over {curve}", curve, "seconds", lines, x, y), encoding="utf-8")


def _floor10(value: float) -> int:
    return int(f"{value:e}".split("e")[1])


def _features(records: list[Record]) -> str:
    """The newest run of each feature; a plan is told as plan / bound (gap)."""
    newest = {record["feature"]: record for record in records}
    rows = [
        (
            name,
            record["what"],
            record.get("result", record.get("note", "")),
            ", ".join(
                f"{step} {s:g} s (cpu {record['cpu_seconds'][step]:g} s)" for step, s in record["seconds"].items()
            )
            + _mark(record)
            if "result" in record
            else record["status"],
            f"{record['peak_mb']:,} MB" if "peak_mb" in record else "–",
        )
        for name, record in newest.items()
    ]
    return _table(("feature", "at reference size", "plan / bound, or result", "time", "peak memory"), rows)


def _missing(runs: Runs, scaling: list[Record]) -> str:
    lines = []
    for instance in NATIONAL:
        peers = []
        for peer in (peer for peer in PEERS if takes(peer, INSTANCES[instance])):
            absent = [f"{limit:g}" for limit in LIMITS if (instance, peer, limit) not in runs]
            if absent:
                peers.append(f"{peer} {', '.join(absent)} s" if len(absent) < len(LIMITS) else peer)
        if peers:
            lines.append(f"- {instance}: {'; '.join(peers)}")
    others = [i for i in INSTANCES if i not in NATIONAL and not any(key[0] == i for key in runs)]
    if others:
        lines.append(f"- small and single-cover instances: {', '.join(others)}")
    most = max((r["points"] for r in scaling if "core_s" in r), default=0)
    if most < 10_000_000:
        lines.append(f"- points beyond {most:,} (the aim is 10,000,000)")
    return "\n".join(lines) or "Nothing: the table is complete."


def _table(head: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"
