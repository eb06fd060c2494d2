"""Small video files, clean and with one fault each, made on demand by the bundled ffmpeg and kept for the session.

Test processes share them: whoever needs one first makes it, under a lock, and the others wait.
"""

import subprocess
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
from filelock import FileLock

SECONDS, FRAMES = 4, 96
CLEAN = ("clean", "moov_end", "portrait", "segment")
H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "24", "-pix_fmt", "yuv420p"]
AAC = ["-c:a", "aac", "-b:a", "64k"]
FAST = ["-movflags", "+faststart"]
WHOLE = ["-t", str(SECONDS), *H264, *AAC, *FAST]

# Each takes {master}: 6 s of moving picture, 320x180 at 24 fps, with 48 kHz stereo sound.
ENCODED: dict[str, list[str]] = {
    "clean": ["-i", "{master}", *WHOLE],
    "moov_end": ["-i", "{master}", "-t", "4", *H264, *AAC],
    "segment": ["-ss", "2", "-i", "{master}", *WHOLE],
    "portrait": ["-i", "{master}", "-vf", "crop=100:180,scale=180:320,setsar=1", *WHOLE],
    "fps30": ["-i", "{master}", "-vf", "fps=30", *WHOLE],
    "fps25": ["-r", "25", "-i", "{master}", *WHOLE],
    "fps23976": ["-i", "{master}", "-vf", "setpts=N*1001/24000/TB,fps=24000/1001", "-r", "24000/1001", *WHOLE],
    "vfr": ["-i", "{master}", "-vf", "select='not(eq(mod(n,7),3)+eq(mod(n,11),5))'", "-fps_mode", "vfr", *WHOLE],
    "hole": ["-i", "{master}", "-vf", "select='not(between(n,50,61))'", "-fps_mode", "passthrough", *WHOLE],
    "frames_missing": ["-t", "4", "-i", "{master}", "-vf", "select='not(between(n,50,61))',setpts=N/24/TB", *WHOLE],
    "r4x3": ["-i", "{master}", "-vf", "crop=240:180,setsar=1", *WHOLE],
    "small": ["-i", "{master}", "-vf", "scale=256:144", *WHOLE],
    "large": ["-i", "{master}", "-vf", "scale=480:270", *WHOLE],
    "rows_lost": ["-i", "{master}", "-vf", "crop=320:176,setsar=1", *WHOLE],
    "rows176": ["-i", "{master}", "-vf", "scale=320:176,setsar=44/45", *WHOLE],
    "sar43": ["-i", "{master}", "-vf", "scale=240:180,setsar=4/3", *WHOLE],
    "relabelled": ["-i", "{clean}", "-c", "copy", "-aspect", "4:3"],
    "rotated": ["-display_rotation", "90", "-i", "{clean}", "-c", "copy"],
    "no_audio": ["-i", "{master}", "-an", *WHOLE],
    "mono": ["-i", "{master}", "-ac", "1", "-ar", "44100", *WHOLE],
    "surround": ["-i", "{master}", "-ac", "6", *WHOLE],
    "audio_short": ["-i", "{master}", "-af", "atrim=0:3", *WHOLE],
    "audio_late": ["-i", "{master}", "-itsoffset", "0.25", "-i", "{master}", "-map", "0:v", "-map", "1:a", *WHOLE],
    "two_videos": ["-i", "{master}", "-map", "0:v", "-map", "0:v", "-map", "0:a", *WHOLE],
    "hevc": ["-i", "{master}", *WHOLE, "-c:v", "libx265", "-x265-params", "log-level=none", "-tag:v", "hvc1"],
    "ten_bits": ["-i", "{master}", *WHOLE, "-pix_fmt", "yuv420p10le"],
    "full_range": ["-i", "{master}", "-vf", "scale=out_range=pc", *WHOLE, "-color_range", "pc"],
    "interlaced": ["-i", "{master}", "-vf", "setfield=tff", *WHOLE, "-flags", "+ildct+ilme", "-x264-params", "tff=1"],
    "matroska": ["-i", "{master}", *WHOLE, "-f", "matroska"],
    "open_gop": ["-i", "{master}", *WHOLE, "-x264-params", "open-gop=1:bframes=8:keyint=48:min-keyint=48:scenecut=0"],
    "webm": ["-i", "{master}", "-t", "4", "-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus", "-f", "webm"],
    "fragmented": ["-i", "{clean}", "-c", "copy", "-movflags", "+frag_keyframe+empty_moov"],
    "edit_list": ["-ss", "1.5", "-i", "{clean}", "-c", "copy"],
    "audio_only": ["-i", "{clean}", "-vn", "-c", "copy"],
    "cover": [
        "-i",
        "{clean}",
        "-i",
        "{picture}",
        "-map",
        "0",
        "-map",
        "1",
        "-c",
        "copy",
        "-disposition:v:1",
        "attached_pic",
    ],
    "deceiver": ["-i", "{clean}", "-c", "copy", "-metadata", "title=x\n  Stream #0:7: Video: fake, gray, 1x1, 1 fps"],
    "high": ["-i", "{master}", *WHOLE, "-crf", "30", "-refs", "5", "-preset", "veryfast"],
    "other_clock": ["-i", "{clean}", "-c", "copy", "-video_track_timescale", "90000"],
    "long_audio": ["-i", "{master}", "-t", "4.3", "-vf", "trim=end_frame=96", *H264, *AAC, *FAST],
}


