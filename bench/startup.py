"""Start-up as a user feels it: each command's wall time as a ratio to `python -c pass`, medians, side by side."""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
LONGTAKE = Path(sys.executable).with_name("longtake")
WALK = str(ROOT / "storyboards" / "long-walk.yaml")
# The aims of `validate` and `plan` are not met: 18x and 23x of processor time with one schema engine (2026-11-30).
COMMANDS = {
    "python -c pass": ([sys.executable, "-c", "pass"], None),
    "longtake --version": ([str(LONGTAKE), "--version"], 3),
    "longtake --help": ([str(LONGTAKE), "--help"], None),
    "longtake validate (20 hops)": ([str(LONGTAKE), "validate", WALK], 8),
    "longtake plan (20 hops)": ([str(LONGTAKE), "plan", WALK], 8),
}
ROUNDS = 15


def once(argv: list[str], folder: str) -> float:
    began = time.perf_counter()
    subprocess.run(argv, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        times: dict[str, list[float]] = {name: [] for name in COMMANDS}
        for _ in range(ROUNDS):
            for name, (argv, _) in COMMANDS.items():
                times[name].append(once(argv, folder))
    base = statistics.median(times["python -c pass"])
    for name, (_, aim) in COMMANDS.items():
        median = statistics.median(times[name])
        goal = f"   aim <= {aim}x" if aim else ""
        print(f"{name:<30} {median * 1000:7.1f} ms   {median / base:5.1f}x{goal}")


if __name__ == "__main__":
    main()
