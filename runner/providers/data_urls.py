"""Pictures for requests that hold their content."""

import base64
from mimetypes import guess_type
from pathlib import Path

from runner.errors import ProviderError


def data_url(picture: Path) -> str:
    """A file's content as a ``data:`` URL.

    Raises:
        ProviderError: it cannot be read.
    """
    kind = guess_type(picture.name)[0] or "image/png"
    try:
        return f"data:{kind};base64,{base64.b64encode(picture.read_bytes()).decode()}"
    except OSError as error:
        raise ProviderError(f"{picture}: {error.strerror}", code="provider/upload") from error


def content(url: str) -> str:
    """What a ``data:`` URL holds, in base64; any other address, and a stand-in of a plan, stays as it is."""
    return url.partition(";base64,")[2] if url.startswith("data:") else url
