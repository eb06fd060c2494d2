"""Judging a take's files before the next hop is bought."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from runner.engine.crew import Shoot
from runner.engine.plan import Step
from runner.errors import CheckFailed
from runner.files import explained
from runner.media.checks import Verdict, decode_errors, judge, worst
from runner.media.expectation import Expectation
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
    """The verdicts on the file that counts, and the facts of the files looked at.

    That is the first file as long as the film so far or as the new part: told by its length, not by its name.
    """
    contract, looks = step.contract, []
    for file in take.files:
        look = await _look(folder, file, step, tools)
        looks.append(look)
        if _long_as(look.facts, contract.film):
            return judge(look.facts, contract.film, look.errors), _shown(looks)
        if _long_as(look.facts, contract.segment):
            errors = await decode_errors(folder / file.name, tools) if file.role == "film" else look.errors
            return judge(look.facts, contract.segment, errors), _shown(looks)
    first = looks[0]
    expectation = contract.film if first.file.role == "film" else contract.segment
    return judge(first.facts, expectation, first.errors), _shown(looks)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """A file with its facts, and what the decoders said of the new part."""

    file: StoredFile
    facts: Probe
    errors: tuple[str, ...]


async def _look(folder: Path, file: StoredFile, step: Step, tools: Tools) -> _Look:
    path = unchanged(folder, file)
    # What came before was decoded when it came; only the new part, and a little more, is decoded now.
    film = step.contract.film
    old = (film.seconds or 0.0) - step.wish.seconds_added if file.role == "film" else 0.0
    old -= film.tolerance_seconds if film.inexact else 0.0
    facts, errors = await asyncio.gather(probe(path, tools), decode_errors(path, tools, start=max(0.0, old - _HEAD)))
    return _Look(file=file, facts=facts, errors=errors)


def unchanged(folder: Path, file: StoredFile) -> Path:
    """The path of a stored file that is still as long as it was.

    Raises:
        CheckFailed: it is not.
        RunDirectoryError: it is gone.
    """
    path = folder / file.name
    with explained(path):
        size = path.stat().st_size
    if size == file.size:
        return path
    raise CheckFailed(
        f"{path} has {size} bytes; {file.size} were stored",
        code="check/changed-on-disk",
        hint="somebody changed or cut the file: restore it; or delete it, and the next run fetches it again",
    )


def _shown(looks: Sequence[_Look]) -> dict[str, object]:
    return {look.file.name: look.facts.as_json() for look in looks}


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
