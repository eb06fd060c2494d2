"""A file's facts: container, streams, frames, timing."""
