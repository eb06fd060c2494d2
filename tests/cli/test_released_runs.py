"""Runs that released versions wrote, as `tests/fixtures/make_runs.py` made them: a later longtake still reads them."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.commands import command

RELEASED = sorted(Path(__file__).parents[1].glob("fixtures/runs/*/*/"))
NAMES = [f"{run.parent.name}-{run.name}" for run in RELEASED]
# What was spent, of that on failed tasks, and what is unknown; of each run in a folder.
MONEY = {
    "finished": {"spent_usd": 1.2, "failed_usd": 0.3, "unknown_usd": 0.0},
    "killed": {"spent_usd": 0.6, "failed_usd": 0.0, "unknown_usd": 0.0},
    "unknown": {"spent_usd": 0.3, "failed_usd": 0.0, "unknown_usd": 0.3},
}
TAKES = {"finished": ["0.1", "1.1", "1.2", "1.3", "1.4"], "killed": ["0.1", "1.1"], "unknown": ["0.1"]}
NEXT = {"finished": "resume", "killed": "resume", "unknown": "reconcile"}
LARGEST = 200 * 1024


def said(*words: str, folder: Path) -> str:
    done = command(words, folder, {})
    assert done.returncode == 0, done.stderr
    return done.stdout


def events(*words: str, folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in said(*words, "--json", folder=folder).splitlines()]


@pytest.fixture(params=RELEASED, ids=NAMES)
def released(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of a released run, to be worked on."""
    source: Path = request.param
    return Path(shutil.copytree(source, tmp_path / source.name))


def test_runs_of_every_kind_were_kept_of_the_first_release() -> None:
    assert {"0.1.0-finished", "0.1.0-killed", "0.1.0-unknown"} <= set(NAMES)


def test_its_status_tells_the_same_money_and_names_the_next_command(released: Path) -> None:
    (status,) = (line for line in events("status", released.name, folder=released.parent) if line["event"] == "status")
    assert status["history"] == MONEY[released.name]
    shown = said("status", released.name, folder=released.parent)
    assert f"next: longtake {NEXT[released.name]} {released.name}" in shown


def test_its_takes_are_all_there(released: Path) -> None:
    takes = [line for line in events("takes", released.name, folder=released.parent) if line["event"] == "take"]
    assert [f"{take['hop']}.{take['take']}" for take in takes] == TAKES[released.name]


def test_a_plan_from_it_keeps_what_was_bought(released: Path) -> None:
    board = shutil.copyfile(released / "storyboard.yaml", released.parent / "film.yaml")
    words = ("plan", board.name, "--run-dir", released.name, "--sandbox")
    (plan,) = events(*words, folder=released.parent)
    assert plan["history"] == MONEY[released.name]


def test_a_report_of_it_shows_every_hop_and_says_where_it_stands(released: Path) -> None:
    said("report", released.name, folder=released.parent)
    page = (released / "report.html").read_text()
    assert "A boat on a lake" in page
    assert "the-shore" in page
    assert f"longtake {NEXT[released.name]}" in page


def test_reading_it_changes_nothing_in_it(released: Path) -> None:
    before = {path: path.read_bytes() for path in released.rglob("*") if path.is_file()}
    said("status", released.name, folder=released.parent)
    said("takes", released.name, folder=released.parent)
    assert {path: path.read_bytes() for path in released.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("run", RELEASED, ids=NAMES)
def test_what_is_kept_of_it_is_small_and_tells_nothing_of_the_machine_it_was_made_on(run: Path) -> None:
    files = [path for path in run.rglob("*") if path.is_file()]
    assert [path for path in files if path.stat().st_size > LARGEST or path.name in ("lock", "place.json")] == []
    assert [path for path in files if re.search(r"/(home|root|tmp|work|Users)/", path.read_text())] == []
