"""kie's upload host: pictures that a submit may name. It answers with real HTTP statuses."""

import base64
import binascii
import os
import re
import secrets
from datetime import UTC, datetime
from mimetypes import guess_type
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response

from runner.sandbox.faults.middleware import Refusal
from runner.sandbox.kie.access import allowed, base_url
from runner.sandbox.kie.envelope import Refused
from runner.sandbox.kie.parsing import read_body
from runner.sandbox.multipart import read_form
from runner.sandbox.shared_files import private_folder, write
from runner.sandbox.world import World

KEPT_SECONDS = 3 * 24 * 3600


def refuse_upload(refusal: Refusal) -> Response:
    """Return the upload host's no."""
    body = {"success": False, "code": refusal.code, "msg": refusal.message}
    return JSONResponse(body, refusal.http or refusal.code, refusal.headers)


async def stream(world: World, request: Request) -> Response:
    """Take a file from a form."""
    _admit(request)
    form = read_form(request.headers.get("content-type", ""), await request.body())
    if "file" not in form:
        raise Refused(400, "Missing required parameter: file", http=400)
    path = form["uploadPath"].text if "uploadPath" in form else ""
    name = form["fileName"].text if "fileName" in form else form["file"].filename
    return _keep(world, request, (path, name), form["file"].content)


async def from_base64(world: World, request: Request) -> Response:
    """Take a file as base64 text, bare or as a data URL."""
    _admit(request)
    body = await read_body(request)
    data = str(body.get("base64Data") or "")
    try:
        content = base64.b64decode(data.partition(",")[2] or data, validate=True)
    except binascii.Error:
        raise Refused(400, "Invalid base64Data", http=400) from None
    if not content:
        raise Refused(400, "Missing required parameter: base64Data", http=400)
    return _keep(world, request, (str(body.get("uploadPath") or ""), str(body.get("fileName") or "")), content)


async def from_url(world: World, request: Request) -> Response:
    """Take note of a file elsewhere; the sandbox fetches nothing, so the copy is empty."""
    _admit(request)
    body = await read_body(request)
    url = str(body.get("fileUrl") or "")
    if not url.startswith(("http://", "https://")):
        raise Refused(400, "Missing required parameter: fileUrl", http=400)
    name = str(body.get("fileName") or url.partition("?")[0].rpartition("/")[2])
    return _keep(world, request, (str(body.get("uploadPath") or ""), name), b"")


async def serve(world: World, request: Request) -> Response:
    """Give an upload back, as long as it is kept."""
    path = _folder(world) / Path(request.path_params["name"]).name
    return FileResponse(path) if alive(world, path.name) else PlainTextResponse("Not Found", 404)


def alive(world: World, name: str) -> bool:
    """Say whether an upload is still kept."""
    path = _folder(world) / name
    return path.is_file() and world.clock.now() - path.stat().st_mtime < KEPT_SECONDS


def _admit(request: Request) -> None:
    if not allowed(request):
        raise Refused(401, "Authentication failed: Invalid API Key", http=401)


def _folder(world: World) -> Path:
    return private_folder(world.folder / "uploads")


def _keep(world: World, request: Request, place: tuple[str, str], content: bytes) -> Response:
    path, name = place
    if not path:
        raise Refused(400, "Missing required parameter: uploadPath", http=400)
    clean = re.sub(r"[^A-Za-z0-9._-]", "_", name)[-80:].lstrip(".") or "upload"
    stored = _folder(world) / f"{secrets.token_hex(8)}-{clean}"
    write(stored, content)
    os.utime(stored, (world.clock.now(),) * 2)
    data = {
        "success": True,
        "fileName": clean,
        "filePath": f"{path.strip('/')}/{clean}",
        "downloadUrl": f"{base_url(request)}/uploads/{stored.name}",
        "fileSize": len(content),
        "mimeType": guess_type(clean)[0] or "application/octet-stream",
        "uploadedAt": datetime.fromtimestamp(world.clock.now(), UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
    }
    return JSONResponse({"success": True, "code": 200, "msg": "File uploaded successfully", "data": data})
