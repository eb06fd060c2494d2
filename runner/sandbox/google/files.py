"""Google's files: what a task made, behind the key, processed for a while, kept for two days."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from runner.sandbox.faults.middleware import Handler, guarded
from runner.sandbox.faults.task_effects import bound, failure
from runner.sandbox.google.access import admit, base_url
from runner.sandbox.google.errors import Refused, refuse
from runner.sandbox.media_routes import serve_file
from runner.sandbox.tasks import Task
from runner.sandbox.world import World

KEPT_SECONDS = 48 * 3600.0
_NAMED = re.compile(r"(?:^|/)files/([a-z0-9]{1,40})(?::download|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The files of one provider; a file's name is that of its task from behind, without `prefix`."""

    provider: str
    prefix: str = ""

    def name(self, task: Task) -> str:
        """Return the name of a task's file."""
        return task.id.removeprefix(self.prefix)[::-1]

    def uri(self, task: Task, base: str) -> str:
        """Return the link to a task's file below an address."""
        return f"{base}/v1beta/files/{self.name(task)}:download?alt=media"

    def owner(self, world: World, name: str) -> Task:
        """Return the task that made a file, or refuse: missing, foreign and expired files are answered alike."""
        task = world.tasks.find(self.prefix + name[::-1])
        own = task and task.provider == self.provider and world.due(task) and not failure(task)
        if task and own and world.clock.now() < max(task.due, task.touched) + KEPT_SECONDS:
            return task
        raise Refused(403, f"You do not have permission to access the File {name} or it may not exist.")


def named_in(uri: str) -> str:
    """Return the name of the file that a link leads to, empty if it is none."""
    found = _NAMED.search(uri.partition("?")[0])
    return found[1] if found else ""


def active(world: World, task: Task) -> bool:
    """Say whether the file of a finished task is processed, so that it can be extended."""
    switch = world.faults.switch("processing-seconds")
    wait = switch.number("seconds", 15) if switch else min(15.0, world.task_seconds / 4)
    return world.clock.now() >= task.due + wait


def file_routes(world: World, files: Files) -> list[BaseRoute]:
    """Return the routes of files below a provider's address."""

    async def about(request: Request) -> Response:
        admit(request)
        return JSONResponse(_told(world, files, request))

    async def link(request: Request) -> Response:
        """Send whoever has the key to where the bytes are; elsewhere a signature stands for the key."""
        admit(request)
        files.owner(world, request.path_params["id"])
        here = f"/{files.provider}"
        path = f"{here}/download{request.url.path.removeprefix(here)}?alt=media"
        elsewhere = world.faults.switch("redirect-host")
        if elsewhere is None:
            return RedirectResponse(f"{request.url.scheme}://{request.url.netloc}{path}", 302)
        port = f":{request.url.port}" if request.url.port else ""
        return RedirectResponse(f"{request.url.scheme}://{elsewhere.text('host')}{port}{path}&signature=1", 302)

    async def content(request: Request) -> Response:
        if "signature" not in request.query_params:
            admit(request)
        elif "x-goog-api-key" in request.headers:
            raise Refused(400, "The key of another host came along.")
        return serve_file(world, await world.file(files.owner(world, request.path_params["id"]), whole=True))

    table = (
        ("/{version}/files/{id}:download", "media-link", link),
        ("/{version}/files/{id}", "file", about),
        ("/download/{version}/files/{id}:download", "media", content),
    )
    return [
        Route(path, guarded(world.faults, (name,), refuse, _answered(act)), methods=["GET"])
        for path, name, act in table
    ]


def _answered(act: Callable[[Request], Awaitable[Response]]) -> Handler:
    """Return `act` with its refusals turned into answers."""

    async def handle(request: Request) -> Response:
        try:
            return await act(request)
        except Refused as refused:
            return refuse(refused.refusal)

    return handle


def _told(world: World, files: Files, request: Request) -> dict[str, object]:
    """Return a file's metadata."""
    name = request.path_params["id"]
    task = files.owner(world, name)
    state = "FAILED" if bound(task, "file-failed") else "ACTIVE" if active(world, task) else "PROCESSING"
    ends = datetime.fromtimestamp(max(task.due, task.touched), UTC) + timedelta(seconds=KEPT_SECONDS)
    base = base_url(request, files.provider)
    return {
        "name": f"files/{name}",
        "mimeType": "video/mp4",
        "createTime": datetime.fromtimestamp(task.due, UTC).isoformat(),
        "expirationTime": ends.isoformat(),
        "uri": f"{base}/v1beta/files/{name}",
        "downloadUri": files.uri(task, base),
        "state": state,
        "source": "GENERATED",
    }
