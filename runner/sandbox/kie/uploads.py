"""kie's upload host: pictures that a submit may name. It answers with real HTTP statuses."""

import base64
import binascii
import os
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from mimetypes import guess_type
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response

from runner.sandbox.faults.middleware import Refusal
from runner.sandbox.kie.envelope import Refused, base_url, is_authorized
from runner.sandbox.kie.parsing import read_body
from runner.sandbox.shared_files import make_private_folder, write_file
from runner.sandbox.world import World

# kie advises 100 MB for links and 10 MB for base64; pictures that a submit names are far smaller.
_LIMIT = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One field or file of a form."""

    content: bytes
    filename: str = ""
    content_type: str = ""

    @property
    def text(self) -> str:
        """The content of a field."""
        return self.content.decode(errors="replace")


def read_form(content_type: str, body: bytes) -> dict[str, Part]:
    """Return the parts of a multipart/form-data body by name; empty if it is none, or over 64 MiB."""
    boundary = re.search(r'multipart/form-data.*boundary="?([^";]+)"?', content_type, re.IGNORECASE)
    if boundary is None or len(body) > _LIMIT:
        return {}
    pieces = body.split(b"--" + boundary[1].encode())[1:-1]
    return dict(filter(None, map(_parse_part, pieces)))


def _parse_part(piece: bytes) -> tuple[str, Part] | None:
    head, gap, content = piece.partition(b"\r\n\r\n")
    headers = head.decode(errors="replace")
    name = re.search(r'\bname="([^"]*)"', headers)
    if not gap or name is None:
        return None
    filename = re.search(r'\bfilename="([^"]*)"', headers)
    kind = re.search(r"^content-type:\s*(\S+)", headers, re.IGNORECASE | re.MULTILINE)
    part = Part(
        content=content.removesuffix(b"\r\n"),
        filename=filename[1] if filename else "",
        content_type=kind[1] if kind else "",
    )
    return name[1], part


# Uploads are kept for 3 days (kie, docs of 2026-04).
KEPT_SECONDS = 3 * 24 * 3600


def refuse_upload(refusal: Refusal) -> Response:
    """Return an error reply of the upload host."""
    body = {"success": False, "code": refusal.code, "msg": refusal.message}
    return JSONResponse(body, refusal.http or refusal.code, refusal.headers)


async def store_stream(world: World, request: Request) -> Response:
    """Store a file from a form."""
    _check_key(request)
    form = read_form(request.headers.get("content-type", ""), await request.body())
    if "file" not in form:
        raise Refused(400, "Missing required parameter: file", http=400)
    path = form["uploadPath"].text if "uploadPath" in form else ""
    name = form["fileName"].text if "fileName" in form else form["file"].filename
    return _store(world, request, (path, name), form["file"].content)


async def store_base64(world: World, request: Request) -> Response:
    """Store a file that comes as base64 text, bare or as a data URL."""
    _check_key(request)
    body = await read_body(request)
    data = str(body.get("base64Data") or "")
    try:
        content = base64.b64decode(data.partition(",")[2] or data, validate=True)
    except binascii.Error:
        raise Refused(400, "Invalid base64Data", http=400) from None
    if not content:
        raise Refused(400, "Missing required parameter: base64Data", http=400)
    return _store(world, request, (str(body.get("uploadPath") or ""), str(body.get("fileName") or "")), content)


async def store_url(world: World, request: Request) -> Response:
    """Store a file of another host; the sandbox fetches nothing, so the copy is empty."""
    _check_key(request)
    body = await read_body(request)
    url = str(body.get("fileUrl") or "")
    if not url.startswith(("http://", "https://")):
        raise Refused(400, "Missing required parameter: fileUrl", http=400)
    name = str(body.get("fileName") or url.partition("?")[0].rpartition("/")[2])
    return _store(world, request, (str(body.get("uploadPath") or ""), name), b"")


async def serve_upload(world: World, request: Request) -> Response:
    """Give an upload back, as long as it is kept."""
    path = _uploads_folder(world) / Path(request.path_params["name"]).name
    return FileResponse(path) if is_kept(world, path.name) else PlainTextResponse("Not Found", 404)


def is_kept(world: World, name: str) -> bool:
    """Say whether an upload is still kept."""
    path = _uploads_folder(world) / name
    return path.is_file() and world.clock.now() - path.stat().st_mtime < KEPT_SECONDS


def _check_key(request: Request) -> None:
    if not is_authorized(request):
        raise Refused(401, "Authentication failed: Invalid API Key", http=401)


def _uploads_folder(world: World) -> Path:
    return make_private_folder(world.folder / "uploads")


def _store(world: World, request: Request, place: tuple[str, str], content: bytes) -> Response:
    path, name = place
    if not path:
        raise Refused(400, "Missing required parameter: uploadPath", http=400)
    clean = re.sub(r"[^A-Za-z0-9._-]", "_", name)[-80:].lstrip(".") or "upload"
    stored = _uploads_folder(world) / f"{secrets.token_hex(8)}-{clean}"
    write_file(stored, content)
    # The file's own time is when it was uploaded by the sandbox's clock, which a test may have advanced.
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
