"""The README and the docs say what is true of this checkout."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from runner.cli.main import cli

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text()
PAGES = sorted([*ROOT.glob("*.md"), ROOT / "bench" / "README.md", *DOCS.glob("*.md")])
TESTS = "python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]' && .venv/bin/pytest"
TRY = (
    "python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/longtake run storyboards/dog-park.yaml --sandbox"
)
FIRST_SCREEN = 25


def blocks(page: Path, kind: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    return [text for each, text in found if each == kind]


def heading(line: str) -> str:
    """The anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower()).replace(" ", "-")


def longtake(*words: str, folder: Path) -> tuple[str, str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    argv = [sys.executable, "-m", "runner", *words]
    done = subprocess.run(argv, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.stdout, done.stderr


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 150


def test_the_first_screen_says_that_no_real_service_was_called_and_how_to_try_it() -> None:
    first = README.splitlines()[:FIRST_SCREEN]
    assert "longtake has never called a real service" in " ".join(first)
    assert TRY in first


def test_its_test_command_is_the_one_that_the_continuous_integration_calls() -> None:
    assert f"## Run the tests\n\n```sh\n{TESTS}\n```" in README
    steps = (ROOT / ".ci" / "run").read_text().splitlines()
    assert TESTS in steps
    assert steps[-1] == "make proofs"


def test_the_proofs_are_a_command_that_contributors_are_told() -> None:
    assert "proofs: .venv/bin/pytest ; .venv/bin/pytest -m proof\n" in (ROOT / "Makefile").read_text()
    assert ".venv/bin/pytest -m proof" in (ROOT / "CONTRIBUTING.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text())
    assert [link for link in links if not link.startswith("https://") and not there(page, link)] == []


def there(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    if not target.exists() or not anchor:
        return target.exists()
    return anchor in {heading(line) for line in target.read_text().splitlines() if line.startswith("#")}


def test_the_index_lists_every_page_once() -> None:
    listed = re.findall(r"^\| \[.*?\]\((.*?)\)", (DOCS / "README.md").read_text(), flags=re.MULTILINE)
    assert sorted([*listed, "README.md"]) == sorted(page.name for page in DOCS.glob("*.md"))


def commands() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for line in "".join(blocks(page, "sh")).splitlines():
            if (words := line.partition("  #")[0]).startswith("longtake "):
                yield page.name, words


@pytest.mark.parametrize(("page", "line"), list(commands()))
def test_every_command_that_is_shown_has_these_options(page: str, line: str) -> None:
    name, *words = shlex.split(line)[1:]
    command = cli.get_command(click.Context(cli), name)
    assert command is not None, page
    # Parses as the command would, without calling it.
    assert command.make_context(name, words)


def test_the_storyboard_of_the_readme_is_valid_and_costs_less_than_its_budget(tmp_path: Path) -> None:
    (storyboard,) = blocks(ROOT / "README.md", "yaml")
    (tmp_path / "my-film.yaml").write_text(storyboard)
    assert longtake("validate", "--strict", "my-film.yaml", folder=tmp_path) == ("my-film.yaml: valid\n", "")
    assert "$0.60 (120 credits) to spend, budget $1.00" in longtake("plan", "my-film.yaml", folder=tmp_path)[0]


def shown(start: str) -> str:
    """What the walk through a first film shows after a command."""
    (found,) = (block for block in blocks(DOCS / "first-film.md", "") if block.startswith(start))
    return found.removeprefix(f"{start}\n")


def test_the_problems_shown_in_the_first_film_are_those_of_its_storyboard(tmp_path: Path) -> None:
    (broken,) = blocks(DOCS / "first-film.md", "yaml")
    (tmp_path / "broken.yaml").write_text(broken)
    assert longtake("validate", "broken.yaml", folder=tmp_path) == ("", shown("$ longtake validate broken.yaml"))


def test_the_plan_shown_in_the_first_film_is_that_of_the_sample() -> None:
    words = ("plan", "storyboards/dog-park.yaml")
    assert longtake(*words, folder=ROOT)[0] == shown("$ longtake plan storyboards/dog-park.yaml")


@pytest.mark.proof
def test_the_example_of_the_library_makes_the_film(tmp_path: Path) -> None:
    (example,) = blocks(DOCS / "library.md", "python")
    quick = example.replace('"storyboards/', f'"{ROOT}/storyboards/').replace("sandbox=True", "sandbox=True, QUICK")
    code = quick.replace("QUICK", "sandbox_seconds=0.1")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    argv = [sys.executable, "-c", code]
    done = subprocess.run(argv, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "$0.90\nruns/dog-park.sandbox/film.mp4 22.0\n"


@pytest.mark.parametrize("picture", ["run.svg", "report.jpg", "seam.jpg"])
def test_a_picture_is_small_and_used(picture: str) -> None:
    assert (DOCS / "pictures" / picture).stat().st_size <= 200 * 1024
    assert any(f"pictures/{picture})" in page.read_text() for page in PAGES)


def test_the_picture_of_the_terminal_fetches_nothing_and_tells_nothing_of_the_machine_it_was_made_on() -> None:
    picture = (DOCS / "pictures" / "run.svg").read_text()
    assert re.findall(r"https?://[^\"]+", picture) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"@font-face|@import|url\((?!#)|/(home|root|tmp|work)/", picture)


def test_the_package_claims_no_system_but_the_one_that_is_tested() -> None:
    claims = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["classifiers"]
    assert [claim for claim in claims if claim.startswith("Operating System")] == ["Operating System :: POSIX :: Linux"]
