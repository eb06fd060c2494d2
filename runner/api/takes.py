"""Choosing from the takes of a run."""

from collections.abc import Sequence
from pathlib import Path

from runner.errors import UsageError
from runner.planning.what_if import promotion_events
from runner.state.history import History, Take


def record_promotion(root: Path, history: History, chosen: Sequence[Take]) -> None:
    """Write the choice of takes down that was made from `history`; sends nothing.

    Raises:
        UsageError: the run went on meanwhile, so that the choice was made from what no longer holds.
        RunDirectoryError: the run is in use, or cannot be written.
    """
    from runner.backends.local import open_local_run
    from runner.clock import SystemClock
    from runner.files import Disk

    with open_local_run(root, disk=Disk(), clock=SystemClock()) as directory:
        # The price was shown for the history of then; under the lock it is compared once more (time of check, time of
        # use).
        if directory.history != history:
            raise UsageError("the run went on meanwhile: look again", code="usage/changed")
        for data in promotion_events(chosen):
            directory.record("chosen", **data)
