"""The landscape of a chain: sky and mountains, wooded hills, and a meadow. The first prompt chooses it."""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from runner.sandbox.render.canvas import Canvas, Colour, mix

PERIOD = 1280
"""After so many pixels each layer begins again."""

FINE = 2
"""Layers are painted this much larger and scaled down, which smooths their edges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """The colours of one time of day."""

    sky: tuple[Colour, Colour]
    sun: Colour
    cloud: Colour
    mountains: tuple[Colour, Colour]
    hills: tuple[Colour, Colour]
    leaf: Colour
    meadow: tuple[Colour, Colour]
    path: Colour


MOODS = (
    Mood(  # late afternoon
        sky=((96, 150, 205), (250, 222, 178)), sun=(255, 246, 214), cloud=(255, 243, 226),
        mountains=((138, 152, 182), (188, 180, 180)), hills=((104, 132, 84), (134, 152, 92)),
        leaf=(74, 108, 66), meadow=((150, 168, 92), (96, 130, 64)), path=(214, 190, 146),
    ),
    Mood(  # noon
        sky=((70, 140, 214), (196, 226, 240)), sun=(255, 252, 232), cloud=(250, 252, 255),
        mountains=((128, 158, 186), (172, 194, 204)), hills=((82, 142, 88), (112, 164, 92)),
        leaf=(52, 112, 70), meadow=((132, 182, 92), (78, 146, 66)), path=(222, 204, 164),
    ),
    Mood(  # dusk
        sky=((58, 60, 112), (242, 150, 120)), sun=(255, 216, 160), cloud=(206, 130, 140),
        mountains=((86, 74, 122), (140, 98, 128)), hills=((70, 74, 90), (92, 88, 92)),
        leaf=(50, 58, 74), meadow=((104, 100, 88), (66, 74, 70)), path=(168, 138, 124),
    ),
    Mood(  # autumn morning
        sky=((132, 160, 182), (244, 232, 210)), sun=(255, 244, 220), cloud=(248, 242, 232),
        mountains=((150, 158, 168), (196, 190, 182)), hills=((170, 120, 62), (190, 150, 84)),
        leaf=(190, 94, 46), meadow=((200, 172, 98), (158, 130, 70)), path=(226, 206, 168),
    ),
    Mood(  # winter
        sky=((126, 160, 196), (228, 232, 238)), sun=(255, 252, 240), cloud=(242, 246, 250),
        mountains=((142, 160, 184), (200, 210, 220)), hills=((172, 190, 202), (206, 216, 222)),
        leaf=(74, 104, 104), meadow=((226, 232, 236), (190, 206, 216)), path=(204, 196, 188),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the layers lie in a picture of `width` by `height`; all even numbers, for 4:2:0 chroma."""

    width: int
    height: int

    @property
    def horizon(self) -> int:
        """First row of the meadow."""
        return _even(self.height * 0.62)

    @property
    def woods(self) -> tuple[int, int]:
        """First row and height of the hills that stand before the mountains."""
        return self.horizon - _even(self.height * 0.20), _even(self.height * 0.22)

    @property
    def strips(self) -> tuple[tuple[int, int, int], ...]:
        """Bands of the meadow from far to near: first row within the meadow, height, pixels per frame."""
        rows = self.height - self.horizon
        # The exponent makes near strips taller than far ones, as perspective does; nearer strips scroll faster.
        edges = [_even(rows * (step / 8) ** 1.35) for step in range(8)] + [rows]
        return tuple((top, bottom - top, 2 + step) for step, (top, bottom) in enumerate(pairwise(edges)))


_DARK = 0.6
"""Share of the tufts that are darker than the ground."""

Painter = Callable[[str, Layout], Canvas]
"""Paints one layer of a look."""


def _even(number: float) -> int:
    return 2 * round(number / 2)


def draw_number(look: str, name: str) -> float:
    """Return a number from 0 to 1 that the look decides."""
    # A hash, not `random`: the same look must be the same landscape on every machine and Python version.
    return int.from_bytes(hashlib.sha256(f"{look}/{name}".encode()).digest()[:4], "big") / 2**32


def choose_mood(look: str) -> Mood:
    """Return the colours that belong to a look."""
    return MOODS[int(draw_number(look, "mood") * len(MOODS))]


def _ridge(look: str, name: str, *, base: float, swing: float, waves: tuple[int, ...]) -> list[int]:
    """Return a wrapping line of hills, one y per column."""
    turns = [draw_number(look, f"{name}/{wave}") for wave in waves]
    return [
        round(
            base
            - swing
            * sum(
                math.sin(2 * math.pi * (wave * x / (PERIOD * FINE) + turn)) / (1 + 0.5 * i)
                for i, (wave, turn) in enumerate(zip(waves, turns, strict=True))
            )
        )
        for x in range(PERIOD * FINE)
    ]


