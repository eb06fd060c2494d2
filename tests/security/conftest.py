"""The engine's emulator and studio, for tests of what must never happen."""

from tests.execution.conftest import emulator, studio

__all__ = ["emulator", "studio"]
