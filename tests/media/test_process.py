"""A program that hangs, floods or fails never takes longtake with it, and never outlives it."""

import asyncio
import contextlib
import os
import select
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from runner.errors import CheckFailed, ConfigurationError
from runner.media.ffmpeg.commands import scan
from runner.media.ffmpeg.process import ToolFailed, ToolTimedOut, core_limit, run, run_well
from runner.media.ffmpeg.tools import Tools

# Says its process id, and then nothing more.
HANG = "import os, sys, signal; print(os.getpid(), flush=True); signal.pause()"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def is_alive(pid: int) -> bool:
    """Also true of a zombie, which only its parent's wait removes."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_what_was_said_is_handed_over_whole() -> None:
    finished = asyncio.run(
        run(python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"), seconds=20)
    )
    assert (finished.returncode, finished.stdout, finished.stderr) == (3, b"out\n", "err\n")


def test_stdin_is_empty() -> None:
    finished = asyncio.run(run(python("import sys; print(len(sys.stdin.read()))"), seconds=20))
    assert finished.stdout == b"0\n"


def test_a_hanging_ffmpeg_is_killed_at_its_deadline(tools: Tools, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.mp4"
    os.mkfifo(pipe)
    with pytest.raises(ToolTimedOut, match=r"ffmpeg.* did not finish within 0\.3 s") as caught:
        asyncio.run(run(scan(tools.ffmpeg, pipe), seconds=0.3))
    assert caught.value.code == "media/timeout"
    # Nobody reads the pipe any more.
    with pytest.raises(OSError, match="No such device"):
        os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)


def test_a_deadline_leaves_no_child(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    with pytest.raises(ToolTimedOut):
        asyncio.run(run(["sh", "-c", f"echo $$ > '{pid}'; exec sleep 1000"], seconds=1.0))
    assert not is_alive(int(pid.read_text()))


def test_a_script_around_a_program_takes_the_program_with_it(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    with pytest.raises(ToolTimedOut):
        asyncio.run(run(["sh", "-c", f"sleep 1000 & echo $! > '{pid}'; wait"], seconds=1.0))
    assert _ends(int(pid.read_text()))


def _ends(pid: int) -> bool:
    """Whether a process has ended, or does so now that it is killed; an orphan is buried by init, not by us."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], 30)[0])
    finally:
        os.close(handle)


def test_a_program_that_closes_its_mouth_and_stays_is_killed_too() -> None:
    with pytest.raises(ToolTimedOut):
        asyncio.run(run(python("import os, signal; os.close(1); os.close(2); signal.pause()"), seconds=0.5))


def test_cancellation_leaves_no_child(tmp_path: Path) -> None:
    started = tmp_path / "started"
    os.mkfifo(started)
    code = f"import os, signal; open({str(started)!r}, 'w').write(str(os.getpid())); signal.pause()"

    async def cancelled() -> int:
        task = asyncio.create_task(run(python(code), seconds=60))
        pid = int(await asyncio.to_thread(started.read_text))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return pid

    assert not is_alive(asyncio.run(cancelled()))


def test_a_second_cancellation_does_not_leave_a_child_either(tmp_path: Path) -> None:
    started = tmp_path / "started"
    os.mkfifo(started)
    code = f"import os, signal; open({str(started)!r}, 'w').write(str(os.getpid())); signal.pause()"

    async def cancelled() -> int:
        task = asyncio.create_task(run(python(code), seconds=60))
        pid = int(await asyncio.to_thread(started.read_text))
        while not task.done():
            task.cancel()
            await asyncio.sleep(0)
        return pid

    pid = asyncio.run(cancelled())
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)
    assert not is_alive(pid)


@pytest.mark.parametrize("steps", range(10))
def test_a_loop_that_ends_while_a_program_starts_is_not_held_up(steps: int) -> None:
    async def forgets_a_task() -> asyncio.Task[object]:
        task: asyncio.Task[object] = asyncio.create_task(run(python(HANG), seconds=60))
        for _ in range(steps):
            await asyncio.sleep(0)
        return task

    assert asyncio.run(forgets_a_task()).cancelled()


