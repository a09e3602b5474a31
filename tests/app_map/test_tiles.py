"""Tiles show every point where it is, and the unprotected ones however many stand around them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.map.palettes import BAND_CLASSES, CLASSES, SHADES, palette
from app.map.tileindex import TileIndex, build_index, is_built, morton_codes, open_index, squeezed
from app.map.tiles import Colour, Overlay, Tile, overlay, png, render
from app.settings import Settings
from solver.geodata import read_demand
from solver.plan import Plan
from solver.problem import Demand, Floats, Problem
from solver.protection import protected

Drawn = tuple[Plan, Problem]
Points = tuple[Floats, Floats, Floats]

GERMANY = Tile(4, 8, 5)
DENSE = 40_000


@pytest.fixture(scope="module")
def places(root: Path) -> Points:
    """Real places, each with some neighbours, so that zoomed-out tiles show density."""
    demand = read_demand(root / "data" / "germany_demand.csv").data
    assert isinstance(demand, Demand)
    rng = np.random.default_rng(5)
    home = rng.integers(0, len(demand), DENSE)
    lat, lon = (values[home] + rng.normal(0, 0.02, DENSE) for values in (demand.lat_deg, demand.lon_deg))
    return lat, lon, demand.population[home]


@pytest.fixture(scope="module")
def index(places: Points, tmp_path_factory: pytest.TempPathFactory) -> TileIndex:
    folder = tmp_path_factory.mktemp("tiles") / "index"
    build_index(folder, *places)
    return open_index(folder)


def pixels(picture: bytes) -> npt.NDArray[np.uint8]:
    """The palette numbers of a PNG of ours."""
    chunks: dict[bytes, bytes] = {}
    at = 8
    while at < len(picture):
        (length,) = struct.unpack(">I", picture[at : at + 4])
        chunks[picture[at + 4 : at + 8]] = picture[at + 8 : at + 8 + length]
        at += 12 + length
    width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), dtype=np.uint8).reshape(height, width + 1)
    return rows[:, 1:]


def pixel_in_tile(lat: Floats, lon: Floats, tile: Tile) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """By the formula of the web's tile scheme."""
    x = (lon + 180) / 360 * 2**tile.zoom - tile.x
    phi = np.radians(lat)
    y = (1 - np.log(np.tan(phi) + 1 / np.cos(phi)) / np.pi) / 2 * 2**tile.zoom - tile.y
    return np.floor(x * 256).astype(np.int64), np.floor(y * 256).astype(np.int64)


def test_an_index_keeps_every_point_in_morton_order(index: TileIndex, places: Points) -> None:
    lat, lon, people = places
    code = morton_codes(lat, lon)
    assert np.array_equal(index.code, np.sort(code))
    assert np.array_equal(np.sort(index.row), np.arange(DENSE))
    assert np.array_equal(code[index.row], index.code)
    assert np.allclose(np.diff(index.people), people[index.row])
    x, y = squeezed(code) / 2**32, squeezed(code >> np.uint64(1)) / 2**32
    assert np.allclose(x, (lon + 180) / 360, atol=1e-9)
    assert np.all((y > 0.3) & (y < 0.36))


