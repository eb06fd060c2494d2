"""Everything that a run makes is for its owner alone, from its first moment on, whatever the umask says."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runner.errors import DownloadError
from tests.doses import doses
from tests.execution.studio import PROMPTS, ROOT, Studio

KILLED = -9
UMASKS = (0, 0o022, 0o077)


def run(studio: Studio, *words: str | Path, umask: int) -> int:
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=studio.folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **studio.environ},
        capture_output=True,
        check=False,
        umask=umask,
    ).returncode


def open_to_others(root: Path) -> list[str]:
    """What is neither 0600 nor, for a folder, 0700."""
    return [
        f"{path} {path.stat().st_mode & 0o777:o}"
        for path in (root, *root.rglob("*"))
        if path.stat().st_mode & 0o777 != (0o700 if path.is_dir() else 0o600)
    ]


@pytest.mark.parametrize("umask", doses(UMASKS, 0))
@pytest.mark.proof
def test_a_run_with_pictures_and_joined_parts(studio: Studio, umask: int) -> None:
    studio.fault("no-full")
    (studio.folder / "pictures").mkdir()
    shutil.copy(ROOT / "storyboards" / "pictures" / "mug.png", studio.folder / "pictures")
    first = {"prompt": PROMPTS[0], "images": {"first_frame": "pictures/mug.png"}}
    board = studio.board(*PROMPTS[:2], initial=first)
    assert run(studio, "-m", "runner", "run", board, "--yes", umask=umask) == 0
    root = studio.folder / "runs" / "board"
    assert (root / "pictures" / "mug.png").exists()
    assert open_to_others(studio.folder / "runs") == []


@pytest.mark.parametrize("umask", doses(UMASKS, 0))
def test_a_rehearsal_with_its_emulator(studio: Studio, umask: int) -> None:
    board = studio.board(PROMPTS[0])
    words = ["-m", "runner", "run", board, "--sandbox", "--sandbox-seconds", "0"]
    assert run(studio, *words, umask=umask) == 0
    assert open_to_others(studio.folder / "runs") == []


def test_a_download_that_is_not_complete(studio: Studio) -> None:
    studio.fault("cut-download:at=5000,times=99")
    before = os.umask(0)
    try:
        with pytest.raises(DownloadError):
            studio.film(studio.board(PROMPTS[0]), hurried=True)
    finally:
        os.umask(before)
    assert list(studio.root.rglob("*.part"))
    assert open_to_others(studio.root) == []


@pytest.mark.proof
@pytest.mark.parametrize("umask", UMASKS)
def test_a_run_that_is_killed_anywhere(studio: Studio, umask: int) -> None:
    driver, board = ROOT / "tests" / "crash" / "driver.py", studio.board(PROMPTS[0])
    for point in range(umask % 5, 45, 5):
        root = studio.folder / f"killed-{point}"
        code = run(studio, driver, board, root, f"{studio.url}/kie", str(point), umask=umask)
        assert code == KILLED, point
        assert open_to_others(root) == [], point


def test_a_film_that_is_being_made_is_private_already(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    copy = shutil.copyfile

    def watched(source: Path, target: Path) -> None:
        seen.append(target.stat().st_mode & 0o777)
        copy(source, target)

    monkeypatch.setattr("runner.execution.assemble.shutil.copyfile", watched)
    studio.film(studio.board(PROMPTS[0]))
    assert seen == [0o600]
