"""Command lines are made in one place, safe and predictable."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from runner.errors import ConfigurationError
from runner.media.ffmpeg import commands
from runner.media.ffmpeg.commands import SoundFormat, Stretch
from runner.media.ffmpeg.tools import Tool

FFMPEG = Tool(path="/opt/ffmpeg", version="7.1", origin="PATH")
SOUND = SoundFormat(sample_rate=48000, layout="stereo")
A, B = Path("-a.mp4"), Path("b:c.mp4")
OUT = Path("out.mp4")
STRETCHES = [
    Stretch(path=A, samples=100, audible=True, frames=12),
    Stretch(path=B, samples=200, audible=False, frames=24),
]

ALL = {
    "scan": commands.scan(FFMPEG, A),
    "decode": commands.decode(FFMPEG, A, 1.5),
    "still": commands.still(FFMPEG, A, 1.5, OUT),
    "chain": commands.chain(FFMPEG, A, OUT),
    "score": commands.score(FFMPEG, A, STRETCHES, SOUND, OUT),
    "mute": commands.mute(FFMPEG, A, OUT),
    "small_frames": commands.small_frames(FFMPEG, A, 1.5, 4, (320, 180)),
    "colour_frames": commands.colour_frames(FFMPEG, A, 1.5, [0, 3], (320, 180), "auto"),
    "preview": commands.preview(FFMPEG, A, 360, OUT, start=1.5, matrix="bt601"),
    "recode": commands.recode(FFMPEG, STRETCHES, SOUND, Fraction(24000, 1001), OUT),
    "recode silent": commands.recode(FFMPEG, STRETCHES, None, Fraction(24), OUT),
}


def value(argv: list[str], option: str) -> str:
    return argv[argv.index(option) + 1]


@pytest.mark.parametrize("name", ALL)
def test_ffmpeg_never_asks_and_says_only_what_counts(name: str) -> None:
    argv = ALL[name]
    assert argv[:3] == ["/opt/ffmpeg", "-nostdin", "-hide_banner"]
    assert value(argv, "-v") == {"scan": "level+info", "decode": "level+verbose"}.get(name, "error")
    assert ("-y" in argv[:8]) == (name != "scan")


@pytest.mark.parametrize("name", ALL)
def test_every_input_is_a_file_that_may_open_files_only(name: str) -> None:
    argv = ALL[name]
    inputs = [argv[place + 1] for place, word in enumerate(argv) if word == "-i"]
    assert inputs
    assert all(source.startswith(("file:", "anullsrc=")) for source in inputs)
    assert argv.count("-protocol_whitelist") == sum(source.startswith("file:") for source in inputs)
    assert value(argv, "-protocol_whitelist") == "file"


def test_ffprobe_is_bound_in_the_same_way() -> None:
    argv = commands.inspect(Tool(path="/opt/ffprobe", version="7.1", origin="PATH"), A)
    assert (argv[0], value(argv, "-i"), value(argv, "-protocol_whitelist")) == ("/opt/ffprobe", "file:-a.mp4", "file")


@pytest.mark.parametrize("name", ["still", "chain", "score", "mute", "preview", "recode"])
def test_every_output_is_a_file(name: str) -> None:
    assert ALL[name][-1] == "file:out.mp4"


def test_decoding_from_the_start_does_not_seek() -> None:
    assert "-ss" not in commands.decode(FFMPEG, A, 0.0)
    assert "-ss" not in commands.preview(FFMPEG, A, 360, OUT)
    assert all(value(ALL[name], "-ss") == "1.500000" for name in ("decode", "preview", "colour_frames"))


def test_pictures_that_are_measured_keep_the_matrix_of_their_film() -> None:
    assert "matrix" not in value(ALL["small_frames"], "-filter_complex")
    assert value(ALL["small_frames"], "-filter_complex").endswith("format=yuv420p[s1]")


def test_pictures_for_people_are_made_from_the_matrix_that_they_are_told() -> None:
    assert "in_color_matrix=auto" in value(ALL["colour_frames"], "-filter_complex")
    assert "in_color_matrix=bt601:" in value(ALL["preview"], "-filter_complex")
    assert (value(ALL["preview"], "-colorspace"), value(ALL["preview"], "-color_range")) == ("bt709", "tv")


def test_the_same_file_twice_stays_two_inputs() -> None:
    argv = commands.score(FFMPEG, OUT, [STRETCHES[0]] * 3, SOUND, OUT)
    assert argv.count("-i") == 4
    assert "concat=a=1:n=3:v=0" in value(argv, "-filter_complex")


def test_every_part_of_the_sound_is_cut_to_its_samples() -> None:
    graph = value(ALL["score"], "-filter_complex")
    assert "atrim=end_sample=100" in graph
    assert "atrim=end_sample=200" in graph
    assert graph.count("apad") == 2


def test_a_frame_rate_is_handed_on_as_a_fraction() -> None:
    assert value(ALL["recode"], "-r") == "24000/1001"


@pytest.mark.parametrize("content", ["raise ImportError('KwargReprNode')", "def probe(): ...", ""])
def test_a_package_that_hides_ffmpeg_python_is_reported(content: str, tmp_path: Path) -> None:
    (tmp_path / "ffmpeg.py").write_text(content)
    program = (
        "from pathlib import Path\n"
        "from runner.media.ffmpeg import commands\n"
        "from runner.media.ffmpeg.tools import Tool\n"
        "from runner.errors import ConfigurationError\n"
        "try: commands.scan(Tool(path='f', version='7', origin='PATH'), Path('a'))\n"
        "except ConfigurationError as error: print(error.code, error.hint)\n"
    )
    path = f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(Path(__file__).parents[2])!r}]\n"
    answer = subprocess.run([sys.executable, "-c", path + program], capture_output=True, text=True, check=True)
    assert answer.stdout.startswith("ffmpeg/shadowed remove the other package")


def test_the_owners_of_a_hidden_module_are_named() -> None:
    error = commands._shadowed()
    assert isinstance(error, ConfigurationError)
    assert "ffmpeg-python" in error.message


def test_no_other_module_imports_ffmpeg_python() -> None:
    runner = Path(commands.__file__).parents[2]
    users = {path.name for path in runner.rglob("*.py") if "import ffmpeg\n" in path.read_text().replace("  #", "\n#")}
    assert users == {"commands.py"}
