"""Where a run stands, for the first lines of a report: in a word, in words, and with the command that goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from runner.commands import command as offer  # the functions here take a command that is called so
from runner.planning.next_action import next_command, next_step
from runner.report.collect import takes_to_choose
from runner.report.format import clock, money, plural
from runner.report.model import HopReport, RunReport
from runner.state.history import Phase

State = Literal["done", "check", "provider", "choose", "settle", "going", "outdated", "unfinished"]
TITLES: dict[State, str] = {
    "done": "Done",
    "check": "Stopped by a check",
    "provider": "Failed at the provider",
    "choose": "Waiting for your choice",
    "settle": "Waiting for reconcile",
    "going": "Under way",
    "outdated": "The film is out of date",
    "unfinished": "Not finished",
}
_GRAVE = ("check", "provider", "settle")
_NOT_BOUGHT = (Phase.FAILED, Phase.REFUSED, Phase.UNSENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Where a run stands. `commands` go on from here, one after another or one of several."""

    state: State
    words: str
    commands: Sequence[str] = ()
    more: Sequence[str] = ()

    @property
    def title(self) -> str:
        """In a word."""
        return TITLES[self.state]

    @property
    def tone(self) -> str:
        """How it is coloured: as what passed, as a warning, or as what failed."""
        return "pass" if self.state == "done" else "fail" if self.state in _GRAVE else "warn"


def summarize_run(report: RunReport) -> Summary:
    """Say where a run stands, from the step that comes next."""
    step = next_step(report.plan)
    if step is None:
        return _all_kept(report)
    hop = next(hop for hop in report.hops if hop.step is step)
    command = next_command(report.plan, report.layout)
    more = [_out_of_date(report)] if report.stale else []
    words = f"Hop {hop.index}: {step.reason}."
    match step.action:
        case "settle":
            return Summary(state="settle", words=words, commands=[command], more=more)
        case "mend":
            return Summary(state="check", words=f"{words} The next hop is not bought.", commands=[command], more=more)
        case "choose" if takes_to_choose(hop):
            return _to_choose(report, hop, command, more)
        case "continue" | "judge" | "choose":
            words = f"{words} It is paid for: going on with it buys nothing twice."
            return Summary(state="going", words=words, commands=[command], more=more)
        case _:
            return _to_buy(report, hop, command, more)


def _all_kept(report: RunReport) -> Summary:
    commands = [next_command(report.plan, report.layout)]
    if report.playback.film:
        words = f"Every hop is there, and the film is made: {clock(report.playback.seconds)} in {_hops(report)}."
        return Summary(state="done", words=words)
    if report.stale:
        words = "Every hop is there, but the film was made before the takes changed."
        return Summary(state="outdated", words=words, commands=commands, more=[_out_of_date(report)])
    # A film that failed its checks is kept under this name, so that no film.mp4 is ever a bad one.
    grave = [finding.message for finding in report.film_findings if finding.grade == "fail"]
    if grave or report.layout.film.with_name("film.mp4.new").exists():
        words = "Every hop is there, but the film breaks its contract" + (f": {'; '.join(grave)}." if grave else ".")
        return Summary(state="check", words=words, commands=commands)
    gone = report.plan.history.film is not None
    words = "Every hop is there; the film is " + ("gone from the disk." if gone else "still to be made.")
    return Summary(state="unfinished", words=words, commands=commands)


def _to_choose(report: RunReport, hop: HopReport, command: str, more: Sequence[str]) -> Summary:
    root, found = report.layout.root, takes_to_choose(hop)
    words = f"Hop {hop.index}: {plural(len(found), 'take')} to choose from. The one that you promote is extended."
    promote = [f"{command} --promote {part.take.number}" for part in found if part.take.usable]
    retakes = [command, offer("retake", root, "--hop", hop.index)]
    return Summary(state="choose", words=words, commands=[*(promote or retakes), offer("resume", root)], more=more)


def _to_buy(report: RunReport, hop: HopReport, command: str, more: Sequence[str]) -> Summary:
    """Say why the next hop is not bought: the provider, the budget, or the run was not resumed."""
    last = report.plan.history.of_hop(hop.index)
    name = f"Hop {hop.index}{f' ({hop.step.spec.name})' if hop.step.spec.name else ''}"
    if last and last[-1].phase in _NOT_BOUGHT and not last[-1].discarded:
        take = last[-1]
        verb = {Phase.FAILED: "failed at", Phase.REFUSED: "was refused by"}.get(take.phase, "never reached")
        words = f"{name}: take {take.number} {verb} the provider: {take.words}."
        # Most providers end their words with a full stop, some do not.
        return Summary(state="provider", words=words.replace("..", "."), commands=[command], more=more)
    words = f"{name} is to be bought for {money(hop.step.usd)}: {hop.step.reason}."
    if report.stale and not _missing(report):
        return Summary(state="outdated", words=words, commands=[command], more=more)
    return Summary(state="unfinished", words=words, commands=[command], more=[*_budget(report, hop), *more])


def _missing(report: RunReport) -> bool:
    """Whether some hop was never bought at all."""
    return any(not hop.takes for hop in report.hops)


def _budget(report: RunReport, hop: HopReport) -> Sequence[str]:
    cap, committed = report.plan.storyboard.budget_usd, report.plan.history.committed
    if cap is None or committed + hop.step.spec.usd <= cap:
        return []
    return [f"With {money(committed)} committed that passes the budget of {money(cap)}: raise it to go on."]


def _out_of_date(report: RunReport) -> str:
    record = report.plan.history.film
    old = dict(enumerate(record.takes)) if record else {}
    now = {hop.index: hop.shown.take.number for hop in report.hops if hop.shown and hop.counts}
    # Without a changed take only the length is left as the reason: the storyboard has other hops now.
    changed = [
        f"take {old[hop]} of hop {hop}" + (f" (now take {now[hop]})" if hop in now else " (which no longer counts)")
        for hop in old
        if now.get(hop) != old[hop]
    ]
    made = f"made from {', '.join(changed)}" if changed else "of another length than the storyboard now"
    return f"film.mp4 is out of date: it is {made}."


def _hops(report: RunReport) -> str:
    return plural(len(report.hops), "hop")
