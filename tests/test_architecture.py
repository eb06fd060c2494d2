"""What docs/architecture.md and CONTRIBUTING.md say of the house, held to the packages that exist."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ROOMS = {
    path.parent.relative_to(ROOT).as_posix()
    for path in (ROOT / "runner").rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
} - {"runner"}
FLOORS = {path.stem for path in (ROOT / "runner").iterdir() if path.suffix == ".py" or path.is_dir()}
FLOORS -= {"__init__", "__pycache__", "py"}
MOST_FILES = 14


def picture(text: str) -> set[str]:
    """The names in the first drawn house of a page."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    drawn = next(block for block in blocks if "execution" in block)
    names = (re.split(r"\s{3,}|→", line.strip()) for line in drawn.splitlines())
    return {word for line in names for part in line[:2] for word in re.findall(r"[a-z_]+", part)} & FLOORS


@pytest.mark.parametrize("page", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_the_picture_shows_every_floor_of_the_package(page: str) -> None:
    assert picture((ROOT / page).read_text(encoding="utf-8")) == FLOORS


def test_every_room_has_a_line() -> None:
    first_cells = re.findall(r"^\| (`runner/[^|]+) \|.*\|.*\|$", PAGE, re.MULTILINE)
    assert {room for cell in first_cells for room in re.findall(r"`([a-z_/]+)`", cell)} == ROOMS


def test_every_file_that_is_named_is_there() -> None:
    rows = re.findall(r"^\| `(runner/[a-z_/]+)` \|.*\| `([a-z0-9_.]+)` \|$", PAGE, re.MULTILINE)
    named = [f"{room}/{file}" for room, file in rows]
    named += re.findall(r"`((?:runner|schemas|tests)/[a-z0-9_/.]+)`", PAGE)
    walk = PAGE[PAGE.index("## A storyboard's walk") : PAGE.index("## Where to change")]
    named += [f"runner/{path}" for path in re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.py)", walk)]
    assert len(named) > 60
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize(
    "page", [*sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("*.md")), ROOT / "bench" / "README.md"]
)
def test_every_path_of_the_project_that_a_page_names_is_there(page: Path) -> None:
    named = re.findall(r"`((?:tests|runner|bench|schemas|storyboards)/[\w./-]+)`", page.read_text(encoding="utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_layers_that_are_checked_are_the_floors_that_are_drawn() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    assert {name.removeprefix("runner.") for layer in layers for name in re.split(r" [:|] ", layer)} == FLOORS - {
        "sandbox"
    }


def test_no_room_holds_more_files_than_can_be_seen_at_once() -> None:
    crowded = {
        room: len(files)
        for room in {*ROOMS, "runner"}
        if len(files := [path for path in (ROOT / room).glob("*.py") if path.name != "__init__.py"]) > MOST_FILES
    }
    assert crowded == {}
