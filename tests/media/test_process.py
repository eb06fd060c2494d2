"""A program that hangs, floods or fails never takes longtake with it, and never outlives it."""

import asyncio
import contextlib
import itertools
import os
import select
import signal
import sys
import types
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from runner.errors import CheckFailed, ConfigurationError
from runner.media.ffmpeg.commands import scan
from runner.media.ffmpeg.process import ToolFailed, ToolTimedOut, core_limit, run, run_well
from runner.media.ffmpeg.tools import Tools, find_tools
from runner.sandbox.render.ffmpeg import Ffmpeg
from tests.fakes.loop import let_pass, run_scripted

# Says its process id, and then nothing more.
HANG = "import os, sys, signal; print(os.getpid(), flush=True); signal.pause()"
WAITS = 3  # of `run`, up to the one for what the program says


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


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """A pipe with a name; who opens one end of it waits for the other."""
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


async def outlasted(argv: list[str], pipe: Path, limit: asyncio.Semaphore | None = None) -> int:
    """Let the time of a program run out once it has written a process id to the pipe; the id."""
    running = asyncio.create_task(run(argv, seconds=60, limit=limit))
    pid = int(await asyncio.to_thread(pipe.read_text))
    let_pass(60)
    with pytest.raises(ToolTimedOut, match="did not finish within 60 s"):
        await running
    return pid


def test_a_hanging_ffmpeg_is_killed_at_its_deadline(tools: Tools, pipe: Path) -> None:
    async def hangs() -> None:
        running = asyncio.create_task(run(scan(tools.ffmpeg, pipe), seconds=60))
        mouth = await asyncio.to_thread(os.open, pipe, os.O_WRONLY)  # until ffmpeg has opened it, and waits for a film
        let_pass(60)
        try:
            await running
        finally:
            os.close(mouth)

    with pytest.raises(ToolTimedOut, match=r"ffmpeg.* did not finish within 60 s") as caught:
        run_scripted(hangs())
    assert caught.value.code == "media/timeout"
    # Nobody reads the pipe any more.
    with pytest.raises(OSError, match="No such device"):
        os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)


def test_a_deadline_leaves_no_child(pipe: Path) -> None:
    assert not is_alive(run_scripted(outlasted(["sh", "-c", f"echo $$ > '{pipe}'; exec sleep 1000"], pipe)))


def test_a_script_around_a_program_takes_the_program_with_it(pipe: Path) -> None:
    argv = ["sh", "-c", f"sleep 1000 & echo $! > '{pipe}'; wait"]
    assert _ends(run_scripted(outlasted(argv, pipe)))


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


def hang(pipe: Path) -> list[str]:
    """Write the process id to the pipe, and then do nothing more."""
    return python(f"import os, signal; open({str(pipe)!r}, 'w').write(str(os.getpid())); signal.pause()")


def test_a_program_that_closes_its_mouth_and_stays_is_killed_too(pipe: Path) -> None:
    argv = hang(pipe)
    argv[-1] = f"import os; os.close(1); os.close(2); {argv[-1]}"
    assert not is_alive(run_scripted(outlasted(argv, pipe)))


def test_cancellation_leaves_no_child(pipe: Path) -> None:
    async def cancelled() -> int:
        task = asyncio.create_task(run(hang(pipe), seconds=60))
        pid = int(await asyncio.to_thread(pipe.read_text))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return pid

    assert not is_alive(asyncio.run(cancelled()))


def test_a_second_cancellation_does_not_leave_a_child_either(pipe: Path) -> None:
    async def cancelled() -> int:
        loop = asyncio.get_running_loop()
        task = asyncio.create_task(run(hang(pipe), seconds=60))
        pid = int(await asyncio.to_thread(pipe.read_text))

        def insist() -> None:
            if task.cancel():  # not done yet
                loop.call_soon(insist)

        insist()
        await asyncio.wait([task])
        return pid

    pid = asyncio.run(cancelled())
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)
    assert not is_alive(pid)


@types.coroutine
def announcing(act: Coroutine[Any, Any, object], number: int, there: asyncio.Event) -> Generator[Any, Any, object]:
    """Await `act`, and say when it has come to its wait of this number, counted from 0."""
    step = partial(act.send, None)
    for passed in itertools.count():
        try:
            waits_for = step()
        except StopIteration as end:
            return end.value
        if passed == number:
            there.set()
        try:
            yield waits_for
        except asyncio.CancelledError as error:
            step = partial(act.throw, error)
        else:
            step = partial(act.send, None)
    raise AssertionError


@pytest.mark.parametrize("wait", range(WAITS))
def test_a_loop_that_ends_while_a_program_starts_is_not_held_up(wait: int) -> None:
    async def forgets_a_task() -> asyncio.Task[object]:
        there = asyncio.Event()
        task = asyncio.create_task(_awaited(announcing(run(python(HANG), seconds=60), wait, there)))
        async with asyncio.timeout(60):  # where it has fewer waits than that
            await there.wait()
        return task

    assert asyncio.run(forgets_a_task()).cancelled()


async def _awaited(act: Any) -> object:
    return await act


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


def test_a_failure_frees_its_place(tmp_path: Path, pipe: Path) -> None:
    async def fails_then_runs() -> bytes:
        limit = asyncio.Semaphore(1)
        with pytest.raises(ConfigurationError):
            await run([str(tmp_path / "none")], seconds=60, limit=limit)
        await outlasted(hang(pipe), pipe, limit)
        return (await run(python("print(1)"), seconds=60, limit=limit)).stdout

    assert run_scripted(fails_then_runs()) == b"1\n"


def test_an_interrupt_from_the_terminal_reaches_longtake_alone() -> None:
    finished = asyncio.run(run(python("import os; print(os.getpgrp())"), seconds=60))
    assert int(finished.stdout) != os.getpgrp()
    assert signal.getsignal(signal.SIGINT) is not None


def test_a_program_learns_no_key_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KIE_API_KEY", "KLING_SECRET_KEY", "GH_TOKEN", "LC_TOKEN", "GOOGLE_APPLICATION_CREDENTIALS", "MINE"):
        monkeypatch.setenv(name, "very-secret")
    monkeypatch.setenv("LC_CTYPE", "C.UTF-8")
    finished = asyncio.run(run(python("import os; print(dict(os.environ))"), seconds=60))
    assert b"very-secret" not in finished.stdout
    assert b"LC_CTYPE" in finished.stdout


def test_a_film_is_made_without_any_program_that_learns_a_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GH_TOKEN", "very-secret")
    seen, wrapper = tmp_path / "seen", tmp_path / "ffmpeg"
    wrapper.write_text(f'#!/bin/sh\nenv >>{seen}\nexec {imageio_ffmpeg.get_ffmpeg_exe()} "$@"\n')
    wrapper.chmod(0o700)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(wrapper))
    tools = asyncio.run(find_tools({}, which=lambda _: None))
    asyncio.run(Ffmpeg(tools.ffmpeg.path).run(["-f", "lavfi", "-i", "nullsrc=d=0.1", "-f", "null", "-"]))
    assert tools.ffmpeg.path == str(wrapper)
    assert "PATH=" in seen.read_text()
    assert "very-secret" not in seen.read_text()