def test_a_program_that_floods_stdout_is_stopped() -> None:
    flood = "import sys\nwhile True: sys.stdout.write('x' * 65536)"
    with pytest.raises(ToolFailed, match="more than 100000 bytes"):
        asyncio.run(run(python(flood), seconds=60, stdout_cap=100_000))


def test_of_a_long_stderr_both_ends_are_kept() -> None:
    code = "import sys; sys.stderr.write('first\\n' + 'x' * 1_000_000 + '\\nlast\\n')"
    finished = asyncio.run(run(python(code), seconds=60))
    assert finished.stderr.startswith("first\n")
    assert finished.last_words == "last"
    assert len(finished.stderr) == 2 << 16


def test_a_program_that_has_to_succeed_fails_with_its_last_words() -> None:
    code = "import sys; sys.exit('banner\\nmoov atom not found')"
    with pytest.raises(ToolFailed, match=r"python.* failed: moov atom not found") as caught:
        asyncio.run(run_well(python(code), seconds=60))
    assert isinstance(caught.value, CheckFailed)
    assert caught.value.code == "media/tool-failed"


def test_a_program_that_fails_silently_is_quoted_by_its_exit_code() -> None:
    with pytest.raises(ToolFailed, match="exit code 4"):
        asyncio.run(run_well(python("raise SystemExit(4)"), seconds=60))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda _path: None, "No such file"),
        (lambda path: path.touch(0o644), "Permission denied"),
        (Path.mkdir, "denied"),
    ],
)
def test_what_cannot_be_started_is_a_matter_of_configuration(
    make: Callable[[Path], object], words: str, tmp_path: Path
) -> None:
    make(tmp_path / "ffmpeg")
    with pytest.raises(ConfigurationError, match=words) as caught:
        asyncio.run(run([str(tmp_path / "ffmpeg")], seconds=1))
    assert caught.value.code == "ffmpeg/cannot-start"


def test_no_more_programs_run_at_once_than_the_limit_allows(tmp_path: Path) -> None:
    # Each program notes that it began and that it ended; with a limit of one, these alternate.
    log = tmp_path / "log"
    code = f"for word in 'be': open({str(log)!r}, 'a').write(word)"

    async def all_at_once() -> None:
        limit = asyncio.Semaphore(1)
        await asyncio.gather(*(run(python(code), seconds=60, limit=limit) for _ in range(4)))

    asyncio.run(all_at_once())
    assert log.read_text() == "be" * 4


def test_the_usual_limit_belongs_to_its_loop() -> None:
    async def limits() -> tuple[asyncio.Semaphore, asyncio.Semaphore]:
        return core_limit(), core_limit()

    first, again = asyncio.run(limits())
    other, _ = asyncio.run(limits())
    assert first is again
    assert first is not other


def test_a_failure_frees_its_place(tmp_path: Path) -> None:
    async def fails_then_runs() -> bytes:
        limit = asyncio.Semaphore(1)
        failures: list[Awaitable[object]] = [
            run([str(tmp_path / "none")], seconds=1, limit=limit),
            run(python(HANG), seconds=0.05, limit=limit),
        ]
        for failure in failures:
            with contextlib.suppress(ToolTimedOut, ConfigurationError):
                await failure
        return (await run(python("print(1)"), seconds=60, limit=limit)).stdout

    assert asyncio.run(fails_then_runs()) == b"1\n"


def test_an_interrupt_from_the_terminal_reaches_longtake_alone() -> None:
    finished = asyncio.run(run(python("import os; print(os.getpgrp())"), seconds=60))
    assert int(finished.stdout) != os.getpgrp()
    assert signal.getsignal(signal.SIGINT) is not None
