"""A place to make films in tests: the emulator over a real socket, and runs against it in this process or another."""

import asyncio
import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import imageio_ffmpeg

from runner.api.runs import Environment, RunOptions, load, run
from runner.execution.workflow import RunResult
from runner.providers.registry import BUILT_IN
from runner.reporting import Report
from runner.sandbox.app import sandbox_app
from runner.sandbox.serve import Server
from runner.state.history import History
from runner.state.run_directory import read_history
from tests.commands import command
from tests.fakes.clock import FakeClock, WrongClock
from tests.sandbox.held import telling

PROMPTS = (
    "A golden retriever trots along a park path in warm evening light, the camera gliding beside it.",
    "The dog keeps trotting along the same path and follows a butterfly, the camera still gliding beside it.",
    "It slows down and gradually turns toward the fountain, the same evening light on its coat.",
)
ROOT = Path(__file__).parents[2]
UNSEEN = dict.fromkeys(("picture", "seam", "tail", "sound", "drift"), "off")
KEYS = ("KIE_API_KEY", "GEMINI_API_KEY", "LONGTAKE_VERTEX_TOKEN", "GOOGLE_CLOUD_PROJECT")
KEYS += ("KLING_API_KEY", "KLING_GATEWAY_KEY")
HELD: dict[str, "SimpleQueue[None]"] = {}  # by the emulator's address: one entry for each answer that it keeps


async def yes(_plan: object) -> bool:
    return True


@dataclass
class Studio:
    """The emulator's address, and what a run said."""

    url: str
    folder: Path
    reports: list[Report] = field(default_factory=list)

    @property
    def environ(self) -> dict[str, str]:
        """Every provider at the emulator, with a key; and the ffmpeg that comes along, which starts fastest."""
        bases = {f"LONGTAKE_{name.upper().replace('-', '_')}_BASE_URL": f"{self.url}/{name}" for name in BUILT_IN}
        del bases["LONGTAKE_KLING_BASE_URL"]  # its storyboards say it, for each dialect is served elsewhere
        return {**bases, **dict.fromkeys(KEYS, "test-key"), "LONGTAKE_FFMPEG": imageio_ffmpeg.get_ffmpeg_exe()}

    @property
    def root(self) -> Path:
        return self.folder / "run"

    @property
    def history(self) -> History:
        return read_history(self.root)

    def ask(self, path: str, body: object | None = None, method: str = "GET") -> Any:
        data = json.dumps(body).encode() if body is not None else None
        call = urllib.request.Request(self.url + path, data=data, method="POST" if data else method)
        with urllib.request.urlopen(call) as reply:
            return json.loads(reply.read() or b"null")

    def fault(self, *specs: str) -> None:
        for spec in specs:
            self.ask("/sandbox/faults", {"fault": spec})

    def charges(self) -> list[Any]:
        """What was charged since this studio opened."""
        return self.ask("/sandbox/ledger")["charges"][self.before :]

    before: int = 0

    def hang(self, route: str) -> Callable[[], None]:
        """Let the emulator carry the next request out and keep its answer; what is returned waits for that."""
        before = HELD[self.url].qsize()  # of connections that a fault closed, which wait for nobody
        self.fault(f"hang@{route}")

        def wait() -> None:
            for _ in range(before + 1):
                HELD[self.url].get(timeout=60)

        return wait

    def board(self, *prompts: str, **changes: object) -> Path:
        """A storyboard on disk; to be quick, the initial hop is short and nobody looks at what comes back."""
        words, checks = prompts or PROMPTS, changes.pop("checks", {})
        assert isinstance(checks, dict)
        document = {
            "storyboard": 1,
            "title": "t",
            "provider": "kie",
            "initial": {"prompt": words[0], "duration": 4},
            "extensions": [{"prompt": prompt} for prompt in words[1:]],
            "checks": {**UNSEEN, **checks},
            **changes,
        }
        path = self.folder / "board.yaml"
        path.write_text(json.dumps(document))
        return path

    def film(self, board: Path | None = None, **options: Any) -> RunResult:
        """Run to the end, in this process; `skew` is by how many seconds this machine's clock is wrong."""
        retake, hurried = options.pop("retake", None), options.pop("hurried", False)
        clock = FakeClock() if hurried else WrongClock(options.pop("skew", 0.0))
        environ = {**self.environ, **options.pop("environ", {})}
        environment = Environment(environ=environ, report=self.reports.append, folder=self.folder, clock=clock)
        storyboard = load(board or self.board())
        wanted = RunOptions(**{"run_dir": self.root, **options})
        return asyncio.run(run(storyboard, wanted, approve=yes, environment=environment, retake=retake))

    def command(self, *words: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
        """The command line, in a process of its own, to its end."""
        return command([*map(str, words)], self.folder, {**self.environ, **environ})

    def begun(self, *words: str | Path, **environ: str) -> subprocess.Popen[str]:
        """The same, under way: `python -m runner` from its start, as people call it."""
        return subprocess.Popen(
            [sys.executable, "-m", "runner", *map(str, words)],
            cwd=self.folder,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **self.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def kinds(self) -> list[str]:
        return [report.kind for report in self.reports]


@contextmanager
def served(
    folder: Path, faults: Sequence[str] = (), *, task_seconds: float = 0.05, films: Path | None = None
) -> Iterator[str]:
    """The emulator on a free port, perhaps with films that others made."""
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    app = sandbox_app(folder, ffmpeg=ffmpeg, task_seconds=task_seconds, faults=faults, films=films)
    held: SimpleQueue[None] = SimpleQueue()
    with Server(telling(app, lambda: held.put(None))) as server:
        HELD[server.url] = held
        yield server.url
