"""Where Google keeps results: private files behind the key, and objects in Cloud Storage."""

import re
from dataclasses import replace

from runner.net.messages import Link
from runner.providers.base import Asset, Done, Failed, Failure, Pending, State
from runner.providers.google.client import GoogleClient
from runner.providers.google.errors import RETRYABLE
from runner.providers.http_api import as_object, path_part

_READ_DEADLINE, _MAX_ANSWER = 30.0, 8 << 20  # seconds and bytes: a file's own record is short, unlike an interaction
_FILE = re.compile(r"/(files/[A-Za-z0-9_-]{1,80})(?::download)?(?:\?|$)")
_OBJECT = re.compile(r"gs://([a-z0-9][a-z0-9._-]{1,220})/([^\x00-\x1f\x7f]{1,1000})")


async def check_processed(client: GoogleClient, done: Done) -> State:
    """Return a finished task, or Pending while its file is being processed.

    An extension sent right after the end is refused ("…that has been processed"); clients that wait until the file is
    ACTIVE report no more of it (2026).

    Raises:
        ProviderError: the file could not be asked about now; the task is to be asked about again.
    """
    name = file_name(done.assets[0].url)
    if not name:
        return done
    reply = await replace(client.http, read_deadline=_READ_DEADLINE, max_answer=_MAX_ANSWER).ask(f"/v1beta/{name}")
    if reply.status in RETRYABLE:
        raise client.error_of(reply)
    stage = as_object(reply.json()).get("state")
    if stage == "FAILED":
        return Failed(words="Google could not finish the file of the result", failure=Failure.TRANSIENT)
    return Pending(words="the result is being processed") if stage == "PROCESSING" else done


def file_link(client: GoogleClient, asset: Asset) -> Link:
    """Return the asset's own link; who we are goes along to the API's own host only."""
    return client.http.file_link(asset.url)


def file_name(uri: str) -> str:
    """Return the file's name behind a download URI, ``files/…``, or nothing."""
    found = _FILE.search(uri)
    return found[1] if found else ""


def is_object(uri: str) -> bool:
    """Whether an address can name an object in Cloud Storage."""
    return _OBJECT.fullmatch(uri) is not None


def object_link(client: GoogleClient, storage: str, uri: str) -> Link:
    """Return where the bytes of an object can be fetched, signed in."""
    return Link(url=storage + object_path(uri), headers=client.headers)


def object_path(uri: str) -> str:
    """Return the path of Cloud Storage's JSON API for the bytes of an object; nothing where the address names none."""
    found = _OBJECT.fullmatch(uri)
    return f"/storage/v1/b/{found[1]}/o/{path_part(found[2])}?alt=media" if found else ""
