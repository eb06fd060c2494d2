"""What the looks at seams, last seconds and drift find, and what they cry wolf at: a table of faults and takes.

Synthetic takes (tests/quality/scenes.py), one fault each, at speeds from a still camera to a fast pan. Needs about
10 minutes on two cores; `--scenes 8` is quicker. Run it from the top of the checkout: `python -m bench.quality`.
"""

import argparse
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

from runner.quality.profile import profile
from runner.quality.seam import BACK, FORTH, seam_values
from runner.quality.series import Series
from runner.quality.tail import tail_values
from tests.quality import scenes
from tests.quality.scenes import SEAM, Paint, Scene, footage

SPEEDS = (0.0, 0.3, 0.8, 1.6, 3.0, 5.0)
Fault = Callable[[Scene], Paint]
# A fault, the checks of which one must speak, and the aim.
FAULTS: dict[str, tuple[Fault, tuple[str, ...], float]] = {
    "hard cut": (scenes.cut, ("seam/discontinuity",), 1.0),
    "skip 3 frames": (lambda scene: scenes.skip(scene, 3), ("seam/discontinuity",), 0.95),
    "skip 24 frames": (lambda scene: scenes.skip(scene, 24), ("seam/discontinuity",), 1.0),
    "rewind 6 frames": (lambda scene: scenes.rewind(scene, 6), ("seam/rewind",), 0.95),
    "rewind 12 frames": (lambda scene: scenes.rewind(scene, 12), ("seam/rewind",), 1.0),
    "luma +2": (lambda scene: scenes.brighter(scene, 2), ("seam/luma-step",), 0.25),
    "luma +4": (lambda scene: scenes.brighter(scene, 4), ("seam/luma-step",), 1.0),
    "chroma +/-2": (lambda scene: scenes.tinted(scene, 2), ("seam/chroma-step",), 0.92),
    "saturation 1.2": (lambda scene: scenes.saturated(scene, 1.2), ("seam/saturation",), 1.0),
    "freeze 3 frames": (lambda scene: scenes.frozen(scene, 3), ("seam/frozen",), 1.0),
    "freeze 6 frames": (lambda scene: scenes.frozen(scene, 6), ("seam/frozen",), 1.0),
    "black 1 frame": (scenes.black, ("seam/flash",), 1.0),
    "flicker +/-3": (lambda scene: scenes.flicker(scene, 3), ("seam/flicker",), 0.97),
    "melt 3 px": (lambda scene: scenes.melting(scene, 3), ("tail/deform",), 0.79),
    "melt 6 px": (lambda scene: scenes.melting(scene, 6), ("tail/deform",), 0.85),
    "melt 12 px": (lambda scene: scenes.melting(scene, 12), ("tail/deform",), 0.95),
    "shake 6 px": (lambda scene: scenes.shaking(scene, 6), ("tail/jitter",), 0.95),
}


def remarked(paint: Paint, seed: int) -> dict[str, str]:
    """What is remarked on at the seam and before it."""
    shown = footage(paint, seed=seed)
    values = {
        "seam": seam_values(Series(shown[SEAM - BACK : SEAM + FORTH]), BACK),
        "tail": tail_values(Series(shown[:SEAM])),
    }
    found = [verdict for family, each in values.items() for verdict in profile().verdicts(family, each, "", None)]
    return {verdict.check: verdict.verdict for verdict in found if verdict.verdict != "pass"}


def scene_of(number: int) -> Scene:
    return Scene(number, SPEEDS[number % len(SPEEDS)])


def judged(number: int) -> dict[str, dict[str, str]]:
    """One scene, clean and with every fault."""
    scene = scene_of(number)
    # What cannot be seen is no fault: a camera that stands skips nothing.
    moving = scene.speed > 0.1
    found = {"clean": remarked(scene.paint, number)}
    for name, (fault, _, _) in FAULTS.items():
        if moving or not name.startswith(("skip", "rewind", "freeze", "shake")):
            found[name] = remarked(fault(scene), number)
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--scenes", type=int, default=36)
    count = parser.parse_args().scenes
    with ProcessPoolExecutor() as pool:
        results = list(pool.map(judged, range(count)))
    print(f"{count} scenes of {len(SPEEDS)} speeds; a fault is found when its own check speaks\n")
    print(f"{'fault':<18}{'takes':>6}{'found':>7}{'rate':>7}{'aim':>7}   failed")
    for name, (_, checks, aim) in FAULTS.items():
        told = [result[name] for result in results if name in result]
        hits = sum(any(check in each for check in checks) for each in told)
        failed = sum(any(each.get(check) == "fail" for check in checks) for each in told)
        rate = hits / len(told)
        print(
            f"{name:<18}{len(told):>6}{hits:>7}{rate:>7.2f}{aim:>7.2f}   {failed}{'' if rate >= aim else '   MISSED'}"
        )
    alarms = Counter(check for result in results for check in result["clean"])
    wolves = sum(bool(result["clean"]) for result in results)
    fails = sum("fail" in result["clean"].values() for result in results)
    print(f"\nclean takes: {wolves} of {count} with a warning ({dict(alarms)}), {fails} with a failure")


if __name__ == "__main__":
    main()
