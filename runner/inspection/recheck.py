"""Judging a run again from what lies on the disk: every hop, the film, and whether they are what they were."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from runner.context import View
from runner.errors import CheckFailed, RunDirectoryError
from runner.files import explain_os_errors
from runner.inspection.conformance import check_conformance
from runner.inspection.drift import drift_verdicts
from runner.inspection.footage import judge_measurements, measure_take, measured_placement, wants_inspection
from runner.inspection.gate import check_joins, check_new_bytes, length_before
from runner.inspection.measurements import Measurements, read_measurements
from runner.inspection.policy import approved_checks, soften, waive, waive_accepted
from runner.inspection.timeline import Placement
from runner.media.checks import failed_verdict, judge
from runner.media.download.fetch import digest_of
from runner.media.model import Verdict
from runner.planning.model import Plan, Step
from runner.state.history import Take
from runner.state.layout import Layout

FileVerdicts = tuple[str, Sequence[Verdict]]
UNSEEN = Verdict(
    check="look/none",
    verdict="warn",
    measured="not looked at",
    expected="a look",
    message="the pictures were not looked at when they came, and cannot be now: the hop before is missing or damaged",
)


@dataclass(slots=True)
class _Recheck:
    """A run that is being judged again; what was seen of its hops so far, and which file the next one goes on from."""

    plan: Plan
    layout: Layout
    view: View
    look: bool
    looks: list[Measurements | None] = field(default_factory=list)
    before: Placement | None = None


async def recheck_run(plan: Plan, layout: Layout, view: View, *, look: bool = True) -> AsyncIterator[FileVerdicts]:
    """Yield the verdicts on every hop that has files, and on the film, as they come.

    A file that is gone or changed is a verdict. A hop that was not looked at is looked at now; nothing is written;
    without `look`, the form alone is judged.
    """
    audit = _Recheck(plan=plan, layout=layout, view=view, look=look)
    for step in plan.steps:
        if step.take and step.take.files:
            yield f"{layout.root} hop {step.spec.index}", await _recheck_hop(audit, step, step.take)
    if plan.history.film:
        yield str(layout.film), await _recheck_film(audit)


async def _recheck_hop(audit: _Recheck, step: Step, take: Take) -> Sequence[Verdict]:
    folder = audit.layout.take(take.hop, take.number)
    try:
        # First of all: whatever else is found in a changed file says nothing about what was bought.
        for file in take.files:
            await _require_digest(folder / file.name, file.sha256, "the file that was fetched")
        before = length_before(audit.plan.history, take)
        form = await check_conformance(take, step, before, audit.view)
        follows = await check_joins(audit.plan.history, take, form, audit.view)
        seen = await _judge_pictures(audit, step, take)
    except (CheckFailed, RunDirectoryError) as error:
        # Without this file there is no placement that the next hop could be measured against.
        audit.looks.append(None)
        audit.before = None
        return (failed_verdict(error, "a whole file"),)
    follows = (*follows, *check_new_bytes(audit.plan.history, take))
    every = (*form.verdicts, *follows, *seen, *_judge_drift_again(audit, step))
    return soften(waive_accepted(every, take, audit.plan.history, audit.layout), step.contract)


def _judge_drift_again(audit: _Recheck, step: Step) -> Sequence[Verdict]:
    if not (audit.look and wants_inspection(step)):
        return ()
    return tuple(drift_verdicts(audit.looks, audit.plan.steps[: step.spec.index + 1], "so far"))


async def _judge_pictures(audit: _Recheck, step: Step, take: Take) -> Sequence[Verdict]:
    """Judge what was seen of a hop, or is seen now."""
    folder, wanted = audit.layout.take(take.hop, take.number), audit.look and wants_inspection(step)
    # What was measured then is judged by the thresholds of now; its bytes are the same, so they need no decoding.
    look, known = read_measurements(folder), audit.before or take.parent is None
    if look is None and wanted and known:
        shown = [each for each in audit.looks if each]
        look = await measure_take(step, take, audit.before, audit.view, shown)
    audit.looks.append(look)
    audit.before = measured_placement(folder, look) if look else None
    if not wanted:
        return ()
    return judge_measurements(look, step) if look else (UNSEEN,)


async def _recheck_film(audit: _Recheck) -> Sequence[Verdict]:
    plan, film, last = audit.plan, audit.layout.film, audit.plan.steps[-1]
    record = plan.history.film
    if record is None or not film.exists():
        return (_missing_film(str(film)),)
    try:
        await _require_digest(film, record.sha256, "the film that was made")
        facts = await audit.view.inspector.probe(film)
        decoding = await audit.view.inspector.decode(film, length=facts.duration)
    except (CheckFailed, RunDirectoryError) as error:
        return (failed_verdict(error, "a whole file"),)
    verdicts = judge(facts, plan.film, decoding)
    if audit.look:
        verdicts = (*verdicts, *drift_verdicts(audit.looks, plan.steps))
    # A warning and no failure: the film is whole, only older than the takes that count now.
    if not plan.film_is_current:
        verdicts = (*verdicts, _outdated_film(str(film)))
    accepted = approved_checks(audit.layout, [step.take for step in plan.steps if step.take])
    return soften(waive(verdicts, accepted), last.contract)


async def _require_digest(path: Path, sha256: str, what: str) -> None:
    with explain_os_errors(path):
        found = await digest_of(path)
    if found.sha256 != sha256:
        raise CheckFailed(f"{path} is not {what}: its digest has changed", code="check/changed-on-disk")


def _missing_film(path: str) -> Verdict:
    words = f"{path} was made, and is gone; the next run makes it again"
    return Verdict(check="film/missing", verdict="fail", measured="no file", expected="the film", message=words)


def _outdated_film(path: str) -> Verdict:
    words = f"{path} is made of other takes than those that count now; the next run makes it again"
    return replace(_missing_film(path), check="film/outdated", verdict="warn", measured="an older film", message=words)
