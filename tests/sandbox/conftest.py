"""A sandbox per test over a shared store of films, so that each film is rendered once per test run."""

import asyncio
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import imageio_ffmpeg
import pytest

from runner.sandbox.app import sandbox_app
from runner.sandbox.serve import Server
from tests.fakes.clock import FakeClock

KEY = {"Authorization": "Bearer test"}


@pytest.fixture(scope="session")
def ffmpeg() -> str:
    return imageio_ffmpeg.get_ffmpeg_exe()


@dataclass
class House:
    """A sandbox folder, and calls into an app on it: each call is a process of its own, as far as the app can tell."""

    folder: Path
    ffmpeg: str
    films: Path
    clock: FakeClock = field(default_factory=FakeClock)
    task_seconds: float = 0.0

    def app(self, *faults: str) -> Any:
        return sandbox_app(
            self.folder,
            ffmpeg=self.ffmpeg,
            task_seconds=self.task_seconds,
            faults=faults,
            now=self.clock.now,
            films=self.films,
        )

    def open(self, *faults: str) -> "Client":
        return Client(self.app(*faults))


class Client:
    """Speaks to an app in this process, each call in an event loop of its own."""

    def __init__(self, app: Any, key: Mapping[str, str] = KEY) -> None:
        self.app = app
        self.key = dict(key)

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://sandbox", headers=self.key) as client:
                return await client.request(method, path, **more)

        return asyncio.run(once())

    def post(self, path: str, body: object) -> Any:
        return self.call("POST", path, json=body).json()

    def get(self, path: str, **params: Any) -> Any:
        return self.call("GET", path, params=params).json()

    def generate(self, **fields: Any) -> str:
        body = {"prompt": "A golden retriever trots through a park", **fields}
        return str(self.post("/kie/api/v1/veo/generate", body)["data"]["taskId"])

    def extend(self, task: str, **fields: Any) -> str:
        body = {"taskId": task, "prompt": "The dog continues along the path", **fields}
        return str(self.post("/kie/api/v1/veo/extend", body)["data"]["taskId"])

    def look(self, task: str) -> Any:
        return self.get("/kie/api/v1/veo/record-info", taskId=task)

    def links(self, task: str) -> Any:
        """The links of a task whose time is up; on a busy machine its film may need another look."""
        while (data := self.look(task)["data"])["successFlag"] == 0:
            continue
        return data["response"]

    def ledger(self) -> Any:
        return self.get("/sandbox/ledger")


@pytest.fixture
def house(tmp_path: Path, films: Path, ffmpeg: str) -> House:
    return House(folder=tmp_path / "sandbox", ffmpeg=ffmpeg, films=films)


@pytest.fixture
def serving() -> Iterator[Callable[[Any], str]]:
    """Serve apps on real sockets until the test ends; gives their addresses."""
    servers: list[Server] = []

    def start(app: Any) -> str:
        server = Server(app)
        servers.append(server)
        return server.__enter__().url

    yield start
    for server in servers:
        server.__exit__(None, None, None)


@dataclass(frozen=True)
class Facts:
    """What FFmpeg says of a file: packets of the picture, and samples that the sound decodes to."""

    packets: tuple[tuple[str, ...], ...]
    words: str
    samples: int

    @property
    def checksums(self) -> tuple[str, ...]:
        return tuple(packet[-1] for packet in self.packets)

    @property
    def steps(self) -> set[int]:
        times = [int(packet[2]) for packet in self.packets]
        return {late - early for early, late in pairwise(times)}


def run(ffmpeg: str, arguments: Sequence[str]) -> bytes:
    return subprocess.run([ffmpeg, "-nostdin", "-v", "error", *arguments], capture_output=True, check=True).stdout


def facts(ffmpeg: str, path: Path) -> Facts:
    crc = run(ffmpeg, ["-i", str(path), "-map", "0:v", "-c", "copy", "-f", "framecrc", "-"]).decode()
    lines = [line for line in crc.splitlines() if not line.startswith("#")]
    words = subprocess.run([ffmpeg, "-hide_banner", "-i", str(path)], capture_output=True, check=False).stderr.decode()
    sound = run(ffmpeg, ["-i", str(path), "-map", "0:a?", "-f", "s16le", "-"]) if "Audio:" in words else b""
    packets = tuple(tuple(part.strip() for part in line.split(",")[:6]) for line in lines)
    return Facts(packets=packets, words=words, samples=len(sound) // 4)
