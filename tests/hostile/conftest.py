"""Films are numbers here, in the emulators of this process and in its engine; other processes get the real ones."""

from collections.abc import Iterator

import pytest

from runner.backends.memory import MemoryFilm
from tests.execution.conftest import emulator, studio
from tests.hostile import films

__all__ = ["emulator", "studio"]


@pytest.fixture
def films_of_numbers() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("runner.sandbox.app.Renderer", films.NumberRenderer)
        patch.setattr("runner.execution.assemble.join", films.join)
        patch.setattr(MemoryFilm, "read", films.read)
        yield
