"""What a body brings, judged by its bytes and not by its headers: a video, plain or packed, or something else."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from pathlib import Path
from typing import NamedTuple

from runner.media.containers import WEBM, container_kind
from runner.media.download.part_file import Note
from runner.media.download.pump import RateGuard
from runner.media.download.response import TryFailed, parse_note
from runner.media.mp4 import find_flaw, is_mp4_head
from runner.net.messages import Stream
from runner.net.packing import names_packing, packing_of, stream_unpacked

# Bytes that are looked at before anything is stored: a page that reports an error says so in its first lines.
_HEAD = 1024
_QUOTED, _WORD = 200, 40


class Opening(NamedTuple):
    """A body that begins as a video does: what is to be remembered of it, and its bytes, unpacked."""

    note: Note
    chunks: AsyncIterator[bytes]


async def open_body(stream: Stream, guard: RateGuard, redact: Callable[[str], str]) -> Opening:
    """Return a body whose first bytes are those of a video; TryFailed, with those bytes in words, where they are not.

    The header that names a packing is no evidence: storages name what is none, and proxies unpack and leave the name.
    """
    note, chunks, named = parse_note(stream.headers), stream.chunks, stream.headers.get("content-encoding", "")
    head = await _read_head(chunks, guard)
    packing = "" if _is_video(head) else packing_of(head, named)
    if packing:
        # Length and digest are those of the packed body, and a range of it could never be taken up again.
        note, chunks = Note(content_type=note.content_type), stream_unpacked(_prepend(head, chunks), packing)
        head = await _read_head(chunks, guard)
    if _is_video(head):
        return Opening(note, _prepend(head, chunks))
    if names_packing(named) and not packing:
        words = f"the server packed the file as {redact(named)[:_WORD]!r}, though it was asked not to"
        raise TryFailed(words, code="download/packed", dead=True)
    quoted = redact(head.decode("utf-8", errors="replace"))[:_QUOTED]
    raise TryFailed(f"not an MP4 file, it begins with {quoted!r}", code="download/not-a-video", dead=True)


def find_damage(path: Path, *, length_known: bool) -> str:
    """Say what the boxes of a whole MP4 file tell against it, or nothing; of another kind only its reader can tell."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    return "" if container_kind(head) is WEBM else find_flaw(path, length_known=length_known)


def _is_video(head: bytes) -> bool:
    """Tell whether a file begins as a result does: an MP4 file, or WebM, which some models make."""
    return is_mp4_head(head) or container_kind(head) is WEBM


async def _read_head(chunks: AsyncIterator[bytes], guard: RateGuard) -> bytes:
    head = b""
    while len(head) < _HEAD and (chunk := await anext(chunks, b"")):
        guard.count(len(chunk))  # or a server that drips its first bytes would hold us here for ever
        head += chunk
    return head


async def _prepend(head: bytes, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    yield head
    async for chunk in chunks:
        yield chunk
