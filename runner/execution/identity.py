"""Whose run a run directory holds: that of the storyboard file it began from. A name is shared, a file is not."""

import json
import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from runner.commands import command, quote_word
from runner.config.settings import is_rehearsal
from runner.errors import RunDirectoryError
from runner.state.history import History
from runner.state.layout import Layout, is_run_directory
from runner.storyboard.model import Storyboard


def source_of(storyboard: Storyboard) -> str:
    """Return a storyboard's file as a journal names it: absolute, so that it means the same wherever one stands."""
    file = storyboard.source.file
    # A name that is no UTF-8 cannot stand in the journal; escaped it still tells a person which file was meant.
    return str(file.resolve()).encode("utf-8", "backslashreplace").decode() if file else ""


def refuse_other_storyboard(
    root: Path, history: History, storyboard: Storyboard, keys: Collection[str], before: str = ""
) -> None:
    """Refuse to go on with the run of another storyboard that has the same name.

    `keys` are those of the storyboard's hops; `before` is where the run directory was last worked in.

    Raises:
        RunDirectoryError: naming both files, and a folder that is free.
    """
    file = storyboard.source.file
    if not history.source or file is None or _is_own(root, history, storyboard, keys, before):
        return
    rehearsal = ["--sandbox"] if is_rehearsal(history.endpoint) else []
    raise RunDirectoryError(
        f"{root} holds the run of {history.source}, and {file.resolve()} is another storyboard of that name:"
        " run there, it would discard those takes and replace that film",
        code="run-directory/other-storyboard",
        hint="nothing was bought or changed: give this one a folder of its own with --run-dir;"
        f" or, if it is the same storyboard in another place, name the old one: --run-dir {quote_word(str(root))}",
        next_command=command("run", file, "--run-dir", _free_folder(root, file), *rehearsal),
    )


def _is_own(root: Path, history: History, storyboard: Storyboard, keys: Collection[str], before: str) -> bool:
    file = storyboard.source.file
    if file is None or file.resolve().is_relative_to(root.resolve()):  # the copy that the run keeps
        return True
    there = [place for place in _places(root, history.source) if place.exists()]
    if any(_is_same_file(place, file) for place in there) or _moved_along(root, history.source, file, before):
        return True
    return _was_moved(history, storyboard, file, keys, there)


def _was_moved(
    history: History, storyboard: Storyboard, file: Path, keys: Collection[str], there: Sequence[Path]
) -> bool:
    """Return whether a file that is not where the journal has it is the same storyboard, by its content."""
    absolute = Path(history.source).is_absolute()
    # Content is evidence of a move only once the old file is gone; a copy beside its original is another storyboard.
    if there and absolute:
        return False
    if storyboard.source.digest == history.storyboard or any(take.key in keys for take in history.takes):
        return True
    # Older journals name the file as it was typed, from a folder that they do not tell.
    return not absolute and not there and _ends_alike(file.resolve(), Path(history.source))


def _places(root: Path, source: str) -> Iterator[Path]:
    """Yield where a journal's source may lie: one that is relative, from here or from a folder around the run."""
    path = Path(source)
    if path.is_absolute():
        yield path
        return
    for folder in (Path.cwd(), *root.resolve().parents):
        yield folder / path


def _is_same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _moved_along(root: Path, source: str, file: Path, before: str) -> bool:
    """Return whether file and run directory lie to each other as they did where the run was last worked on."""
    if not before or not Path(source).is_absolute() or Path(before) == root.resolve():
        return False
    return os.path.relpath(source, before) == os.path.relpath(file.resolve(), root.resolve())


def _ends_alike(file: Path, source: Path) -> bool:
    named = [part for part in source.parts if part not in (".", "..")]
    return list(file.parts[-len(named) :]) == named


def _free_folder(root: Path, file: Path) -> Path:
    """Return a folder beside `root` that this storyboard has already, or that no run has."""
    stem, suffix = f"{file.resolve().parent.name}-{file.stem}".lstrip("-"), ".sandbox" * root.name.endswith(".sandbox")
    number, folder = 1, root.with_name(f"{stem}{suffix}")
    while is_run_directory(folder) and not _began_from(folder, file):
        number += 1
        folder = root.with_name(f"{stem}-{number}{suffix}")
    return folder


def _began_from(folder: Path, file: Path) -> bool:
    # As bytes, without parsing: this is a proposal, and a damaged journal must not stand in its way.
    named = json.dumps(str(file.resolve()), ensure_ascii=False).encode("utf-8", "backslashreplace")
    return b'"source":' + named in Layout(folder).journal.read_bytes()
