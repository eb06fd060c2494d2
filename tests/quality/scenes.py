"""Synthetic takes with one fault each, small and quick: a drifting texture with an object in it, as raw pictures.

The camera pans by parts of a pixel over noise with a 1/f spectrum, and another texture moves across: what real shots
have and test cards lack. A fault is a function of the frame; the seam is before frame SEAM.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runner.quality.frames import Footage

WIDTH, HEIGHT = 320, 180
SEAM, COUNT = 72, 114
_TAPS = 8  # pixels that a blur reaches
Rgb = NDArray[np.floating[Any]]
Paint = Callable[[int], Rgb]


def texture(seed: int, size: int = 512) -> Rgb:
    """Colour noise with a 1/f spectrum, that repeats without a seam."""
    dice = np.random.default_rng(seed)
    reach = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.fftfreq(size)[None, :]) + 1 / size
    planes = []
    for strength in (38.0, 9.0, 9.0):
        field = np.fft.ifft2(np.fft.fft2(dice.standard_normal((size, size))) / reach**1.1).real
        planes.append(field / field.std() * strength)
    return np.stack(planes, axis=-1).astype(np.float32)


def sampled(picture: Rgb, down: float, right: float) -> Rgb:
    """A view of a texture at a place that lies between pixels."""
    size = picture.shape[0]
    top, left = math.floor(down), math.floor(right)
    low, far = down - top, right - left
    rows = (top + np.arange(HEIGHT + 1)) % size
    columns = (left + np.arange(WIDTH + 1)) % size
    view = picture.take(rows, axis=0).take(columns, axis=1)
    across = view[:, :-1] * (1 - far) + view[:, 1:] * far
    return across[:-1] * (1 - low) + across[1:] * low


def _between(picture: Rgb, rows: Rgb, columns: Rgb) -> Rgb:
    size = picture.shape[0]
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    low, far = (rows - top)[..., None], (columns - left)[..., None]
    corner = [picture[(top + down) % size, (left + right) % size] for down in (0, 1) for right in (0, 1)]
    return (corner[0] * (1 - far) + corner[1] * far) * (1 - low) + (corner[2] * (1 - far) + corner[3] * far) * low


@dataclass(frozen=True)
class Scene:
    """One take: a camera over a texture, and an object."""

    seed: int
    speed: float = 1.6

    def paint(self, frame: float, shift: float = 0.0) -> Rgb:
        """The picture at a moment, as luma around 0 and two colour differences; all of it `shift` pixels aside."""
        return _painted(self, frame, shift)

    def painted(self, frame: float, shift: float) -> Rgb:
        angle = self.seed * 0.7
        down, right = frame * self.speed * np.sin(angle) * 0.5, frame * self.speed * np.cos(angle)
        ground = sampled(texture_of(self.seed), down, right + shift)
        thing = sampled(texture_of(self.seed + 1000), 20, frame * 0.4 + shift)
        rows, columns = np.mgrid[:HEIGHT, :WIDTH]
        centre = WIDTH * (0.5 + 0.25 * np.sin(frame / 30 + self.seed)) - shift
        inside = (((columns - centre) / 36) ** 2 + ((rows - 100) / 52) ** 2 < 1)[..., None]
        return np.where(inside, thing + np.array([20, 6, -4]), ground)


@lru_cache(maxsize=128)
def _painted(scene: Scene, frame: float, shift: float) -> Rgb:
    return scene.painted(frame, shift)


_TEXTURES: dict[int, Rgb] = {}


def texture_of(seed: int) -> Rgb:
    if seed not in _TEXTURES:
        _TEXTURES[seed] = texture(seed)
    return _TEXTURES[seed]


def footage(paint: Paint, count: int = COUNT, grain: float = 1.2, seed: int = 0) -> Footage:
    """What a painter paints, as small pictures, with a little noise as encoders leave it."""
    luma, blue, red = [], [], []
    shown = getattr(paint, "shown", lambda frame: frame)
    for frame in range(count):
        picture, dice = paint(frame), np.random.default_rng((seed, shown(frame)))
        y = np.clip(picture[..., 0] + 120 + dice.standard_normal((HEIGHT, WIDTH)) * grain, 16, 235)
        half = picture.reshape(HEIGHT // 2, 2, WIDTH // 2, 2, 3).mean(axis=(1, 3))
        luma.append(y)
        blue.append(np.clip(half[..., 1] + 128, 16, 240))
        red.append(np.clip(half[..., 2] + 128, 16, 240))
    return Footage(luma=_bytes(luma), blue=_bytes(blue), red=_bytes(red))


def _bytes(planes: list[Rgb]) -> NDArray[np.uint8]:
    return np.stack(planes).round().astype(np.uint8)


def clean(scene: Scene) -> Paint:
    return scene.paint


def from_seam(scene: Scene, change: Callable[[Rgb], Rgb]) -> Paint:
    """Everything after the seam is changed."""
    return lambda frame: change(scene.paint(frame)) if frame >= SEAM else scene.paint(frame)


def cut(scene: Scene) -> Paint:
    other = Scene(scene.seed + 500, scene.speed)
    return lambda frame: other.paint(frame) if frame >= SEAM else scene.paint(frame)


def skip(scene: Scene, frames: int) -> Paint:
    return lambda frame: scene.paint(frame + frames if frame >= SEAM else frame)


def rewind(scene: Scene, frames: int) -> Paint:
    return skip(scene, -frames)


def brighter(scene: Scene, by: float) -> Paint:
    return from_seam(scene, lambda picture: picture + np.array([by, 0, 0]))


def tinted(scene: Scene, by: float) -> Paint:
    return from_seam(scene, lambda picture: picture + np.array([0, -by, by]))


def saturated(scene: Scene, by: float) -> Paint:
    return from_seam(scene, lambda picture: picture * [1, by, by])


def gamma(scene: Scene, power: float) -> Paint:
    """Of luma from 0 to 255, as an encoder's filter does it."""

    def change(picture: Rgb) -> Rgb:
        luma = 255 * (np.clip(picture[..., :1] + 120, 0, 255) / 255) ** (1 / power) - 120
        return np.concatenate([luma, picture[..., 1:]], axis=-1)

    return from_seam(scene, change)


