"""The pictures a storyboard names: found, small enough, and pictures by their content, whatever their name says."""

import os
import stat
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import cast

from runner.storyboard.model import DocumentPath, Image
from runner.storyboard.yaml.document import Finding

# The limit of Kling (its docs, 2026-11), the lowest that is documented.
MOST_BYTES = 10 * 1024 * 1024

_RELATIVE = "paths are relative to the storyboard's folder"
_CONVERT = "save it as JPEG, PNG or WebP"


def image_references(data: Mapping[str, object]) -> Iterator[tuple[DocumentPath, str]]:
    """Yield every picture that a valid document names, and where."""
    images = cast("Mapping[str, object]", cast("Mapping[str, object]", data["initial"]).get("images", {}))
    for field, value in images.items():
        path: DocumentPath = ("initial", "images", field)
        if isinstance(value, list):
            yield from (((*path, index), str(each)) for index, each in enumerate(value))
        else:
            yield path, str(value)


def read_image(reference: str, path: DocumentPath, folder: Path) -> Image | Finding:
    """Return what is known of one picture, or what is wrong with it. URLs are not opened."""
    words = reference.strip()
    if "://" in words or words.startswith("data:"):
        return _remote_image(words, reference, path)
    try:
        return _local_image(words, reference, path, folder)
    except OSError as error:
        return _wrong("unreadable", f"{words}: {os.strerror(error.errno or 0)}", path, "make it readable")


def _remote_image(words: str, reference: str, path: DocumentPath) -> Image | Finding:
    scheme, _, rest = words.partition("://")
    if scheme.lower() not in ("http", "https") or not rest.strip("/") or any(letter.isspace() for letter in words):
        message = f"{words[:60]!r} is no http(s) address"
        return _wrong("url", message, path, "name a file, or an address that the provider can fetch")
    return Image(reference=reference, url=words)


def _local_image(words: str, reference: str, path: DocumentPath, folder: Path) -> Image | Finding:
    file = folder / words
    try:
        found = file.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return _wrong("missing", f"there is no file {words!r}", path, _RELATIVE)
    if not stat.S_ISREG(found.st_mode):
        return _wrong("not-a-file", f"{words} is not a file", path, "name the picture itself")
    if found.st_size > MOST_BYTES:
        message = f"{words} has {found.st_size} bytes; providers take {MOST_BYTES} at most"
        return _wrong("too-large", message, path, "make it smaller: 1280 x 720 is plenty")
    content = file.read_bytes()
    if not content:
        return _wrong("empty", f"{words} is empty", path, "save the picture again")
    kind = media_type(content)
    if kind is None:
        return _wrong("not-a-picture", f"{words} is neither JPEG, PNG nor WebP, by its content", path, _CONVERT)
    digest = sha256(content).hexdigest()
    real = file.resolve()
    outside = None if real.is_relative_to(folder.resolve()) else real
    return Image(reference=reference, path=file, sha256=digest, size=len(content), media_type=kind, outside=outside)


def warn_of_outside(image: Image, path: DocumentPath) -> Finding:
    """Return the warning of a picture that lies elsewhere: whoever wrote the storyboard chose a file of its reader."""
    message = f"{image.reference} leads out of the storyboard's folder, to {image.outside}"
    return _wrong("outside", message, path, "put a copy beside the storyboard; or let it be sent: run --allow-outside")


def media_type(content: bytes) -> str | None:
    """Tell JPEG, PNG or WebP by the first bytes; None for anything else.

    Names lie: a picture saved from the web may be WebP under the name of a JPEG.
    """
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    return "image/webp" if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None


def _wrong(rule: str, message: str, path: DocumentPath, hint: str) -> Finding:
    return Finding(rule=f"image/{rule}", message=message, path=path, hint=hint)
