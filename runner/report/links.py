"""Addresses of files of the run, as seen from the folder where the report is to lie."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Links:
    """Links from a folder."""

    folder: Path

    def to(self, path: Path) -> str:
        """The address of a file; nothing for one that is not there."""
        if not path.exists():
            return ""
        try:
            relative = os.path.relpath(path.resolve(), self.folder.resolve())
        except ValueError:  # another drive
            return path.resolve().as_uri()
        return quote(relative.replace(os.sep, "/"))
