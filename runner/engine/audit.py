"""Judging a run again from what lies on the disk: every hop, the film, and whether they are what they were."""

from collections.abc import Sequence
from dataclasses import replace

from runner.engine.chain import drift_verdicts, looks_of
from runner.engine.inspection import Look, judged_look
from runner.engine.judge import approved_checks, condoned, softened, verdicts_of
from runner.engine.plan import Plan, Step
from runner.errors import CheckFailed, RunDirectoryError
from runner.files import explained
from runner.media.checks import Verdict, decode_errors, judge
from runner.media.download import digest_of
from runner.media.probe import probe
from runner.media.tools import Tools
from runner.state.history import Take
from runner.state.rundir import Layout

Judged = tuple[str, Sequence[Verdict]]
UNSEEN = Verdict(
    check="look/none",
    verdict="warn",
    measured="nobody looked",
    expected="a look",
    message="the pictures were not looked at when they came",
)


async def judged_again(plan: Plan, layout: Layout, tools: Tools) -> list[Judged]:
    """The verdicts on every hop that has files, and on the film; a file that is gone or changed is one of them."""
    steps = [(step, step.take) for step in plan.steps if step.take and step.take.files]
    looks = looks_of(layout, [take for _, take in steps])
    judged = [
        (f"hop {step.wish.index}", await _hop(step, take, look, layout, tools))
        for (step, take), look in zip(steps, looks, strict=True)
    ]
    if plan.history.film:
        judged.append((str(layout.film), await _film(plan, looks, layout, tools)))
    return judged


async def _hop(step: Step, take: Take, look: Look | None, layout: Layout, tools: Tools) -> Sequence[Verdict]:
    folder = layout.take(take.hop, take.number)
    try:
        verdicts, _ = await verdicts_of(folder, take, step, tools)
    except (CheckFailed, RunDirectoryError) as error:
        return (broken(error),)
    wanted = step.wish.kind != "upgrade" and any(policy != "off" for _, policy in step.contract.policies)
    seen = judged_look(look, step) if look else [UNSEEN] if wanted else []
    return softened(condoned((*verdicts, *seen), approved_checks(layout, [take])), step.contract)


async def _film(plan: Plan, looks: Sequence[Look | None], layout: Layout, tools: Tools) -> Sequence[Verdict]:
    record, last = plan.history.film, plan.steps[-1]
    if record is None or not layout.film.exists():
        return (_gone(str(layout.film)),)
    with explained(layout.film):
        there = await digest_of(layout.film)
    if there.sha256 != record.sha256:
        return (_changed(str(layout.film)),)
    try:
        facts = await probe(layout.film, tools)
    except CheckFailed as error:
        return (broken(error),)
    verdicts = (*judge(facts, plan.film, await decode_errors(layout.film, tools)), *drift_verdicts(looks, last))
    accepted = approved_checks(layout, [step.take for step in plan.steps if step.take])
    return softened(condoned(verdicts, accepted), last.contract)


def broken(error: CheckFailed | RunDirectoryError) -> Verdict:
    """What cannot be judged, as a verdict."""
    return Verdict(check=error.code, verdict="fail", measured="", expected="a whole file", message=error.message)


def _gone(path: str) -> Verdict:
    words = f"{path} was made, and is gone; the next run makes it again"
    return Verdict(check="film/missing", verdict="fail", measured="no file", expected="the film", message=words)


def _changed(path: str) -> Verdict:
    words = f"{path} is not the film that was made: its digest has changed"
    return replace(_gone(path), check="check/changed-on-disk", measured="another digest", message=words)
