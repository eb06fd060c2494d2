"""A small painter: rows of RGBA bytes, filled run by run, so that plain Python paints a landscape in milliseconds."""

import math
from collections.abc import Sequence
from itertools import pairwise

Colour = tuple[int, int, int]


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Return the colour that lies `share` (0..1) of the way from `one` to `other`."""
    return (
        round(one[0] + (other[0] - one[0]) * share),
        round(one[1] + (other[1] - one[1]) * share),
        round(one[2] + (other[2] - one[2]) * share),
    )


class Canvas:
    """A picture whose left edge continues its right edge; coordinates are pixels, y counts downwards."""

    def __init__(self, width: int, height: int, *, wraps: bool = True) -> None:
        self.width = width
        self.height = height
        self.wraps = wraps
        self.rows = [bytearray(4 * width) for _ in range(height)]

    def fill_run(self, y: int, left: int, right: int, colour: Colour) -> None:
        """Fill row `y` from `left` up to, not including, `right`; what leaves one edge comes in at the other."""
        if not 0 <= y < self.height:
            return
        # Layers scroll and repeat, so a cloud that leaves the right edge has to come in at the left one.
        if self.wraps and (left < 0 or right > self.width):
            self._fill(y, max(left, 0), min(right, self.width), colour)
            self._fill(y, left + self.width, min(right + self.width, self.width), colour)
            self._fill(y, max(left - self.width, 0), right - self.width, colour)
        else:
            self._fill(y, max(left, 0), min(right, self.width), colour)

    def _fill(self, y: int, left: int, right: int, colour: Colour) -> None:
        if right > left:
            self.rows[y][4 * left : 4 * right] = bytes((*colour, 255)) * (right - left)

    def fill_gradient(self, top: int, bottom: int, colours: tuple[Colour, Colour]) -> None:
        """Fill whole rows from `top` up to `bottom` with a vertical gradient."""
        for y in range(top, bottom):
            self.fill_run(y, 0, self.width, mix(*colours, (y - top) / max(1, bottom - top - 1)))

    def fill_ellipse(self, centre: tuple[float, float], radii: tuple[float, float], colour: Colour) -> None:
        """Fill an ellipse."""
        (x, y), (across, down) = centre, radii
        for row in range(math.ceil(y - down), math.floor(y + down) + 1):
            half = across * math.sqrt(max(0.0, 1 - ((row - y) / down) ** 2))
            self.fill_run(row, round(x - half), round(x + half), colour)

    def tint_disc(self, centre: tuple[float, float], radius: float, colour: Colour, share: float) -> None:
        """Tint a disc with `share` of `colour`, row by row, upon what is there."""
        for row in range(math.ceil(centre[1] - radius), math.floor(centre[1] + radius) + 1):
            half = round(math.sqrt(max(0.0, radius**2 - (row - centre[1]) ** 2)))
            red, green, blue, _ = self.rows[row][:4]
            self.fill_run(row, round(centre[0]) - half, round(centre[0]) + half, mix((red, green, blue), colour, share))

    def draw_limb(self, joints: Sequence[tuple[float, float]], thickness: float, colour: Colour) -> None:
        """Draw a rounded line through `joints`."""
        for (x0, y0), (x1, y1) in pairwise(joints):
            steps = max(1, round(math.hypot(x1 - x0, y1 - y0) / max(1.0, thickness / 4)))
            for step in range(steps + 1):
                share = step / steps
                centre = (x0 + (x1 - x0) * share, y0 + (y1 - y0) * share)
                self.fill_ellipse(centre, (thickness / 2, thickness / 2), colour)

    def fill_hills(self, heights: Sequence[int], top: Colour, foot: Colour) -> None:
        """Fill everything below the line `heights` (one y per column), fading from `top` to `foot`."""
        # Where the line of hills crosses a row, ground begins or ends: a scan-line fill, one run per stretch of ground.
        crossings: list[list[int]] = [[] for _ in range(self.height)]
        for x in range(1, self.width):
            low, high = sorted((heights[x - 1], heights[x]))
            for y in range(max(0, low), min(high, self.height)):
                crossings[y].append(x)
        start = max(0, min(heights))
        for y in range(start, self.height):
            colour = mix(top, foot, (y - start) / max(1, self.height - start))
            edges = [*([0] if heights[0] <= y else []), *crossings[y], self.width]
            for left, right in zip(edges[::2], edges[1::2], strict=False):
                self.fill_run(y, left, right, colour)

    def picture(self, more: int = 0) -> bytes:
        """Return the RGBA bytes, each row continued by its own first `more` pixels."""
        return b"".join(bytes(row) + bytes(row[: 4 * more]) for row in self.rows)
