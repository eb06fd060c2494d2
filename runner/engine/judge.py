"""Judging a take's files before the next hop is bought."""

import asyncio
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from runner.engine.chain import drifted
from runner.engine.crew import Shoot
from runner.engine.expect import FAMILIES, Contract, counted_from
from runner.engine.inspection import ancestors, inspect, read_look, score_of
from runner.engine.steps import Step
from runner.engine.stored import unchanged
from runner.engine.wishes import Wish
from runner.errors import CheckFailed
from runner.media.checks import Decoding, Grade, Verdict, decode_errors, judge, worst
from runner.media.expectation import Expectation
from runner.media.film import differences
from runner.media.probe import Probe, probe
from runner.media.tools import Tools
from runner.state.history import History, StoredFile, Take
from runner.state.rundir import Layout

FAILED, RETAKE = "check/failed", "check/retake"
_RECORD = "probe.json"
_HEAD = 0.5


async def judged(shoot: Shoot, step: Step, take: Take) -> Take:
    """Probe and judge a take, and write the verdict down.

    Raises:
        CheckFailed: it fails a check that the storyboard stops for, or buys another take for; nothing more is bought.
    """
    folder = shoot.directory.layout.take(take.hop, take.number)
    before = ended_before(shoot.directory.history, take)
    form = await judgement(folder, take, step, before, shoot.crew.tools)
    verdicts = (*form.verdicts, *await _joined(shoot, take, form))
    if consequence(verdicts, step.contract)[0] != "fail":  # what is refused for its form needs no second look
        seen = await inspect(shoot, step, take)
        accepted = approved_checks(shoot.directory.layout, ancestors(shoot, take))
        verdicts = (*verdicts, *seen, *condoned(drifted(shoot, step, take), accepted))
    record = {"files": form.probes, "verdicts": [asdict(verdict) for verdict in verdicts]}
    shoot.directory.write(folder / _RECORD, json.dumps(record, indent=1).encode() + b"\n")
    result, action = consequence(verdicts, step.contract)
    words = told(verdicts, step.contract)
    look = read_look(folder)
    shoot.directory.note(
        "judged",
        hop=take.hop,
        take=take.number,
        verdict=result,
        remedy=action if result == "fail" else "",
        words=words,
        score=score_of(verdicts),
        ends=look.end / look.rate if look else form.ends,
        expectation=step.contract.digest,
    )
    shoot.crew.say("hop/judged", words or "every check passed", hop=take.hop, take=take.number, verdict=result)
    take = shoot.directory.history.take(take.hop, take.number)
    if result == "fail" and not take.approved:
        raise failed(shoot, take, retake=action == "retake")
    return take


def ended_before(history: History, take: Take) -> float | None:
    """How long the film was that a take goes on from, in seconds, where that was measured."""
    return history.take(take.hop - 1, take.parent).ends if take.parent is not None else 0.0


def told(verdicts: Sequence[Verdict], contract: Contract) -> str:
    """What did not pass, in words, the gravest first."""
    gravest_first = sorted(softened(verdicts, contract), key=lambda verdict: verdict.verdict != "fail")
    return "; ".join(verdict.message for verdict in gravest_first if verdict.verdict != "pass")


def approved_checks(layout: Layout, takes: Sequence[Take]) -> frozenset[str]:
    """The codes of what failed in takes that a person accepted all the same."""
    stored = [stored_verdicts(layout.take(take.hop, take.number)) for take in takes if take.approved]
    return frozenset(verdict.check for verdicts in stored for verdict in verdicts if verdict.verdict == "fail")


def condoned(verdicts: Sequence[Verdict], codes: Collection[str]) -> tuple[Verdict, ...]:
    """The verdicts with what a person accepted as warnings."""
    return tuple(
        replace(verdict, verdict="warn", message=f"{verdict.message}; accepted by you")
        if verdict.verdict == "fail" and verdict.check in codes
        else verdict
        for verdict in verdicts
    )


def stored_verdicts(folder: Path) -> tuple[Verdict, ...]:
    """The verdicts that were written down beside a take; none where it was not judged."""
    try:
        return tuple(Verdict(**each) for each in json.loads((folder / _RECORD).read_bytes())["verdicts"])
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def softened(verdicts: Sequence[Verdict], contract: Contract) -> tuple[Verdict, ...]:
    """The verdicts with what the storyboard only warns of as warnings, which say so."""
    return tuple(
        replace(verdict, verdict="warn", message=f"{verdict.message} (it fails; {why})")
        if verdict.verdict == "fail" and (why := _why_not(verdict, contract))
        else verdict
        for verdict in verdicts
    )


def _why_not(verdict: Verdict, contract: Contract) -> str:
    """Why a failure has no consequence, or nothing where it has."""
    family = verdict.check.partition("/")[0]
    if contract.policy(family) != "warn":
        return ""
    if family == "tail" and contract.last:
        return "nothing goes on from there"
    return f"`checks.{family if family in FAMILIES else 'on_fail'}` says to go on"


