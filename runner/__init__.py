"""longtake: a YAML storyboard becomes one long AI-generated shot, and no hop is paid for twice."""

from runner.version import __version__

TYPE_CHECKING = False  # as `typing` has it, which takes longer to load than all of this
if TYPE_CHECKING:
    from runner.api.runs import Environment, RunOptions, load, plan, run

__all__ = ["Environment", "RunOptions", "__version__", "load", "plan", "run"]


def __getattr__(name: str) -> object:
    """Load the library when it is first asked for: the command line needs only a part of it."""
    if name not in __all__:
        raise AttributeError(name)
    from runner.api import runs as library

    return getattr(library, name)
