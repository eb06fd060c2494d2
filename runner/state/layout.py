"""Where each thing lies in a run directory, and the files of it that were fetched and paid for."""

from dataclasses import dataclass
from pathlib import Path

from runner.errors import CheckFailed
from runner.files import explain_os_errors
from runner.state.history import StoredFile


@dataclass(frozen=True, slots=True)
class Layout:
    """The names in a run directory."""

    root: Path

    @property
    def journal(self) -> Path:
        """Every event; the only truth."""
        return self.root / "journal.jsonl"

    @property
    def storyboard(self) -> Path:
        """The frozen copy of the storyboard that the run last worked from."""
        return self.root / "storyboard.yaml"

    @property
    def place(self) -> Path:
        """Where the run was last worked on; tells a copy from the original."""
        return self.root / "place.json"

    @property
    def film(self) -> Path:
        """The finished film."""
        return self.root / "film.mp4"

    @property
    def film_manifest(self) -> Path:
        """What the film was made of."""
        return self.root / "film.json"

    def take(self, hop: int, number: int) -> Path:
        """The folder of one take."""
        return self.root / "hops" / f"{hop:02d}" / f"take-{number:02d}"

    def request(self, hop: int, number: int) -> Path:
        """The request of one take; written after its intent and before the first byte is sent."""
        return self.take(hop, number) / "request.json"


def is_run_directory(path: Path) -> bool:
    """Whether a run has begun there: a plan that nobody said yes to leaves an empty journal and nothing else."""
    layout = Layout(path)
    return layout.journal.is_file() and (layout.journal.stat().st_size > 0 or (path / "hops").exists())


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
