"""Standard output and error that never raise: what cannot be written is remembered, and the work goes on.

A line for people must not end a run between a purchase and its record, so the loss of a reader, a full disk and a
descriptor that was closed from the start are facts to ask about at the end, and no exceptions.
"""

import codecs
import errno
import io
import os
import select
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Buffer  # type: ignore[attr-defined,unused-ignore]  # Python 3.12 has it

_ERRORS = "longtake"
# Our own signs, which a terminal of a few letters can be spared; whatever else it lacks is spelled out.
_PLAIN = {"·": "-", "–": "-", "—": "-", "→": "->", "…": "...", "×": "x", "≥": ">=", "≤": "<=", "•": "*", "±": "+-"}  # noqa: RUF001
_LEFT = (errno.EPIPE, errno.ECONNRESET)


class Sink(io.RawIOBase):
    """A descriptor that takes everything; once it failed, it takes it in silence. `failure` is why, once it is."""

    def __init__(self, descriptor: int, *, closed: bool) -> None:
        super().__init__()
        self.failure: OSError | None = None
        self.is_closed = closed
        self._descriptor = descriptor

    def writable(self) -> bool:
        """It can be written to, always."""
        return True

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._descriptor

    def isatty(self) -> bool:
        """Whether a person reads it."""
        return not self.failure and os.isatty(self._descriptor)

    def write(self, data: "Buffer") -> int:
        """Write everything, or remember why not; return how much was given."""
        rest = memoryview(data).cast("B")
        if self.is_closed and rest:
            self.failure = self.failure or OSError(errno.EBADF, os.strerror(errno.EBADF))
        while rest and self.failure is None:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            # Whoever shares our pipe or terminal (ssh, node) may have told it not to block: then we wait.
            except BlockingIOError:
                select.select([], [self._descriptor], [])
            except OSError as error:
                self.failure = error
        return memoryview(data).nbytes


def guard_streams() -> None:
    """Put guarded streams in the place of standard output and error; closed ones lead nowhere from here on."""
    # A hole among the first three descriptors would be filled by the next file that is opened, a journal perhaps, and
    # whatever a library or a child writes to its standard error would land there.
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    codecs.register_error(_ERRORS, _replace)
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 -- open as long as the process is
    sys.stdout, sys.stderr = _guard(sys.stdout, 1), _guard(sys.stderr, 2)


def _guard(stream: TextIO | None, descriptor: int) -> TextIO:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    sink = Sink(descriptor, closed=stream is None)
    return io.TextIOWrapper(sink, encoding=encoding, errors=_ERRORS, write_through=True)  # type: ignore[type-var]


def _replace(error: UnicodeError) -> tuple[str, int]:
    """Replace what an encoding cannot carry: our own signs by plain ones, all others by their escapes."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_PLAIN.get(each) or each.encode("ascii", "backslashreplace").decode() for each in lacking), error.end


def failure_of(stream: TextIO | None) -> OSError | None:
    """Return why what was written to a stream is lost; None where it is not."""
    sink = getattr(stream, "buffer", None)
    return sink.failure if isinstance(sink, Sink) else None


def is_gone(stream: TextIO | None) -> bool:
    """Whether nobody reads what is written to a stream."""
    sink = getattr(stream, "buffer", None)
    return stream is None or (isinstance(sink, Sink) and (sink.is_closed or sink.failure is not None))


def has_left(failure: OSError) -> bool:
    """Whether a reader has just read enough, as `head` does, which is no failure."""
    return failure.errno in _LEFT
