"""How a report is recognised as one: by its head, so that nothing else is ever written over."""

from pathlib import Path

GENERATOR = "longtake report"
_HEAD = 4096
# The second is how reports began before they had a mark.
_MARKS = (f'content="{GENERATOR}'.encode(), b"longtake report</title>")


def is_report(path: Path) -> bool:
    """Whether a file is an earlier report. Raises OSError where it cannot be read."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    return any(mark in head for mark in _MARKS)
