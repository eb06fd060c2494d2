"""Unpacking a body that a server compressed, told by its bytes: the header that names a packing is often wrong.

Storages replay `aws-chunked`, an empty word or `utf-8` with a plain body, and proxies unpack one and leave its header.
"""

import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Literal

Packing = Literal["", "gzip", "zlib", "raw"]

# RFC 1952, section 2.3.1: two fixed bytes, then 8 for deflate, the only method there is.
_GZIP = b"\x1f\x8b\x08"
# RFC 1950, section 2.2: deflate with a window of 32 KiB, at its four levels. `deflate` should mean this form, and some
# servers send the bare stream of RFC 1951 (RFC 9110, section 8.4.1.2).
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_WINDOW_BITS = {"gzip": 16 + zlib.MAX_WBITS, "zlib": zlib.MAX_WBITS, "raw": -zlib.MAX_WBITS}
# A few packed bytes may unpack to a thousand times as many: they are handed on in pieces.
_PIECE = 1 << 20
_PLAIN = frozenset({"", "identity", "aws-chunked", "utf-8", "binary", "none"})


class Damaged(ValueError):
    """A compressed body that does not unpack to its end."""


def packing_of(head: bytes, named: str) -> Packing:
    """Tell from the first bytes of a body how it is packed; `named` is its Content-Encoding, which may be wrong.

    Empty for one that is plain, or packed in a way that we do not know.
    """
    if head.startswith(_GZIP):
        return "gzip"
    if "deflate" not in named.lower():
        return ""
    return "zlib" if head.startswith(_ZLIB) else "raw"


def names_packing(named: str) -> bool:
    """Tell whether a Content-Encoding speaks of a real packing at all."""
    return any(word.strip().lower() not in _PLAIN for word in named.split(","))


class Unpacker:
    """Unpacks a body piece by piece; no piece is longer than 1 MiB, whatever the packed bytes say."""

    def __init__(self, packing: Packing) -> None:
        self._packing = packing
        self._stream = zlib.decompressobj(_WINDOW_BITS[packing])

    def feed(self, packed: bytes) -> Iterator[bytes]:
        """Yield what these bytes unpack to; Damaged where they do not."""
        while packed:
            try:
                piece = self._stream.decompress(packed, _PIECE)
            except zlib.error as error:
                raise Damaged("its compression is damaged") from error
            packed = self._stream.unconsumed_tail
            if self._stream.eof and self._stream.unused_data.startswith(_GZIP):  # RFC 1952: members may follow
                packed = self._stream.unused_data
                self._stream = zlib.decompressobj(_WINDOW_BITS[self._packing])
            if piece:
                yield piece

    def finish(self) -> None:
        """Raise Damaged where the packed body ended too early."""
        if not self._stream.eof:
            raise Damaged("its compression is cut short")


def unpack(body: bytes, packing: Packing, most: int) -> bytes | None:
    """Return a whole body unpacked, or None where that is longer than `most`; Damaged where it does not unpack."""
    unpacker, plain = Unpacker(packing), bytearray()
    for piece in unpacker.feed(body):
        plain += piece
        if len(plain) > most:
            return None
    unpacker.finish()
    return bytes(plain)


async def stream_unpacked(chunks: AsyncIterator[bytes], packing: Packing) -> AsyncGenerator[bytes]:
    """Yield a body unpacked as it comes; Damaged where it does not unpack to its end."""
    unpacker = Unpacker(packing)
    async for chunk in chunks:
        for piece in unpacker.feed(chunk):
            yield piece
    unpacker.finish()
