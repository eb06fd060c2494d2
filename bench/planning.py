"""Validating and planning in one warm process: one 20-hop storyboard, and a thousand files."""

import statistics
import tempfile
import time
from pathlib import Path

from runner.api.validate import validate
from runner.planning.planner import plan
from runner.state.history import History

SAMPLES = sorted((Path(__file__).parents[1] / "storyboards").glob("*.yaml"))
WALK = next(path for path in SAMPLES if path.stem == "long-walk")
ROUNDS, FILES = 50, 1000


def one() -> float:
    began = time.perf_counter()
    storyboard, entry = validate(WALK).usable()
    plan(storyboard, History(), entry)
    return time.perf_counter() - began


def many() -> float:
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for number in range(FILES):
            path = Path(folder) / f"{number}.yaml"
            path.write_bytes(WALK.read_bytes().replace(b"title:", f"title: {number}".encode(), 1))
            names.append(path)
        began = time.perf_counter()
        for path in names:
            validate(path)
        return time.perf_counter() - began


def main() -> None:
    one()
    times = [one() for _ in range(ROUNDS)]
    print(f"20 hops validated and planned  {statistics.median(times) * 1000:.1f} ms (aim <= 15 ms)")
    took = many()
    print(f"{FILES} storyboards of 20 hops validated  {took:.2f} s ({took / FILES * 1000:.1f} ms each)")


if __name__ == "__main__":
    main()
