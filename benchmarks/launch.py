"""Starting one measured process, with an end to its patience, and remembering what it said."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import resource
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.catalogue import HERE, SOURCES

ROOT = HERE.parent
PATIENCE_S = 180.0
"""Beyond the limit: reading, warming up, building a raw model, verifying."""


def run(module: str, arguments: list[str], patience_s: float) -> dict[str, Any]:
    """What `python -m module arguments` printed; a status "killed" or "error" when that was nothing.

    The process leads a group of its own, so that a solver's children die with it.
    """
    child = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    began, busy_before, ours_before = time.monotonic(), _busy_s(), _ours_s()
    try:
        out, errors = child.communicate(timeout=patience_s)
        record = json.loads(out) if child.returncode == 0 else _failed(child.returncode, errors)
    except subprocess.TimeoutExpired:
        record = {"status": "killed", "note": f"killed after {patience_s:.0f} s", "seconds": patience_s}
    finally:
        _end(child)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ")
    wall_s = time.monotonic() - began
    ours_s = _ours_s() - ours_before
    others = max(0.0, (_busy_s() - busy_before - ours_s) / wall_s)
    spent = {"wall_s": round(wall_s, 1), "cpu_s": round(ours_s, 1), "others_cores": round(others, 2)}
    return record | spent | {"date": now, "machine": machine()}


def _ours_s() -> float:
    """Processor seconds of the children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _busy_s() -> float:
    """Processor seconds that the whole machine has spent on anything; 0 where /proc does not tell."""
    first = next(iter(_lines("/proc/stat")), "cpu 0 0 0 0 0 0 0 0")
    user, nice, system, _idle, _wait, irq, soft, *_ = (int(word) for word in first.split()[1:])
    return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")


def _failed(code: int, errors: str) -> dict[str, Any]:
    lines = errors.strip().splitlines()
    return {"status": "error", "note": f"exit {code}: {lines[-1][:200] if lines else ''}"}


def _end(child: subprocess.Popen[str]) -> None:
    """End the group; its leader is ours, and still unreaped when it has not ended."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()


def machine() -> dict[str, Any]:
    """Cores, memory and processor, without names of hosts."""
    cpu = [line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = [int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")]
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": round(memory[0] / 2**20) if memory else None,
        "cpu": cpu[0] if cpu else platform.processor(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def code(peer: str) -> str:
    """A digest of the files of solver/ that the peer runs; empty for peers that owe us nothing."""
    files = sorted(path for pattern in SOURCES.get(peer, ()) for path in (ROOT / "solver").glob(pattern))
    digest = hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in files))
    return digest.hexdigest()[:12] if files else ""


def read(path: Path) -> list[dict[str, Any]]:
    """The records of one file, oldest first."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def append(path: Path, record: dict[str, Any]) -> None:
    """One more line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(json.dumps(record, separators=(",", ":")) + "\n")
