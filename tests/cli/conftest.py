"""The engine's emulator and studio, for commands."""

from tests.execution.conftest import emulator, studio

__all__ = ["emulator", "studio"]
