"""Progress as it is stored and streamed."""

from __future__ import annotations

from typing import Any

from solver.plan import Progress


def event_of(progress: Progress) -> dict[str, Any]:
    """A Progress as plain JSON; null where the solver knows nothing yet."""
    return {
        "phase": progress.phase,
        "seconds": _finite(progress.seconds),
        "incumbent": _finite(progress.incumbent),
        "bound": _finite(progress.bound),
        "gap": _finite(progress.gap),
        "note": progress.note,
        "sites": list(progress.sites) if progress.sites is not None else None,
    }


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and abs(value) < float("inf") else None
