"""The form of a take's files against what the hop must be: which of them counts, and where the film ends with it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.context import View
from runner.media.checks import judge
from runner.media.model import Decoding, Expectation, Probe, Verdict
from runner.planning.contract import anchor_contract
from runner.planning.model import Step
from runner.planning.spec import HopSpec
from runner.state.history import StoredFile, Take
from runner.state.layout import artifact_of

# Seconds before the new part that are decoded too, so that damage at the seam itself is seen.
_HEAD = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Conformance:
    """The verdicts on the form of a take, the facts of its files, and where the film ends with it, if that is known.

    `facts` are those of the file that counts, if it has to be joined with what was before.
    """

    verdicts: tuple[Verdict, ...]
    probes: Mapping[str, object]
    ends: float | None = None
    facts: Probe | None = None


async def check_conformance(take: Take, step: Step, before: float | None, view: View) -> Conformance:
    """Judge the form of the file that counts; `before` is how long the film was until then, in seconds, if known.

    That is the first file as long as the film so far or as the new part: told by its length, not by its name.
    """
    contract, looks = anchor_contract(step.contract, step.spec, before), []
    for file in take.files:
        look = await _probe_file(take, file, step, contract.film, view)
        looks.append(look)
        if _is_as_long_as(look.facts, contract.film):
            ends, whole = _film_end(step.spec, look.facts, before), step.spec.seconds_back >= step.spec.seconds_total
            verdicts, facts = judge(look.facts, contract.film, look.errors), None if whole else look.facts
            return Conformance(verdicts=verdicts, probes=_probes_as_json(looks), ends=ends, facts=facts)
        if _is_as_long_as(look.facts, contract.segment):
            errors = await view.inspector.decode(look.path) if file.role == "film" else look.errors
            ends = before + look.facts.duration if before is not None else None
            verdicts = judge(look.facts, contract.segment, errors)
            return Conformance(verdicts=verdicts, probes=_probes_as_json(looks), ends=ends, facts=look.facts)
    first = looks[0]
    expectation = contract.film if first.file.role == "film" else contract.segment
    return Conformance(verdicts=judge(first.facts, expectation, first.errors), probes=_probes_as_json(looks))


def _film_end(spec: HopSpec, facts: Probe, before: float | None) -> float | None:
    """Return where the film ends with a file of the expected length: all of it, or the new part alone.

    Where the file is only an end of the film, its length does not tell.
    """
    if spec.seconds_back >= spec.seconds_total:
        return facts.duration
    return before + facts.duration if before is not None and spec.seconds_back <= spec.seconds_added else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _ProbedFile:
    """A file with its facts, and what the decoders said of the new part."""

    file: StoredFile
    path: Path
    facts: Probe
    errors: Decoding


async def _probe_file(take: Take, file: StoredFile, step: Step, film: Expectation, view: View) -> _ProbedFile:
    path = await view.artifacts.get(artifact_of(take, file))
    # What came before was decoded when it came; only the new part, and a little more, is decoded now.
    old = (film.seconds or 0.0) - step.spec.seconds_added if file.role == "film" else 0.0
    old -= film.tolerance_seconds if film.inexact else 0.0
    probing, decoding = view.inspector.probe(path), view.inspector.decode(path, start=max(0.0, old - _HEAD))
    facts, errors = await asyncio.gather(probing, decoding)
    return _ProbedFile(file=file, path=path, facts=facts, errors=errors)


def _probes_as_json(looks: Sequence[_ProbedFile]) -> dict[str, object]:
    return {look.file.name: look.facts.as_json() for look in looks}


def _is_as_long_as(facts: Probe, expectation: Expectation) -> bool:
    seconds = expectation.seconds or 0.0
    return abs(facts.duration - seconds) <= expectation.tolerance_seconds
