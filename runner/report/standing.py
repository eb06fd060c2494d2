"""Where a run stands, for the first lines of a report: in a word, in words, and with the command that goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from runner.report.gather import candidates
from runner.report.story import HopPart, Story
from runner.report.wording import clock, counted, money
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
    """Where a run stands, from the first step that is not done."""
    hop = next((hop for hop in story.hops if hop.step.action != "keep"), None)
    if hop is None:
        return _all_kept(story)
    root = story.layout.root
    more = [_out_of_date(story)] if story.stale else []
    reason, name = hop.step.reason, f"Hop {hop.index}"
    resume = f"longtake resume {root}"
    match hop.step.action:
        case "settle":
            return Standing(
                state="settle", words=f"{name}: {reason}.", commands=[f"longtake reconcile {root}"], more=more
            )
        case "mend":
            words = f"{name}: {reason}. The next hop is not bought."
            return Standing(
                state="check", words=words, commands=[f"longtake retake {root} --hop {hop.index}"], more=more
            )
        case "choose":
            return _to_choose(story, hop, more)
        case "continue" | "judge":
            words = f"{name}: {reason}. It is paid for: going on with it buys nothing twice."
            return Standing(state="going", words=words, commands=[resume], more=more)
        case _:
            return _to_buy(story, hop, resume, more)


def _all_kept(story: Story) -> Standing:
    resume = [f"longtake resume {story.layout.root}"]
    if story.reel.film:
        words = f"Every hop is there, and the film is made: {clock(story.reel.seconds)} in {_hops(story)}."
        return Standing(state="done", words=words)
    if story.stale:
        words = "Every hop is there, but the film was made before the takes changed."
        return Standing(state="outdated", words=words, commands=resume, more=[_out_of_date(story)])
    grave = [finding.message for finding in story.film_findings if finding.grade == "fail"]
    if grave or story.layout.film.with_name("film.mp4.new").exists():
        words = "Every hop is there, but the film breaks its contract" + (f": {'; '.join(grave)}." if grave else ".")
        return Standing(state="check", words=words, commands=resume)
    gone = story.plan.history.film is not None
    words = "Every hop is there; the film is " + ("gone from the disk." if gone else "still to be made.")
    return Standing(state="unfinished", words=words, commands=resume)


def _to_choose(story: Story, hop: HopPart, more: Sequence[str]) -> Standing:
    root, found = story.layout.root, candidates(hop)
    words = f"Hop {hop.index}: {counted(len(found), 'take')} to choose from. The one that you promote is extended."
    promote = [
        f"longtake takes {root} --hop {hop.index} --promote {part.take.number}" for part in found if part.take.usable
    ]
    retake = [f"longtake retake {root} --hop {hop.index}"]
    return Standing(state="choose", words=words, commands=[*(promote or retake), f"longtake resume {root}"], more=more)


def _to_buy(story: Story, hop: HopPart, resume: str, more: Sequence[str]) -> Standing:
    """Why the next hop is not bought: the provider, the budget, or nobody has gone on."""
    last = story.plan.history.of_hop(hop.index)
    name = f"Hop {hop.index}{f' ({hop.step.wish.name})' if hop.step.wish.name else ''}"
    if last and last[-1].phase in _NOT_BOUGHT and not last[-1].discarded:
        take = last[-1]
        verb = {Phase.FAILED: "failed at", Phase.REFUSED: "was refused by"}.get(take.phase, "never reached")
        words = f"{name}: take {take.number} {verb} the provider: {take.words}."
        return Standing(state="provider", words=words.replace("..", "."), commands=[resume], more=more)
    words = f"{name} is to be bought for {money(hop.step.usd)}: {hop.step.reason}."
    if story.stale and not _missing(story):
        return Standing(state="outdated", words=words, commands=[resume], more=more)
    return Standing(state="unfinished", words=words, commands=[resume], more=[*_budget(story, hop), *more])


def _missing(story: Story) -> bool:
    """Whether some hop was never bought at all."""
    return any(not hop.takes for hop in story.hops)


def _budget(story: Story, hop: HopPart) -> Sequence[str]:
    cap, committed = story.plan.storyboard.budget_usd, story.plan.history.committed
    if cap is None or committed + hop.step.wish.usd <= cap:
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
