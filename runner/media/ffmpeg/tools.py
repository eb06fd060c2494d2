"""Finds ffmpeg and ffprobe: what the environment names, else what PATH holds, else the one imageio-ffmpeg ships."""

import asyncio
import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from runner.errors import ConfigurationError
from runner.media.ffmpeg.process import Finished, ToolFailed, run_well

# `-fps_mode` came with 5.1 (2022-07); Debian 12 has 5.1, Ubuntu 22.04 has 4.4, where the bundled one is used.
_OLDEST = (5, 1)
_DEADLINE = 20.0
_INSTALL = (
    "apt-get install ffmpeg | brew install ffmpeg | winget install ffmpeg | apk add ffmpeg, "
    "or set LONGTAKE_FFMPEG=/path/to/ffmpeg (needs >= 5.1; check with: longtake doctor)"
)

# Fedora's ffmpeg-free and many conda builds come without the first.
ENCODERS = ("libx264", "aac")
Which = Callable[[str], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One program that runs. `origin` says who named it: LONGTAKE_FFMPEG, LONGTAKE_FFPROBE, PATH or imageio-ffmpeg.

    `lacks` are the encoders that are needed to join hops and that it was built without.
    """

    path: str
    version: str
    origin: str
    lacks: tuple[str, ...] = ()

    def lacking_error(self) -> ConfigurationError:
        """Return the error for what it lacks, where that is needed."""
        return ConfigurationError(
            f"{self.path} (from {self.origin}) was built without {' and '.join(self.lacks)}, which joining hops into a"
            " film needs",
            code="ffmpeg/no-encoder",
            hint=f"nothing was bought; use a whole build: pip install imageio-ffmpeg, or {_INSTALL}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What media work is done with; without an ffprobe, ffmpeg reads files too. `notes` are for people."""

    ffmpeg: Tool
    ffprobe: Tool | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A program that may serve; `insisted`: the environment names it, and no other is used in its place."""

    name: str
    path: str | None
    origin: str
    insisted: bool = False


@dataclass(frozen=True, slots=True)
class _Skipped:
    """A candidate that is not used, and why."""

    words: str


def bundled_ffmpeg() -> str | None:
    """Return the path of the binary that imageio-ffmpeg ships, if it has one for this platform."""
    if named := os.environ.get("IMAGEIO_FFMPEG_EXE"):
        return named
    # Looked for and not asked for: the package would try the binary out with all that is in our environment.
    found = find_spec("imageio_ffmpeg")
    folder = Path(found.origin).parent if found and found.origin else Path()
    return next((str(file) for file in sorted(folder.glob("binaries/ffmpeg-*"))), None)


async def find_tools(
    environ: Mapping[str, str],
    *,
    which: Which = shutil.which,
    bundled: Callable[[], str | None] = bundled_ffmpeg,
) -> Tools:
    """Return the first ffmpeg >= 5.1 that runs, and an ffprobe of the same standing if there is one.

    Raises:
        ConfigurationError: nothing usable was found, or LONGTAKE_FFMPEG or LONGTAKE_FFPROBE names what cannot be used.
    """
    ffmpeg, ffprobe = await _try([_candidate(name, environ, which) for name in ("ffmpeg", "ffprobe")])
    notes = tuple(found.words for found in (ffmpeg, ffprobe) if isinstance(found, _Skipped))
    if isinstance(ffmpeg, _Skipped):
        ffmpeg = await _fall_back(bundled, ffmpeg)
    elif ffmpeg.lacks and ffmpeg.origin == "PATH":
        words = f"PATH ({ffmpeg.path} was built without {' and '.join(ffmpeg.lacks)})"
        (whole,) = await _try([_Candidate("ffmpeg", await asyncio.to_thread(bundled), "imageio-ffmpeg")])
        if isinstance(whole, Tool) and not whole.lacks:
            ffmpeg, notes = whole, (*notes, words)
    return Tools(ffmpeg=ffmpeg, ffprobe=ffprobe if isinstance(ffprobe, Tool) else None, notes=notes)


def _candidate(name: str, environ: Mapping[str, str], which: Which) -> _Candidate:
    variable = f"LONGTAKE_{name.upper()}"
    if named := environ.get(variable):
        return _Candidate(name, named, variable, insisted=True)
    return _Candidate(name, which(name), "PATH")


async def _fall_back(bundled: Callable[[], str | None], skipped: _Skipped) -> Tool:
    (found,) = await _try([_Candidate("ffmpeg", await asyncio.to_thread(bundled), "imageio-ffmpeg")])
    if isinstance(found, Tool):
        return found
    tried = f"LONGTAKE_FFMPEG (unset), {skipped.words}, {found.words}"
    raise ConfigurationError(f"no usable ffmpeg found; tried: {tried}", code="ffmpeg/missing", hint=_INSTALL)


async def _try(candidates: Sequence[_Candidate]) -> list[Tool | _Skipped]:
    """Ask all candidates for versions and encoders at once; ConfigurationError where one that is insisted on fails."""
    there = [candidate for candidate in candidates if candidate.path]
    asked = [[str(each.path), "-hide_banner", "-version"] for each in there]
    asked += [[str(each.path), "-hide_banner", "-encoders"] for each in there if each.name == "ffmpeg"]
    runs = [run_well(words, seconds=_DEADLINE) for words in asked]
    answers = iter(await asyncio.gather(*runs, return_exceptions=True))
    found = [_choose(each, _assess(each, next(answers)) if each.path else _missing(each)) for each in candidates]
    return [
        replace(each, lacks=_missing_encoders(next(answers)))
        if isinstance(each, Tool) and of.name == "ffmpeg"
        else each
        for of, each in zip(candidates, found, strict=True)
    ]


def _missing_encoders(answer: Finished | BaseException) -> tuple[str, ...]:
    """Return the encoders that a list does not name; none where there is no list, for that proves nothing."""
    listed = answer.stdout.decode(errors="replace") if isinstance(answer, Finished) else ""
    if not listed.startswith("Encoders:"):
        return ()
    known = {line.split()[1] for line in listed.splitlines() if len(line.split()) > 1}
    return tuple(name for name in ENCODERS if name not in known)


def _choose(candidate: _Candidate, found: Tool | str) -> Tool | _Skipped:
    if isinstance(found, Tool):
        return found
    words = f"{candidate.origin} ({found})"
    if candidate.insisted:
        message = f"what the environment names cannot be used: {words}"
        raise ConfigurationError(message, code="ffmpeg/unusable", hint="correct the variable or unset it")
    return _Skipped(words)


def _missing(candidate: _Candidate) -> str:
    return f"no {candidate.name}" if candidate.origin == "PATH" else "no binary here"


def _assess(candidate: _Candidate, answer: Finished | BaseException) -> Tool | str:
    """Return the tool that gave this answer, or why it is not used."""
    if isinstance(answer, ToolFailed | ConfigurationError):
        return answer.message
    if isinstance(answer, BaseException):
        raise answer
    name, path = candidate.name, str(candidate.path)
    first = answer.stdout.decode(errors="replace").partition("\n")[0]
    version = re.match(rf"{name} version (\S+)", first)
    if not version:
        return f"{path} does not answer as {name} does"
    if _is_too_old(version[1]):
        return f"{path} is {name} {version[1]}; 5.1 or newer is needed"
    return Tool(path=path, version=version[1], origin=candidate.origin)


def _is_too_old(version: str) -> bool:
    """Return whether a version is below 5.1; builds from git (`N-12345-g…`) carry no number and count as new."""
    number = re.match(r"n?(\d+)\.(\d+)", version)
    return number is not None and (int(number[1]), int(number[2])) < _OLDEST
