"""The body of an answer: read whole and bounded, or piece by piece, each within its time."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Protocol, cast

import httpx

from runner.net.messages import Lost
from runner.net.packing import Damaged, packing_of, unpack

# Bytes to ask the connection for at once; the 64 KiB that httpx reads take three times as long.
_WIDE = 1 << 20


class Pipe(Protocol):
    """What httpcore gives as a connection."""

    async def read(self, max_bytes: int) -> bytes:
        """Return at most so many bytes as soon as there are any; none at the end."""
        ...

    async def aclose(self) -> None:
        """Close the connection."""
        ...

    def get_extra_info(self, info: str) -> object:
        """Return one fact of the connection, such as ``server_addr``."""
        ...


async def read_body(response: httpx.Response, most: int, body: bytearray) -> bytes:
    """Read a body to its end into `body` and return it unpacked; Lost where it is longer than `most`.

    No honest answer is that long. What came of one that breaks off is in `body`.
    """
    # Raw, and unpacked here: the library believes the header, and an answer to a paid submit would be lost with it.
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > most:
            raise _too_long(response, most)
    return _unpack_body(response, bytes(body), most)


def _unpack_body(response: httpx.Response, body: bytes, most: int) -> bytes:
    named = response.headers.get("content-encoding", "")
    packing = packing_of(body, named)
    if not packing:
        return body
    try:
        plain = unpack(body, packing, most)
    except Damaged as error:
        if packing == "raw":  # has no sign of its own: the header alone spoke for it
            return body
        raise httpx.DecodingError(str(error), request=response.request) from error
    if plain is None:
        raise _too_long(response, most)
    if packing_of(plain, "") == "gzip":  # packed twice, a few bytes unpack to any size
        raise Lost(f"{response.request.url.host}: the answer is packed more than once", code="http/too-long")
    return plain


def _too_long(response: httpx.Response, most: int) -> Lost:
    return Lost(f"{response.request.url.host}: the answer is longer than {most >> 20} MiB", code="http/too-long")


async def read_pieces(response: httpx.Response, silence: float) -> AsyncGenerator[bytes]:
    """Read a body piece by piece as it comes over the network; ReadTimeout where a piece takes `silence` seconds.

    One clock for each piece: the library's own starts again with every byte, also with those that are no content, such
    as the extensions of a chunk.
    """
    raw = cast("AsyncGenerator[bytes]", response.aiter_raw())
    async with aclosing(raw), aclosing(raw if plain_length(response) is None else _wide(response, raw)) as pieces:
        while True:
            try:
                async with asyncio.timeout(silence):
                    piece = await anext(pieces, None)
            except TimeoutError as error:
                raise httpx.ReadTimeout("") from error
            if piece is None:
                return
            yield piece


async def _wide(response: httpx.Response, raw: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    """Read a body of known length in large pieces, past the library, whose 64 KiB reads take three times as long.

    Its first piece empties the library's own buffer; from there on the connection holds the rest of the body.
    """
    left = plain_length(response) or 0
    piece = await anext(raw, b"")
    pipe = cast("Pipe", response.extensions["network_stream"])
    while piece:
        left -= len(piece)
        yield piece
        if not left:
            return
        piece = await pipe.read(min(left, _WIDE))
    if left:
        raise httpx.RemoteProtocolError(f"{left} bytes are missing")


def plain_length(response: httpx.Response) -> int | None:
    """Return the body's length where it comes over the network as it is, without chunks."""
    length = response.headers.get("content-length", "")
    if "network_stream" not in response.extensions or "transfer-encoding" in response.headers:
        return None
    return int(length) if length.isdecimal() else None
