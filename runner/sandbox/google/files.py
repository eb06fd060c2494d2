"""Google's files: what a task made, behind the key, processed for a while, kept for two days."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from runner.sandbox.faults.middleware import with_faults
from runner.sandbox.faults.task_effects import carried_fault, find_failure
from runner.sandbox.google.errors import Refused, base_url, check_key, refuse
from runner.sandbox.media_routes import serve_file
from runner.sandbox.tasks import Task
from runner.sandbox.world import World

# "Stored 2 days"; naming a video in an extension starts its two days again (Gemini API, video page of 2026-03-05).
KEPT_SECONDS = 48 * 3600.0
# A file was refused right after its operation was done and taken after 15 s (measured by clients, 2026); in a sandbox
# whose tasks are short it has to be less.
_PROCESSING_SECONDS = 15.0
_NAMED = re.compile(r"(?:^|/)files/([a-z0-9]{1,40})(?::download|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The files of one provider; a file's name is that of its task from behind, without `prefix`."""

    # Google tells no relation between the ids of operations and files: reversed, one cannot stand in for the other.

    provider: str
    prefix: str = ""

    def name(self, task: Task) -> str:
        """Return the name of a task's file."""
        return task.id.removeprefix(self.prefix)[::-1]

    def uri(self, task: Task, base: str) -> str:
        """Return the link to a task's file below an address."""
        return f"{base}/v1beta/files/{self.name(task)}:download?alt=media"

    def find_owner(self, world: World, name: str) -> Task:
        """Return the task that made a file, or refuse: missing, foreign and expired files get the same answer."""
        task = world.tasks.find(self.prefix + name[::-1])
        own = task and task.provider == self.provider and world.is_due(task) and not find_failure(task)
        if task and own and world.clock.now() < max(task.due, task.touched) + KEPT_SECONDS:
            return task
        raise Refused(403, f"You do not have permission to access the File {name} or it may not exist.")


def parse_file_name(uri: str) -> str:
    """Return the name of the file that a link leads to, empty if there is none."""
    found = _NAMED.search(uri.partition("?")[0])
    return found[1] if found else ""


def is_active(world: World, task: Task) -> bool:
    """Say whether the file of a finished task is processed, so that it can be extended."""
    switch = world.faults.switch("processing-seconds")
    wait = switch.number("seconds", _PROCESSING_SECONDS) if switch else min(_PROCESSING_SECONDS, world.task_seconds / 4)
    return world.clock.now() >= task.due + wait


def file_routes(world: World, files: Files) -> list[BaseRoute]:
    """Return the routes of files below a provider's address."""

    async def about(request: Request) -> Response:
        check_key(request)
        return JSONResponse(_describe_file(world, files, request))

    async def redirect(request: Request) -> Response:
        """Redirect whoever has the key to the bytes; on another host a signature stands for the key."""
        # Downloads are redirects (googleapis/python-genai#1946); where to is not documented.
        check_key(request)
        files.find_owner(world, request.path_params["id"])
        here = f"/{files.provider}"
        path = f"{here}/download{request.url.path.removeprefix(here)}?alt=media"
        elsewhere = world.faults.switch("redirect-host")
        if elsewhere is None:
            return RedirectResponse(f"{request.url.scheme}://{request.url.netloc}{path}", 302)
        port = f":{request.url.port}" if request.url.port else ""
        return RedirectResponse(f"{request.url.scheme}://{elsewhere.text('host')}{port}{path}&signature=1", 302)

    async def content(request: Request) -> Response:
        if "signature" not in request.query_params:
            check_key(request)
        elif "x-goog-api-key" in request.headers:
            raise Refused(400, "The key of another host came along.")
        return serve_file(
            world, await world.render_result(files.find_owner(world, request.path_params["id"]), whole=True)
        )

    table = (
        ("/{version}/files/{id}:download", "media-link", redirect),
        ("/{version}/files/{id}", "file", about),
        ("/download/{version}/files/{id}:download", "media", content),
    )
    return [Route(path, with_faults(world.faults, (name,), refuse, act), methods=["GET"]) for path, name, act in table]


def _describe_file(world: World, files: Files, request: Request) -> dict[str, object]:
    """Return a file's metadata."""
    name = request.path_params["id"]
    task = files.find_owner(world, name)
    state = "FAILED" if carried_fault(task, "file-failed") else "ACTIVE" if is_active(world, task) else "PROCESSING"
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
