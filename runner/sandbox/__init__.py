"""Emulators of the providers' HTTP APIs that render real MP4 files; tied to the rest by HTTP alone."""
