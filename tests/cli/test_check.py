"""`longtake check` on anybody's files."""

import asyncio
import json
import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

import imageio_ffmpeg
import pytest
from click.testing import CliRunner

from runner.cli.check import check, parse_expectation
from runner.errors import UsageError
from runner.inspection.any_video import survey_video
from runner.media.ffmpeg.process import ToolTimedOut
from runner.media.ffmpeg.tools import Tools, find_tools
from runner.media.model import Probe
from runner.media.probing.probe import probe
from tests.doses import doses
from tests.execution.studio import Studio

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
PICTURE = "testsrc2=s=640x360:r=24:d=3"
UNREADABLE = Path("/proc/self/mem")
SOUND = "sine=f=300:r=48000:d=3"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of 3 s, a moving picture with a tone."""
    return made(tmp_path_factory.mktemp("check") / "plain.mp4")


@pytest.fixture(scope="module")
def tools() -> Tools:
    return asyncio.run(find_tools({}, which=lambda _name: None))


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
    assert checked(studio, plain, "--expect", "24,640x360,16:9,h264,stereo") == (0, {})


@pytest.mark.parametrize(
    ("wanted", "failed"),
    [
        ("25", "check/frame-rate"),
        pytest.param("24000/1001", "check/frame-rate", marks=pytest.mark.proof),
        ("24,1920x1080", "check/resolution"),
        pytest.param("24,1080p", "check/resolution", marks=pytest.mark.proof),
        ("24,9:16", "check/aspect"),
        ("24,hevc", "check/video-codec"),
    ],
)
def test_what_was_expected_and_is_not_there_fails(studio: Studio, plain: Path, wanted: str, failed: str) -> None:
    assert checked(studio, plain, "--expect", wanted) == (7, {failed: "fail"})


def test_where_nothing_is_expected_any_rate_and_shape_will_do(studio: Studio, tmp_path: Path) -> None:
    other = made(tmp_path / "other.mp4", "-vf", "scale=480:360,setsar=1", "-r", "30")
    assert checked(studio, other, "--contract-only") == (0, {})


def test_sound_may_be_unwanted(studio: Studio, plain: Path) -> None:
    assert checked(studio, plain, "--expect", "24,silent") == (0, {"check/audio": "warn"})


@pytest.mark.parametrize(
    ("options", "remarked"),
    [
        (("-vf", "crop=640:268,pad=640:360:0:46:black"), "picture/visible"),
        pytest.param(("-vf", "fps=12,fps=24"), "picture/repeats", marks=pytest.mark.proof),
        pytest.param(("-vf", "loop=-1:1,noise=alls=3:allf=t"), "picture/still", marks=pytest.mark.proof),
        pytest.param(("-vf", "fade=out:st=2.2:d=0.3"), "tail/black", marks=pytest.mark.proof),
        (("-af", "volume=0"), "sound/silence"),
        pytest.param(("-pix_fmt", "yuv420p10le"), "check/pixels", marks=pytest.mark.proof),
        (("-vf", "hflip=enable='gte(n,36)'"), "picture/jump"),
        pytest.param(("-vf", "setsar=4/3"), "check/pixel-aspect", marks=pytest.mark.proof),
    ],
)
def test_what_headers_do_not_tell_is_seen_and_heard(
    studio: Studio, tmp_path: Path, options: tuple[str, ...], remarked: str
) -> None:
    assert remarked in checked(studio, made(tmp_path / "odd.mp4", *options), "--expect", "24,audio")[1]


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


def ailing(folder: Path, job: str) -> Path:
    """An ffmpeg that never stops talking when it gets this job for the file `bad.mp4`."""
    script = folder / "ffmpeg"
    script.write_text(f"""#!/bin/sh
