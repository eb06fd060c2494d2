"""Every technical fault that a downloaded file can have is found by name; of good files nothing is said."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import pytest

from tests.execution.studio import Studio

pytestmark = pytest.mark.proof
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
WANTED = "24,640x360,16:9,h264,stereo"
FORM = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "24", "-c:a", "aac", "-t", "3")
FAST = ("-movflags", "+faststart")
# How each file is made of the master, and the check that must speak, with its verdict.
ENCODED: dict[str, tuple[tuple[str, ...], str]] = {
    "fps30": (("-vf", "fps=30"), "check/frame-rate fail"),
    "fps25": (("-vf", "setpts=N/25/TB", "-r", "25"), "check/frame-rate fail"),
    "fps23976": (("-vf", "setpts=N*1001/24000/TB", "-r", "24000/1001"), "check/frame-rate fail"),
    "vfr": (
        ("-vf", r"select='not(eq(mod(n\,7)\,3)+eq(mod(n\,11)\,5))'", "-fps_mode", "vfr"),
        "check/constant-rate fail",
    ),
    "hole": (("-vf", r"select='not(between(n\,40\,51))'", "-fps_mode", "passthrough"), "check/constant-rate fail"),
    "frames missing": (("-vf", r"select='not(between(n\,40\,51))',setpts=N/24/TB"), "check/audio-length fail"),
    "portrait": (("-vf", "crop=202:360,scale=360:640,setsar=1"), "check/aspect fail"),
    "4 to 3": (("-vf", "crop=480:360"), "check/aspect fail"),
    "540p": (("-vf", "scale=960:540"), "check/resolution fail"),
    "352 lines": (("-vf", "scale=640:352"), "check/resolution fail"),
    "odd pixels": (("-vf", "scale=480:360,setsar=4/3"), "check/pixel-aspect fail"),
    "letterbox": (("-vf", "crop=640:268,pad=640:360:0:46:black"), "picture/visible warn"),
    "pillarbox": (("-vf", "crop=480:360,pad=640:360:80:0:black"), "picture/visible warn"),
    "no sound": (("-an",), "check/audio fail"),
    "mono": (("-ac", "1"), "check/audio-format warn"),
    "silence": (("-af", "volume=0"), "sound/silence fail"),
    "sound too short": (("-af", "atrim=0:2"), "check/audio-length fail"),
    "hevc": (("-c:v", "libx265", "-x265-params", "log-level=none", "-tag:v", "hvc1"), "check/video-codec fail"),
    "ten bits": (("-pix_fmt", "yuv420p10le"), "check/pixels warn"),
    "full range": (("-vf", "scale=out_range=pc,setparams=range=pc", "-color_range", "pc"), "check/pixels warn"),
    "interlaced": (
        ("-vf", "interlace=scan=tff:lowpass=0", "-flags", "+ilme+ildct", "-x264opts", "tff=1"),
        "check/scan fail",
    ),
    "static": (("-vf", "loop=-1:1,noise=alls=3:allf=t,trim=duration=3"), "picture/still warn"),
    "frozen end": (("-vf", "trim=end_frame=48,tpad=stop_mode=clone:stop=24"), "tail/frozen fail"),
    "every second twice": (("-vf", "fps=12,fps=24"), "picture/repeats fail"),
    "every fourth twice": (("-vf", "fps=18,fps=24"), "picture/repeats warn"),
    "dark end": (("-vf", "fade=out:st=2.2:d=0.3"), "tail/black fail"),
}
TEXT = b'{"error": {"code": 403, "message": "Permission denied on resource"}}'
PAGE = b"<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>"
# The same for files that were good once: what became of their bytes.
DAMAGED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut in the middle": (lambda content: content[: len(content) * 7 // 10], "check/packets fail"),
    "last bytes lost": (lambda content: content[:-4096], "check/packets fail"),
    "empty": (lambda _: b"", "media/unreadable fail"),
    "json": (lambda _: TEXT, "media/unreadable fail"),
    "html": (lambda _: PAGE, "media/unreadable fail"),
    "flipped bits": (lambda content: with_bytes(content, bytes((0xA5, 0x5A) * 8), range(1, 7)), "check/decode warn"),
    "hole of zeros": (lambda content: with_bytes(content, bytes(65536), range(4, 5)), "check/decode fail"),
}
# And for good streams in another file.
PACKED = {
    "turned": (("-display_rotation", "90", "-i", "GOOD"), "check/rotation warn"),
    "two pictures": (("-i", "GOOD", "-i", "GOOD", "-map", "0:v", "-map", "1:v", "-map", "0:a"), "check/streams warn"),
    "late sound": (
        ("-i", "GOOD", "-itsoffset", "0.25", "-i", "GOOD", "-map", "0:v", "-map", "1:a"),
        "check/audio-start fail",
    ),
}


def with_bytes(content: bytes, wrong: bytes, eighths: range) -> bytes:
    """Some content with wrong bytes at some eighths of it."""
    damaged = bytearray(content)
    for place in eighths:
        start = len(content) * place // 8
        damaged[start : start + len(wrong)] = wrong
    return bytes(damaged)


def ffmpeg(*words: str | Path) -> None:
    subprocess.run([FFMPEG, "-nostdin", "-v", "error", "-y", *map(str, words)], check=True, stdin=subprocess.DEVNULL)


def made(folder: Path) -> dict[str, str]:
    """Every sample in a folder; what must be said of each, nothing for a good one."""
    master, good, slow = folder / "master.mov", folder / "good.mp4", folder / "index at the end.mp4"
    picture, sound = "testsrc2=s=640x360:r=24:d=3", "anoisesrc=c=pink:a=0.2:r=48000:d=3:seed=3"
    ffmpeg("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, "-ac", "2", *FORM, "-crf", "10", master)
    ffmpeg("-i", master, *FORM, *FAST, good)
    ffmpeg("-i", master, *FORM, slow)
    for name, (options, _) in ENCODED.items():
        ffmpeg("-i", master, *FORM, *options, *FAST, folder / f"{name}.mp4")
    for name, (damage, _) in DAMAGED.items():
        (folder / f"{name}.mp4").write_bytes(damage(good.read_bytes()))
    (folder / "no index.mp4").write_bytes(slow.read_bytes()[: slow.stat().st_size * 7 // 10])
    for name, (words, _) in PACKED.items():
        ffmpeg(*(good if word == "GOOD" else word for word in words), "-c", "copy", folder / f"{name}.mp4")
    wanted = {name: said for table in (ENCODED, DAMAGED, PACKED) for name, (_, said) in table.items()}
    return {**wanted, "no index": "media/unreadable fail", good.stem: "", slow.stem: ""}


def test_every_fault_is_found_by_name_and_of_good_files_nothing_is_said(tmp_path: Path) -> None:
    wanted = made(tmp_path)
    words = ("check", *sorted(tmp_path.glob("*.mp4")), "--expect", WANTED, "--json")
    told = [json.loads(line) for line in Studio(url="", folder=tmp_path).command(*words).stdout.splitlines()]
    found = {Path(each["file"]).stem: remarks(each["verdicts"]) for each in told}
    assert found.keys() == wanted.keys()
    missed = {name: found[name] for name, said in wanted.items() if said and said not in found[name]}
    assert missed == {}
    alarms = {name: found[name] for name, said in wanted.items() if not said and found[name]}
    assert alarms == {}


def remarks(verdicts: list[dict[str, str]]) -> set[str]:
    return {f"{each['check']} {each['verdict']}" for each in verdicts if each["verdict"] != "pass"}
