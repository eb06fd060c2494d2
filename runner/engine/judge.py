"""Judging a take's files before the next hop is bought."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path

from runner.engine.crew import Shoot
from runner.engine.plan import Step
from runner.errors import CheckFailed
from runner.files import explained
from runner.media.checks import Expectation, Verdict, decode_errors, judge, worst
from runner.media.probe import Probe, probe
from runner.media.tools import Tools
from runner.state.history import StoredFile, Take

_HEAD = 0.5


async def judged(shoot: Shoot, step: Step, take: Take) -> Take:
    """Probe and judge a take, and write the verdict down.

    Raises:
        CheckFailed: it breaks its contract and the storyboard says `on_fail: stop`; nothing more is bought.
    """
    folder = shoot.directory.layout.take(take.hop, take.number)
    verdicts, probes = await verdicts_of(folder, take, step, shoot.crew.tools)
    record = {"files": probes, "verdicts": [asdict(verdict) for verdict in verdicts]}
    shoot.directory.write(folder / "probe.json", json.dumps(record, indent=1).encode() + b"\n")
    result = worst(verdicts)
    if result == "fail" and step.contract.on_fail == "warn":
        result = "warn"
    words = "; ".join(verdict.message for verdict in verdicts if verdict.verdict != "pass")
    expectation = step.contract.digest
    shoot.directory.note("judged", hop=take.hop, take=take.number, verdict=result, words=words, expectation=expectation)
    shoot.crew.say("hop/judged", words or "every check passed", hop=take.hop, take=take.number, verdict=result)
    take = shoot.directory.history.take(take.hop, take.number)
    if result == "fail":
        raise failed(shoot, take)
    return take


async def verdicts_of(
    folder: Path, take: Take, step: Step, tools: Tools
) -> tuple[tuple[Verdict, ...], dict[str, object]]:
    """The verdicts on the file that counts, and the facts of every file. A file on disk that changed is a failure."""
    probes = await asyncio.gather(*(_probe(folder, file, tools) for file in take.files))
    main, expectation = _main(list(zip(take.files, probes, strict=True)), step)
    file, facts = main
    start = max(0.0, facts.duration - step.wish.seconds_added - _HEAD) if file.role == "film" else 0.0
    errors = await decode_errors(folder / file.name, tools, start=start)
    shown: dict[str, object] = {file.name: facts.as_json() for file, facts in zip(take.files, probes, strict=True)}
    return judge(facts, expectation, errors), shown


async def _probe(folder: Path, file: StoredFile, tools: Tools) -> Probe:
    path = folder / file.name
    with explained(path):
        size = path.stat().st_size
    if size != file.size:
        raise CheckFailed(
            f"{path} has {size} bytes; {file.size} were stored",
            code="check/changed-on-disk",
            hint="somebody changed or cut the file; restore it, or buy the hop anew with `longtake retake`",
        )
    return await probe(path, tools)


def _main(files: list[tuple[StoredFile, Probe]], step: Step) -> tuple[tuple[StoredFile, Probe], Expectation]:
    """The file to judge and by what: the film so far where there is one, told by its length and not by its name."""
    contract = step.contract
    for file, facts in files:
        if _long_as(facts, contract.film):
            return (file, facts), contract.film
    for file, facts in files:
        if _long_as(facts, contract.segment):
            return (file, facts), contract.segment
    file, facts = files[0]
    return (file, facts), contract.film if file.role == "film" else contract.segment


def _long_as(facts: Probe, expectation: Expectation) -> bool:
    seconds = expectation.seconds or 0.0
    return abs(facts.duration - seconds) <= expectation.tolerance_seconds


def failed(shoot: Shoot, take: Take) -> CheckFailed:
    """The error for a take whose files break their contract."""
    folder = shoot.directory.layout.take(take.hop, take.number)
    return CheckFailed(
        f"hop {take.hop}, take {take.number}: {take.words}",
        hint=f"the next hop is not bought; look at {folder}, then buy another take, or change `checks` and resume",
        hop=take.hop,
        charged="yes",
        next_command=f"{shoot.next_command('retake')} --hop {take.hop}",
    )
