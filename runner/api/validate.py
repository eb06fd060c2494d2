"""A storyboard file and everything there is to say about it: schema, rules of the catalog, lint of the prompts."""

from dataclasses import dataclass
from pathlib import Path

from runner.config.file import dialect_of, read_config
from runner.errors import Problem, StoryboardInvalid
from runner.planning.catalog_rules import check_catalog_rules, unknown_provider
from runner.providers.registry import Entry, entry
from runner.storyboard.load import read
from runner.storyboard.model import Storyboard


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """A file's problems in the order of their lines, and the storyboard if it could be read at all."""

    path: Path
    storyboard: Storyboard | None
    entry: Entry | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that must be fixed."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    def usable(self) -> tuple[Storyboard, Entry]:
        """Return the storyboard and its provider.

        Raises:
            StoryboardInvalid: there are errors; carries all problems.
        """
        if self.errors or self.storyboard is None or self.entry is None:
            count = len(self.errors)
            raise StoryboardInvalid(f"{self.path}: {count} error{'s' * (count != 1)}", self.problems)
        return self.storyboard, self.entry


def validate(path: Path) -> Validation:
    """Check one file. Never raises for what the file holds; needs no network, no key and no ffmpeg.

    Raises:
        ConfigurationError: the folder's longtake.toml cannot be read.
    """
    storyboard, problems = read(path)
    if storyboard is None:
        return Validation(path=path, storyboard=None, entry=None, problems=problems)
    dialect = dialect_of(storyboard, read_config(Path.cwd()))
    provider = entry(storyboard.provider.name, dialect)
    found = check_catalog_rules(storyboard, provider.catalog) if provider else (unknown_provider(storyboard, dialect),)
    # A set: of one problem at one place a single line is enough.
    everything = sorted({*problems, *found}, key=lambda problem: (problem.line, problem.column, problem.rule))
    return Validation(path=path, storyboard=storyboard, entry=provider, problems=tuple(everything))
