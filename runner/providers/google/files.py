"""Google's files: private, behind the key, and good for an extension only once they are processed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from runner.net.client import Web
from runner.net.messages import Call, Link
from runner.providers.base import Asset, Done, Failed, Failure, Pending, State
from runner.providers.google import errors

_DEADLINE = 30.0
_FILE = re.compile(r"/(files/[A-Za-z0-9_-]{1,80})(?::download)?(?:\?|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The files of one key at one base URL."""

    web: Web
    base: str
    headers: Mapping[str, str] = field(repr=False)

    async def when_ready(self, done: Done) -> State:
        """A finished task, or Pending while its file is being processed."""
        name = file_of(done.assets[0].url)
        if not name:
            return done
        call = Call(method="GET", url=f"{self.base}/v1beta/{name}", headers=self.headers, deadline=_DEADLINE)
        reply = await self.web.exchange(call)
        if reply.status in errors.AGAIN:
            return Pending(words=errors.trouble(reply).words)
        body = reply.json()
        stage = body.get("state") if isinstance(body, dict) else None
        if stage == "FAILED":
            return Failed(words="Google could not finish the file of the result", failure=Failure.TRANSIENT)
        return Pending(words="the result is being processed") if stage == "PROCESSING" else done

    def link(self, asset: Asset) -> Link:
        """The asset's own link; the key goes along to the API's own host only."""
        own = urlsplit(asset.url).netloc == urlsplit(self.base).netloc
        return Link(url=asset.url, headers=self.headers if own else {})


def file_of(uri: str) -> str:
    """The file's name behind a download URI, ``files/…``, or nothing."""
    found = _FILE.search(uri)
    return found[1] if found else ""
