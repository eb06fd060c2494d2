"""The engine's emulator and studio, for runs that die."""

from tests.execution.conftest import emulator, studio

__all__ = ["emulator", "studio"]
