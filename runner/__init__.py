"""longtake: a YAML storyboard becomes one long AI-generated shot, and no hop is paid for twice."""

__version__ = "0.1.0"
