"""Where a run stands, for the first lines of a report: in a word, in words, and with the command that goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from runner.planning.next_action import next_command, next_step
from runner.report.collect import candidates
from runner.report.format import clock, counted, money
from runner.report.model import HopPart, Story
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
class Standing:
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


def standing(story: Story) -> Standing:
    """Where a run stands, from the step that comes next."""
    step = next_step(story.plan)
    if step is None:
        return _all_kept(story)
    hop = next(hop for hop in story.hops if hop.step is step)
    command = next_command(story.plan, story.layout)
    more = [_out_of_date(story)] if story.stale else []
    words = f"Hop {hop.index}: {step.reason}."
    match step.action:
        case "settle":
            return Standing(state="settle", words=words, commands=[command], more=more)
        case "mend":
            return Standing(state="check", words=f"{words} The next hop is not bought.", commands=[command], more=more)
        case "choose" if candidates(hop):
            return _to_choose(story, hop, command, more)
        case "continue" | "judge" | "choose":
            words = f"{words} It is paid for: going on with it buys nothing twice."
            return Standing(state="going", words=words, commands=[command], more=more)
        case _:
            return _to_buy(story, hop, command, more)


def _all_kept(story: Story) -> Standing:
    commands = [next_command(story.plan, story.layout)]
    if story.reel.film:
        words = f"Every hop is there, and the film is made: {clock(story.reel.seconds)} in {_hops(story)}."
        return Standing(state="done", words=words)
    if story.stale:
        words = "Every hop is there, but the film was made before the takes changed."
        return Standing(state="outdated", words=words, commands=commands, more=[_out_of_date(story)])
    grave = [finding.message for finding in story.film_findings if finding.grade == "fail"]
    if grave or story.layout.film.with_name("film.mp4.new").exists():
        words = "Every hop is there, but the film breaks its contract" + (f": {'; '.join(grave)}." if grave else ".")
        return Standing(state="check", words=words, commands=commands)
    gone = story.plan.history.film is not None
    words = "Every hop is there; the film is " + ("gone from the disk." if gone else "still to be made.")
    return Standing(state="unfinished", words=words, commands=commands)


def _to_choose(story: Story, hop: HopPart, command: str, more: Sequence[str]) -> Standing:
    root, found = story.layout.root, candidates(hop)
    words = f"Hop {hop.index}: {counted(len(found), 'take')} to choose from. The one that you promote is extended."
    promote = [f"{command} --promote {part.take.number}" for part in found if part.take.usable]
    anew = [command, f"longtake retake {root} --hop {hop.index}"]
    return Standing(state="choose", words=words, commands=[*(promote or anew), f"longtake resume {root}"], more=more)


def _to_buy(story: Story, hop: HopPart, command: str, more: Sequence[str]) -> Standing:
    """Why the next hop is not bought: the provider, the budget, or nobody has gone on."""
    last = story.plan.history.of_hop(hop.index)
    name = f"Hop {hop.index}{f' ({hop.step.spec.name})' if hop.step.spec.name else ''}"
    if last and last[-1].phase in _NOT_BOUGHT and not last[-1].discarded:
        take = last[-1]
        verb = {Phase.FAILED: "failed at", Phase.REFUSED: "was refused by"}.get(take.phase, "never reached")
        words = f"{name}: take {take.number} {verb} the provider: {take.words}."
        return Standing(state="provider", words=words.replace("..", "."), commands=[command], more=more)
    words = f"{name} is to be bought for {money(hop.step.usd)}: {hop.step.reason}."
    if story.stale and not _missing(story):
        return Standing(state="outdated", words=words, commands=[command], more=more)
    return Standing(state="unfinished", words=words, commands=[command], more=[*_budget(story, hop), *more])


def _missing(story: Story) -> bool:
    """Whether some hop was never bought at all."""
    return any(not hop.takes for hop in story.hops)


def _budget(story: Story, hop: HopPart) -> Sequence[str]:
    cap, committed = story.plan.storyboard.budget_usd, story.plan.history.committed
    if cap is None or committed + hop.step.spec.usd <= cap:
        return []
    return [f"With {money(committed)} committed that passes the budget of {money(cap)}: raise it to go on."]


def _out_of_date(story: Story) -> str:
    record = story.plan.history.film
    old = dict(enumerate(record.takes)) if record else {}
    now = {hop.index: hop.shown.take.number for hop in story.hops if hop.shown and hop.counts}
    changed = [
        f"take {old[hop]} of hop {hop}" + (f" (now take {now[hop]})" if hop in now else " (which no longer counts)")
        for hop in old
        if now.get(hop) != old[hop]
    ]
    made = f"made from {', '.join(changed)}" if changed else "of another length than the storyboard now"
    return f"film.mp4 is out of date: it is {made}."


def _hops(story: Story) -> str:
    return counted(len(story.hops), "hop")
