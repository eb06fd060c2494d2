"""The storyboard and its pictures as they are in force, kept in the run directory."""

import os
import re
import secrets
from pathlib import Path

from runner.context import Context
from runner.errors import ConfigurationError
from runner.events import FORMAT
from runner.execution.identity import source_of
from runner.files import explain_os_errors
from runner.state.run_directory import RunDirectory
from runner.storyboard.model import Storyboard

# The names that a run gives its own files; a picture may stand beside them, not in their place.
_RESERVED_NAMES = re.compile(
    r"(?i)(journal|lock|place|state|film|storyboard|report)(\.[^/\\]*)?$|(hops|sandbox)([/\\]|$)"
)


def freeze_storyboard(directory: RunDirectory, storyboard: Storyboard, context: Context) -> None:
    """Keep the storyboard and its pictures in the run directory, and say in the journal which one is in force."""
    layout, history = directory.layout, directory.history
    source = _source_in_force(directory, storyboard)
    same = (history.storyboard, history.source) == (storyboard.source.digest, source)
    if same and layout.storyboard.exists():
        return
    # The file before the event that names its digest, as everywhere; after a crash between them it is written again.
    directory.write(layout.storyboard, storyboard.source.text.encode())
    _copy_pictures(directory, storyboard)
    if directory.history.run:
        directory.record("edited", storyboard=storyboard.source.digest, source=source)
        return
    directory.record(
        "opened",
        format=FORMAT,
        # Random, not made of the path: a run that was copied or moved keeps its id, by which a copy is told from its
        # original.
        run=secrets.token_hex(8),
        provider=context.entry.catalog.name,
        endpoint=context.endpoint,
        account=context.account,
        source=source,
        storyboard=storyboard.source.digest,
    )


def _source_in_force(directory: RunDirectory, storyboard: Storyboard) -> str:
    """Return whose run this is from now on: the file that is run, or, where that is the kept copy, whose it was."""
    file = storyboard.source.file
    kept = file is None or file.resolve().is_relative_to(directory.layout.root.resolve())
    return directory.history.source if kept else source_of(storyboard)


def _copy_pictures(directory: RunDirectory, storyboard: Storyboard) -> None:
    """Copy pictures inside the storyboard's folder under the same path, so that the frozen copy finds them."""
    for hop in storyboard.hops:
        for image in (hop.images.first_frame, hop.images.last_frame, *hop.images.references):
            if image is None or image.path is None:
                continue
            relative = Path(os.path.normpath(image.reference))
            if relative.is_absolute() or ".." in relative.parts:
                continue
            target = _picture_target(directory.layout.root, relative)
            with explain_os_errors(image.path):
                directory.write(target, image.path.read_bytes())


def _picture_target(root: Path, relative: Path) -> Path:
    """Return where a picture is kept: not over a file of the run, not through a link out of the directory.

    Raises:
        ConfigurationError: there is no such place.
    """
    target = root / relative
    inside = target.parent.resolve().is_relative_to(root.resolve())
    if inside and not target.is_symlink() and not _RESERVED_NAMES.match(str(relative)):
        return target
    raise ConfigurationError(
        f"the picture {str(relative)!r} cannot be kept in {root}: that is a file of the run, or leads out of it",
        code="run-directory/picture-name",
        hint="give the picture another name or folder",
    )
