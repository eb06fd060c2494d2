"""A run as it happens: a live table on a terminal, a line per event on a pipe, a JSON object per event for programs."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from runner.console.output import Style, emit, paint, say
from runner.console.plan import seconds
from runner.printable import one_line
from runner.reporting import Report, Reporter

if TYPE_CHECKING:
    from rich.console import Group
    from rich.live import Live
    from rich.text import Text

_MEBIBYTE = 1 << 20
_NEWS_EVERY = 30.0  # seconds: a task takes minutes, and many logs of CI keep every line
_NOTES = 5
# What --quiet still says: what was made, and what a person has to know.
_QUIET = ("hop/done", "film/done", "note")
_STATES = {
    "hop/kept": "kept",
    "hop/uploading": "uploading",
    "hop/submitting": "submitting",
    "hop/waiting": "waiting",
    "hop/accepted": "accepted",
    "hop/pending": "being made",
    "hop/fetching": "fetching",
    "hop/judged": "judged",
    "hop/done": "done",
}


def as_json(report: Report) -> dict[str, object]:
    """A report for programs."""
    head = {"event": report.kind, "run": report.run, "hop": report.hop, "take": report.take, "message": report.message}
    return {**head, **report.facts}


@dataclass(slots=True)
class Lines:
    """One plain line per event; while a task is being made, one line every half minute."""

    style: Style
    news: dict[tuple[str, int | None], float] = field(default_factory=dict)

    def __call__(self, report: Report) -> None:
        """Write a line, if there is news in it."""
        if report.kind == "run/planned" or (self.style.quiet and report.kind not in _QUIET) or self._stale(report):
            return
        hop = f" hop {report.hop}" if report.hop is not None else ""
        say(f"{paint(report.run, 'dim', self.style)}{hop}: {one_line(report.message)}")

    def _stale(self, report: Report) -> bool:
        if report.kind not in ("hop/pending", "hop/fetching") or self.style.verbose:
            return False
        at = float(str(report.facts.get("waited", 0)))
        place = (report.run, report.hop)
        if report.kind == "hop/fetching" or at - self.news.get(place, 0.0) < _NEWS_EVERY:
            return True
        self.news[place] = at
        return False


@dataclass(slots=True)
class _Row:
    hop: int
    name: str
    seconds: float
    usd: float
    state: str
    words: str = ""


@dataclass(slots=True)
class Board:
    """The rows of a live table: one per hop of each run."""

    rows: dict[tuple[str, int], _Row] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def __call__(self, report: Report) -> None:
        """Take a report in."""
        if report.kind == "run/planned":
            self._planned(report)
        elif report.kind == "note":
            self.notes.append(f"{report.run}: {report.message}")
        row = self.rows.get((report.run, report.hop)) if report.hop is not None else None
        if row:
            row.state = _STATES.get(report.kind, row.state)
            row.words = _words(report)

    def _planned(self, report: Report) -> None:
        plan = cast("Mapping[str, object]", report.facts["plan"])
        for step in cast("Sequence[Mapping[str, object]]", plan["steps"]):
            hop = cast("int", step["hop"])
            self.rows[report.run, hop] = _Row(
                hop=hop,
                name=str(step["name"]),
                seconds=cast("float", step["seconds_total"]),
                usd=cast("float", step["usd"]),
                state="kept" if step["action"] == "keep" else "to " + str(step["action"]),
            )

    def table(self) -> "Group":
        """The table as it stands, and the last notes."""
        from rich.console import Group  # rich is slow to load, and most commands do without
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for title in ("run", "hop", "name", "until", "price", "state", ""):
            table.add_column(title, header_style="dim")
        # A copy: the screen is drawn in a thread of its own, while reports come in.
        for (run, _), row in list(self.rows.items()):
            color = {"done": "green", "kept": "green"}.get(
                row.state, "yellow" if not row.state.startswith("to ") else "dim"
            )
            price = f"${row.usd:.2f}" if row.usd else "-"
            length, state = seconds(row.seconds), Text(row.state, style=color)
            table.add_row(_cell(run), str(row.hop), _cell(row.name), length, price, state, _cell(row.words))
        return Group(table, *(_cell(f"  {note}") for note in self.notes[-_NOTES:]))


def _cell(words: str) -> "Text":
    """Return words as they are: brackets are no markup, and nothing steers the terminal."""
    from rich.text import Text

    return Text(one_line(words))


def _words(report: Report) -> str:
    facts = report.facts
    if report.kind == "hop/pending":
        return f"{float(str(facts['waited'])):.0f} s"
    if report.kind == "hop/fetching":
        received, total = cast("int", facts["received"]), cast("int | None", facts["total"])
        of = f" of {total / _MEBIBYTE:.1f}" if total else ""
        return f"{received / _MEBIBYTE:.1f}{of} MiB"
    return "" if report.kind in ("hop/done", "hop/kept") else report.message


def plain_reporter(style: Style) -> Reporter:
    """Return whoever listens without a table: one JSON object or one line for each event."""
    return Lines(style) if not style.json else lambda report: emit(as_json(report))


@contextmanager
def reporter(style: Style) -> Iterator[Reporter]:
    """Yield whoever should listen to a run, by the style and by what standard error is."""
    if style.json or style.quiet or style.verbose or not sys.stderr.isatty():
        yield plain_reporter(style)
    else:
        screen = Screen()
        try:
            yield screen
        finally:
            screen.pause()


@dataclass(slots=True)
class Screen:
    """A live table that begins with the first hop, and makes room for questions."""

    board: Board = field(default_factory=Board)
    live: "Live | None" = None

    def __call__(self, report: Report) -> None:
        """Take a report in; before the first hop there is nothing to show."""
        self.board(report)
        if self.live is None and report.hop is not None:
            self._begin()

    def _begin(self) -> None:
        from rich.console import Console
        from rich.live import Live

        self.live = Live(get_renderable=self.board.table, console=Console(stderr=True), refresh_per_second=5)
        self.live.start()

    def pause(self) -> None:
        """Leave the table as it stands; the next report of a hop begins it again."""
        if self.live:
            self.live.stop()
            self.live = None
