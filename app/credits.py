"""Whom the bundled places name wherever they are drawn; data/README.md tells sources and licences.

The outlines of the map name theirs themselves, in their "source".
"""

from __future__ import annotations

from pathlib import Path

import app

DATA_DIR = Path(app.__file__).parent.parent / "data"
PLACES = "Places: GeoNames, CC BY 4.0"


def credits_for(*bundled: bool) -> tuple[str, ...]:
    """The credits of a plan, given of each of its inputs whether it is a bundled example."""
    return (PLACES,) if any(bundled) else ()


def is_bundled(path: Path) -> bool:
    """Whether a file is one of the bundled examples."""
    return path.resolve().parent == DATA_DIR
