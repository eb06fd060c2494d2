import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from runner.backends.local import open_local_run
from runner.errors import RunDirectoryError
from runner.files import Disk
from runner.state.history import Phase
from runner.state.run_directory import RunDirectory, read_history
from tests.fakes.clock import FakeClock
from tests.state.test_history import OPENED, intent

HOLDER = """
import sys, time
from pathlib import Path
from runner.clock import SystemClock
from runner.files import Disk
from runner.backends.local import open_local_run
with open_local_run(Path(sys.argv[1]), disk=Disk(), clock=SystemClock()):
    print("held", flush=True)
    sys.stdin.read()
"""


def begin(root: Path) -> None:
    with open_local_run(root, disk=Disk(), clock=FakeClock()) as directory:
        directory.record("opened", **OPENED)


def intend(directory: RunDirectory, *, written: bool) -> None:
    kind, data = intent()
    event = directory.record(kind, **data)
    if written:
        directory.write(directory.layout.request(0, 1), json.dumps({"intent": event.seq}).encode())


def test_what_was_noted_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    begin(tmp_path / "run")
    with open_local_run(tmp_path / "run", disk=Disk(), clock=FakeClock()) as directory:
        assert directory.history.run == "r"


def test_an_intent_without_its_request_file_was_never_sent(tmp_path: Path) -> None:
    begin(tmp_path)
    with open_local_run(tmp_path, disk=Disk(), clock=FakeClock()) as directory:
        intend(directory, written=False)
    assert read_history(tmp_path).takes[0].phase is Phase.UNSENT


def test_an_intent_with_its_request_file_may_have_been_sent(tmp_path: Path) -> None:
    begin(tmp_path)
    with open_local_run(tmp_path, disk=Disk(), clock=FakeClock()) as directory:
        intend(directory, written=True)
    assert read_history(tmp_path).takes[0].phase is Phase.INTENDED


def test_the_request_file_of_an_earlier_try_proves_nothing_about_this_one(tmp_path: Path) -> None:
    begin(tmp_path)
    with open_local_run(tmp_path, disk=Disk(), clock=FakeClock()) as directory:
        intend(directory, written=True)
        directory.record("refused", hop=0, take=1, words="busy", failure="rate")
        intend(directory, written=False)
    assert read_history(tmp_path).takes[0].phase is Phase.UNSENT


def test_a_journal_that_lost_its_end_is_not_trusted(tmp_path: Path) -> None:
    begin(tmp_path)
    begun = (tmp_path / "journal.jsonl").read_bytes()
    with open_local_run(tmp_path, disk=Disk(), clock=FakeClock()) as directory:
        intend(directory, written=True)
    (tmp_path / "journal.jsonl").write_bytes(begun)
    with (
        pytest.raises(RunDirectoryError, match="the end of the journal is missing"),
        open_local_run(tmp_path, disk=Disk(), clock=FakeClock()),
    ):
        pass


def test_hops_without_a_journal_are_not_trusted(tmp_path: Path) -> None:
    begin(tmp_path)
    with open_local_run(tmp_path, disk=Disk(), clock=FakeClock()) as directory:
        intend(directory, written=True)
    (tmp_path / "journal.jsonl").unlink()
    with pytest.raises(RunDirectoryError, match="does not know"):
        read_history(tmp_path)


def test_a_second_process_is_told_who_holds_the_run(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        words = f"in use by process {holder.pid} on {socket.gethostname()}"
        with (
            pytest.raises(RunDirectoryError, match=words),
            open_local_run(tmp_path, disk=Disk(), clock=FakeClock()),
        ):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with open_local_run(tmp_path, disk=Disk(), clock=FakeClock()) as directory:
            assert directory.history.run == ""


def test_everything_in_a_run_directory_is_for_its_owner_alone(tmp_path: Path) -> None:
    root = tmp_path / "runs" / "one"
    begin(root)
    with open_local_run(root, disk=Disk(), clock=FakeClock()) as directory:
        intend(directory, written=True)
    for path in [root, *root.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(RunDirectoryError),
        open_local_run(tmp_path / "file" / "run", disk=Disk(), clock=FakeClock()),
    ):
        pass


def test_the_derived_state_is_readable(tmp_path: Path) -> None:
    begin(tmp_path)
    with open_local_run(tmp_path, disk=Disk(), clock=FakeClock()) as directory:
        intend(directory, written=True)
    assert json.loads((tmp_path / "state.json").read_text())["takes"][0]["phase"] == "intended"
    assert os.access(tmp_path / "lock", os.R_OK)
