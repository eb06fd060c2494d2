"""`longtake check` on anybody's files."""

import json
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import imageio_ffmpeg
import pytest

from runner.cli.check import expectation
from runner.errors import UsageError
from tests.engine.studio import Studio

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
PICTURE = "testsrc2=s=1280x720:r=24:d=3"
SOUND = "sine=f=300:r=48000:d=3"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of 3 s, a moving picture with a tone."""
    return made(tmp_path_factory.mktemp("check") / "plain.mp4")


def made(target: Path, *options: str) -> Path:
    command = [FFMPEG, "-v", "error", "-y", "-f", "lavfi", "-i", PICTURE, "-f", "lavfi", "-i", SOUND]
    form = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", "-ac", "2", "-t", "3"]
    subprocess.run([*command, *form, *options, str(target)], check=True)
    return target


def checked(studio: Studio, *words: str | Path) -> tuple[int, dict[str, str]]:
    """The exit code, and every check that did not pass."""
    done = studio.command("check", *words, "--json")
    assert done.stderr == ""
    told = [verdict for line in done.stdout.splitlines() for verdict in json.loads(line)["verdicts"]]
    return done.returncode, {verdict["check"]: verdict["verdict"] for verdict in told if verdict["verdict"] != "pass"}


def test_a_good_file_passes(studio: Studio, plain: Path) -> None:
    assert checked(studio, plain, "--expect", "24,1280x720,16:9,h264,stereo") == (0, {})


@pytest.mark.parametrize(
    ("wanted", "failed"),
    [
        ("25", "check/frame-rate"),
        ("24000/1001", "check/frame-rate"),
        ("24,1920x1080", "check/resolution"),
        ("24,1080p", "check/resolution"),
        ("24,9:16", "check/aspect"),
        ("24,hevc", "check/video-codec"),
    ],
)
def test_what_was_expected_and_is_not_there_fails(studio: Studio, plain: Path, wanted: str, failed: str) -> None:
    assert checked(studio, plain, "--expect", wanted) == (7, {failed: "fail"})


def test_sound_may_be_unwanted(studio: Studio, plain: Path) -> None:
    assert checked(studio, plain, "--expect", "24,silent") == (0, {"check/audio": "warn"})


@pytest.mark.parametrize(
    ("options", "remarked"),
    [
        (("-vf", "crop=1280:536,pad=1280:720:0:92:black"), "picture/visible"),
        (("-vf", "fps=12,fps=24"), "picture/repeats"),
        (("-vf", "loop=-1:1,noise=alls=3:allf=t"), "picture/still"),
        (("-vf", "fade=out:st=2.2:d=0.3"), "tail/black"),
        (("-af", "volume=0"), "sound/silence"),
        (("-pix_fmt", "yuv420p10le"), "check/pixels"),
        (("-vf", "hflip=enable='gte(n,36)'"), "picture/jump"),
        (("-vf", "setsar=4/3"), "check/pixel-aspect"),
    ],
)
def test_what_headers_do_not_tell_is_seen_and_heard(
    studio: Studio, tmp_path: Path, options: tuple[str, ...], remarked: str
) -> None:
    assert remarked in checked(studio, made(tmp_path / "odd.mp4", *options))[1]


def test_the_form_alone_can_be_checked(studio: Studio, tmp_path: Path) -> None:
    film = made(tmp_path / "odd.mp4", "-vf", "fade=out:st=2.2:d=0.3")
    assert checked(studio, film, "--contract-only") == (0, {})


def test_a_jump_is_told_with_its_second(studio: Studio, tmp_path: Path) -> None:
    film = made(tmp_path / "odd.mp4", "-vf", "hflip=enable='gte(n,36)'")
    assert "jump in the picture at 1.50 s" in studio.command("check", film).stdout


def test_a_damaged_file_is_one_failure_among_others(studio: Studio, plain: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(plain.read_bytes()[:2000])
    text = tmp_path / "text.mp4"
    text.write_text("<html>502</html>")
    report = tmp_path / "junit.xml"
    code, _ = checked(studio, plain, cut, text, "--junit", report)
    assert code == 7
    suites = ET.fromstring(report.read_bytes())
    assert [suite.get("name") for suite in suites] == [str(plain), str(cut), str(text)]
    assert [int(suite.get("failures", "")) > 0 for suite in suites] == [False, True, True]
    assert all(case.get("classname") and case.get("name") for case in suites.iter("testcase"))
    assert "502" in next(suites[2].iter("failure")).get("message", "")


def test_a_run_is_judged_by_its_own_storyboard(studio: Studio) -> None:
    studio.fault("jump=60@extend#1")
    looked = {"seam": "warn", "tail": "warn"}
    studio.film(studio.board(checks=looked, extensions=[{"prompt": "It goes on along the same path."}]))
    assert studio.command("check", studio.root).returncode == 0
    frozen = studio.root / "storyboard.yaml"
    frozen.write_text(frozen.read_text().replace('"seam": "warn"', '"seam": "stop"'))
    strict = studio.command("check", studio.root)
    assert strict.returncode == 7
    assert "seam/discontinuity" in strict.stdout


@pytest.mark.parametrize("words", ["fast", "24,1280", "16:0", "24,x720"])
def test_an_expectation_that_makes_no_sense_is_refused(words: str) -> None:
    with pytest.raises(UsageError):
        expectation(words) if words != "24,1280" else expectation("24,1280q")


def test_a_report_that_cannot_be_written_is_told(studio: Studio, plain: Path, tmp_path: Path) -> None:
    done = studio.command("check", plain, "--junit", tmp_path / "no" / "such" / "folder.xml")
    assert done.returncode == 5
    assert "Traceback" not in done.stderr
    shutil.rmtree(tmp_path)
