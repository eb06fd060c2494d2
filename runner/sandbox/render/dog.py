"""The dog that trots through every sandbox film: the phases of a gait, painted from ellipses and limbs."""

import math

from runner.sandbox.render.canvas import Canvas, Colour, mix

PHASES = 12
"""Frames of one stride."""

FINE = 4
"""The sprite is painted this much larger and scaled down, which smooths its edges."""
SIZE = (192, 144)
"""Pixels of the finished sprite."""

COATS: tuple[Colour, ...] = ((206, 150, 82), (120, 84, 60), (224, 210, 190), (84, 84, 92), (176, 104, 58))


def paint_phase(coat: Colour, phase: int) -> bytes:
    """Return one phase as RGBA bytes, `FINE` times the finished size, walking to the right."""
    canvas = Canvas(SIZE[0] * FINE, SIZE[1] * FINE, wraps=False)
    turn = 2 * math.pi * phase / PHASES
    lift = 6 * math.sin(2 * turn)
    dark, light = mix(coat, (40, 26, 20), 0.35), mix(coat, (255, 244, 220), 0.35)
    # From back to front: the far legs come first and darker, the near ones last.
    _paint_legs(canvas, turn + math.pi, lift, dark)
    _paint_tail(canvas, turn, lift, coat)
    canvas.fill_ellipse((360, 250 + lift), (190, 84), coat)
    canvas.fill_ellipse((470, 246 + lift), (104, 92), coat)
    canvas.fill_ellipse((380, 296 + lift), (130, 34), light)
    _paint_legs(canvas, turn, lift, coat)
    _paint_head(canvas, turn, lift, (coat, dark, light))
    return canvas.picture()


def _paint_legs(canvas: Canvas, turn: float, lift: float, colour: Colour) -> None:
    for hip, shift in ((232, 0.0), (506, math.pi)):
        swing, fold = math.sin(turn + shift), max(0.0, math.cos(turn + shift))
        foot = (hip + 78 * swing, 500 - 56 * fold)
        knee = (hip + 34 * swing + 20 * fold, 390 - 14 * fold)
        canvas.draw_limb(((hip, 290 + lift), knee), 58, colour)
        canvas.draw_limb((knee, foot), 36, colour)
        canvas.fill_ellipse((foot[0] + 12, foot[1] + 6), (30, 18), colour)


def _paint_tail(canvas: Canvas, turn: float, lift: float, colour: Colour) -> None:
    sway = 22 * math.sin(turn)
    canvas.draw_limb(((190, 220 + lift), (120, 160 + lift + sway / 2), (84, 92 + lift + sway)), 34, colour)


def _paint_head(canvas: Canvas, turn: float, lift: float, colours: tuple[Colour, Colour, Colour]) -> None:
    coat, dark, light = colours
    nod = lift + 5 * math.sin(turn)
    canvas.draw_limb(((520, 220 + lift), (590, 140 + nod)), 96, coat)
    canvas.fill_ellipse((606, 128 + nod), (72, 62), coat)
    canvas.draw_limb(((640, 142 + nod), (704, 152 + nod)), 54, light)
    canvas.fill_ellipse((728, 142 + nod), (16, 13), (36, 28, 28))
    canvas.draw_limb(((566, 96 + nod), (540, 150 + nod + 8 * math.sin(turn + 1))), 44, dark)
    canvas.fill_ellipse((636, 108 + nod), (9, 10), (32, 24, 24))
