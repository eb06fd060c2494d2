"""ffmpeg is found where it was said to be found, and nothing else is used in its place."""

import asyncio
import sys
from pathlib import Path

import pytest

from runner.errors import ConfigurationError
from runner.media.ffmpeg.tools import Tools, bundled_ffmpeg, find_tools

OLD, NEW, GIT = "4.4.2-0ubuntu0.22.04.1", "5.1.9-0+deb12u1", "N-12345-gabcdef"


def program(folder: Path, name: str, version: str, *, code: int = 0) -> str:
    """A program that answers to `-version` as `name` of that version does."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{name} version {version} Copyright (c) 2000-2026'\nexit {code}\n")
    path.chmod(0o755)
    return str(path)


def found(environ: dict[str, str], path: dict[str, str], bundled: str | None = None) -> Tools:
    return asyncio.run(find_tools(environ, which=path.get, bundled=lambda: bundled))


def refused(environ: dict[str, str], path: dict[str, str], bundled: str | None = None) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        found(environ, path, bundled)
    return caught.value


def test_the_environment_comes_before_path(tmp_path: Path) -> None:
    ours, theirs = program(tmp_path / "a", "ffmpeg", "7.1"), program(tmp_path / "b", "ffmpeg", NEW)
    tools = found({"LONGTAKE_FFMPEG": ours}, {"ffmpeg": theirs})
    assert (tools.ffmpeg.path, tools.ffmpeg.version, tools.ffmpeg.origin) == (ours, "7.1", "LONGTAKE_FFMPEG")


def test_path_comes_before_the_bundled_one(tmp_path: Path) -> None:
    ours, theirs = program(tmp_path / "a", "ffmpeg", NEW), program(tmp_path / "b", "ffmpeg", "9.0.2")
    tools = found({}, {"ffmpeg": ours}, theirs)
    assert (tools.ffmpeg.path, tools.ffmpeg.origin) == (ours, "PATH")


@pytest.mark.parametrize("version", ["5.1", NEW, GIT, "n6.0", "9.0.2-essentials", "git-2020-01-01-abc", "10.0"])
def test_these_versions_are_new_enough(version: str, tmp_path: Path) -> None:
    assert found({}, {"ffmpeg": program(tmp_path, "ffmpeg", version)}).ffmpeg.version == version


@pytest.mark.parametrize("version", [OLD, "5.0.3", "n4.4", "3.4.11"])
def test_an_old_one_on_path_gives_way_to_the_bundled_one_with_a_note(version: str, tmp_path: Path) -> None:
    bundled = program(tmp_path / "b", "ffmpeg", "9.0.2")
    tools = found({}, {"ffmpeg": program(tmp_path, "ffmpeg", version)}, bundled)
    assert tools.ffmpeg.origin == "imageio-ffmpeg"
    assert any(version in note and "5.1" in note for note in tools.notes)


@pytest.mark.parametrize("name", ["ffmpeg", "ffprobe"])
def test_an_old_one_that_was_asked_for_is_an_error(name: str, tmp_path: Path) -> None:
    environ = {f"LONGTAKE_{name.upper()}": program(tmp_path, name, OLD)}
    error = refused(environ, {"ffmpeg": program(tmp_path / "b", "ffmpeg", NEW)})
    assert error.code == "ffmpeg/unusable"
    assert f"LONGTAKE_{name.upper()}" in error.message
    assert OLD in error.message


def test_a_path_that_leads_nowhere_is_an_error_if_it_was_asked_for(tmp_path: Path) -> None:
    error = refused({"LONGTAKE_FFMPEG": str(tmp_path / "none")}, {"ffmpeg": program(tmp_path, "ffmpeg", NEW)})
    assert "No such file" in error.message


def test_another_program_is_not_taken_for_ffmpeg() -> None:
    assert "does not answer as ffmpeg" in refused({"LONGTAKE_FFMPEG": "/bin/echo"}, {}).message


def test_nothing_found_lists_what_was_tried_and_how_to_install(tmp_path: Path) -> None:
    error = refused({}, {"ffmpeg": program(tmp_path, "ffmpeg", OLD)})
    assert error.code == "ffmpeg/missing"
    for tried in ("LONGTAKE_FFMPEG (unset)", "PATH", OLD, "imageio-ffmpeg (no binary here)"):
        assert tried in error.message
    for command in ("apt-get install", "brew install", "winget install", "apk add", "LONGTAKE_FFMPEG=", "doctor"):
        assert command in error.hint


def test_a_bundled_one_that_does_not_run_is_named_among_what_was_tried(tmp_path: Path) -> None:
    error = refused({}, {}, program(tmp_path, "ffmpeg", "9.0.2", code=1))
    assert error.code == "ffmpeg/missing"
    assert "imageio-ffmpeg (ffmpeg failed" in error.message


def test_an_empty_variable_counts_as_unset(tmp_path: Path) -> None:
    assert found({"LONGTAKE_FFMPEG": ""}, {"ffmpeg": program(tmp_path, "ffmpeg", NEW)}).ffmpeg.origin == "PATH"


def test_ffprobe_is_found_on_path(tmp_path: Path) -> None:
    path = {name: program(tmp_path, name, NEW) for name in ("ffmpeg", "ffprobe")}
    tools = found({}, path)
    assert tools.ffprobe is not None
    assert (tools.ffprobe.path, tools.ffprobe.version) == (path["ffprobe"], NEW)


@pytest.mark.parametrize(("version", "code"), [(OLD, 0), (NEW, 127)])
def test_an_ffprobe_on_path_that_is_of_no_use_is_done_without(version: str, code: int, tmp_path: Path) -> None:
    path = {"ffmpeg": program(tmp_path, "ffmpeg", NEW), "ffprobe": program(tmp_path, "ffprobe", version, code=code)}
    tools = found({}, path)
    assert tools.ffprobe is None
    assert len(tools.notes) == 1
    assert tools.notes[0].startswith("PATH")


def test_the_bundled_one_runs() -> None:
    tools = asyncio.run(find_tools({}, which=lambda _name: None))
    assert tools.ffmpeg.path == bundled_ffmpeg()
    assert tools.ffprobe is None


def test_looking_for_tools_imports_nothing_heavy_before_it_must() -> None:
    check = "import sys, runner.media.concat; sys.exit(bool({'ffmpeg', 'imageio_ffmpeg'} & set(sys.modules)))"
    root = Path(__file__).parents[2]

    async def run() -> int:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", check, cwd=root)
        return await process.wait()

    assert asyncio.run(run()) == 0


def lacking(folder: Path, version: str = NEW) -> str:
    """An ffmpeg that lists its encoders, and libx264 is not among them."""
    path = Path(program(folder, "ffmpeg", version))
    listed = "case \" $* \" in *-encoders*) echo 'Encoders:'; echo ' A....D aac  AAC'; exit;; esac\n"
    path.write_text(path.read_text().replace("#!/bin/sh\n", f"#!/bin/sh\n{listed}"))
    return str(path)


def test_one_that_cannot_encode_gives_way_to_a_whole_one_with_a_note(tmp_path: Path) -> None:
    tools = found({}, {"ffmpeg": lacking(tmp_path)}, program(tmp_path / "b", "ffmpeg", "9.0.2"))
    assert (tools.ffmpeg.origin, tools.ffmpeg.lacks) == ("imageio-ffmpeg", ())
    assert any("without libx264" in note for note in tools.notes)


def test_one_that_cannot_encode_serves_where_there_is_no_other_and_says_what_it_lacks(tmp_path: Path) -> None:
    tools = found({}, {"ffmpeg": lacking(tmp_path)}, lacking(tmp_path / "b"))
    assert (tools.ffmpeg.origin, tools.ffmpeg.lacks) == ("PATH", ("libx264",))
    assert tools.ffmpeg.lacking_error().code == "ffmpeg/no-encoder"


def test_one_that_was_asked_for_is_never_replaced_whatever_it_lacks(tmp_path: Path) -> None:
    tools = found({"LONGTAKE_FFMPEG": lacking(tmp_path)}, {}, program(tmp_path / "b", "ffmpeg", "9.0.2"))
    assert (tools.ffmpeg.origin, tools.ffmpeg.lacks) == ("LONGTAKE_FFMPEG", ("libx264",))
