"""`make bench`: every instance, peer and time limit in turn, each in its own process, then RESULTS.md.

What is measured already is not measured again while the code it ran is unchanged; `--fresh` does.  A slice:

    make bench ARGS="--instance conus-15k-200 --limits 1,10 --peers sitewright,highs-core"
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import Any

from benchmarks import launch
from benchmarks.catalogue import HERE, INSTANCES, LIMITS, NATIONAL, PEERS, REFERENCE, takes
from benchmarks.features import FEATURES, PATIENCE_S
from benchmarks.report import write
from benchmarks.standings import faults, latest

POINTS = (10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
CANDIDATES = (1_000, 3_000, 10_000, 30_000)
SCALING_PATIENCE_S = 1800.0
SCALING_CANDIDATES, SCALING_RADIUS_KM = 7_427, 200.0


def main(arguments: list[str] | None = None) -> int:
    """0 when every plan verified and no bound or plan contradicts another."""
    options = _options(arguments)
    if not REFERENCE.is_dir():
        print(f"The benchmarks need the reference inputs: {REFERENCE} (or SITEWRIGHT_REFERENCE)", file=sys.stderr)
        return 2
    folder: Path = options.results
    try:
        if not options.render:
            _measure(options, folder / "runs.jsonl")
        if options.scaling and not options.render:
            _measure_scaling(options, folder / "scaling.jsonl")
        if not options.render:
            _measure_features(options, folder / "features.jsonl")
    except KeyboardInterrupt:
        print("interrupted; the same command goes on from here", file=sys.stderr)
    runs, scaling = latest(launch.read(folder / "runs.jsonl")), launch.read(folder / "scaling.jsonl")
    features = launch.read(folder / "features.jsonl")
    write(runs, scaling, features, options.out)
    wrong = faults(runs)
    for line in wrong:
        print(f"WRONG: {line}", file=sys.stderr)
    print(f"{options.out / 'RESULTS.md'} holds {len(runs)} measurements, {len(wrong)} faults", file=sys.stderr)
    return 1 if wrong else 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--instance", "--instances", type=_names(INSTANCES), default=list(INSTANCES))
    parser.add_argument("--peers", type=_names(PEERS), default=list(PEERS))
    parser.add_argument("--limits", type=_numbers, default=list(LIMITS), help="seconds, e.g. 1,10")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fresh", action="store_true", help="measure again what is stored")
    parser.add_argument("--render", action="store_true", help="only write RESULTS.md anew")
    parser.add_argument("--scaling", action=argparse.BooleanOptionalAction, default=None, help="the scaling curves")
    parser.add_argument("--features", type=_names(FEATURES), default=None, help="what each feature takes, by name")
    parser.add_argument("--points", type=_numbers, default=list(POINTS), help="sizes of the points curve")
    parser.add_argument("--candidates", type=_numbers, default=list(CANDIDATES), help="sizes of the other curve")
    parser.add_argument("--results", type=Path, default=HERE / "results", help="where measurements are kept")
    parser.add_argument("--out", type=Path, default=HERE, help="where RESULTS.md and pictures/ go")
    options = parser.parse_args(arguments)
    whole = options.instance == list(INSTANCES) and options.peers == list(PEERS)
    options.scaling = whole if options.scaling is None else options.scaling
    options.features = (list(FEATURES) if whole else []) if options.features is None else options.features
    return options


def _names(known: dict[str, Any]) -> Any:
    def parse(text: str) -> list[str]:
        names = text.split(",") if text else []
        unknown = [name for name in names if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; known: {', '.join(known)}")
        return names

    return parse


def _numbers(text: str) -> list[float]:
    return [float(word) for word in text.split(",")] if text else []


def _measure(options: argparse.Namespace, path: Path) -> None:
    wanted = [
        (instance, limit, peer)
        for instance in options.instance
        for peer in options.peers
        for limit in sorted(options.limits)
        if takes(peer, INSTANCES[instance])
    ]
    known = {} if options.fresh else {key: run for key, run in latest(launch.read(path)).items() if _current(run)}
    missing = [(i, limit, p) for i, limit, p in wanted if (i, p, limit) not in known]
    most_s = sum(limit + 5 for _, limit, _ in missing)
    print(
        f"{len(missing)} of {len(wanted)} measurements to do, {most_s / 60:.0f} minutes at most or so", file=sys.stderr
    )
    compiled = any(run["peer"] == "sitewright" and _current(run) for run in launch.read(path))
    if not compiled and any(instance in NATIONAL for instance, _, _ in missing):
        print("compiling the solver's kernels, unmeasured", file=sys.stderr)
        launch.run("benchmarks.measured", ["germany-15k-100", "sitewright", "10", "0"], launch.PATIENCE_S)
    for n, (instance, limit, peer) in enumerate(missing, start=1):
        shorter = [known[instance, peer, s] for s in sorted(options.limits) if (instance, peer, s) in known]
        proof = next((run for run in shorter if run.get("proved") and run["limit_s"] <= limit), None)
        if proof is not None:
            record = proof | {"limit_s": limit, "taken_from_s": proof.get("taken_from_s", proof["limit_s"])}
        else:
            record = _one(instance, peer, limit, options.seed)
        known[instance, peer, limit] = record
        launch.append(path, record)
        print(f"{n}/{len(missing)} {told(record)}", file=sys.stderr, flush=True)


def _one(instance: str, peer: str, limit_s: float, seed: int) -> dict[str, Any]:
    asked = {"instance": instance, "peer": peer, "limit_s": limit_s, "seed": seed, "code": launch.code(peer)}
    words = [instance, peer, str(limit_s), str(seed)]
    return asked | launch.run("benchmarks.measured", words, 1.5 * limit_s + launch.PATIENCE_S)


def _current(run: dict[str, Any]) -> bool:
    return run["code"] == launch.code(run["peer"]) and run["status"] in ("plan", "no plan", "killed")


def _measure_scaling(options: argparse.Namespace, path: Path) -> None:
    sizes = [("points", int(n), SCALING_CANDIDATES) for n in options.points]
    sizes += [("candidates", 21_408, int(m)) for m in options.candidates]
    code = launch.code("sitewright")
    known = {(r["curve"], r["points"], r["candidates"]) for r in launch.read(path) if r["code"] == code}
    for curve, n_points, n_candidates in sizes:
        if (curve, n_points, n_candidates) in known and not options.fresh:
            continue
        asked = {"curve": curve, "points": n_points, "candidates": n_candidates, "code": code}
        words = [str(n_points), str(n_candidates), str(SCALING_RADIUS_KM), str(options.seed)]
        record = launch.run("benchmarks.scaled", words, SCALING_PATIENCE_S) | asked
        launch.append(path, record)
        seen = f"core {record['core_s']} s" if "core_s" in record else record.get("note")
        print(f"scaling {curve}: {n_points} points, {n_candidates} candidates: {seen}", file=sys.stderr, flush=True)


def _measure_features(options: argparse.Namespace, path: Path) -> None:
    code = launch.code("sitewright")
    known = {record["feature"] for record in launch.read(path) if record["code"] == code and "seconds" in record}
    for name in options.features:
        if name in known and not options.fresh:
            continue
        asked = {"feature": name, "what": (FEATURES[name].__doc__ or "").strip(), "code": code}
        record = launch.run("benchmarks.features", [name, str(options.seed)], PATIENCE_S) | asked
        launch.append(path, record)
        seen = f"{record['result']}, {record['seconds']}" if "result" in record else record.get("note")
        print(f"feature {name}: {seen}", file=sys.stderr, flush=True)


def told(record: dict[str, Any]) -> str:
    """One line of progress."""
    name = f"{record['instance']} {record['peer']} {record['limit_s']:g} s:"
    if record["status"] not in ("plan", "no plan"):
        return f"{name} {record['status']} {record.get('note', '')}"
    plan = "no plan" if record["objective"] is None else f"{record['objective']:g}"
    again = " (proved before)" if "taken_from_s" in record else ""
    return f"{name} {plan} / {record['bound']:g} in {record['seconds']:.1f} s, {record['peak_mb']} MB{again}"


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    sys.exit(main())