def consequence(verdicts: Sequence[Verdict], contract: Contract) -> tuple[Grade, str]:
    """The verdict that counts, and what is to be done: what the storyboard only warns of does not fail."""
    actions = {contract.policy(verdict.check.partition("/")[0]) for verdict in verdicts if verdict.verdict == "fail"}
    if "stop" in actions:
        return "fail", "stop"
    if "retake" in actions:
        return "fail", "retake"
    return ("warn" if actions else worst(verdicts)), "go on"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdicts on the form of a take, the facts of its files, and where the film ends with it, if that is known.

    `facts` are those of the file that counts, if it has to be joined with what was before.
    """

    verdicts: tuple[Verdict, ...]
    probes: Mapping[str, object]
    ends: float | None = None
    facts: Probe | None = None


async def judgement(folder: Path, take: Take, step: Step, before: float | None, tools: Tools) -> Judgement:
    """Judge the form of the file that counts; `before` is how long the film was until then, in seconds, if known.

    That is the first file as long as the film so far or as the new part: told by its length, not by its name.
    """
    contract, looks = counted_from(step.contract, step.wish, before), []
    for file in take.files:
        look = await _look(folder, file, step, contract.film, tools)
        looks.append(look)
        if _long_as(look.facts, contract.film):
            ends, whole = _ends(step.wish, look.facts, before), step.wish.seconds_back >= step.wish.seconds_total
            verdicts, facts = judge(look.facts, contract.film, look.errors), None if whole else look.facts
            return Judgement(verdicts=verdicts, probes=_shown(looks), ends=ends, facts=facts)
        if _long_as(look.facts, contract.segment):
            errors = await decode_errors(folder / file.name, tools) if file.role == "film" else look.errors
            ends = before + look.facts.duration if before is not None else None
            verdicts = judge(look.facts, contract.segment, errors)
            return Judgement(verdicts=verdicts, probes=_shown(looks), ends=ends, facts=look.facts)
    first = looks[0]
    expectation = contract.film if first.file.role == "film" else contract.segment
    return Judgement(verdicts=judge(first.facts, expectation, first.errors), probes=_shown(looks))


async def _joined(shoot: Shoot, take: Take, form: Judgement) -> Sequence[Verdict]:
    """Whether a file can follow the one before it in one film, where it has to."""
    if form.facts is None or take.parent is None:
        return ()
    parent = shoot.directory.history.take(take.hop - 1, take.parent)
    before = unchanged(shoot.directory.layout.take(parent.hop, parent.number), parent.files[0])
    odd = "; ".join(differences(await probe(before, shoot.crew.tools), form.facts))
    return [_unlike(odd)] if odd else []


def _unlike(odd: str) -> Verdict:
    words = f"it cannot follow the hop before it in one film: {odd}"
    return Verdict(
        check="film/streams-differ", verdict="fail", measured=odd, expected="the same streams", message=words
    )


def _ends(wish: Wish, facts: Probe, before: float | None) -> float | None:
    """Where the film ends with a file that is as long as what comes back should be: all of it, or the new part alone.

    Of an end of the film nobody knows without looking.
    """
    if wish.seconds_back >= wish.seconds_total:
        return facts.duration
    return before + facts.duration if before is not None and wish.seconds_back <= wish.seconds_added else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """A file with its facts, and what the decoders said of the new part."""

    file: StoredFile
    facts: Probe
    errors: Decoding


async def _look(folder: Path, file: StoredFile, step: Step, film: Expectation, tools: Tools) -> _Look:
    path = unchanged(folder, file)
    # What came before was decoded when it came; only the new part, and a little more, is decoded now.
    old = (film.seconds or 0.0) - step.wish.seconds_added if file.role == "film" else 0.0
    old -= film.tolerance_seconds if film.inexact else 0.0
    facts, errors = await asyncio.gather(probe(path, tools), decode_errors(path, tools, start=max(0.0, old - _HEAD)))
    return _Look(file=file, facts=facts, errors=errors)


def _shown(looks: Sequence[_Look]) -> dict[str, object]:
    return {look.file.name: look.facts.as_json() for look in looks}


def _long_as(facts: Probe, expectation: Expectation) -> bool:
    seconds = expectation.seconds or 0.0
    return abs(facts.duration - seconds) <= expectation.tolerance_seconds


def failed(shoot: Shoot, take: Take, *, retake: bool = False) -> CheckFailed:
    """The error for a take that failed its checks; `retake`: another may be bought for it."""
    folder = shoot.directory.layout.take(take.hop, take.number)
    return CheckFailed(
        f"hop {take.hop}, take {take.number}: {take.words}",
        code=RETAKE if retake else FAILED,
        hint=(
            f"the next hop is not bought; look at {folder}; then buy another take, or change `checks` and resume,"
            f" or go on from it as it is: {shoot.next_command('takes')} --hop {take.hop} --promote {take.number}"
        ),
        hop=take.hop,
        charged="yes",
        next_command=f"{shoot.next_command('retake')} --hop {take.hop}",
    )
