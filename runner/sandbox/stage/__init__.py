"""The picture and the sound of the sandbox: made of shapes and sines, the same on every machine."""
