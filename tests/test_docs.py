"""The commands in the documents do what the documents say."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from solver.geodata import read_candidates, read_demand
from solver.latency import great_circle_km
from tests.servers import Server

ROOT = Path(__file__).parent.parent
PRINTED_URL = "http://127.0.0.1:8000"


def console_commands(document: str) -> list[str]:
    """The `$ ` commands of a document's console blocks, continuation lines included, in order."""
    text = (ROOT / document).read_text(encoding="utf-8")
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [command.strip() for block in blocks for command in re.split(r"^\$ ", block, flags=re.MULTILINE) if command]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A place to run commands in that looks like a checkout and may be written to."""
    (tmp_path / "data").symlink_to(ROOT / "data")
    (tmp_path / ".venv").symlink_to(Path(sys.prefix))
    return tmp_path


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("docs") / "home") as server:
        yield server


def run(command: str, folder: Path, **variables: str) -> str:
    """What the command prints; fails unless it, and every HTTP call in it, succeeds."""
    script = f'curl() {{ command curl --fail-with-body "$@"; }}\n{command}'
    environment = {**os.environ, "SITEWRIGHT_HOME": str(folder / "home"), **variables}
    done = subprocess.run(
        ["bash", "-euc", script], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_command_line_of_the_readme(folder: Path) -> None:
    commands = [
        command for command in console_commands("README.md") if "sitewright" in command and "curl" not in command
    ]
    assert len(commands) == 2
    outputs = [run(command, folder) for command in commands]
    promised = {"plan.json", "sites.geojson", "assignments.geojson", "gaps.geojson", "map.html"}
    assert promised <= {path.name for path in (folder / "plan-150").iterdir()}
    assert len(json.loads((folder / "plan-150" / "sites.geojson").read_text())["features"]) == 18
    assert "18 sites" in outputs[1]


def test_the_key_commands_of_the_operating_notes(folder: Path) -> None:
    add, listing, revoke = (c for c in console_commands("docs/operating.md") if " keys " in c)
    key = run(add, folder).split()[-1]
    assert "planning-team" in run(listing, folder)
    run(revoke, folder)
    assert key not in run(listing, folder)


@pytest.mark.parametrize("document", ["README.md", "docs/api.md"])
def test_the_walk_through_the_api(document: str, folder: Path, service: Server) -> None:
    commands = [c.replace(PRINTED_URL, service.url) for c in console_commands(document) if c.startswith("curl")]
    assert commands
    (folder / "pings.csv").write_text(PINGS)
    plan_id = site = ""
    for command in commands:
        if "/cancel" in command or "/stop" in command:  # asked of a plan of its own, which is still queued or running
            request = {**service.get(f"/plans/{plan_id}")["request"], "reach": {"radius_km": 60.0}}
            run(command, folder, ID=service.post("/plans", request)["id"])
            continue
        other = _another(service, plan_id) if "$OTHER" in command else ""
        output = run(command, folder, ID=plan_id, SITE=site, OTHER=other)
        if "/plans -H" in command:
            plan_id = json.loads(output[output.index("{") :])["id"]
            plan = service.finished(plan_id)
            assert (plan["state"], plan["outcome"], plan["sites"]) == ("done", "optimal", 18)
            site = plan["open_sites"][0]
        if "/drill" in command:
            drill = json.loads(output)
            assert drill["points_moved"] > 0
            if "group" in command:
                assert len(drill["failed"]) > 1
                assert len(drill["moves"]) == 10
            else:
                assert drill["failed"] == [site]
                assert drill["points_lost"] == 0
        if "/compare" in command:
            assert [plan["id"] for plan in json.loads(output)["plans"]] == [plan_id, other]


def test_a_part_of_the_people(folder: Path, service: Server) -> None:
    share, most = (c for c in console_commands("docs/planning.md") if "-fraction" in c or "population" in c)
    assert "of the people" in run(share, folder)
    left = json.loads((folder / "plan-part" / "unprotected.geojson").read_text())["features"]
    assert left
    told = json.loads(run(most, folder))
    assert (told["sites"], told["objective"]) == (6, told["unprotected"]["population"])

    walk = next(c for c in console_commands("docs/api.md") if "/plans -H" in c)
    body = json.loads(walk[walk.index("{") : walk.rindex("}") + 1])
    block = re.search(r"^```json\n(.*?)^```", (ROOT / "docs/api.md").read_text(encoding="utf-8"), re.M | re.S)
    assert block
    changes = [json.loads(line) for line in block[1].splitlines()]
    plans = [service.finished(service.post("/plans", {**body, **change})["id"]) for change in changes]
    assert [plan["outcome"] in ("optimal", "feasible") for plan in plans] == [True, True]
    assert plans[0]["unprotected"]["population"] > 0
    assert plans[1]["sites"] == 6


def _another(service: Server, plan_id: str) -> str:
    """The id of a finished plan of the same inputs that need not survive a failure."""
    request = {**service.get(f"/plans/{plan_id}")["request"], "survive": 0}
    return str(service.finished(service.post("/plans", request)["id"])["id"])


def test_the_worked_cases_of_the_promises(folder: Path) -> None:
    commands = [c for c in console_commands("docs/planning.md") if "--threshold" in c]
    waterfall, two, four, dozens, refused = (run(command, folder) for command in commands)
    assert waterfall.splitlines()[-1] == "within reach: 2,193.6 km"
    assert two.startswith("2 sites, proven optimal")
    assert four.startswith("4 sites, proven optimal")
    sites = int(dozens.split()[0])
    assert 24 < sites < 100
    assert "latency, end to end (30 ms promised)" in dozens
    assert "inference alone takes 180 ms of the 50 ms promised (130 ms over)" in refused


def test_the_tables_of_the_latency_notes_are_those_of_the_catalogue() -> None:
    from solver.catalogue import ROUTES, TIERS

    text = (ROOT / "docs/latency.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| `")]
    told = {row[0].split("`")[1]: row[1:] for row in rows}
    for name, route in ROUTES.items():
        assert (float(told[name][0]), float(told[name][1])) == (route.base_ms, route.route_factor)
    for name, tier in TIERS.items():
        extra_ms, most_km = told[name][2], told[name][3].split(" ")[0]
        assert (float(extra_ms), float(most_km) if most_km else None) == (tier.extra_ms, tier.most_km)


PINGS = "from_lat,from_lon,to_lat,to_lon,rtt_ms\n" + "".join(f"50,8,{50 + i},8,{2 + 1.8 * i}\n" for i in range(1, 21))


def test_the_examples_of_the_inputs(folder: Path, service: Server) -> None:
    _write_a_raster_and_round_trips(folder)
    raster, plan, verify, *calls = console_commands("docs/inputs.md")
    assert "proven optimal" in run(raster, folder)
    run(plan, folder)
    assert run(verify, folder).startswith("holds: ")
    matrix = ""
    for command in calls:
        told = json.loads(run(command.replace(PRINTED_URL, service.url), folder, MATRIX=matrix))
        if told.get("role") == "rtt":
            matrix = told["id"]
    assert service.finished(told["id"])["outcome"] in ("optimal", "feasible")


def _write_a_raster_and_round_trips(folder: Path) -> None:
    """The places of Germany as a raster of 0.05 degrees, and times to their nearest candidates."""
    import rasterio
    from rasterio.transform import Affine

    demand = read_demand(ROOT / "data" / "germany_demand.csv").data
    sites = read_candidates(ROOT / "data" / "germany_candidates.csv").data
    people = np.zeros((170, 190), dtype=np.float32)
    row, column = ((55.5 - demand.lat_deg) / 0.05).astype(int), ((demand.lon_deg - 5.7) / 0.05).astype(int)
    np.add.at(people, (row, column), demand.population)
    place = {"crs": "EPSG:4326", "transform": Affine(0.05, 0, 5.7, 0, -0.05, 55.5)}
    size = {"driver": "GTiff", "height": 170, "width": 190, "count": 1, "dtype": "float32"}
    with rasterio.open(folder / "population.tif", "w", **size, **place) as file:
        file.write(people, 1)
    lines = ["demand_id,candidate_id,rtt_ms"]
    for i in range(0, len(demand), 20):
        km = great_circle_km(demand.lat_deg[i], demand.lon_deg[i], sites.lat_deg, sites.lon_deg)
        lines += [f"{demand.ids[i]},{sites.ids[j]},{1 + 0.02 * km[j]:.2f}" for j in np.argsort(km)[:30]]
    (folder / "rtt.csv").write_text("\n".join(lines) + "\n")


def test_the_worked_cases_of_the_economics(folder: Path) -> None:
    regions, *commands = console_commands("docs/economics.md")
    assert run(regions, folder).startswith("5 sites, proven optimal;")
    told = [run(command, folder) for command in commands]
    sites = json.loads((folder / "us-30" / "plan.json").read_text())["sites"]
    assert 120 <= sites <= 135
    assert told[1].startswith(f"The edge, at a price: regions can serve 52% of the people within 5.0 ms, but {sites}")
    assert "one copy of the model needs 208.5 kW" in told[2]
    assert "zero_touch,input,0.0," in told[3]
    assert told[4].startswith("38 sites, proven optimal")
    assert "2N power at all 19 single-cover sites costs 120,000 USD" in told[5]


def test_the_studies_around_a_plan(folder: Path, service: Server) -> None:
    commands = console_commands("docs/studies.md")
    told = [run(command, folder) for command in commands if "sitewright" in command]
    text = (ROOT / "docs/studies.md").read_text(encoding="utf-8")
    shown = re.findall(r"^```\n((?:radius_km|survive) .*?)^```", text, re.MULTILINE | re.DOTALL)
    # Which sites come and go is one of many equally good answers.
    assert [re.sub("; .*", "", table) for table in told[:2]] == [re.sub("; .*", "", table) for table in shown]
    assert (folder / "curve-km" / "curve.csv").read_text().count("\n") == 4
    assert told[3].splitlines()[-1].endswith("100.0%")
    assert "have another primary site" in told[5]

    plan = {"demand": "example-germany-demand", "candidates": "example-germany-candidates", "reach": {"radius_km": 200}}
    ids = {"ID": service.finished(service.post("/plans", plan)["id"])["id"]}
    for command in [c.replace(PRINTED_URL, service.url) for c in commands if c.startswith("curl")]:
        output = run(command, folder, **ids)
        for path, name in (("/curves ", "CURVE"), ("/variants ", "CHILD")):
            if path in command:
                ids[name] = service.finished(json.loads(output)["id"])["id"]
        if "/changes" in command:
            assert "2950159" in json.loads(output)["sites_in"]
    assert service.get(f"/plans/{ids['CURVE']}/curve")["complete"]


def test_the_settings_of_the_operating_notes_exist() -> None:
    from app.settings import Settings

    text = "".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("operating.md", "inputs.md"))
    told = {name.lower() for name in re.findall(r"`SITEWRIGHT_([A-Z_]+)`", text)}
    assert told
    assert told <= set(Settings.model_fields)
