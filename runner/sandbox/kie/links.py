"""Links to kie's results and uploads: short-lived, below `/kie/media` and `/kie/uploads`."""

import re
from dataclasses import dataclass
from hashlib import sha256

from runner.sandbox.media_routes import link_seconds
from runner.sandbox.tasks import Task
from runner.sandbox.world import World

_TEMPORARY_SECONDS = 20 * 60.0
_NAME = re.compile(r"(?P<task>[0-9a-f]{32})(?P<whole>-full)?_(?P<minted>\d{1,12})\.mp4")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """What a link leads to, and when it dies."""

    task: str
    whole: bool
    dies: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Makes links below one address."""

    world: World
    base: str

    def link(self, task: Task, part: str, minted: float, *, temporary: bool = False) -> str:
        """Return a link to a task's segment, or to its whole film if `part` is ``full``."""
        name = f"{task.id}{f'-{part}' if part else ''}_{int(minted)}.mp4"
        query = f"?{signature(name)}" if self.world.faults.switch("signed-links") else ""
        return f"{self.base}/media/{'t' if temporary else 'v'}/{name}{query}"


def signature(name: str) -> str:
    """Return the query of a signed link, in the spellings that object stores use."""
    mark = sha256(f"sandbox {name}".encode()).hexdigest()
    return f"X-Goog-Signature={mark}&Expires={name[-14:-4]}&Signature=s{mark[:20]}&token=t{mark[20:40]}"


def read_link(world: World, kind: str, name: str) -> Asset | None:
    """Return what the end of a link names; None if it is no link of ours."""
    match = _NAME.fullmatch(name)
    if match is None or kind not in ("v", "t"):
        return None
    lives = link_seconds(world) if kind == "v" else _TEMPORARY_SECONDS
    return Asset(task=match["task"], whole=bool(match["whole"]), dies=int(match["minted"]) + lives)


def split_link(url: str) -> tuple[str, str] | None:
    """Return kind and name of a result link, wherever it is served; None for other addresses."""
    match = re.fullmatch(r"https?://[^/]+/kie/media/([vt])/([^/?#]+)(?:[?#].*)?", url)
    return (match[1], match[2]) if match else None
