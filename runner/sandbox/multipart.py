"""Reads multipart bodies: fields as text, files as bytes with their name and type."""

import re
from dataclasses import dataclass

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
    return dict(filter(None, map(_part, pieces)))


def _part(piece: bytes) -> tuple[str, Part] | None:
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
