"""Odd surroundings: outputs that are closed, full or deaf, encodings of few letters, names that are no text."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.doses import doses
from tests.execution.studio import ROOT

BOARD = "storyboard: 1\nprovider: kie\ntitle: {title}\ninitial:\n  prompt: {prompt}\n"
PROMPT = "A grey heron walks slowly along a quiet river bank in the morning light"
TRICK = "\\e]0;owned\\a\\x9b31m\\u202eend"
HARMFUL = ("\x1b", "\x07", "\x9b", "\u202e")


def shell(script: str, folder: Path, **environ: str) -> "subprocess.CompletedProcess[bytes]":
    """Do what a person types; `longtake` is this one, and `sets` are kept from the surroundings."""
    words = f'longtake() {{ "{sys.executable}" -m runner "$@"; }}; {script}'
    around = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(folder), **environ}
    return subprocess.run(["bash", "-c", words], cwd=folder, env=around, capture_output=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "heron.yaml").write_text(BOARD.format(title="Heron", prompt=PROMPT), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("where", [">&-", ">/dev/full"])
@pytest.mark.parametrize(
    "words",
    doses(
        ["--version", "--help", "plan --help", "plan heron.yaml", "providers --json"], "--version", "plan heron.yaml"
    ),
)
def test_results_that_cannot_be_written_end_in_words_and_a_code(folder: Path, words: str, where: str) -> None:
    result = shell(f"longtake {words} {where}", folder)
    assert (result.returncode, b"[output/lost]" in result.stderr) == (5, True)
    assert b"a bug" not in result.stderr


@pytest.mark.parametrize("where", doses([">&- 2>&-", ">/dev/full 2>/dev/full", ">&- 2>&- <&-"], ">&- 2>&- <&-"))
def test_nobody_to_tell_is_told_by_the_code_alone(folder: Path, where: str) -> None:
    assert shell(f"longtake plan heron.yaml {where}", folder).returncode == 5


@pytest.mark.parametrize("where", ["2>&-", "2>/dev/full", "2>&- <&-"])
def test_the_loss_of_what_is_said_beside_changes_no_result(folder: Path, where: str) -> None:
    assert shell(f"longtake plan heron.yaml {where}", folder).stdout.startswith(b"Heron")
    assert shell(f"longtake plan nowhere.yaml {where}", folder).returncode == 3


def test_an_error_that_a_program_cannot_be_told_is_told_to_people(folder: Path) -> None:
    result = shell("longtake status nowhere --json >/dev/full", folder)
    assert result.returncode == 2
    assert b"no run has begun in nowhere" in result.stderr


@pytest.mark.parametrize("reader", doses(["true", "head -1"], "true"))
@pytest.mark.parametrize(
    "words", doses(["providers", "providers --json", "--help", "plan heron.yaml"], "providers --json")
)
def test_a_reader_that_has_read_enough_is_no_failure(folder: Path, words: str, reader: str) -> None:
    result = shell(f"longtake {words} | {reader}; exit ${{PIPESTATUS[0]}}", folder)
    assert (result.returncode, result.stderr) == (0, b"")


def test_a_closed_output_is_no_place_for_files(folder: Path) -> None:
    """A journal that is opened as descriptor 2 would hold whatever a library says there."""
    script = "import os, runner.__main__ as m; m.main = lambda: print(os.open('j', 66)) or 0; m.entry()"
    for closed in (">&1 2>&-", "<&- 2>&-"):
        assert int(shell(f'"{sys.executable}" -c "{script}" {closed}', folder).stdout) > 2


@pytest.mark.parametrize("encoding", doses(["ascii", "latin-1", "cp1252"], "ascii"))
def test_an_encoding_of_few_letters_loses_signs_and_no_commands(folder: Path, encoding: str) -> None:
    board = BOARD.format(title="Reiher · 鹭 🎬", prompt=PROMPT)
    (folder / "heron.yaml").write_text(board, encoding="utf-8")
    for words in ("plan heron.yaml", "validate heron.yaml", "providers"):
        result = shell(f"longtake {words}", folder, PYTHONIOENCODING=encoding)
        assert (result.returncode, result.stderr) == (0, b"")
        result.stdout.decode(encoding)
    spoken = shell("longtake plan heron.yaml --json", folder, PYTHONIOENCODING=encoding).stdout
    assert json.loads(spoken.decode(encoding))["title"] == "Reiher · 鹭 🎬"
    if encoding == "ascii":
        assert (
            b"Reiher - \\u9e6d \\U0001f3ac  -  kie"
            in shell("longtake plan heron.yaml", folder, PYTHONIOENCODING="ascii").stdout
        )


def test_titles_and_prompts_steer_no_terminal(folder: Path) -> None:
    text = BOARD.format(title=f'"Heron{TRICK}"', prompt=f'"{PROMPT}{TRICK}"')
    (folder / "heron.yaml").write_text(text, encoding="utf-8")
    for words in ("plan heron.yaml", "plan heron.yaml --color", "validate heron.yaml", "plan heron.yaml --json"):
        result = shell(f"longtake {words}", folder)
        said = (
            (result.stdout + result.stderr)
            .decode()
            .replace("\x1b[32m", "")
            .replace("\x1b[2m", "")
            .replace("\x1b[0m", "")
        )
        assert [sign for sign in HARMFUL if sign in said] == []
    facts = json.loads(shell("longtake plan heron.yaml --json", folder).stdout)
    assert facts["title"] == "Heron\x1b]0;owned\x07\x9b31m\u202eend"


@pytest.mark.parametrize("name", [b"\xff\xfe.yaml", b"\x1b[31mred\x07.yaml", b"a\nb.yaml", b"-n.yaml"])
def test_a_file_of_any_name_is_taken_and_its_name_steers_nothing(folder: Path, name: bytes) -> None:
    path = folder / os.fsdecode(name)
    path.write_text(BOARD.format(title="Heron", prompt=PROMPT), encoding="utf-8")
    for words in ("plan", "validate", "validate --json", "plan --json"):
        result = shell(
            f"longtake {words} -- *.yaml" if words.startswith("validate") else f"longtake {words} -- *[!n].yaml", folder
        )
        said = result.stdout + result.stderr
        assert b"a bug" not in said
        assert b"\x1b" not in said
        assert b"\x07" not in said


def test_a_name_that_is_no_text_is_refused_in_words_where_it_is_not_there(folder: Path) -> None:
    for command in ("status", "takes", "report", "check", "reconcile", "resume", "plan", "validate"):
        result = shell(f"longtake {command} $'\\xff\\x1b'", folder)
        assert result.returncode in (2, 3)
        assert b"\\udcff\\x1b" in result.stderr


def test_a_folder_that_is_gone_is_said_to_be_gone(folder: Path) -> None:
    (folder / "gone").mkdir()
    result = shell("cd gone; rmdir ../gone; longtake doctor", folder)
    assert result.returncode == 5
    assert b"is gone [system/refused]" in result.stderr


def test_a_user_without_a_home_and_a_name_can_plan(folder: Path) -> None:
    result = shell("unset HOME; longtake plan heron.yaml --short; longtake doctor >/dev/null", folder)
    assert result.stdout.startswith(b"Heron")
    assert b"a bug" not in result.stderr


def test_a_name_that_ffmpeg_cannot_be_given_is_refused_before_anything_is_bought(folder: Path) -> None:
    ended = shell("mv heron.yaml $'her\\xffon.yaml'; longtake run $'her\\xffon.yaml' --sandbox --yes", folder)
    assert ended.returncode == 5
    assert b"[media/name]" in ended.stderr
    assert b"submitting" not in ended.stderr


def test_a_key_that_is_no_text_ends_in_words(folder: Path) -> None:
    ended = shell("KIE_API_KEY=$'a-key-\\xff\\xfe-of-nobody' longtake run heron.yaml --yes", folder)
    assert ended.returncode == 5
    assert b"[settings/key-letters]" in ended.stderr
    assert b"Traceback" not in ended.stderr


def test_a_folder_with_files_of_a_persons_own_is_no_place_for_a_run(folder: Path) -> None:
    mine = folder / "mine"
    mine.mkdir()
    for name in ("storyboard.yaml", "film.mp4", "state.json"):
        (mine / name).write_text("mine")
    ended = shell("longtake run heron.yaml --sandbox --yes --run-dir mine", folder)
    assert (ended.returncode, b"[run-directory/not-a-run]" in ended.stderr) == (5, True)
    assert {path.read_text() for path in mine.iterdir() if path.is_file()} == {"mine"}


@pytest.mark.parametrize(
    ("setting", "mark"),
    [("KIE_API_KEY=' '", b"miss  kie key"), ("LONGTAKE_DOWNLOADS_ALLOW=10.0.0.0/99", b"miss  downloads")],
)
def test_doctor_sees_what_a_run_would_refuse(folder: Path, setting: str, mark: bytes) -> None:
    assert mark in shell(f"{setting} longtake doctor", folder).stdout
