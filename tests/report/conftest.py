"""The engine's emulator and studio, for reports."""

from tests.engine.conftest import emulator, studio

__all__ = ["emulator", "studio"]
