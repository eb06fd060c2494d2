"""Finds ffmpeg and ffprobe: what the environment names, else what PATH holds, else the one imageio-ffmpeg ships."""

import asyncio
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from runner.errors import ConfigurationError
from runner.media.ffmpeg.process import ToolFailed, run_well

_OLDEST = (5, 1)
_DEADLINE = 20.0
_INSTALL = (
    "apt-get install ffmpeg | brew install ffmpeg | winget install ffmpeg | apk add ffmpeg, "
    "or set LONGTAKE_FFMPEG=/path/to/ffmpeg (needs >= 5.1; check with: longtake doctor)"
)

Which = Callable[[str], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One program that runs. `origin` says who named it: LONGTAKE_FFMPEG, LONGTAKE_FFPROBE, PATH or imageio-ffmpeg."""

    path: str
    version: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What media work is done with; without an ffprobe, ffmpeg reads files too. `notes` are for people."""

    ffmpeg: Tool
    ffprobe: Tool | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Skipped:
    """A candidate that is not used, and why."""

    words: str


def bundled_ffmpeg() -> str | None:
    """The path of the binary that imageio-ffmpeg ships, if it has one for this platform."""
    try:
        import imageio_ffmpeg  # 60 ms that `validate` and `plan` need not spend

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        return None


async def find_tools(
    environ: Mapping[str, str],
    *,
    which: Which = shutil.which,
    bundled: Callable[[], str | None] = bundled_ffmpeg,
) -> Tools:
    """The first ffmpeg >= 5.1 that runs, and an ffprobe of the same standing if there is one.

    Raises:
        ConfigurationError: nothing usable was found, or LONGTAKE_FFMPEG or LONGTAKE_FFPROBE names what cannot be used.
    """
    ffmpeg, ffprobe = await asyncio.gather(_resolved("ffmpeg", environ, which), _resolved("ffprobe", environ, which))
    notes = tuple(found.words for found in (ffmpeg, ffprobe) if isinstance(found, _Skipped))
    if isinstance(ffmpeg, _Skipped):
        ffmpeg = await _fallback(bundled, ffmpeg)
    return Tools(ffmpeg=ffmpeg, ffprobe=ffprobe if isinstance(ffprobe, Tool) else None, notes=notes)


async def _resolved(name: str, environ: Mapping[str, str], which: Which) -> Tool | _Skipped:
    variable = f"LONGTAKE_{name.upper()}"
    if named := environ.get(variable):
        return _insisted(await _tried(name, named, variable))
    path = which(name)
    return await _tried(name, path, "PATH") if path else _Skipped(f"PATH (no {name})")


async def _fallback(bundled: Callable[[], str | None], skipped: _Skipped) -> Tool:
    path = await asyncio.to_thread(bundled)
    tool = await _tried("ffmpeg", path, "imageio-ffmpeg") if path else _Skipped("imageio-ffmpeg (no binary here)")
    if isinstance(tool, Tool):
        return tool
    tried = f"LONGTAKE_FFMPEG (unset), {skipped.words}, {tool.words}"
    raise ConfigurationError(f"no usable ffmpeg found; tried: {tried}", code="ffmpeg/missing", hint=_INSTALL)


async def _tried(name: str, path: str, origin: str) -> Tool | _Skipped:
    try:
        answer = await run_well([path, "-hide_banner", "-version"], seconds=_DEADLINE)
    except (ToolFailed, ConfigurationError) as error:
        return _Skipped(f"{origin} ({error.message})")
    first = answer.stdout.decode(errors="replace").partition("\n")[0]
    said = re.match(rf"{name} version (\S+)", first)
    if not said:
        return _Skipped(f"{origin} ({path} does not answer as {name} does)")
    if _too_old(said[1]):
        return _Skipped(f"{origin} ({path} is {name} {said[1]}; 5.1 or newer is needed)")
    return Tool(path=path, version=said[1], origin=origin)


def _too_old(version: str) -> bool:
    """Builds from git (`N-12345-g…`) carry no number and count as new."""
    number = re.match(r"n?(\d+)\.(\d+)", version)
    return number is not None and (int(number[1]), int(number[2])) < _OLDEST


def _insisted(found: Tool | _Skipped) -> Tool:
    if isinstance(found, Tool):
        return found
    words = f"what the environment names cannot be used: {found.words}"
    raise ConfigurationError(words, code="ffmpeg/unusable", hint="correct the variable or unset it")
