"""The page of what is public, held to the code: everything public is on it, and nothing else is."""

import ast
import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path

import click
import pytest

import runner
from runner import errors, events
from runner.cli.main import cli
from runner.config.settings import settings
from runner.execution import manifest
from runner.media.ffmpeg.tools import find_tools
from runner.planning import plan_json
from runner.providers.catalog import Catalog
from runner.providers.registry import BUILT_IN, entry

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "public.md").read_text()
# Nothing listens there, and nothing is asked: an address for whoever asks for one.
NOWHERE = "http://127.0.0.1:9"


def rows(heading: str) -> list[list[str]]:
    """The rows of the table below a heading, each as its cells."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[1:]]


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        yield name, command


def options(command: click.Command) -> list[str]:
    found = (each for each in command.params if isinstance(each, click.Option))
    return [name for option in found for name in (*option.opts, *option.secondary_opts)]


def arguments(command: click.Command) -> str:
    context = click.Context(command)
    return " ".join(each.make_metavar(context) for each in command.params if isinstance(each, click.Argument))


def test_every_command_is_there_with_what_it_takes_and_every_option() -> None:
    shown = {
        quoted(name)[0]: (" ".join(quoted(takes)), quoted(names)) for name, takes, names in rows("Commands and options")
    }
    assert shown == {name: (arguments(command), options(command)) for name, command in commands()}


def test_every_class_of_errors_is_there_with_its_exit_code() -> None:
    classes = [
        each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.LongtakeError)
    ]
    shown = {name: int(code) for code, names, _ in rows("Exit codes") for name in quoted(names)}
    assert shown == {each.__name__: each.exit_code for each in classes}


def test_every_schema_is_there_with_the_number_of_its_format() -> None:
    storyboard = json.loads((ROOT / "schemas" / "storyboard.schema.json").read_text())
    written = {
        "storyboard": storyboard["properties"]["storyboard"]["const"],
        "plan": plan_json.FORMAT,
        "journal": events.FORMAT,
        "film": manifest.FORMAT,
    }
    assert {f"{name}.schema.json" for name in written} == {path.name for path in (ROOT / "schemas").glob("*.json")}
    shown = {re.sub(r"\[(.*)\.schema\.json\].*", r"\1", name): int(number) for name, _, number in rows("Files")}
    assert shown == written


def test_every_name_of_the_library_is_there() -> None:
    names = {quoted(what)[0]: quoted(shown) for what, shown in rows("Python") if "`" in what}
    assert sorted(names["runner"]) == sorted(runner.__all__)


def test_the_group_of_entry_points_is_the_one_that_is_read() -> None:
    (group,) = (shown for what, shown in rows("Python") if what == "entry points")
    source = (ROOT / "runner" / "providers" / "registry.py").read_text()
    assert f'entry_points(group="{quoted(group)[0]}")' in source


class Asked(dict[str, str]):
    """An environment that notes what it was asked for; all that it knows are addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.names = set[str]()

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        self.names.add(name)
        return NOWHERE if name.endswith("_URL") else default


def pages() -> Iterator[Catalog]:
    """The catalog of every provider, in each of its dialects."""
    for name in BUILT_IN:
        usual = entry(name)
        assert usual is not None
        for dialect in usual.catalog.dialects or ("",):
            found = entry(name, dialect)
            assert found is not None
            yield found.catalog


def asked_for() -> set[str]:
    """Every variable that settings and tools are looked for in."""
    environ, storyboard = Asked(), runner.load(ROOT / "storyboards" / "dog-park.yaml")
    for catalog in pages():
        # No key is there; by the time that is said, everything was asked for.
        with suppress(errors.ConfigurationError):
            settings(storyboard, catalog, environ, {}, sandbox=False)
    asyncio.run(find_tools(environ))
    return environ.names


def spelt_out() -> set[str]:
    """Every name of ours that stands in the code as it is."""
    trees = (ast.parse(path.read_text()) for path in (ROOT / "runner").rglob("*.py"))
    texts = (node.value for node in chain(*map(ast.walk, trees)) if isinstance(node, ast.Constant))
    return {text for text in texts if isinstance(text, str) and re.fullmatch(r"LONGTAKE_[A-Z_]+[A-Z]", text)}


@pytest.fixture(scope="module")
def variables() -> set[str]:
    """Every variable that is read and is not other programs' as well."""
    of_others = {"HOME", "XDG_CONFIG_HOME"}
    return (asked_for() | spelt_out()) - of_others


def test_every_variable_that_is_read_is_there(variables: set[str]) -> None:
    shown = [name for _, names in rows("Environment") for name in quoted(names)]
    assert sorted(shown) == sorted(variables)


def test_no_page_names_a_variable_of_ours_that_is_not_read(variables: set[str]) -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    named = {name for page in pages for name in re.findall(r"(?<![A-Z_])LONGTAKE_[A-Z_]+[A-Z]", page.read_text())}
    assert named <= variables
