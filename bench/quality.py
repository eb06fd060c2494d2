"""What the looks at seams, last seconds and drift find, and what they cry wolf at: rates, and who spoke of what.

Synthetic takes (tests/quality/scenes.py), one fault each, at speeds from a still camera to a fast pan, encoded by x264
and decoded again. Pixels are those of a picture 640 wide, as in the table that the aims are from. Needs about half an
hour on two cores; `--scenes 6 --clean 20` is quicker. Run it from the top of the checkout: `python -m bench.quality`.
"""

import argparse
import os
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import imageio_ffmpeg
import numpy as np

from runner.quality.drift import HopMeasurements, measure_drift
from runner.quality.frames import Footage
from runner.quality.measure import measure_means
from runner.quality.seam import measure_seam, measure_steps, seam_window
from runner.quality.series import Series
from runner.quality.streaming import collect_statistics
from runner.quality.tail import measure_tail
from runner.quality.thresholds import profile
from tests.quality import scenes
from tests.quality.scenes import HEIGHT, SEAM, WIDTH, Paint, Rgb, Scene, footage

BACK, FORTH = seam_window(24.0)
SPEEDS = (0.0, 0.3, 0.8, 1.6, 3.0, 5.0)  # pixels a frame; twice as many of 640
FAST = 2.5  # from there on much is lost in the motion
HOPS = 9
Fault = Callable[[Scene], Paint]
Found = dict[str, str]
Row = tuple[str, Fault, str, float]
# A fault, the check that must speak, and the rate that the prototypes reached. The last ones are no faults.
FAULTS: tuple[Row, ...] = (
    ("hard cut", scenes.cut, "seam/discontinuity", 1.0),
    ("closer framing", lambda scene: scenes.nearer(scene, 1.3), "seam/discontinuity", 1.0),
    ("mirrored", scenes.mirrored, "seam/discontinuity", 1.0),
    ("skip 1", lambda scene: scenes.skip(scene, 1), "seam/discontinuity", 0.65),
    ("skip 3", lambda scene: scenes.skip(scene, 3), "seam/discontinuity", 0.95),
    ("skip 8", lambda scene: scenes.skip(scene, 8), "seam/discontinuity", 0.97),
    ("skip 24", lambda scene: scenes.skip(scene, 24), "seam/discontinuity", 1.0),
    ("rewind 3", lambda scene: scenes.rewind(scene, 3), "seam/rewind", 1.0),
    ("rewind 6", lambda scene: scenes.rewind(scene, 6), "seam/rewind", 1.0),
    ("rewind 12", lambda scene: scenes.rewind(scene, 12), "seam/rewind", 1.0),
    ("reversed", scenes.reverse, "seam/rewind", 0.97),
    ("shift 2 px", lambda scene: scenes.moved(scene, 1), "seam/discontinuity", 0.38),
    ("shift 4 px", lambda scene: scenes.moved(scene, 2), "seam/discontinuity", 0.68),
    ("shift 8 px", lambda scene: scenes.moved(scene, 4), "seam/discontinuity", 0.88),
    ("shift 16 px", lambda scene: scenes.moved(scene, 8), "seam/discontinuity", 0.97),
    ("zoom 1 %", lambda scene: scenes.nearer(scene, 1.01), "seam/discontinuity", 0.35),
    ("zoom 2 %", lambda scene: scenes.nearer(scene, 1.02), "seam/discontinuity", 0.70),
    ("zoom 5 %", lambda scene: scenes.nearer(scene, 1.05), "seam/discontinuity", 0.93),
    ("warp 2 px", lambda scene: scenes.warped(scene, 1), "seam/discontinuity", 0.40),
    ("warp 5 px", lambda scene: scenes.warped(scene, 2.5), "seam/discontinuity", 0.90),
    ("warp 10 px", lambda scene: scenes.warped(scene, 5), "seam/discontinuity", 0.97),
    ("snap back 3 px", lambda scene: scenes.melting(scene, 1.5), "seam/discontinuity", 0.50),
    ("snap back 6 px", lambda scene: scenes.melting(scene, 3), "seam/discontinuity", 0.82),
    ("snap back 12 px", lambda scene: scenes.melting(scene, 6), "seam/discontinuity", 0.95),
    ("luma +2", lambda scene: scenes.brighter(scene, 2), "seam/luma-step", 0.25),
    ("luma +4", lambda scene: scenes.brighter(scene, 4), "seam/luma-step", 1.0),
    ("luma +8", lambda scene: scenes.brighter(scene, 8), "seam/luma-step", 1.0),
    ("gamma 1.05", lambda scene: scenes.gamma(scene, 1.05), "seam/luma-step", 0.96),
    ("gamma 1.1", lambda scene: scenes.gamma(scene, 1.1), "seam/luma-step", 1.0),
    ("chroma +/-1", lambda scene: scenes.tinted(scene, 1), "seam/chroma-step", 0.50),
    ("chroma +/-2", lambda scene: scenes.tinted(scene, 2), "seam/chroma-step", 0.92),
    ("chroma +/-4", lambda scene: scenes.tinted(scene, 4), "seam/chroma-step", 1.0),
    ("saturation 1.1", lambda scene: scenes.saturated(scene, 1.1), "seam/saturation", 0.83),
    ("saturation 1.2", lambda scene: scenes.saturated(scene, 1.2), "seam/saturation", 1.0),
    ("contrast 1.1", lambda scene: scenes.contrasted(scene, 1.1), "seam/saturation", 0.93),
    ("blur 0.7", lambda scene: scenes.soft(scene, 0.35), "seam/sharpness", 0.38),
    ("blur 1.2", lambda scene: scenes.soft(scene, 0.6), "seam/sharpness", 0.92),
    ("freeze 1", lambda scene: scenes.frozen(scene, 1), "seam/frozen", 0.82),
    ("freeze 3", lambda scene: scenes.frozen(scene, 3), "seam/frozen", 1.0),
    ("freeze 6", lambda scene: scenes.frozen(scene, 6), "seam/frozen", 1.0),
    ("black 1", scenes.black, "seam/flash", 1.0),
    ("white 1", scenes.white, "seam/flash", 1.0),
    ("flicker +/-3", lambda scene: scenes.flicker(scene, 3), "seam/flicker", 0.97),
    ("crossfade 8", scenes.crossfade, "seam/saturation", 0.96),
    ("melt 3 px", lambda scene: scenes.melting(scene, 1.5), "tail/deform", 0.79),
    ("melt 6 px", lambda scene: scenes.melting(scene, 3), "tail/deform", 0.85),
    ("melt 12 px", lambda scene: scenes.melting(scene, 6), "tail/deform", 0.95),
    ("tail frozen 12", lambda scene: scenes.standing(scene, 12), "tail/frozen", 0.92),
    ("tail black 3", scenes.dark, "tail/black", 1.0),
    ("tail blur 1", lambda scene: scenes.softening(scene, 0.5), "tail/sharpness", 0.62),
    ("tail blur 2", lambda scene: scenes.softening(scene, 1.0), "tail/sharpness", 0.79),
    ("shake 12 px", lambda scene: scenes.shaking(scene, 6), "tail/jitter", 0.95),
    ("speed x2", lambda scene: scenes.quicker(scene, 2), "", 0.0),
)
# What cannot be seen where nothing moves.
UNSEEN_STILL = ("skip", "rewind", "reversed", "freeze", "tail frozen", "speed")
# By how much each hop differs from the one before, and the drift that has to speak after nine of them.
CHAINS: dict[str, tuple[Callable[[Rgb, int], Rgb], str]] = {
    "none": (lambda picture, _hop: picture, ""),
    "brighter": (lambda picture, hop: picture + np.array([1.9 * hop, 0, 0]), "drift/luma"),
    "warmer": (lambda picture, hop: picture + np.array([0, -hop, hop]), "drift/colour"),
    "more saturated": (lambda picture, hop: picture * [1, 1.04**hop, 1.04**hop], "drift/saturation"),
    "more contrast": (lambda picture, hop: picture * 1.027**hop, "drift/contrast"),
    "softer": (lambda picture, hop: scenes.blurred(picture, 0.1 * hop) if hop else picture, "drift/sharpness"),
}


