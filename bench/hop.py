"""What longtake adds to the provider's own time: wall time of a run minus the time of its tasks, per hop.

Against the emulator over a socket in another process, tasks of 3 s, pictures rendered beforehand by a first run.
"""

import asyncio
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from runner import load, run
from runner.api.runs import Environment, RunOptions
from runner.reporting import Report

SECONDS = 3.0
SAMPLE = Path(__file__).parents[1] / "storyboards" / "dog-park.yaml"
LONGTAKE = Path(sys.executable).with_name("longtake")


async def yes(_plan: object) -> bool:
    return True


def film(folder: Path, url: str) -> tuple[float, int]:
    hops = 0

    def count(report: Report) -> None:
        nonlocal hops
        hops += report.kind == "hop/done"

    storyboard = load(SAMPLE)
    environment = Environment(environ={"LONGTAKE_KIE_BASE_URL": url, "KIE_API_KEY": "any"}, report=count)
    began = time.perf_counter()
    asyncio.run(run(storyboard, RunOptions(run_dir=folder), approve=yes, environment=environment))
    return time.perf_counter() - began, hops


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        argv = [str(LONGTAKE), "sandbox", "--port", "0", "--folder", f"{place}/sandbox", "--task-seconds", str(SECONDS)]
        with subprocess.Popen(argv, stderr=subprocess.PIPE, text=True) as server:
            assert server.stderr is not None
            url = next(word for word in server.stderr.readline().split() if word.startswith("http"))
            film(Path(place) / "warm", url)
            for number in range(3):
                took, hops = film(Path(place) / f"run{number}", url)
                own = took / hops - SECONDS
                print(f"{hops} hops of {SECONDS} s: {took:.2f} s, longtake itself {own:.2f} s a hop (aim <= 0.30 s)")
            server.terminate()
        shutil.rmtree(f"{place}/sandbox", ignore_errors=True)


if __name__ == "__main__":
    main()
