"""The command line in forked processes: what every command imports is imported once for all of them.

Each call is a process of its own, with a folder, an environment and an exit code, as `python -m runner` is; only the
half second of imports is saved, which hundreds of calls would pay again. Each line of standard input is a call as JSON
(words, folder, environment, and the files for what it says); its exit code is the answer.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from subprocess import PIPE
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
ENVIRON = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}


def command(words: Sequence[str], folder: Path, environ: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Call the command line in a folder, with an environment that holds nothing else."""
    with TemporaryDirectory() as said:
        out, err = Path(said, "out"), Path(said, "err")
        call = {"words": words, "folder": str(folder), "environ": {**ENVIRON, **environ}, "said": [str(out), str(err)]}
        code = _answer(json.dumps(call))
        return subprocess.CompletedProcess(["longtake", *words], code, out.read_text(), err.read_text())


def _answer(call: str) -> int:
    forks = _forks()
    assert forks.stdin is not None
    assert forks.stdout is not None
    forks.stdin.write(f"{call}\n")
    forks.stdin.flush()
    return int(forks.stdout.readline())


@cache
def _forks() -> "subprocess.Popen[str]":
    """One server of forks for each test process; it ends when its standard input does."""
    return subprocess.Popen([sys.executable, str(Path(__file__))], env=ENVIRON, stdin=PIPE, stdout=PIPE, text=True)


@contextmanager
def ended() -> Iterator[None]:
    """Leave no server behind."""
    yield
    if _forks.cache_info().currsize:
        forks = _forks()
        forks.communicate()
        _forks.cache_clear()


def serve() -> None:
    """Fork a process for each call."""
    import runner

    for module in walk_packages(runner.__path__, "runner."):
        import_module(module.name)
    for late in ("ffmpeg", "httpcore", "anyio._backends._asyncio", "rich.live", "rich.table"):
        import_module(late)
    for line in sys.stdin:
        if (child := os.fork()) == 0:
            _become(**json.loads(line))
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()


def _become(words: list[str], folder: str, environ: dict[str, str], said: list[str]) -> None:
    """Be the command from here on."""
    from runner.__main__ import entry

    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for descriptor, path in enumerate(said, start=1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), descriptor)
    sys.argv = ["longtake", *words]
    entry()
    sys.stdout.flush()
    os._exit(0)  # only `--version` comes back


if __name__ == "__main__":
    serve()