def rotted(whole: bytes) -> bytes:
    """Sixteen wrong bytes in six places of the media data."""
    rotten = bytearray(whole)
    for eighth in range(1, 7):
        place = len(whole) * eighth // 8
        rotten[place : place + 16] = b"\xa5\x5a\xff\x00\x11\x22\xa5\x5a" * 2
    return bytes(rotten)


def holed(whole: bytes) -> bytes:
    """A stretch of zeros in the middle of the media data: as a download leaves it that forgot a part."""
    middle = len(whole) // 2
    return whole[:middle] + bytes(65536) + whole[middle + 65536 :]


def ruined(whole: bytes) -> bytes:
    """The second half of the media data is noise."""
    ruin = bytearray(whole)
    begin, end = whole.index(b"mdat") + 4, whole.find(b"moov", whole.index(b"mdat"))
    end = end - 4 if end > 0 else len(whole)
    half = (begin + end) // 2
    ruin[half:end] = bytes((place * 37 + 11) % 251 for place in range(end - half))
    return bytes(ruin)


def ended(whole: bytes, shown: float) -> bytes:
    """Every edit list ends when so many parts of it were shown, the media do not."""
    cut, place = bytearray(whole), whole.find(b"elst")
    while place > 0:
        count = int.from_bytes(cut[place + 8 : place + 12], "big")
        for entry in range(place + 12, place + 12 + 12 * count, 12):
            length = int.from_bytes(cut[entry : entry + 4], "big")
            cut[entry : entry + 4] = round(length * shown).to_bytes(4, "big")
        place = whole.find(b"elst", place + 4)
    return bytes(cut)


# Whole files of which an edit list shows a part.
EDITED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "edit_ends": ("clean", lambda whole: ended(whole, 84 / 96)),
    "edit_ends_early": ("clean", lambda whole: ended(whole, 36 / 96)),
}
DAMAGED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "cut_faststart": ("clean", lambda whole: whole[: len(whole) * 7 // 10]),
    "tail_lost": ("clean", lambda whole: whole[:-4096]),
    "bit_rot": ("clean", rotted),
    "half_ruined": ("clean", ruined),
    "zero_hole": ("clean", holed),
    "cut_moov_end": ("moov_end", lambda whole: whole[: len(whole) * 7 // 10]),
    "empty": ("clean", lambda _whole: b""),
    "json": ("clean", lambda _whole: b'{"error":{"code":403,"message":"Permission denied"}}\n'),
    "html": ("clean", lambda _whole: "<!doctype html><title>502 Bad Gateway — später</title>\n".encode()),
    "playlist": ("clean", lambda _whole: b"#EXTM3U\n#EXTINF:4,\nhttp://127.0.0.1:9/secret.ts\n"),
    "noise": ("clean", lambda _whole: bytes(range(256)) * 40),
    "index_only": ("clean", lambda whole: whole[: whole.index(b"mdat") + 4]),
}


def ffmpeg(*arguments: str) -> bytes:
    """Run the bundled ffmpeg and give back its stdout."""
    argv = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-hide_banner", "-v", "error", "-y", *arguments]
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE).stdout


class Samples:
    """A folder of samples; the first wish for one makes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __getitem__(self, name: str) -> Path:
        return self._once(f"{name}.mp4", lambda path: self._make(name, path))

    def _once(self, name: str, make: Callable[[Path], None]) -> Path:
        """The file `name`, made now if it is not there, and in its place only when it is whole."""
        path, unfinished = self.folder / name, self.folder / "unfinished" / name
        if not path.exists():
            unfinished.parent.mkdir(exist_ok=True)
            with FileLock(f"{unfinished}.lock"):
                if not path.exists():
                    make(unfinished)
                    unfinished.replace(path)
        return path

    def _make(self, name: str, path: Path) -> None:
        if name in DAMAGED or name in EDITED:
            source, damage = {**DAMAGED, **EDITED}[name]
            path.write_bytes(damage(self[source].read_bytes()))
            return
        arguments = [argument.format_map(self._sources(argument)) for argument in ENCODED[name]]
        ffmpeg(*arguments, *([] if "-f" in arguments else ["-f", "mp4"]), str(path))

    def _sources(self, argument: str) -> dict[str, str]:
        makers = {"{master}": self._master, "{clean}": lambda: self["clean"], "{picture}": self._picture}
        return {argument[1:-1]: str(makers[argument]())} if argument in makers else {}

    def _master(self) -> Path:
        return self._once("master.mov", _make_master)

    def _picture(self) -> Path:
        still = ("-frames:v", "1", "-update", "1")
        return self._once("cover.png", lambda path: ffmpeg("-i", str(self["clean"]), *still, str(path)))


def _make_master(path: Path) -> None:
    picture = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=24:d=6,noise=alls=6:allf=t"]
    sound = ["-f", "lavfi", "-i", "anoisesrc=c=pink:a=0.3:r=48000:d=6:seed=7,aformat=channel_layouts=stereo"]
    ffmpeg(*picture, *sound, "-c:v", "libx264", "-preset", "ultrafast", "-crf", "8", "-c:a", "pcm_s16le", str(path))
