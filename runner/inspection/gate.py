"""Judging a take's files before the next hop is bought."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from runner.context import ActiveRun, View
from runner.errors import CHECK_FAILED, CHECK_RETAKE, CheckFailed
from runner.inspection.conformance import Conformance, check_conformance
from runner.inspection.drift import judge_drift
from runner.inspection.footage import inspect_take, score_of
from runner.inspection.measurements import read_measurements
from runner.inspection.policy import RECORD, consequence, summarize, waive_accepted
from runner.media.concat import differences
from runner.media.model import Verdict
from runner.planning.model import Step
from runner.state.history import History, Take
from runner.state.layout import artifact_of


async def judge_take(run: ActiveRun, step: Step, take: Take) -> Take:
    """Probe and judge a take, and write the verdict down.

    Raises:
        CheckFailed: it fails a check that the storyboard stops for, or buys another take for; nothing more is bought.
    """
    folder = run.directory.layout.take(take.hop, take.number)
    before = length_before(run.directory.history, take)
    form = await check_conformance(take, step, before, run.view)
    verdicts = (
        *form.verdicts,
        *await check_joins(run.directory.history, take, form, run.view),
        *check_new_bytes(run.directory.history, take),
    )
    if consequence(verdicts, step.contract)[0] != "fail":  # what is refused for its form needs no second look
        seen, history = await inspect_take(run, step, take), run.directory.history
        drift = waive_accepted(judge_drift(run, step, take), take, history, run.directory.layout)
        verdicts = (*verdicts, *seen, *drift)
    record = {"files": form.probes, "verdicts": [asdict(verdict) for verdict in verdicts]}
    # The record before the event: `judged` promises that its verdicts can be read.
    run.directory.write(folder / RECORD, json.dumps(record, indent=1).encode() + b"\n")
    result, action = consequence(verdicts, step.contract)
    words = summarize(verdicts, step.contract)
    look = read_measurements(folder)
    run.directory.record(
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
    run.context.say("hop/judged", words or "every check passed", hop=take.hop, take=take.number, verdict=result)
    take = run.directory.history.take(take.hop, take.number)
    # A person's word stands above the checks, also when they are run again.
    if result == "fail" and not take.approved:
        raise check_failure(run, take, retake=action == "retake")
    return take


def length_before(history: History, take: Take) -> float | None:
    """Return how long the film was that a take goes on from, in seconds, where that was measured."""
    return history.take(take.hop - 1, take.parent).ends if take.parent is not None else 0.0


async def check_joins(history: History, take: Take, form: Conformance, view: View) -> Sequence[Verdict]:
    """Return whether a file can follow the one before it in one film, where it has to."""
    if form.facts is None or take.parent is None:
        return ()
    parent = history.take(take.hop - 1, take.parent)
    # Seen before the next hop is bought, not when the film is joined: by then every hop would be paid for.
    before = await view.artifacts.get(artifact_of(parent, parent.files[0]))
    odd = "; ".join(differences(await view.inspector.probe(before), form.facts))
    return [_streams_verdict(odd)] if odd else []


def check_new_bytes(history: History, take: Take) -> Sequence[Verdict]:
    """Return a failure where an extension brought the very file of a hop before it, and so nothing new."""
    if take.kind != "extend":
        return []
    # No threshold and no measure is behind this: equal digests are proof, so no policy softens it.
    for before in reversed(history.ancestors(take)):
        known = {file.sha256 for file in before.files}
        if again := next((file for file in take.files if file.sha256 in known), None):
            return [_repeat_verdict(again.name, before.hop)]
    return []


def _repeat_verdict(name: str, hop: int) -> Verdict:
    words = f"{name} is byte for byte a file of hop {hop}: nothing was added to the film"
    return Verdict(
        check="repeat/same-bytes", verdict="fail", measured=f"hop {hop} again", expected="new footage", message=words
    )


def _streams_verdict(odd: str) -> Verdict:
    words = f"it cannot follow the hop before it in one film: {odd}"
    return Verdict(
        check="film/streams-differ", verdict="fail", measured=odd, expected="the same streams", message=words
    )


def check_failure(run: ActiveRun, take: Take, *, retake: bool = False) -> CheckFailed:
    """Return the error for a take that failed its checks; `retake`: another may be bought for it."""
    folder = run.directory.layout.take(take.hop, take.number)
    return CheckFailed(
        f"hop {take.hop}, take {take.number}: {take.words}",
        # The caller buys another by this code; the words are for people and may change.
        code=CHECK_RETAKE if retake else CHECK_FAILED,
        hint=(
            f"the next hop is not bought; look at {folder}; then buy another take, or change `checks` and resume,"
            f" or go on from it as it is: {run.next_command('takes')} --hop {take.hop} --promote {take.number}"
        ),
        hop=take.hop,
        charged="yes",
        next_command=f"{run.next_command('retake')} --hop {take.hop}",
    )
