"""What is measured: instances, peers, time limits, and the answers that are known.  Standard library only.

The process that starts the measured ones imports nothing heavy: on Linux a child's peak memory counts from its
parent's size.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
REFERENCE = Path(os.environ.get("SITEWRIGHT_REFERENCE", HERE.parent.parent / "shared" / "reference"))
LIMITS = (1.0, 10.0, 60.0, 300.0)


@dataclass(frozen=True)
class Instance:
    """One input.  family: country, "sf" or "orlib" · reach in km · optimum: the proven answer, None while open.

    Demand of a country is every place of its reference file, candidates those of at least ``least_population``;
    points with too few candidates are served by all they have (``exempt``).
    """

    name: str
    family: str
    reach_km: float = 0.0
    least_population: int = 0
    survive: int = 1
    optimum: float | None = None


def _national(name: str, optimum: float | None = None) -> Instance:
    country, threshold, reach_km, *single = name.split("-")
    return Instance(
        name, country, float(reach_km), int(threshold.removesuffix("k")) * 1000, 0 if single else 1, optimum
    )


INSTANCES = {
    instance.name: instance
    for instance in [
        _national("conus-15k-100", 536),
        _national("conus-15k-200"),
        _national("conus-15k-300"),
        _national("conus-5k-100"),
        _national("conus-5k-200"),
        _national("conus-5k-300"),
        _national("germany-15k-100", 38),
        _national("germany-15k-75"),
        _national("conus-15k-200-single"),
        _national("germany-15k-75-single"),
        Instance("sf-10", "sf", 10.0, optimum=4),
        Instance("sf-5-single", "sf", 5.0, survive=0, optimum=8),
        *(
            Instance(name, "orlib", survive=1, optimum=optimum)
            for name, optimum in [
                ("scp41", 1148),
                ("scp42", 1205),
                ("scp51", 579),
                ("scp52", 677),
                ("scp61", 283),
                ("scp62", 302),
            ]
        ),
    ]
}

NATIONAL = tuple(name for name in INSTANCES if name[:5] in ("conus", "germa") and not name.endswith("single"))

AIMS: dict[str, tuple[tuple[float, float | None, float | None], ...]] = {
    "conus-15k-100": ((5, 536, 536),),
    "conus-15k-200": ((5, 184, None), (60, 183, 180), (300, 182, 181)),
    "conus-15k-300": ((10, 88, None), (60, 88, 87), (300, 88, 88)),
    "conus-5k-100": ((60, 607, 591), (300, 604, 594)),
    "conus-5k-200": ((60, 177, 168), (300, 175, 170)),
    "conus-5k-300": ((60, 84, 80), (300, 83, 81)),
    "germany-15k-100": ((30, 38, 38),),
    "germany-15k-75": ((60, 65, None), (300, 65, 63)),
}
"""Per instance: (seconds, plan at most, bound at least), for two cores."""

PEERS = {
    "sitewright": "solver.solve of this repository, two threads",
    "highs-core": "HiGHS (highspy) on our reduced core, 2 threads",
    "cpsat-core": "OR-Tools CP-SAT on our reduced core, 2 workers",
    "pulp-highs-raw": "PuLP + HiGHS, one constraint per demand point, defaults",
    "pulp-cbc-raw": "PuLP + CBC, one constraint per demand point, defaults",
    "cpsat-raw": "OR-Tools CP-SAT, one constraint per demand point, 2 workers",
    "spopt": "spopt's LSCP (single cover) with PuLP + HiGHS",
}

SOURCES = {
    "sitewright": ("*.py", "partial/*.py", "reading/*.py", "studies/*.py"),
    "highs-core": ("coverage.py", "reduction.py", "problem.py"),
    "cpsat-core": ("coverage.py", "reduction.py", "problem.py"),
}
"""Files of solver/ whose change makes a stored result of that peer stale."""


def takes(peer: str, instance: Instance) -> bool:
    """spopt knows only single cover, and only without costs."""
    return peer != "spopt" or (instance.survive == 0 and instance.family != "orlib")
