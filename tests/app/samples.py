"""Small inputs, and one large enough to keep a solver busy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2 as httpx

from tests.servers import ROOT, Server

HOSTILE = '{{7*7}}<img src=x onerror=alert(1)>"${1}`</script>'
FORMULA = "=cmd|'/C calc'!A0"
UMLAUT = "Zwötzen – Ñandú 東京"
NAMES = {0: HOSTILE, 1: FORMULA, 2: UMLAUT, 3: "+49 30", 4: "@home", 5: '-1,5 "quoted"\nline'}


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _csv(header: str, lines: list[str]) -> bytes:
    return ("\n".join([header, *lines]) + "\n").encode()


def demand_csv(rows: int = 8, columns: int = 8) -> bytes:
    """A grid of places 0.2° apart."""
    lines = [
        f"d{i},{_quoted(NAMES.get(i, f'Place {i}'))},{50 + 0.2 * (i // columns)},{8 + 0.2 * (i % columns)},{100 + i}"
        for i in range(rows * columns)
    ]
    return _csv("id,name,lat,lon,population", lines)


def candidates_csv(rows: int = 5, columns: int = 5, cost: bool = False) -> bytes:
    """A coarser grid over the same area."""
    lines = []
    for i in range(rows * columns):
        place = f"{50 + 0.35 * (i // columns)},{8 + 0.35 * (i % columns)}"
        lines.append(f"s{i},{_quoted(NAMES.get(i, f'Site {i}'))},{place}" + (f",{1000 + i}" if cost else ""))
    return _csv("id,name,lat,lon" + (",cost_usd" if cost else ""), lines)


DEMAND_CSV = demand_csv()
CANDIDATES_CSV = candidates_csv()


def upload(client: httpx.Client, role: str, content: bytes, file_name: str = "file.csv") -> dict[str, Any]:
    answer = client.post(
        "/api/v1/datasets", data={"role": role, "name": f"my {role}"}, files={"file": (file_name, content)}
    )
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json()
    return created


def plan_body(demand: Any, candidates: Any, **changes: Any) -> dict[str, Any]:
    return {
        "name": "sample",
        "demand": demand,
        "candidates": candidates,
        "reach": {"radius_km": 60},
        "survive": 1,
        "cover": {"uncoverable": "exempt"},
        **changes,
    }


def submit(client: httpx.Client, body: dict[str, Any], **headers: str) -> str:
    answer = client.post("/api/v1/plans", json=body, headers=headers)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def small_plan(client: httpx.Client, **changes: Any) -> str:
    demand, candidates = upload(client, "demand", DEMAND_CSV), upload(client, "candidates", CANDIDATES_CSV)
    return submit(client, plan_body(demand["id"], candidates["id"], **changes))


def finished_plan(server: Server, **changes: Any) -> dict[str, Any]:
    plan = server.finished(small_plan(server.http, **changes), 90)
    assert plan["state"] == "done", plan
    return plan


def long_plan(client: httpx.Client, seconds: float) -> str:
    """The contiguous US at 250 km: no proof within minutes, so the solver runs for all of ``seconds``."""
    body = plan_body(
        "example-us-demand", "example-us-candidates", reach={"radius_km": 250}, limits={"seconds": seconds}
    )
    return submit(client, body)


def data_file(name: str) -> Path:
    return ROOT / "data" / name