case "$*" in *bad.mp4*{job}*) exec head -c 70000000 /dev/zero;; esac
exec '{FFMPEG}' "$@"
""")
    script.chmod(0o700)
    return script


def test_a_file_that_no_decoder_gets_to_the_end_of_is_one_failure_among_others(
    studio: Studio, plain: Path, tmp_path: Path
) -> None:
    bad, report = tmp_path / "bad.mp4", tmp_path / "junit.xml"
    shutil.copy(plain, bad)
    tool = str(ailing(tmp_path, "null"))
    done = studio.command("check", bad, plain, "--junit", report, LONGTAKE_FFMPEG=tool)
    assert (done.returncode, done.stderr) == (7, "")
    assert "[media/tool-failed]" in done.stdout
    assert [suite.get("failures") for suite in ET.fromstring(report.read_bytes())] == ["1", "0"]


@pytest.mark.skipif(not UNREADABLE.exists(), reason="only Linux has a file that even root cannot read")
def test_a_file_that_the_disk_does_not_hand_out_is_one_failure_among_others(studio: Studio, plain: Path) -> None:
    done = studio.command("check", UNREADABLE, plain, "--contract-only", "--json")
    assert (done.returncode, done.stderr) == (7, "")
    assert [Path(json.loads(line)["file"]).name for line in done.stdout.splitlines()] == ["mem", "plain.mp4"]


def test_a_long_film_may_take_longer_to_decode_and_to_watch(
    plain: Path, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = replace(asyncio.run(probe(plain, tools)), duration=3600.0)
    given: list[float] = []

    async def hurried(_argv: object, *_: object, seconds: float, **_more: object) -> None:
        given.append(seconds)
        raise ToolTimedOut("too late")

    async def long(*_: object) -> Probe:
        return facts

    monkeypatch.setattr("runner.inspection.any_video.probe", long)
    monkeypatch.setattr("runner.media.checks.run", hurried)
    monkeypatch.setattr("runner.quality.frames.feed", hurried)
    assert "media/timeout" in CliRunner().invoke(check, [str(plain)]).output
    assert asyncio.run(survey_video(plain, facts, tools))[0].check == "media/timeout"
    assert given == [4 * 3600.0, 4 * 3600.0]


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


@pytest.mark.parametrize(
    "words",
    [
        "fast",
        "24,1280",
        "16:0",
        "24,x720",
        "0",
        "24,0x0",
        "24,25",
        "",
        "24,",
        "-24",
        "1280",
        "0s",
        "24,8m",
        "24,16:9,4:3",
    ],
)
def test_an_expectation_that_makes_no_sense_is_refused(words: str) -> None:
    with pytest.raises(UsageError, match="--expect"):
        parse_expectation(words)


def test_an_expectation_is_read_as_people_write_it() -> None:
    wanted = parse_expectation("23.976, 1280x720,16:9,h265,stereo,8s")
    assert wanted.frame_rate == Fraction(24000, 1001)
    assert (wanted.size, wanted.aspect, wanted.video_codecs) == ((1280, 720), Fraction(16, 9), ("hevc",))
    assert (wanted.audio, wanted.channels, wanted.seconds) == ("required", 2, 8.0)
    assert parse_expectation("720p,192f").frames == 192
    assert parse_expectation("audio,stereo").channels == 2


@pytest.mark.proof
def test_a_length_can_be_expected(studio: Studio, plain: Path) -> None:
    assert checked(studio, plain, "--expect", "24,3s") == (0, {})
    assert checked(studio, plain, "--expect", "24,72f") == (0, {})
    assert checked(studio, plain, "--expect", "24,8s") == (7, {"check/duration": "fail"})


@pytest.mark.parametrize("sound", doses(["", "24,silent"], "24,silent"))
@pytest.mark.proof
def test_silence_is_no_fault_where_nobody_asked_for_sound(studio: Studio, tmp_path: Path, sound: str) -> None:
    quiet = made(tmp_path / "quiet.mp4", "-af", "volume=0")
    assert "sound/silence" not in checked(studio, quiet, "--expect", sound or "24")[1]
    assert checked(studio, quiet, "--expect", "24,stereo") == (7, {"sound/silence": "fail"})


def test_what_is_not_there_is_told_before_anything_is_judged(studio: Studio, plain: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for missing, words in ((tmp_path / "no.mp4", "there is no file"), (tmp_path / "folder", "no run has begun in")):
        done = studio.command("check", plain, missing)
        assert (done.returncode, done.stdout) == (2, "")
        assert words in done.stderr
    done = studio.command("check", plain, "--junit", tmp_path / "no" / "such" / "folder.xml")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no folder" in done.stderr


def test_a_film_of_one_frame_is_said_to_be_too_short_to_look_at(studio: Studio, tmp_path: Path) -> None:
    still = made(tmp_path / "still.mp4", "-frames:v", "1", "-an")
    assert checked(studio, still)[1] == {"look/too-short": "warn"}


def test_a_report_for_machines_counts_and_holds_nothing_that_xml_has_no_place_for(
    studio: Studio, plain: Path, tmp_path: Path
) -> None:
    odd = tmp_path / "od\x07d \u202e.mp4"
    shutil.copy(plain, odd)
    report = tmp_path / "junit.xml"
    assert studio.command("check", odd, "--junit", report, "--contract-only").returncode == 0
    root = ET.fromstring(report.read_bytes())
    assert int(root.get("tests", "")) == len(list(root.iter("testcase"))) > 5
    assert root.get("failures") == "0"
    assert float(root.get("time", "")) > 0


# A run, judged again.


def unlooked(studio: Studio) -> Path:
    studio.film(studio.board(extensions=[{"prompt": "It goes on along the same path."}]))
    return studio.root


def failing(studio: Studio) -> tuple[int, list[tuple[str, str]]]:
    done = studio.command("check", studio.root, "--json")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, [
        (Path(each["file"]).name, verdict["check"])
        for each in told
        for verdict in each["verdicts"]
        if verdict["verdict"] == "fail"
    ]


@pytest.mark.proof
def test_a_film_that_is_gone_or_another_is_seen(studio: Studio, plain: Path) -> None:
    film = unlooked(studio) / "film.mp4"
    assert failing(studio) == (0, [])
    shutil.copy(plain, film)
    assert failing(studio) == (7, [("film.mp4", "check/changed-on-disk")])
    film.unlink()
    assert failing(studio) == (7, [("film.mp4", "film/missing")])


def test_a_hop_whose_file_is_gone_fails_and_the_others_are_judged(studio: Studio) -> None:
    (unlooked(studio) / "hops/00/take-01/video.mp4").unlink()
    code, found = failing(studio)
    assert (code, [name for name, _ in found]) == (7, ["run hop 0"])
    assert "hop 1: pass" in studio.command("check", studio.root).stdout


def test_a_hop_of_which_one_byte_is_other_than_it_was_fails(studio: Studio) -> None:
    film = unlooked(studio) / "hops/01/take-01/segment.mp4"
    whole = film.read_bytes()
    film.write_bytes(whole[:-200] + bytes([whole[-200] ^ 1]) + whole[-199:])
    assert failing(studio) == (7, [("run hop 1", "check/changed-on-disk")])


def unseen_jump(studio: Studio) -> Path:
    """A run with a jump that nobody looked for when it was made, and would look for now."""
    studio.fault("jump=60@extend#1")
    frozen = unlooked(studio) / "storyboard.yaml"
    frozen.write_text(frozen.read_text().replace('"seam": "off"', '"seam": "stop"'))
    return studio.root


@pytest.mark.proof
def test_pictures_that_nobody_looked_at_are_looked_at_now_and_nothing_is_written(studio: Studio) -> None:
    root = unseen_jump(studio)
    before = sorted(root.rglob("*"))
    assert failing(studio) == (7, [("run hop 1", "seam/discontinuity")])
    assert sorted(root.rglob("*")) == before


@pytest.mark.proof
def test_pictures_that_cannot_be_looked_at_any_more_are_said_to_be_so(studio: Studio) -> None:
    (unseen_jump(studio) / "hops/00/take-01/video.mp4").unlink()
    assert "not looked at when they came, and cannot be now" in studio.command("check", studio.root).stdout


def test_of_a_run_too_the_form_alone_can_be_checked(studio: Studio) -> None:
    assert studio.command("check", unseen_jump(studio), "--contract-only").returncode == 0


@pytest.mark.proof
def test_a_film_of_other_takes_than_those_that_count_is_told(studio: Studio) -> None:
    unlooked(studio)
    studio.film(studio.folder / "board.yaml", retake=1)
    assert studio.command("takes", studio.root, "--hop", "1", "--promote", "1", "--yes").returncode == 0
    told = studio.command("check", studio.root)
    assert (told.returncode, "[film/outdated]" in told.stdout) == (0, True)


@pytest.mark.proof
def test_how_a_file_takes_up_what_was_there_is_judged_again(studio: Studio) -> None:
    studio.fault("other-world@extend#1")
    looked = {"seam": "warn"}
    studio.film(studio.board(checks=looked, extensions=[{"prompt": "It goes on along the same path."}]))
    told = studio.command("check", studio.root, "--json", "-v").stdout
    assert "seam/alignment" in told
