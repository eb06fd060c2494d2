"""The fewest pieces that make a film, from files that hold different parts of it."""

from pathlib import Path

import pytest

from runner.engine.timeline import Cover, pieces_of


def covers(*spans: tuple[int, int]) -> tuple[Cover, ...]:
    return tuple(Cover(path=Path(str(index)), start=start, end=end) for index, (start, end) in enumerate(spans))


@pytest.mark.parametrize(
    ("spans", "pieces"),
    [
        ([(0, 96), (0, 264), (0, 432)], [("2", None)]),
        ([(0, 96), (96, 264), (264, 432)], [("0", None), ("1", None), ("2", None)]),
        ([(0, 96), (0, 264), (264, 432)], [("1", None), ("2", None)]),
        ([(0, 480), (0, 720), (0, 960), (240, 1200), (480, 1440)], [("0", None), ("4", None)]),
        ([(0, 192), (0, 360), (0, 720), (250, 970)], [("1", 250), ("3", None)]),
        ([(0, 240), (120, 360), (240, 480)], [("0", None), ("2", None)]),
    ],
)
def test_the_film_is_made_of_as_few_pieces_as_can_be(
    spans: list[tuple[int, int]], pieces: list[tuple[str, int | None]]
) -> None:
    assert [(piece.path.name, piece.frames) for piece in pieces_of(covers(*spans))] == pieces