def encoded(shown: Footage, number: int) -> Footage:
    """The same as x264 leaves it, at one of several qualities and distances of key frames."""
    ffmpeg, raw = (
        imageio_ffmpeg.get_ffmpeg_exe(),
        b"".join(plane.tobytes() for frame in zip(shown.luma, shown.blue, shown.red, strict=True) for plane in frame),
    )
    form = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{WIDTH}x{HEIGHT}", "-r", "24"]
    quality = ["-c:v", "libx264", "-threads", "1", "-crf", str((18, 22, 26)[number % 3])]
    spacing = ["-g", str((24, 48, 250)[number // 3 % 3])]
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "take.mp4"))
        quiet = [ffmpeg, "-nostdin", "-v", "error", "-y"]
        subprocess.run([*quiet[:1], *quiet[2:], *form, "-i", "-", *quality, *spacing, path], input=raw, check=True)
        command = [*quiet, "-i", path, "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"]
        out = np.frombuffer(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout, np.uint8)
    size, half = WIDTH * HEIGHT, (HEIGHT // 2, WIDTH // 2)
    luma, blue, red = np.split(out.reshape(len(shown), -1), [size, size + half[0] * half[1]], axis=1)
    return Footage(luma=luma.reshape(-1, HEIGHT, WIDTH), blue=blue.reshape(-1, *half), red=red.reshape(-1, *half))


def remarked(paint: Paint, number: int) -> Found:
    """What is remarked on at the seam and before it."""
    shown = encoded(footage(paint, seed=number), number)
    values = {
        "seam": measure_seam(Series(shown[SEAM - BACK : SEAM + FORTH]), BACK),
        "tail": measure_tail(Series(shown[:SEAM])),
    }
    found = [verdict for family, each in values.items() for verdict in profile().verdicts(family, each, "", None)]
    return {verdict.check: verdict.verdict for verdict in found if verdict.verdict != "pass"}


def scene_of(number: int) -> Scene:
    return Scene(number, SPEEDS[number % len(SPEEDS)])


def judged(number: int) -> dict[str, Found]:
    """One scene with every fault that can be seen in it."""
    scene = scene_of(number)
    return {
        name: remarked(fault(scene), number)
        for name, fault, _, _ in FAULTS
        if scene.speed > 0.1 or not name.startswith(UNSEEN_STILL)
    }


def clean(number: int) -> Found:
    return remarked(scene_of(number).paint, number)


def drifted(number: int) -> dict[str, Found]:
    """Each kind of chain, its hops over several scenes: what its drift comes to at the end."""
    told: dict[str, Found] = {}
    for name, (grade, _) in CHAINS.items():
        looks: list[HopMeasurements] = []
        for hop in range(1, HOPS):
            scene = scene_of(number * HOPS + hop)
            shown = encoded(footage(_graded(scene, grade, hop), seed=number * HOPS + hop), number)
            if not looks:
                looks.append(HopMeasurements(hop=0, means=measure_means(collect_statistics(shown[:SEAM]))))
            stepped = measure_steps(Series(shown[SEAM - BACK : SEAM + FORTH]), BACK)
            looks.append(HopMeasurements(hop=hop, steps=stepped, means=measure_means(collect_statistics(shown[SEAM:]))))
        last = measure_drift(looks)[-1]
        agreed = {name: value for name, value in last.values.items() if name in last.agreed}
        found = profile().verdicts("drift", agreed, "", None)
        told[name] = {verdict.check: verdict.verdict for verdict in found if verdict.verdict != "pass"}
    return told


def _graded(scene: Scene, grade: Callable[[Rgb, int], Rgb], hop: int) -> Paint:
    return lambda frame: grade(scene.paint(frame), hop if frame >= SEAM else hop - 1)


def rates(results: list[dict[str, Found]]) -> Iterator[str]:
    yield "| fault | its check | takes | found | in slow shots | in fast ones | aim | failed | any spoke | others |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for name, _, check, aim in FAULTS:
        told = {number: result[name] for number, result in enumerate(results) if name in result}
        fast = {number: each for number, each in told.items() if scene_of(number).speed > FAST}
        slow = {number: each for number, each in told.items() if number not in fast}
        others = Counter(other for each in told.values() for other in each if other != check)
        words = ", ".join(f"{other} {count}" for other, count in others.most_common(4))
        failed = sum(each.get(check) == "fail" for each in told.values())
        parts = [_rate(check, part.values()) for part in (told, slow, fast)] if check else [""] * 3
        said = sum(map(bool, told.values()))
        yield "| " + " | ".join(map(str, [name, check, len(told), *parts, aim or "", failed, said, words])) + " |"


def _rate(check: str, told: Iterable[Found]) -> str:
    spoke = [check in each for each in told]
    return f"{sum(spoke) / len(spoke):.2f}" if spoke else ""


def alarms(results: list[Found]) -> Iterator[str]:
    count = len(results)
    spoke = Counter((check, grade) for each in results for check, grade in each.items())
    yield f"clean takes: {count}; remarked on: {sum(map(bool, results))}; failed: {_failing(results)}"
    yield from (f"  {check} {grade}: {times} ({times / count:.1%})" for (check, grade), times in spoke.most_common())


def _failing(results: list[Found]) -> int:
    return sum("fail" in each.values() for each in results)


def chains(results: list[Mapping[str, Found]]) -> Iterator[str]:
    yield "| chain of 9 hops | chains | its check spoke | all that spoke |"
    yield "|---|---|---|---|"
    for name, (_, check) in CHAINS.items():
        spoke = Counter(each for result in results for each in result[name])
        own = spoke[check] if check else sum(map(bool, (result[name] for result in results)))
        yield f"| {name} | {len(results)} | {own} | {', '.join(f'{each} {count}' for each, count in spoke.items())} |"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--scenes", type=int, default=24, help="scenes with every fault")
    parser.add_argument("--clean", type=int, default=200, help="clean takes")
    parser.add_argument("--chains", type=int, default=6, help="chains of every kind")
    options = parser.parse_args()
    os.nice(5)
    with ProcessPoolExecutor() as pool:
        wolves = list(pool.map(clean, range(1000, 1000 + options.clean)))
        print("\n".join(alarms(wolves)), flush=True)
        print("\n".join(["", *rates(list(pool.map(judged, range(options.scenes))))]), flush=True)
        print("\n".join(["", *chains(list(pool.map(drifted, range(options.chains))))]), flush=True)


if __name__ == "__main__":
    main()
