"""An environment of its own for a client that does not get along with ours."""

import subprocess
import sys
from pathlib import Path

from filelock import FileLock

ROOT = Path(__file__).parents[2]


def python_with(requirement: str, name: str) -> Path:
    """The interpreter of an environment that holds one requirement; made once, and kept beside ours."""
    folder = ROOT / ".venv-guests" / name
    ready = folder / "ready"
    folder.parent.mkdir(exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        if not ready.exists() or ready.read_text() != requirement:
            subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
            subprocess.run([folder / "bin" / "pip", "install", "-q", requirement], check=True, capture_output=True)
            ready.write_text(requirement)
    return folder / "bin" / "python"
