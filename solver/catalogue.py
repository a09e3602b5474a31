"""The numbers of the domain, each with its unit and its source; every one of them is a default the planner can change.

Figures without a published source say ``assumption`` and why they are plausible.  The tables are keyed by the names
that files, commands and requests use.  Hardware and models stand in ``solver.promise.hardware``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from solver.errors import BadInput, InputProblem, shown

EDGE_GUIDE = "Edge Inference & Distributed Micro-Datacenters, chapter 1.5"
NEAR_EDGE = "AI on the (Near) edge (1/3): MicroDCs and Telco MECs"
PINGS_2020 = "median regression of measured server-to-server pings, 2020"
MOBILE_STUDY = "a CDN's logs: 6 ms at best, below 20 ms for the best 5 % of mobile users (arXiv 2507.18834)"

Entry = TypeVar("Entry")


@dataclass(frozen=True)
class Threshold:
    """A promise people can feel.  slo_ms: end to end."""

    label: str
    slo_ms: float
    source: str


@dataclass(frozen=True)
class Route:
    """How a network gets from a user's access network to a site: base_ms + route_factor × light in fibre."""

    label: str
    base_ms: float
    route_factor: float
    source: str


@dataclass(frozen=True)
class AccessNetwork:
    """The last mile: ms, the round trip between the device and the operator's first exchange."""

    label: str
    ms: float
    source: str
    assumption: bool = False


@dataclass(frozen=True)
class Tier:
    """A kind of site.

    rtt_ms: typical round trip, from and to (to: None where it is the distance's) · power_kw: what one site offers,
    from and to · extra_ms: added to the route's own base for sites of this tier · most_km: a site of this tier serves
    nobody farther away, None without such a limit.  ``offset_source`` is where extra_ms and most_km come from.
    """

    label: str
    rtt_ms: tuple[float, float | None]
    power_kw: tuple[float, float | None]
    cooling: str
    operations: str
    fits: str
    extra_ms: float
    most_km: float | None
    source: str
    offset_source: str


THRESHOLDS: Mapping[str, Threshold] = {
    "instant": Threshold("Instant: conversation, chat", 100.0, EDGE_GUIDE),
    "interactive": Threshold("Interactive (p99): AR/VR, live translation, agents", 50.0, EDGE_GUIDE),
    "real_time": Threshold("Hard real time: control, tele-operation", 30.0, EDGE_GUIDE),
}

ROUTES: Mapping[str, Route] = {
    "physical_floor": Route("Light in straight fibre: no network is faster", 0.0, 1.0, EDGE_GUIDE),
    "private_fibre": Route(
        "Private fibre along conduits",
        0.5,
        1.3,
        "~1.3 × the great circle at the median if conduits are followed (arXiv 1811.10737); the base is an assumption",
    ),
    "well_peered_metro": Route(
        "Well-peered networks of one metro",
        1.0,
        1.6,
        "0.76 ms measured Manhattan–Secaucus; the slope of US pings, 1.64 ms per 100 km (pings of 2020)",
    ),
    "public_internet_us": Route("Public internet, contiguous US", 10.2, 1.6, f"{PINGS_2020}: 10.2 ms + 1.64 ms/100 km"),
    "public_internet_europe": Route("Public internet, Europe", 6.0, 2.3, f"{PINGS_2020}: 6.0 ms + 2.33 ms/100 km"),
    "public_internet_world": Route("Public internet, world", 8.5, 2.0, f"{PINGS_2020}: 8.5 ms + 2.03 ms/100 km"),
}
DEFAULT_ROUTE = "well_peered_metro"

ACCESS_NETWORKS: Mapping[str, AccessNetwork] = {
    "none": AccessNetwork("None: the users' own machines stand at the exchange", 0.0, "by definition"),
    "lan": AccessNetwork("Wired network of a building", 0.5, "assumption: two or three switches", True),
    "fibre": AccessNetwork("Fibre to the home, wired", 4.0, "assumption: one passive optical network", True),
    "fibre_wifi": AccessNetwork("Fibre to the home, Wi-Fi", 8.0, "assumption: fibre and 4 ms for the air", True),
    "cable": AccessNetwork("Cable (DOCSIS 3.1)", 12.0, "assumption: upstream slots are granted every few ms", True),
    "dsl": AccessNetwork("DSL", 20.0, "assumption: interleaving on copper", True),
    "5g_edge": AccessNetwork("5G, site at the access edge", 8.0, f"below 10 ms to the device ({EDGE_GUIDE})"),
    "5g": AccessNetwork("5G", 20.0, f"assumption: {MOBILE_STUDY}", True),
    "4g": AccessNetwork("4G", 40.0, "assumption: twice 5G", True),
}

HANDOVER = "0.76 ms measured between well-peered neighbours (Manhattan–Secaucus): one more exchange on the way"

TIERS: Mapping[str, Tier] = {
    "on_prem": Tier(
        "On-premises appliance", (0.0, 5.0), (1.0, 5.0), "ambient air or a sealed liquid loop",
        "lights-out, by the vendor or zero-touch", "hard real time, sovereign data",
        0.0, 1.0, f"{EDGE_GUIDE}: below 5 ms, a few kW", "assumption: one campus, no wide-area hop",
    ),
    "mec": Tier(
        "Telco / MEC node", (1.0, 10.0), (1.0, 30.0), "air, retrofitted into switching rooms",
        "by the operator, zero-touch", "URLLC, AR/VR, mobile agents",
        0.0, 50.0, f"{EDGE_GUIDE}: below 10 ms, up to ~30 kW; {NEAR_EDGE}: 1–10 ms, 1–4 kW",
        "assumption: the aggregation area of one central office",
    ),
    "metro_colo": Tier(
        "Metro micro data centre, Tier-2 colo", (5.0, 30.0), (10.0, 3000.0), "air, rear door or direct liquid",
        "staff within driving distance", "metro inference at scale",
        0.8, None, f"{EDGE_GUIDE}: 10–30 ms, hundreds of kW to a few MW; {NEAR_EDGE}: 5–20 ms, 10–20 kW", HANDOVER,
    ),
    "cdn_pop": Tier(
        "CDN-adjacent PoP", (0.0, 30.0), (10.0, 60.0), "what the PoP has: air",
        "lights-out, by the CDN operator", "small or quantised models, RAG front ends",
        0.8, None, f"{EDGE_GUIDE}: below 30 ms, a few racks (here 10–20 kW each, {NEAR_EDGE})", HANDOVER,
    ),
    "region": Tier(
        "Hyperscale region", (0.0, None), (1000.0, None), "any", "staffed", "frontier models, batch",
        0.8, None, f"{EDGE_GUIDE}: its distance; megawatts, ~132 kW per NVL72 rack", HANDOVER,
    ),
}  # fmt: skip


def entry(table: Mapping[str, Entry], name: str, column: str) -> Entry:
    """One row of a table.  Raises BadInput naming the known ones."""
    if name not in table:
        raise BadInput([InputProblem("one of " + ", ".join(table), column=column, found=shown(name))])
    return table[name]
