"""Pictures for requests that hold their content."""

import base64
from mimetypes import guess_type
from pathlib import Path


def data_url(picture: Path) -> str:
    """A picture's content as a ``data:`` URL. OSError where it cannot be read."""
    kind = guess_type(picture.name)[0] or "image/png"
    return f"data:{kind};base64,{base64.b64encode(picture.read_bytes()).decode()}"


def content(url: str) -> str:
    """What a ``data:`` URL holds, in base64; any other address, and a stand-in of a plan, stays as it is."""
    return url.partition(";base64,")[2] if url.startswith("data:") else url
