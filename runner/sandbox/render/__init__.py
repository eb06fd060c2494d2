"""The films of the sandbox: pictures from shapes and sound from sines, the same on every machine."""
