"""Pictures as Google's requests hold them: inline, in base64."""

import base64
from mimetypes import guess_type
from pathlib import Path


def data_url(picture: Path) -> str:
    """A picture's content as a ``data:`` URL. OSError where it cannot be read."""
    kind = guess_type(picture.name)[0] or "image/png"
    return f"data:{kind};base64,{base64.b64encode(picture.read_bytes()).decode()}"


def inline(url: str) -> dict[str, str]:
    """A ``data:`` URL as an image of a request; what is not one, a stand-in in a plan, is shown as it is."""
    head, comma, content = url.partition(";base64,")
    if not comma:
        return {"bytesBase64Encoded": url}
    return {"bytesBase64Encoded": content, "mimeType": head.removeprefix("data:")}
