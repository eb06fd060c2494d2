"""For every check of the profile a take in which it has to speak, as a real file, and what else a file needs for that.

A check without a row here is one that nobody has seen at work: `test_every_check` says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from runner.quality.drift import HopMeasurements
from runner.quality.inspector import PrecedingFilm, RawMeasures
from runner.quality.repeats import fingerprint
from tests.media.samples import ruined
from tests.quality import files, scenes
from tests.quality.scenes import COUNT, SEAM, Held, Paint, Rgb, Scene, footage

TAKE, CALM = Scene(1), Scene(0, 0.0)
AT = SEAM / 24
HOPS = 9
# Finer than other films of the tests: an encoder in haste makes steps of its own at key frames.
FINE = ("-preset", "veryfast", "-crf", "16", "-g", "250")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A take, what ffmpeg does to it, and how gravely the check has to speak.

    It ends `count` frames in, and its new part begins at the seam, or at once where it has none.
    """

    grade: str
    paint: Paint = TAKE.paint
    count: int = COUNT
    seam: bool = True
    options: tuple[str, ...] = ()
    damage: Callable[[bytes], bytes] | None = None

    def film(self, target: Path) -> PrecedingFilm | None:
        """Write the file; what was before its seam, where it has one."""
        take = footage(self.paint, self.count)
        files.film(take, target, *FINE, *self.options)
        if self.damage:
            target.write_bytes(self.damage(target.read_bytes()))
        shown = [(frame / 24, fingerprint(take.luma[frame])) for frame in range(0, SEAM, 6)]
        return PrecedingFilm(path=target, ends=SEAM / 24, shown=shown) if self.seam else None


def at_seam(grade: str, paint: Paint) -> Fault:
    return Fault(grade=grade, paint=paint)


def alone(grade: str, paint: Paint) -> Fault:
    """A stretch that is looked at by itself."""
    return Fault(grade=grade, paint=paint, seam=False)


def ending(grade: str, paint: Paint) -> Fault:
    """A take that ends where the scenes have their seam."""
    return Fault(grade=grade, paint=paint, count=SEAM, seam=False)


def heard(grade: str, *filters: str) -> Fault:
    return Fault(grade=grade, options=("-af", ",".join(filters)))


def barred(rows: int, columns: int) -> Paint:
    """The take between dark bars."""

    def paint(frame: int) -> Rgb:
        picture = TAKE.paint(frame).copy()
        for side in (slice(rows), slice(scenes.HEIGHT - rows, None)):
            picture[side] = [-104, 0, 0]
        for side in (slice(columns), slice(scenes.WIDTH - columns, None)):
            picture[:, side] = [-104, 0, 0]
        return picture

    return paint


def twice(of: int) -> Paint:
    """Of so many frames one is the one before again."""
    return Held(TAKE, lambda frame: frame - (frame % of == of - 1))


CLICK = f"asetnsamples=48,volume=20:enable='between(t,{AT},{AT}+0.002)'"
AFTER, PAUSE = f"enable='gte(t,{AT})'", f"enable='between(t,{AT},{AT}+0.4)'"

FAULTS: dict[str, tuple[Fault, ...]] = {
    "picture/unseen": (Fault(grade="fail", damage=ruined, seam=False),),
    "picture/visible": (alone("warn", barred(22, 0)), alone("warn", barred(0, 40))),
    "picture/repeats": (alone("fail", twice(2)), alone("warn", twice(4))),
    "picture/still": (alone("warn", Held(TAKE, lambda _frame: 0)),),
    "picture/jump": (alone("fail", scenes.cut(TAKE)),),
    "seam/discontinuity": (at_seam("fail", scenes.cut(TAKE)), at_seam("fail", scenes.skip(TAKE, 6))),
    "seam/rewind": (at_seam("fail", scenes.rewind(TAKE, 12)), at_seam("fail", scenes.reverse(TAKE))),
    "seam/reset": (at_seam("fail", scenes.rewind(TAKE, 60)),),
    "seam/shift": (at_seam("warn", scenes.moved(TAKE, 12)), at_seam("warn", scenes.moved(TAKE, -24))),
    "seam/frozen": (at_seam("warn", scenes.frozen(TAKE, 3)), at_seam("fail", scenes.frozen(TAKE, 6))),
    "seam/flash": (at_seam("fail", scenes.black(TAKE)), at_seam("fail", scenes.white(TAKE))),
    "seam/luma-step": (at_seam("warn", scenes.brighter(TAKE, 3)), at_seam("fail", scenes.gamma(TAKE, 1.15))),
    "seam/chroma-step": (at_seam("fail", scenes.tinted(TAKE, 4)),),
    "seam/saturation": (at_seam("warn", scenes.saturated(TAKE, 1.1)), at_seam("fail", scenes.saturated(TAKE, 0.8))),
    "seam/contrast": (at_seam("warn", scenes.contrasted(TAKE, 1.2)), at_seam("fail", scenes.contrasted(TAKE, 0.7))),
    "seam/sharpness": (at_seam("warn", scenes.soft(TAKE, 0.45)), at_seam("fail", scenes.soft(TAKE, 1.0))),
    "seam/flicker": (at_seam("fail", scenes.flicker(TAKE, 3)),),
    "tail/frozen": (ending("warn", scenes.standing(TAKE, 8)), ending("fail", scenes.standing(TAKE, 14))),
    "tail/black": (ending("fail", scenes.dark(TAKE)),),
    "tail/sharpness": (ending("warn", scenes.softening(TAKE, 0.7)), ending("fail", scenes.softening(TAKE, 1.2))),
    "tail/deform": (ending("fail", scenes.melting(TAKE, 6)),),
    "tail/jitter": (ending("warn", scenes.shaking(Scene(0, 0.3), 6)),),
    "sound/silence": (heard("fail", "volume=0"),),
    "sound/sound-step": (heard("warn", f"volume=0.2:{AFTER}"),),
    "sound/sound-gap": (heard("warn", f"volume=0:{PAUSE}"),),
    "sound/click": (heard("warn", CLICK),),
    "sound/ambience": (heard("warn", f"lowpass=f=300:{AFTER}"),),
}

# Steps too small to be remarked on at one seam, in a take whose own motion makes none: they come again at every hop.
CHAINS: dict[str, Fault] = {
    "drift/luma": at_seam("warn", scenes.brighter(CALM, 1.2)),
    "drift/colour": at_seam("warn", scenes.tinted(CALM, 0.6)),
    "drift/saturation": at_seam("warn", scenes.saturated(CALM, 1.04)),
    "drift/contrast": at_seam("warn", scenes.contrasted(CALM, 1.03)),
    "drift/sharpness": at_seam("fail", scenes.soft(CALM, 0.25)),
    "drift/loudness": Fault(grade="warn", paint=CALM.paint, options=("-af", f"volume=0.45:{AFTER}")),
}


def chain(first: RawMeasures, later: RawMeasures) -> list[HopMeasurements]:
    """A film that begins with one look and goes on with the same step again and again."""
    rest = [HopMeasurements(hop=hop, steps=later.steps, loudness=later.loudness) for hop in range(1, HOPS)]
    return [HopMeasurements(hop=0, loudness=first.loudness), *rest]
