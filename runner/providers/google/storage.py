"""Objects in Google Cloud Storage, named by ``gs://`` addresses, fetched through the JSON API."""

import re
from urllib.parse import quote

_OBJECT = re.compile(r"gs://([a-z0-9][a-z0-9._-]{1,220})/([^\x00-\x1f\x7f]{1,1000})")


def is_object(uri: str) -> bool:
    """Whether an address can name an object."""
    return _OBJECT.fullmatch(uri) is not None


def download_path(uri: str) -> str:
    """The path of the JSON API that gives the bytes of an object; nothing where the address names none."""
    found = _OBJECT.fullmatch(uri)
    return f"/storage/v1/b/{found[1]}/o/{quote(found[2], safe='')}?alt=media" if found else ""
