"""The house rules that no reader should have to check: imports, file length, lock files, versions."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted([*ROOT.glob("app/**/*.py"), *ROOT.glob("solver/**/*.py")])
SCRIPTS = [path for path in ROOT.glob("static/**/*.js") if "vendor" not in path.relative_to(ROOT).parts]
MAX_LINES = 400


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[str]:
    """Every module a file imports, at the top or inside a function, as an absolute dotted name."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def breaches(folder: str, forbidden: tuple[str, ...]) -> list[str]:
    """Imports of a forbidden module (or of something inside it) by files below the folder."""
    return [
        f"{relative(path)} imports {name}"
        for path in SOURCES
        if relative(path).startswith(folder)
        for name in imports(path)
        if any(name == module or name.startswith(f"{module}.") for module in forbidden)
    ]


def importers(module: str) -> set[str]:
    return {relative(path) for path in SOURCES if any(n.split(".")[0] == module for n in imports(path))}


@pytest.mark.parametrize(
    ("folder", "forbidden"),
    [
        ("solver/", ("app", "fastapi", "starlette", "sqlalchemy", "folium", "dbos", "uvicorn")),
        ("app/map/", ("sqlalchemy", "dbos", "app.database", "app.jobs", "app.routes", "app.storage")),
        ("app/exports.py", ("sqlalchemy", "dbos", "app.database", "app.jobs", "app.routes", "app.map")),
        ("app/jobs/", ("fastapi", "folium", "app.routes", "app.map", "app.main")),
        ("app/schemas/", ("sqlalchemy", "fastapi", "app.database", "app.jobs", "app.routes")),
        ("app/routes/", ("folium", "pulp", "highspy", "geopandas")),
    ],
)
def test_imports_point_one_way(folder: str, forbidden: tuple[str, ...]) -> None:
    assert breaches(folder, forbidden) == []


def test_the_verifier_shares_no_code_with_the_solver() -> None:
    own = sorted(ROOT.glob("solver/verify*.py"))
    allowed = {"solver.problem", "solver.plan", "solver.latency", "solver.errors", *(f"solver.{p.stem}" for p in own)}
    used = {".".join(n.split(".")[:2]) for path in own for n in imports(path) if n.startswith("solver")}
    assert "solver.verify_reach" in used
    assert used <= allowed


@pytest.mark.parametrize(
    ("module", "home"),
    [("geopandas", "solver/geodata.py"), ("rasterio", "solver/reading/raster.py"), ("pulp", "solver/milp.py")],
)
def test_one_file_of_the_library_speaks_to_each_of_these(module: str, home: str) -> None:
    assert {path for path in importers(module) if path.startswith("solver/")} == {home}


def test_folium_stays_in_the_map() -> None:
    assert all(path.startswith("app/map/") for path in importers("folium"))


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    tests = sorted(ROOT.glob("tests/**/*.py"))
    lengths = {relative(p): len(p.read_text(encoding="utf-8").splitlines()) for p in [*SOURCES, *SCRIPTS, *tests]}
    assert lengths
    assert {path: lines for path, lines in lengths.items() if lines > MAX_LINES} == {}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "package-lock.json"])
def test_lock_files_name_no_host(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert re.findall(r"https?://|file://|--index-url|--extra-index-url|--find-links|\"resolved\"", text) == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_package_is_pinned_and_hashed(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    entries = [line for line in text.splitlines() if line.strip()]
    assert len(entries) > 40
    assert [line for line in entries if not re.match(r"^[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)] == []


def locked_names(name: str) -> set[str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return {line.split("==")[0] for line in lines if "==" in line and not line.startswith(" ")}


def test_the_locks_hold_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {re.split(r"[<>=\[ ]", line)[0] for line in project["dependencies"]}
    wanted_dev = {re.split(r"[<>=\[ ]", line)[0] for line in project["optional-dependencies"]["dev"]}
    assert wanted - locked_names("requirements.lock") == set()
    assert (wanted | wanted_dev) - locked_names("requirements-dev.lock") == set()
    assert locked_names("requirements.lock") <= locked_names("requirements-dev.lock")


def test_versions_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    headings = re.findall(r"^## \[([^\]]+)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    released = next(heading for heading in headings if heading != "Unreleased")
    image = re.search(r"image: sitewright:(\S+)", (ROOT / "compose.yaml").read_text(encoding="utf-8"))
    assert image
    assert {project["version"], package["version"], lock["version"], image[1]} == {released}


def test_the_image_is_built_from_files_that_exist_and_starts_our_command() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    copied = [path for line in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE) for path in line.split()]
    assert copied
    assert [path for path in copied if not (ROOT / path).exists() or f"!{path.split('/')[0]}" not in ignored] == []
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    entry = re.search(r'^ENTRYPOINT \["(\w+)"\]', text, re.MULTILINE)
    assert entry
    assert entry[1] in scripts


def make_targets() -> list[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert phony
    return [target for target in phony[1].split() if target not in {"help", "needs", "test-needs"}]


def test_every_make_target_is_explained() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    told = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert [t for t in make_targets() if f"`make {t}`" not in guide or f"make {t} " not in told] == []


def test_set_up_names_everything_missing_in_one_line(tmp_path: Path) -> None:
    for tool in ("make", "sh"):
        found = subprocess.run(["sh", "-c", f"command -v {tool}"], check=True, capture_output=True, text=True)
        (tmp_path / tool).symlink_to(found.stdout.strip())
    answer = subprocess.run(
        ["make", "needs"], cwd=ROOT, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert answer.returncode != 0
    told = [line for line in answer.stderr.splitlines() if not line.startswith("make")]
    assert len(told) == 1
    assert "Python 3.11" in told[0]
    assert "npm" in told[0]


def test_links_in_the_documents_lead_somewhere() -> None:
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "data/README.md"]
    links = [
        (document, target.split("#")[0])
        for document in documents
        for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8"))
        if not target.startswith(("http", "#"))
    ]
    assert links
    assert [f"{relative(d)}: {t}" for d, t in links if not (d.parent / t).exists()] == []
