"""A run belongs to the file that it began from: another storyboard of the same name never takes its place."""

import asyncio
import shlex
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from runner.errors import RunDirectoryError
from runner.execution.identity import refuse_other_storyboard
from runner.execution.workflow import execute
from runner.net.client import Web
from runner.state.history import History
from runner.state.run_directory import read_history
from runner.storyboard.load import load
from runner.storyboard.model import Storyboard
from tests.fakes.clock import FakeClock
from tests.fakes.provider import Api, Life, scripted_context

BOARD = "storyboard: 1\nprovider: kie\ninitial: {{prompt: {0} in the morning, duration: 4}}\n"
BOARD += "extensions: [{{prompt: {0} goes on}}]\n"


class Project:
    """A folder with storyboards of one name, all of which run in `runs/story`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.api = Api(keeps_names=True)

    @property
    def root(self) -> Path:
        return self.folder / "runs" / "story"

    @property
    def history(self) -> History:
        return read_history(self.root)

    def write(self, place: str, subject: str) -> Path:
        path = self.folder / place
        path.parent.mkdir(exist_ok=True)
        path.write_text(BOARD.format(subject))
        return path

    def run(self, file: Path, *, named: bool = False, here: bool = False) -> None:
        async def work() -> None:
            async with Web() as web:
                context = scripted_context(self.root, self.api, Life(10_000), web, FakeClock())
                await execute(load(file), self.root, replace(context, named=named, here=here), yes)

        asyncio.run(work())

    def refuses(self, file: Path) -> RunDirectoryError:
        before = (self.root / "journal.jsonl").read_bytes()
        with pytest.raises(RunDirectoryError) as caught:
            self.run(file)
        assert (self.root / "journal.jsonl").read_bytes() == before
        assert caught.value.code == "run-directory/other-storyboard"
        return caught.value


async def yes(_plan: object) -> bool:
    return True


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "project").mkdir()
    return Project(tmp_path / "project")


@pytest.mark.parametrize("other", ["ep2/story.yaml", "ep1/story.yml"])
def test_another_storyboard_of_the_same_name_is_refused_before_anything_changes(project: Project, other: str) -> None:
    first, second = project.write("ep1/story.yaml", "a heron"), project.write(other, "a fox")
    project.run(first)
    error = project.refuses(second)
    assert str(first) in error.message
    assert str(second) in error.message
    assert len(project.api.charged) == 2


def test_a_copy_beside_its_original_is_another_storyboard(project: Project) -> None:
    first, second = project.write("ep1/story.yaml", "a heron"), project.write("ep2/story.yaml", "a heron")
    project.run(first)
    project.refuses(second)


def test_the_folder_that_is_proposed_is_free(project: Project) -> None:
    first, second = project.write("ep1/story.yaml", "a heron"), project.write("ep2/story.yaml", "a fox")
    project.run(first)
    words = shlex.split(project.refuses(second).next_command)
    proposed = Path(words[words.index("--run-dir") + 1])
    assert proposed == project.folder / "runs" / "ep2-story"
    project.root.rename(proposed)  # somebody else's by now
    project.run(first)
    assert "ep2-story-2" in project.refuses(second).next_command


def test_an_edit_in_place_goes_on(project: Project) -> None:
    project.run(project.write("ep1/story.yaml", "a heron"))
    project.run(project.write("ep1/story.yaml", "a fox"))
    assert len(project.api.charged) == 4


def test_a_link_to_the_storyboard_is_the_storyboard(project: Project) -> None:
    first, link = project.write("ep1/story.yaml", "a heron"), project.folder / "story.yaml"
    link.symlink_to(first)
    project.run(first)
    project.run(link)
    assert len(project.api.charged) == 2


def test_a_project_that_moved_goes_on_even_if_all_of_it_was_edited(project: Project) -> None:
    project.run(project.write("ep1/story.yaml", "a heron"))
    project.folder = project.folder.rename(project.folder.with_name("elsewhere"))
    project.run(project.write("ep1/story.yaml", "a fox"))
    assert project.history.source == str(project.folder / "ep1" / "story.yaml")


def test_a_copied_project_that_is_to_go_on_goes_on(project: Project, tmp_path: Path) -> None:
    project.run(project.write("ep1/story.yaml", "a heron"))
    project.folder = Path(shutil.copytree(project.folder, tmp_path / "copy"))
    project.run(project.folder / "ep1" / "story.yaml", here=True)
    assert len(project.api.charged) == 2


def edit_an_extension(text: str) -> str:
    return text.replace("goes on", "slowly goes on")


@pytest.mark.parametrize("edit", [str, edit_an_extension])
def test_a_storyboard_that_was_moved_goes_on_by_what_it_holds(project: Project, edit: Callable[[str], str]) -> None:
    first = project.write("ep1/story.yaml", "a heron")
    project.run(first)
    first.parent.rename(project.folder / "season")
    moved = project.folder / "season" / "story.yaml"
    moved.write_text(edit(moved.read_text()))
    project.run(moved)
    assert len(project.api.charged) <= 3
    assert project.history.source == str(moved)


def test_a_name_that_was_used_again_is_refused_and_goes_on_once_the_folder_is_named(project: Project) -> None:
    first = project.write("ep1/story.yaml", "a heron")
    project.run(first)
    first.unlink()
    second = project.write("ep2/story.yaml", "a fox")
    assert str(project.root) in project.refuses(second).hint
    project.run(second, named=True)
    project.run(second)
    assert project.history.source == str(second)


def test_the_copy_that_the_run_keeps_is_its_own_and_does_not_change_whose_it_is(project: Project) -> None:
    first = project.write("ep1/story.yaml", "a heron")
    project.run(first)
    project.run(project.root / "storyboard.yaml", named=True)
    assert project.history.source == str(first)


class TestJournalsThatNameTheFileAsItWasTyped:
    def check(self, project: Project, source: str, file: Path) -> None:
        history, storyboard = replace(project.history, source=source, takes=()), load(file)
        refuse_other_storyboard(project.root, history, self.edited(storyboard), ())

    def edited(self, storyboard: Storyboard) -> Storyboard:
        return replace(storyboard, source=replace(storyboard.source, digest="0" * 64))

    @pytest.fixture
    def files(self, project: Project) -> tuple[Path, Path]:
        files = project.write("ep1/story.yaml", "a heron"), project.write("ep2/story.yaml", "a fox")
        project.run(files[0])
        return files

    def test_are_read_from_the_folder_around_the_runs(self, project: Project, files: tuple[Path, Path]) -> None:
        self.check(project, "ep1/story.yaml", files[0])
        with pytest.raises(RunDirectoryError, match="another storyboard"):
            self.check(project, "ep1/story.yaml", files[1])

    def test_are_read_from_here(
        self, project: Project, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(files[0].parent)
        self.check(project, "story.yaml", files[0])

    @pytest.mark.parametrize("source", ["story.yaml", "../project/ep1/story.yaml", "./ep1/story.yaml"])
    def test_never_stop_what_may_well_be_theirs(self, project: Project, files: tuple[Path, Path], source: str) -> None:
        self.check(project, source, files[0])

    def test_stop_what_is_surely_not_theirs(self, project: Project, files: tuple[Path, Path]) -> None:
        with pytest.raises(RunDirectoryError, match="another storyboard"):
            self.check(project, "../gone/ep7/story.yaml", files[1])
