"""SIGKILL before and after every durable act and every exchange of a run, one point per run; then it is run again."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.state.rundir import history_of
from tests.engine.studio import PROMPTS, ROOT, Studio, served

DRIVER = Path(__file__).with_name("driver.py")
KILLED, UNKNOWN = -9, 8
# Enough for every point of a three-hop run; test_the_walk_covers_every_point fails when it no longer is.
MOST_POINTS = 120
HANDFULS = 12


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    folder = tmp_path_factory.mktemp("walk")
    with served(folder / "emulator", ["no-rate-limit", "balance=1000000"]) as url:
        yield Studio(url=url, folder=folder)


def drive(world: Studio, root: Path, *point: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, DRIVER, world.folder / "board.yaml", root, f"{world.url}/kie", *map(str, point)],
        cwd=world.folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def charges(world: Studio) -> list[str]:
    return [charge["task"] for charge in world.ask("/sandbox/ledger")["charges"]]


def settle_as_a_person_would(world: Studio, root: Path, bought: list[str]) -> None:
    """Look at the provider's own list of tasks: one that no take knows is the lost one; otherwise there is none."""
    known = {take.task for take in history_of(root).takes}
    lost = [task for task in bought if task not in known]
    words = ["--task", lost[0]] if lost else ["--resend"]
    assert world.command("reconcile", root, *words).returncode == 0


@pytest.fixture(scope="module")
def reference(world: Studio) -> tuple[bytes, int]:
    """The film of a run that nobody disturbs, and how many points it passes."""
    world.board(*PROMPTS)
    result = drive(world, world.folder / "reference")
    assert result.returncode == 0, result.stderr
    return (world.folder / "reference" / "film.mp4").read_bytes(), int(result.stdout)


def test_the_walk_covers_every_point(reference: tuple[bytes, int]) -> None:
    assert 60 <= reference[1] <= MOST_POINTS


@pytest.mark.parametrize("handful", range(HANDFULS))
def test_killed_at_any_point_it_ends_with_the_same_film_and_one_charge_per_hop(
    world: Studio, reference: tuple[bytes, int], handful: int
) -> None:
    film, points = reference
    for point in range(handful, points, HANDFULS):
        root = world.folder / f"killed-{point}"
        before = len(charges(world))
        assert drive(world, root, point).returncode == KILLED, point
        again = drive(world, root)
        if again.returncode == UNKNOWN:
            settle_as_a_person_would(world, root, charges(world)[before:])
            again = drive(world, root)
        assert again.returncode == 0, (point, again.stderr)
        assert (root / "film.mp4").read_bytes() == film, point
        assert len(charges(world)) - before == len(PROMPTS), point
