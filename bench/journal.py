"""A durable event against a bare write + fdatasync of the same bytes on the same disk, interleaved."""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from runner.clock import SystemClock
from runner.files import Disk
from runner.state.journal import Journal

ROUNDS = 2000
EVENT = {"hop": 3, "take": 1, "task": "0123456789abcdef0123456789abcdef", "handle": {}, "via": "reply"}


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory(dir=folder) as place:
        journal = Journal(Path(place) / "journal.jsonl", disk=Disk(), clock=SystemClock())
        journal.open()
        bare = os.open(Path(place) / "bare", os.O_RDWR | os.O_CREAT | os.O_APPEND)
        line = b"x" * 150
        ours, theirs = [], []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            journal.append("accepted", **EVENT)
            middle = time.perf_counter()
            os.write(bare, line)
            os.fdatasync(bare)
            ours.append(middle - began)
            theirs.append(time.perf_counter() - middle)
        os.close(bare)
        journal.close()
    event, write = statistics.median(ours), statistics.median(theirs)
    print(f"durable event {event * 1e6:.0f} us, bare write + fdatasync {write * 1e6:.0f} us")
    print(f"{event / write:.2f}x (aim <= 2x)")


if __name__ == "__main__":
    main()