def contrasted(scene: Scene, by: float) -> Paint:
    return from_seam(scene, lambda picture: picture * by)


def blurred(picture: Rgb, sigma: float) -> Rgb:
    """As a lens blurs, not as a few samples of a bell do: those of a narrow one would change next to nothing."""
    spectrum = np.exp(-2 * (np.pi * sigma * np.fft.rfftfreq(4 * _TAPS)) ** 2)
    weights = np.roll(np.fft.irfft(spectrum), _TAPS)[: 2 * _TAPS + 1]
    weights /= weights.sum()
    for axis in (0, 1):
        edges = [(_TAPS, _TAPS) if each == axis else (0, 0) for each in range(3)]
        wide = np.pad(picture, edges, mode="edge")
        size = picture.shape[axis]
        parts = [weight * wide.take(range(step, step + size), axis=axis) for step, weight in enumerate(weights)]
        picture = np.sum(parts, axis=0)
    return picture


def soft(scene: Scene, sigma: float) -> Paint:
    return from_seam(scene, lambda picture: blurred(picture, sigma))


def moved(scene: Scene, pixels: float) -> Paint:
    """Everything after the seam lies so far aside, the object too."""
    return lambda frame: scene.paint(frame, shift=pixels if frame >= SEAM else 0.0)


def mirrored(scene: Scene) -> Paint:
    return from_seam(scene, lambda picture: picture[:, ::-1])


def nearer(scene: Scene, by: float) -> Paint:
    """The camera is closer after the seam."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(float)
    down, right = (rows - HEIGHT / 2) / by + HEIGHT / 2, (columns - WIDTH / 2) / by + WIDTH / 2
    return from_seam(scene, lambda picture: _at(picture, down, right))


def warped(scene: Scene, pixels: float) -> Paint:
    """Shapes are others after the seam."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(float)
    down = rows + pixels * np.sin(columns / 31 + scene.seed)
    right = columns + pixels * np.cos(rows / 27 + scene.seed)
    return from_seam(scene, lambda picture: _at(picture, down, right))