@pytest.mark.parametrize("zoom", [0, 1, 4, 6])
def test_a_density_tile_is_inked_exactly_where_somebody_lives(index: TileIndex, places: Points, zoom: int) -> None:
    assert zoom < index.points_from
    lat, lon, people = places
    tile = Tile(zoom, GERMANY.x >> 4 - zoom, GERMANY.y >> 4 - zoom) if zoom <= 4 else Tile(6, 33, 21)
    drawn = pixels(render(index, tile, "light"))
    x, y = pixel_in_tile(lat, lon, tile)
    inside = (x >= 0) & (x < 256) & (y >= 0) & (y < 256)
    assert inside.sum() > 100
    expected = np.zeros((128, 128))
    np.add.at(expected, (y[inside] // 2, x[inside] // 2), people[inside])
    assert np.array_equal(drawn[::2, ::2] > 0, expected > 0)
    assert np.array_equal(drawn[::2, ::2], drawn[1::2, 1::2])
    order = np.argsort(expected[expected > 0], kind="stable")
    assert np.all(np.diff(drawn[::2, ::2][expected > 0][order].astype(int)) >= 0)


def test_zoomed_in_every_point_has_its_disc_also_across_the_edge_of_tiles(index: TileIndex, places: Points) -> None:
    lat, lon, _ = places
    zoom = index.points_from + 3
    code = squeezed(morton_codes(lat[:1], lon[:1])), squeezed(morton_codes(lat[:1], lon[:1]) >> np.uint64(1))
    home = Tile(zoom, *(int(axis[0]) >> 32 - zoom for axis in code))
    around = [Tile(zoom, home.x + dx, home.y + dy) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    mosaic = np.vstack(
        [np.hstack([pixels(render(index, t, "dark")) for t in around[row : row + 3]]) for row in (0, 3, 6)]
    )
    x, y = pixel_in_tile(lat, lon, around[0])
    inside = (x >= 2) & (x < 766) & (y >= 2) & (y < 766)
    expected = np.zeros((768, 768), dtype=bool)
    for dx, dy in [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]:
        expected[y[inside] + dy, x[inside] + dx] = True
    assert inside.sum() > 0
    assert np.all(mosaic[expected] > 0)


def test_one_unprotected_point_shows_in_any_crowd(index: TileIndex, places: Points) -> None:
    lat, lon, _ = places
    lonely = 777
    unprotected = np.zeros(DENSE, dtype=bool)
    unprotected[lonely] = True
    zeros = np.zeros(DENSE + 1, dtype=np.int32)
    sums = np.concatenate([[0], np.cumsum(unprotected[index.row])]).astype(np.int32)
    seen = Overlay(unprotected=sums, unserved=sums, band=zeros)
    for zoom in (3, index.points_from):
        scale = 2**zoom
        x, y = pixel_in_tile(lat[[lonely]], lon[[lonely]], Tile(zoom, 0, 0))
        tile = Tile(zoom, int(x[0]) // 256, int(y[0]) // 256)
        assert tile.x < scale
        colours: list[Colour] = ["state", "band"]
        for colour in colours:
            drawn = pixels(render(index, tile, "light", colour, seen))
            worst = SHADES * (len(CLASSES[colour]) - 1)
            assert drawn[int(y[0]) % 256, int(x[0]) % 256] > worst
            assert np.count_nonzero(drawn > worst) < 40


def test_a_plan_colours_its_points_by_what_it_does_for_them(exempt: Drawn, tmp_path: Path) -> None:
    plan, problem = exempt
    demand = problem.demand
    build_index(tmp_path / "index", demand.lat_deg, demand.lon_deg, demand.population)
    index = open_index(tmp_path / "index")
    seen = overlay(plan, problem, index.row)
    assert seen.unprotected[-1] == len(plan.gaps) == np.count_nonzero(~protected(plan, problem))
    assert seen.unserved[-1] == np.count_nonzero(plan.servers[:, 0] < 0)
    band = np.diff(seen.band)
    distance = plan.distance[index.row, 0]
    served = np.isfinite(distance)
    assert np.all(distance[served] <= (band[served] + 1) * 30.0 / BAND_CLASSES + 1e-6)
    assert np.all(distance[served] >= band[served] * 30.0 / BAND_CLASSES - 1e-6)


def test_an_index_of_one_point_and_of_points_at_the_worlds_corners(tmp_path: Path) -> None:
    build_index(tmp_path / "one", np.array([50.0]), np.array([8.0]), np.array([0.0]))
    assert np.count_nonzero(pixels(render(open_index(tmp_path / "one"), Tile(0, 0, 0), "light"))) > 0
    lat, lon = np.array([90.0, -90.0, 90.0, -90.0]), np.array([-180.0, -180.0, 180.0, 180.0])
    build_index(tmp_path / "four", lat, lon, np.ones(4))
    corners = pixels(render(open_index(tmp_path / "four"), Tile(0, 0, 0), "light"))
    assert all(corners[y, x] > 0 for y in (0, 255) for x in (0, 255))
    assert is_built(tmp_path / "four")
    build_index(tmp_path / "four", lat, lon, np.ones(4))
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_class_has_its_colour_in_both_schemes(scheme: str) -> None:
    for colour, classes in CLASSES.items():
        rgb, alpha = palette(scheme, colour)
        assert len(rgb) == 3 * len(alpha) == 3 * (1 + SHADES * len(classes))
        assert len({rgb[3 + 3 * SHADES * i :][:3] for i in range(len(classes))}) == len(classes)
    assert png(np.zeros((1, 1), dtype=np.uint8), palette(scheme, "density")).startswith(b"\x89PNG")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(home=tmp_path_factory.mktemp("tiles-home"))
    with TestClient(create_app(settings), base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client


def test_the_service_makes_tiles_of_an_uploaded_data_set_and_forgets_them_with_it(
    client: TestClient, root: Path
) -> None:
    with (root / "data" / "germany_demand.csv").open("rb") as file:
        answer = client.post("/api/v1/datasets", data={"role": "demand"}, files={"file": ("de.csv", file)})
    base = f"/api/v1/datasets/{answer.json()['id']}"
    assert answer.json()["links"]["tiles"] == f"{base}/tiles.json"
    told = client.get(f"{base}/tiles.json").json()
    assert told["points"] == answer.json()["rows"]
    tile = client.get(told["tiles"].format(z=5, x=16, y=10))
    assert tile.headers["content-type"] == "image/png"
    assert "immutable" in tile.headers["cache-control"]
    assert np.count_nonzero(pixels(tile.content)) > 1000
    home: Path = client.app.state.service.settings.tiles_dir  # type: ignore[attr-defined]
    assert len(list(home.iterdir())) == 1
    assert client.delete(base).status_code == 204
    assert list(home.iterdir()) == []


def test_a_table_of_round_trips_has_no_tiles(client: TestClient) -> None:
    content = b"demand_id,candidate_id,rtt_ms\np,a,1.5\n"
    answer = client.post("/api/v1/datasets", data={"role": "rtt"}, files={"file": ("rtt.csv", content)})
    assert answer.status_code == 201
    assert client.get(f"/api/v1/datasets/{answer.json()['id']}/tiles.json").status_code == 422


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("datasets/nonesuch/tiles.json", 404),
        ("datasets/nonesuch/tiles/0/0/0.png", 404),
        ("plans/nonesuch/tiles/0/0/0.png", 404),
        ("datasets/x/tiles/2/4/0.png", 404),
        ("datasets/x/tiles/17/0/0.png", 422),
        ("datasets/x/tiles/-1/0/0.png", 422),
        ("datasets/x/tiles/0/0/nan.png", 422),
        ("datasets/x/tiles/0/0/0.png?scheme=red", 422),
    ],
)
def test_a_tile_that_cannot_be_is_refused(client: TestClient, address: str, status: int) -> None:
    answer = client.get(f"/api/v1/{address}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
