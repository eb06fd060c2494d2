"""The engine's emulator and studio, for tests of what must never happen."""

from tests.engine.conftest import emulator, studio

__all__ = ["emulator", "studio"]
