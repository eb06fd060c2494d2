"""SIGKILL around and within every durable act and every exchange of a run; then it is run again, or killed again."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.walk import Walk, walking
from tests.doses import DOSE, doses
from tests.execution.studio import PROMPTS

HANDFULS = 24
PAIRS = 2 * DOSE  # of each handful
# A run that is taken up passes at least so many points, and at most so many fewer than were left when it was killed.
LEAST, SKIPPED = 13, 6


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory, films: Path) -> Iterator[Walk]:
    with walking(tmp_path_factory.mktemp("walk"), films) as walk:
        yield walk


@pytest.fixture(scope="module")
def reference(walk: Walk) -> tuple[bytes, int]:
    """The film of a run that nobody disturbs, and how many points it passes."""
    root = walk.studio.folder / "reference"
    result = walk.drive(root)
    assert result.returncode == 0, result.stderr
    return (root / "film.mp4").read_bytes(), int(result.stdout)


@pytest.mark.proof
def test_a_run_of_three_hops_passes_many_points(
    reference: tuple[bytes, int], capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\ncrash walk: {reference[1]} points, {PAIRS * HANDFULS} pairs of points\n")
    assert reference[1] >= 150


def ends_well(walk: Walk, root: Path, film: bytes, before: int) -> None:
    again = walk.finish(root, before)
    assert again.returncode == 0, (root.name, again.stderr)
    assert (root / "film.mp4").read_bytes() == film, root.name
    assert len(walk.charges()) - before == len(PROMPTS), root.name


@pytest.mark.parametrize("handful", doses(range(HANDFULS), 7))
@pytest.mark.proof
def test_killed_at_any_point_it_ends_with_the_same_film_and_one_charge_per_hop(
    walk: Walk, reference: tuple[bytes, int], handful: int
) -> None:
    film, points = reference
    for point in range(handful, points, HANDFULS):
        root, before = walk.studio.folder / f"killed-{point}", len(walk.charges())
        walk.kill(root, point, before)
        ends_well(walk, root, film, before)


@pytest.mark.parametrize("handful", doses(range(HANDFULS), 7))
@pytest.mark.proof
def test_killed_twice_it_ends_with_the_same_film_and_one_charge_per_hop(
    walk: Walk, reference: tuple[bytes, int], handful: int
) -> None:
    film, points = reference
    for number in range(handful, PAIRS * HANDFULS, HANDFULS):
        first = number * points // (PAIRS * HANDFULS)
        second = number * 37 % max(points - first - SKIPPED, LEAST)
        root, before = walk.studio.folder / f"killed-{first}-{second}", len(walk.charges())
        walk.kill(root, first, before)
        walk.kill(root, second, before)
        ends_well(walk, root, film, before)
