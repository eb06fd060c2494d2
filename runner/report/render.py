"""The page itself, from what was gathered and what is seen."""

import asyncio
import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from markupsafe import Markup

from runner.errors import CheckFailed
from runner.media.commands import preview
from runner.media.probe import probe
from runner.media.process import run_well
from runner.media.tools import Tools
from runner.quality.look import CURVE_RATE
from runner.quality.profile import profile
from runner.report.gather import HopPart, Story
from runner.report.plots import Bar, Frame, Line, lines, stems, waterfall
from runner.report.stills import Place, Rgb, difference, frame, jpegs, strip

_SIDE = 270  # pixels of the preview's shorter side
_ENCODING = 900.0
_SCORE = "seam/discontinuity"


@dataclass(frozen=True, slots=True, kw_only=True)
class HopPictures:
    """A hop's pictures as ``data:`` addresses: its strip, and its seam as last frame, first frame and difference."""

    strip: Sequence[str] = ()
    seam: Sequence[str] = ()


async def page(story: Story, tools: Tools, version: str, now: float) -> str:
    """The whole report as HTML."""
    shown, (small, words) = await asyncio.gather(_pictures(story, tools), _preview(story.film, tools))
    from jinja2 import Environment, PackageLoader, StrictUndefined  # nothing else needs templates

    room = Environment(
        loader=PackageLoader("runner.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    room.filters["clock"] = _clock
    room.filters["moment"] = _moment
    template = room.get_template("page.html.j2")
    return template.render(
        story=story,
        plan=story.plan,
        history=story.plan.history,
        hops=list(zip(story.hops, shown, strict=True)),
        film=small,
        no_film=words,
        plots=_plots(story),
        drifts=story.drifts,
        counts=_counts(story),
        families=_families(),
        version=version,
        now=now,
    )


def _plots(story: Story) -> Sequence[tuple[str, Markup]]:
    """Every plot that there is something to draw for, with its heading."""
    hops = [hop for hop in story.hops if hop.look and hop.take]
    frame_ = Frame(seconds=story.seconds, seams=[hop.starts for hop in hops[1:]])
    drawn = [
        ("Seams", stems(frame_, "Jump at each seam", _scores(hops), profile().thresholds[_SCORE].warn)),
        ("Motion", lines(frame_, "Motion", [_line(hops, "motion", "a")], "")),
        (
            "Brightness and colour",
            lines(
                frame_, "Brightness, saturation", [_line(hops, "brightness", "a"), _line(hops, "saturation", "b")], ""
            ),
        ),
        ("Loudness", lines(frame_, "Loudness", [_line(hops, "level", "a")], "dB")),
        ("Time and money", waterfall("Time per hop", _bars(story))),
    ]
    return [(heading, plot) for heading, plot in drawn if plot]


def _scores(hops: Sequence[HopPart]) -> Sequence[tuple[float, float, str]]:
    found = []
    for hop in hops:
        verdict = next((each for each in hop.verdicts if each.check == _SCORE), None)
        if verdict and verdict.value is not None:
            found.append((hop.starts, verdict.value, verdict.verdict))
    return found


def _line(hops: Sequence[HopPart], curve: str, style: str) -> Line:
    points = [
        (hop.starts + number / CURVE_RATE, value)
        for hop in hops
        if hop.look
        for number, value in enumerate(hop.look.curves.get(curve, ()))
    ]
    return Line(name=curve, points=points, style=style)


def _bars(story: Story) -> Sequence[Bar]:
    """Each hop's work: waiting for the answer, being made, being fetched, being judged."""
    begun = [hop.moments.at["intent"] for hop in story.hops if "intent" in hop.moments.at]
    bars = []
    for hop in story.hops:
        at = hop.moments
        if "intent" not in at.at:
            continue
        spans = [("sent", "intent", "accepted"), ("made", "accepted", "succeeded"), ("fetched", "succeeded", "stored")]
        parts = [(style, at.span(first, last)) for style, first, last in (*spans, ("judged", "stored", "judged"))]
        bars.append(Bar(label=f"hop {hop.step.wish.index}", start=at.at["intent"] - min(begun), parts=parts))
    return bars


def _counts(story: Story) -> Mapping[str, int]:
    every = [verdict.verdict for hop in story.hops for verdict in hop.verdicts]
    every += [verdict.verdict for verdict in story.film_verdicts]
    return {grade: every.count(grade) for grade in ("pass", "warn", "fail")}


def _families() -> Sequence[str]:
    return tuple(dict.fromkeys(code.partition("/")[0] for code in profile().thresholds))


async def _pictures(story: Story, tools: Tools) -> Sequence[HopPictures]:
    """The pictures of every hop; a file that is gone or cannot be decoded has none."""
    raw = await asyncio.gather(*(_raw(hop, before, tools) for hop, before in _pairs(story)))
    flat = [picture for strips, seam in raw for picture in (*strips, *seam)]
    encoded = iter([_address("image/jpeg", each) for each in await jpegs(flat, tools)])
    return [
        HopPictures(strip=[next(encoded) for _ in strips], seam=[next(encoded) for _ in seam]) for strips, seam in raw
    ]


def _pairs(story: Story) -> Sequence[tuple[HopPart, HopPart | None]]:
    return list(zip(story.hops, [None, *story.hops[:-1]], strict=True))


async def _raw(hop: HopPart, before: HopPart | None, tools: Tools) -> tuple[Sequence[Rgb], Sequence[Rgb]]:
    """A hop's strip and seam as they are decoded; nothing where nobody looked, or the file is gone."""
    look = hop.look
    if look is None:
        return [], []
    path = hop.folder / look.file
    try:
        facts = await probe(path, tools)
        new = look.end - look.start - look.repeated
        strips = await strip(path, facts, look.repeated, new, tools)
        seam = await _seam(Place(path=path, facts=facts, frame=look.repeated), before, tools)
    except (CheckFailed, OSError):
        return [], []
    return strips, seam


async def _seam(first: Place, before: HopPart | None, tools: Tools) -> Sequence[Rgb]:
    """The last old frame, the first new one, and where they differ; nothing for a hop without a seam."""
    if before is None or before.look is None:
        return []
    if first.frame:
        last = Place(path=first.path, facts=first.facts, frame=first.frame - 1)
    else:
        path = before.folder / before.look.file
        facts = await probe(path, tools)
        last = Place(path=path, facts=facts, frame=facts.frames - 1)
    one, other = await frame(last, tools), await frame(first, tools)
    if one is None or other is None or one.shape != other.shape:
        return []
    return [one, other, difference(one, other)]


async def _preview(film: Path | None, tools: Tools) -> tuple[str, str]:
    """A small copy of the film as a ``data:`` address; or why there is none."""
    if film is None:
        return "", "There is no film yet."
    with TemporaryDirectory() as folder:
        target = Path(folder, "preview.mp4")
        try:
            await run_well(preview(tools.ffmpeg, film, _SIDE, target), seconds=_ENCODING)
            return _address("video/mp4", await asyncio.to_thread(target.read_bytes)), ""
        except CheckFailed as error:
            return "", f"The film could not be copied in small: {error.message}."


def _address(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _clock(seconds: float) -> str:
    """Seconds as minutes and seconds."""
    minutes, rest = divmod(float(seconds), 60)
    return f"{minutes:.0f}:{rest:04.1f}" if minutes else f"{rest:.1f} s"


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if at else ""