def paint_sky(look: str, layout: Layout) -> Canvas:
    """Paint sky, sun, clouds and two ranges of mountains."""
    colours, height = choose_mood(look), layout.horizon * FINE
    canvas = Canvas(PERIOD * FINE, height)
    canvas.fill_gradient(0, height, colours.sky)
    _paint_sun(canvas, look, colours)
    for number in range(9):
        _paint_cloud(canvas, look, number, colours)
    far, near = colours.mountains
    canvas.fill_hills(
        _ridge(look, "far", base=height * 0.70, swing=height * 0.055, waves=(2, 5, 11, 23)),
        mix(far, colours.sky[1], 0.45),
        colours.sky[1],
    )
    canvas.fill_hills(_ridge(look, "near", base=height * 0.80, swing=height * 0.05, waves=(3, 7, 13, 29)), far, near)
    return canvas


def _paint_sun(canvas: Canvas, look: str, colours: Mood) -> None:
    centre = (canvas.width * draw_number(look, "sun"), canvas.height * 0.30)
    for ring in range(14):
        canvas.tint_disc(centre, canvas.height * (0.21 - 0.009 * ring), colours.sun, 0.4 * (ring / 13) ** 1.5)
    canvas.fill_ellipse(centre, (canvas.height * 0.075, canvas.height * 0.075), colours.sun)


def _paint_cloud(canvas: Canvas, look: str, number: int, colours: Mood) -> None:
    x = canvas.width * (number + 0.6 * draw_number(look, f"cloud/{number}")) / 9
    y = canvas.height * (0.10 + 0.38 * draw_number(look, f"cloud/{number}/y"))
    size = canvas.height * (0.035 + 0.03 * draw_number(look, f"cloud/{number}/size"))
    colour = mix(colours.cloud, mix(*colours.sky, y / canvas.height), 0.25)
    for puff in range(5):
        lift = math.sin(math.pi * (puff + 0.5) / 5)
        canvas.fill_ellipse(
            (x + (puff - 2) * size * 0.9, y - lift * size * 0.5), (size, size * (0.4 + 0.5 * lift)), colour
        )


def paint_woods(look: str, layout: Layout) -> Canvas:
    """Paint the wooded hills; above them the canvas stays clear."""
    colours, height = choose_mood(look), layout.woods[1] * FINE
    canvas = Canvas(PERIOD * FINE, height)
    line = _ridge(look, "woods", base=height * 0.62, swing=height * 0.09, waves=(2, 3, 7))
    for number in range(46):
        x = int(canvas.width * (number + 0.8 * draw_number(look, f"tree/{number}")) / 46)
        _paint_tree(
            canvas,
            (x, line[x] + height * 0.02),
            height * (0.12 + 0.14 * draw_number(look, f"tree/{number}/size")),
            colours.leaf,
        )
    canvas.fill_hills(line, *colours.hills)
    return canvas


def _paint_tree(canvas: Canvas, foot: tuple[float, float], size: float, leaf: Colour) -> None:
    x, y = foot
    canvas.draw_limb(((x, y), (x, y - size)), size * 0.12, mix(leaf, (60, 44, 34), 0.6))
    for dx, dy, r, shade in (
        (0, 1.0, 0.62, 0.0),
        (-0.35, 0.85, 0.45, 0.06),
        (0.35, 0.8, 0.45, 0.0),
        (-0.12, 1.2, 0.36, 0.14),
    ):
        canvas.fill_ellipse((x + dx * size, y - dy * size), (r * size, r * size), mix(leaf, (255, 246, 200), shade))


def paint_meadow(look: str, layout: Layout) -> Canvas:
    """Paint the meadow with its path; grass and stones stay within one strip each."""
    colours, rows = choose_mood(look), layout.height - layout.horizon
    canvas = Canvas(PERIOD * FINE, rows * FINE)
    canvas.fill_gradient(0, rows * FINE, colours.meadow)
    path = (layout.strips[4][0], layout.strips[6][0])
    canvas.fill_gradient(path[0] * FINE, path[1] * FINE, (mix(colours.path, colours.meadow[1], 0.15), colours.path))
    for number, (top, height, _) in enumerate(layout.strips):
        on_path = path[0] <= top < path[1]
        _strew_ground(canvas, f"{look}/{number}", (top * FINE, height * FINE), colours, on_path=on_path)
    return canvas


def _strew_ground(canvas: Canvas, name: str, strip: tuple[int, int], colours: Mood, *, on_path: bool) -> None:
    top, height = strip
    under = colours.path if on_path else mix(*colours.meadow, top / canvas.height)
    for number in range(26 if on_path else 60):
        x, y = (
            canvas.width * draw_number(name, f"x/{number}"),
            top + height * (0.25 + 0.5 * draw_number(name, f"y/{number}")),
        )
        shade = mix(
            under,
            (40, 50, 30) if draw_number(name, f"shade/{number}") < _DARK else (255, 250, 210),
            0.10 + 0.12 * draw_number(name, f"depth/{number}"),
        )
        across = height * (0.15 + 0.5 * draw_number(name, f"size/{number}"))
        canvas.fill_ellipse((x, y), (across, max(1.0, height * 0.09)), shade)
