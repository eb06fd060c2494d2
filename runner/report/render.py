"""The page itself, from what was gathered and what is seen."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from runner.config.settings import SANDBOX_HOST
from runner.media.ffmpeg.tools import Tools
from runner.redaction import redact
from runner.report import format as wording
from runner.report.charts.drift import MEASURES, drift_plots
from runner.report.charts.over_time import figures
from runner.report.charts.waterfall import waterfall
from runner.report.collect import candidates
from runner.report.costs import ledger, state_of, tone_of, totals
from runner.report.findings import ACCEPTED, Finding, by_family, gravity
from runner.report.gallery import Pictures, gallery
from runner.report.links import Links
from runner.report.mark import GENERATOR
from runner.report.model import Story, TakePart
from runner.report.previews import clips, copied
from runner.report.summary import standing

if TYPE_CHECKING:
    from jinja2 import Environment

_FILTERS = ("clock", "moment", "second", "span", "money", "size", "counted", "signless")
_LONGEST = 200
_PROMPTS = ("prompt", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Colophon:
    """Who writes the report, when, and to which folder."""

    version: str
    now: float
    folder: Path


async def page(story: Story, tools: Tools, colophon: Colophon) -> str:
    """The whole report as HTML."""
    shown, film, small = await asyncio.gather(gallery(story, tools), copied(story.reel, tools), clips(story, tools))
    media = {
        "pictures": lambda hop, part: shown.get((hop.index, part.take.number), Pictures()),
        "clip": lambda hop, part: small.get((hop.index, part.take.number), ""),
        "film": film,
    }
    values = {**_told(story), **_drawn(story), **media, "colophon": colophon, "link": Links(colophon.folder).to}
    return _room().get_template("page.html.j2").render(values)


def _room() -> "Environment":
    """Where templates live: everything is escaped, and a name that is not there is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # nothing else needs templates

    room = Environment(
        loader=PackageLoader("runner.report", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    room.filters.update({name: getattr(wording, name) for name in _FILTERS})
    words = {"by_family": by_family, "candidates": candidates, "score": score, "sent": sent}
    room.globals.update({**words, "state_of": state_of, "tone_of": tone_of, "generator": GENERATOR})
    return room


def _told(story: Story) -> dict[str, object]:
    """What a page says."""
    return {
        "story": story,
        "plan": story.plan,
        "history": story.plan.history,
        "standing": standing(story),
        "wrong": wrong(story),
        "counts": Counter(finding.grade for _, finding in story.findings),
        "totals": totals(story.plan.history),
        "where": where(story),
        "text": redact(story.plan.storyboard.source.text),
    }


def _drawn(story: Story) -> dict[str, object]:
    """What a page draws, and the account that goes with it."""
    entries = ledger(story)
    return {
        "figures": figures(story),
        "drift_plots": drift_plots(story),
        "measures": MEASURES,
        "entries": entries,
        "waterfall": waterfall(entries, story.plan.storyboard.budget_usd),
    }


def wrong(story: Story) -> Sequence[tuple[int | None, Finding]]:
    """What did not pass, the gravest first."""
    found = [(hop, finding) for hop, finding in story.findings if finding.grade != "pass"]
    return sorted(found, key=lambda each: gravity(each[1]))


def where(story: Story) -> str:
    """Whether this is a rehearsal, and if not, whose server made it."""
    endpoint = story.plan.history.endpoint
    if endpoint.startswith(SANDBOX_HOST):
        return "sandbox"
    return urlsplit(endpoint).hostname or endpoint


def score(part: TakePart) -> str:
    """A take's score in words."""
    take = part.take
    if take.score is None:
        return "not judged"
    counts = Counter("accepted" if finding.accepted else finding.original for finding in part.findings)
    said = (("fail", "failed"), ("accepted", ACCEPTED), ("warn", "warned"))
    words = [f"{counts[grade]} {word}" for grade, word in said if counts[grade]]
    return f"score {take.score:.0f}: {', '.join(words) or 'every check passed'} (0 is flawless)"


def sent(part: TakePart | None, story: Story, index: int) -> Sequence[tuple[str, str]]:
    """What was sent beside the prompt, or will be: every plain value of the request by its name."""
    request: Mapping[str, object] = part.take.request if part and part.take.request else {}
    step = story.plan.steps[index]
    leaves = list(_leaves(request or dict(step.request.body)))
    return [(name, redact(value)[:_LONGEST]) for name, value in leaves if name.rpartition(".")[2] not in _PROMPTS]


def _leaves(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _leaves(each, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple):
        for number, each in enumerate(value):
            yield from _leaves(each, f"{name}[{number}]" if len(value) > 1 else name)
    elif value not in (None, ""):
        yield name, str(value)
