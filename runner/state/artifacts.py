"""Files that were fetched and paid for, as they lie on the disk."""

from pathlib import Path

from runner.errors import CheckFailed
from runner.files import explain_os_errors
from runner.state.history import StoredFile


def require_unchanged(folder: Path, file: StoredFile) -> Path:
    """The path of a stored file that is still as long as it was.

    Raises:
        CheckFailed: it is not.
        RunDirectoryError: it is gone.
    """
    path = folder / file.name
    with explain_os_errors(path):
        size = path.stat().st_size
    if size == file.size:
        return path
    raise CheckFailed(
        f"{path} has {size} bytes; {file.size} were stored",
        code="check/changed-on-disk",
        hint="somebody changed or cut the file: restore it; or delete it, and the next run fetches it again",
    )
