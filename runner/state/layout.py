"""Where each thing lies in a run directory."""

from dataclasses import dataclass
from pathlib import Path

from runner.ports import Artifact
from runner.state.history import StoredFile, Take


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
        """Return the folder of one take."""
        return self.root / take_folder(hop, number)

    def request(self, hop: int, number: int) -> Path:
        """Return the request of one take; written after its intent and before the first byte is sent."""
        return self.take(hop, number) / "request.json"


def is_run_directory(path: Path) -> bool:
    """Return whether a run has begun there: a plan that was not confirmed leaves an empty journal and nothing else."""
    layout = Layout(path)
    # An empty journal beside hops is one that lost its events, and must be noticed, not taken for nothing.
    return layout.journal.is_file() and (layout.journal.stat().st_size > 0 or (path / "hops").exists())


def artifact_of(take: Take, file: StoredFile) -> Artifact:
    """Return a stored file of a take under its name in the run."""
    return Artifact(name=f"{take_folder(take.hop, take.number)}/{file.name}", size=file.size, sha256=file.sha256)


def take_folder(hop: int, number: int) -> str:
    """Return the name of a take's folder in a run."""
    return f"hops/{hop:02d}/take-{number:02d}"
