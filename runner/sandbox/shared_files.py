"""Files that several sandbox processes share: whole or not there, one writer at a time."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path`; what happens under it is short, and a process that dies releases it."""
    with FileLock(path, timeout=30, mode=0o600):
        yield


def replace_file(path: Path, text: str) -> None:
    """Write `text` beside `path` and move it there: readers see the old file or the new one, never half of one."""
    # Files are for this user alone: they hold people's prompts.
    temporary = path.with_name(f".{secrets.token_hex(6)}.{path.name}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
    temporary.replace(path)


def append_line(path: Path, line: str) -> None:
    """Add one line by one write."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, f"{line}\n".encode())
    finally:
        os.close(descriptor)


def make_private_folder(path: Path) -> Path:
    """Make a folder, and those above it, for this user alone."""
    if not path.is_dir():
        make_private_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
    return path


def write_file(path: Path, content: bytes) -> None:
    """Write a file for this user alone."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(content)