def crossfade(scene: Scene, frames: int = 8) -> Paint:
    other = Scene(scene.seed + 500, scene.speed)

    def paint(frame: int) -> Rgb:
        share = min(max((frame - SEAM + 1) / frames, 0.0), 1.0)
        return scene.paint(frame) * (1 - share) + other.paint(frame) * share

    return paint


def reverse(scene: Scene) -> Paint:
    """Everything runs back after the seam."""
    return lambda frame: scene.paint(frame if frame < SEAM else 2 * (SEAM - 1) - frame)


def softening(scene: Scene, sigma: float) -> Paint:
    """The picture gets softer over the last twelve frames."""

    def paint(frame: int) -> Rgb:
        strength = sigma * max(0.0, (frame - (SEAM - 12) + 1) / 12)
        return blurred(scene.paint(frame), strength) if strength > 0 and frame < SEAM else scene.paint(frame)

    return paint


def _at(picture: Rgb, down: Rgb, right: Rgb) -> Rgb:
    """A picture with its pixels taken from these places."""
    padded = np.zeros((512, 512, 3))
    padded[:HEIGHT, :WIDTH] = picture
    return _between(padded, np.clip(down, 0, HEIGHT - 1.01), np.clip(right, 0, WIDTH - 1.01))


@dataclass(frozen=True)
class Held:
    """A take in which some frames are others shown again, noise and all."""

    scene: Scene
    shown: Callable[[int], int]

    def __call__(self, frame: int) -> Rgb:
        return self.scene.paint(self.shown(frame))


def frozen(scene: Scene, frames: int) -> Paint:
    return Held(scene, lambda frame: SEAM - 1 if SEAM <= frame < SEAM + frames else frame)


def standing(scene: Scene, frames: int) -> Paint:
    """The last frames before the seam are one picture."""
    return Held(scene, lambda frame: min(frame, SEAM - frames - 1) if frame < SEAM else frame)


def dark(scene: Scene, frames: int = 3) -> Paint:
    """The last frames before the seam are black."""
    night = np.array([-110, 0, 0])
    return lambda frame: scene.paint(frame) * 0 + night if SEAM - frames <= frame < SEAM else scene.paint(frame)


def black(scene: Scene) -> Paint:
    return lambda frame: scene.paint(frame) * 0 + np.array([-110, 0, 0]) if frame == SEAM else scene.paint(frame)


def white(scene: Scene) -> Paint:
    return lambda frame: scene.paint(frame) * 0 + np.array([115, 0, 0]) if frame == SEAM else scene.paint(frame)


def quicker(scene: Scene, times: float) -> Paint:
    """Everything moves faster after the seam, which is no fault."""
    return lambda frame: scene.paint(frame if frame < SEAM else SEAM + (frame - SEAM) * times)


def flicker(scene: Scene, by: float) -> Paint:
    return lambda frame: scene.paint(frame) + np.array([by * (-1) ** frame if frame >= SEAM else 0, 0, 0])


def melting(scene: Scene, pixels: float, until: int = SEAM, frames: int = 12) -> Paint:
    """The picture is pulled out of shape more and more, where no camera could move it."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(float)
    swell = np.sin(rows / 17 + scene.seed) * np.cos(columns / 23), np.cos(rows / 21) * np.sin(columns / 19 + scene.seed)

    def paint(frame: int) -> Rgb:
        picture = scene.paint(frame)
        strength = pixels * max(0.0, (frame - (until - frames) + 1) / frames)
        if not strength or frame >= until:
            return picture
        return _at(picture, rows + swell[0] * strength, columns + swell[1] * strength)

    return paint


def shaking(scene: Scene, pixels: float) -> Paint:
    dice = np.random.default_rng(scene.seed)
    jolts = dice.uniform(-pixels, pixels, SEAM + 1)
    return lambda frame: scene.paint(frame, shift=jolts[frame] if SEAM - 24 <= frame < SEAM else 0.0)
