"""The page itself, from what was collected and the pictures of it."""

import asyncio
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from runner.commands import command
from runner.config.settings import is_rehearsal
from runner.media.ffmpeg.tools import Tools
from runner.printable import printable
from runner.redaction import redact
from runner.report import format as wording
from runner.report.charts.figures import MEASURES, render_drift_plots, render_figures
from runner.report.charts.gantt import render_gantt
from runner.report.collect import takes_to_choose
from runner.report.costs import describe_take, list_expenses, take_tone, total_costs
from runner.report.findings import ACCEPTED, Finding, group_by_family, severity
from runner.report.model import RunReport, TakeReport
from runner.report.previews import embed_clips, embed_playback
from runner.report.stills import Pictures, embed_stills
from runner.report.summary import summarize_run

if TYPE_CHECKING:
    from jinja2 import Environment

_FILTERS = ("clock", "moment", "second", "span", "money", "size", "plural", "drop_negative_zero")
_LONGEST = 200  # letters; a request may hold an image as base64, of megabytes
_PROMPTS = ("prompt", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMeta:
    """Who writes the report, when, and to which folder."""

    generator: str
    version: str
    now: float
    folder: Path


async def render_page(report: RunReport, tools: Tools, meta: ReportMeta) -> str:
    """Render the whole report as HTML."""
    shown, film, small = await asyncio.gather(
        embed_stills(report, tools), embed_playback(report.playback, tools), embed_clips(report, tools)
    )
    media = {
        "pictures": lambda hop, part: shown.get((hop.index, part.take.number), Pictures()),
        "clip": lambda hop, part: small.get((hop.index, part.take.number), ""),
        "film": film,
    }
    values = {**_words(report), **_charts(report), **media, "meta": meta, "link": Links(meta.folder).to}
    # Titles, prompts and names of files could turn the order of words in a browser, too.
    return printable(_environment().get_template("page.html.j2").render(values))


def _environment() -> "Environment":
    """Return where templates live: everything is escaped, and a name that is not there is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # nothing else needs templates

    # Prompts and what providers say are other people's text. And a template that asks for an attribute of an old name
    # must fail in the first test, not leave a cell empty (2026-11-30: `step.wish`).
    environment = Environment(
        loader=PackageLoader("runner.report", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update({name: getattr(wording, name) for name in _FILTERS})
    functions = (group_by_family, takes_to_choose, describe_score, request_values, describe_take, take_tone)
    environment.globals.update({function.__name__: function for function in functions}, offer=command)
    return environment


def _words(report: RunReport) -> dict[str, object]:
    """Return what a page says."""
    return {
        "report": report,
        "plan": report.plan,
        "history": report.plan.history,
        "summary": summarize_run(report),
        "wrong": list_problems(report),
        # None while hop 0 is being made: `last` of an empty list would be an error in the template.
        "last": next((hop for hop in reversed(report.hops) if hop.counts), None),
        "counts": Counter(finding.grade for _, finding in report.findings),
        "totals": total_costs(report.plan.history),
        "where": describe_place(report),
        # Images may be named by signed links, and reports are sent around.
        "text": redact(report.plan.storyboard.source.text),
    }


def _charts(report: RunReport) -> dict[str, object]:
    """Return what a page draws, and the account that goes with it."""
    entries = list_expenses(report)
    return {
        "figures": render_figures(report),
        "drift_plots": render_drift_plots(report),
        "measures": MEASURES,
        "entries": entries,
        "gantt": render_gantt(entries, report.plan.storyboard.budget_usd),
    }


def list_problems(report: RunReport) -> Sequence[tuple[int | None, Finding]]:
    """List what did not pass, the gravest first."""
    found = [(hop, finding) for hop, finding in report.findings if finding.grade != "pass"]
    return sorted(found, key=lambda each: severity(each[1]))


def describe_place(report: RunReport) -> str:
    """Say whether this is a rehearsal, and if not, whose server made it."""
    endpoint = report.plan.history.endpoint
    if is_rehearsal(endpoint):
        return "sandbox"
    return urlsplit(endpoint).hostname or endpoint


def describe_score(part: TakeReport) -> str:
    """Say a take's score in words."""
    take = part.take
    if take.score is None:
        return "not judged"
    counts = Counter("accepted" if finding.accepted else finding.original for finding in part.findings)
    said = (("fail", "failed"), ("accepted", ACCEPTED), ("warn", "warned"))
    words = [f"{counts[grade]} {word}" for grade, word in said if counts[grade]]
    return f"score {take.score:.0f}: {', '.join(words) or 'every check passed'} (0 is flawless)"


def request_values(part: TakeReport | None, report: RunReport, index: int) -> Sequence[tuple[str, str]]:
    """List what was sent beside the prompt, or will be: every plain value of the request by its name."""
    request: Mapping[str, object] = part.take.request if part and part.take.request else {}
    step = report.plan.steps[index]
    # What was sent, if it was: the storyboard may have been edited since.
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


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses of files of the run, as seen from the folder where the report is to lie."""

    # Relative, so that a run directory with its report can be moved, or be sent to somebody.

    folder: Path

    def to(self, path: Path) -> str:
        """Return the address of a file; nothing for one that is not there."""
        if not path.exists():
            return ""
        try:
            relative = os.path.relpath(path.resolve(), self.folder.resolve())
        except ValueError:  # another drive
            return path.resolve().as_uri()
        # A name may hold `#`, `?` or `%`, which mean something else in an address.
        return quote(os.fsencode(relative))
