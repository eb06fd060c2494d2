"""Every check of the profile speaks in a file that has its fault, and is silent in the same file without it."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from runner.media.ffmpeg.tools import Tools
from runner.media.model import Verdict
from runner.media.probing.probe import probe
from runner.quality.drift import measure_drift
from runner.quality.inspector import PrecedingFilm, RawMeasures
from runner.quality.measure import measure_hop
from runner.quality.thresholds import profile
from tests.doses import doses
from tests.quality.takes import CALM, CHAINS, FAULTS, SEAM, Fault, chain

EVERYDAY = (
    "picture/jump",
    "seam/rewind",
    "tail/frozen",
    "sound/silence",
)  # of each family one; its measures have tests
ROWS = [
    pytest.param(code, fault, marks=[] if code in EVERYDAY and fault is faults[0] else pytest.mark.proof, id=code)
    for code, faults in FAULTS.items()
    for fault in faults
]


def seen(fault: Fault, folder: Path, tools: Tools) -> RawMeasures:
    async def look(path: Path, past: PrecedingFilm | None) -> RawMeasures:
        return await measure_hop(path, await probe(path, tools), SEAM if past else 0, past, tools)

    path = folder / "take.mp4"
    return asyncio.run(look(path, fault.film(path)))


def verdicts(found: Mapping[str, Mapping[str, float]]) -> dict[str, Verdict]:
    every = (each for family, values in found.items() for each in profile().verdicts(family, values, "", None))
    return {verdict.check: verdict for verdict in every}


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory, tools: Tools) -> RawMeasures:
    """A look at the take that the chains are made of, without a step."""
    return seen(Fault(grade="pass", paint=CALM.paint), tmp_path_factory.mktemp("calm"), tools)


@pytest.fixture(scope="module")
def whole(calm: RawMeasures, tmp_path_factory: pytest.TempPathFactory, tools: Tools) -> dict[str, Verdict]:
    """What is said of a take without a fault, and of a chain of such."""
    drifted = measure_drift(chain(calm, calm))[-1].values
    take = seen(Fault(grade="pass"), tmp_path_factory.mktemp("whole"), tools)
    return verdicts({**take.values, "drift": drifted})


def test_every_check_has_a_take_in_which_it_speaks() -> None:
    assert {*FAULTS, *CHAINS} == {*profile().thresholds}
    assert all(FAULTS.values())


@pytest.mark.parametrize(("code", "fault"), ROWS)
def test_a_check_speaks_where_its_fault_is(code: str, fault: Fault, tmp_path: Path, tools: Tools) -> None:
    verdict = verdicts(seen(fault, tmp_path, tools).values)[code]
    assert verdict.verdict == fault.grade, verdict


@pytest.mark.parametrize("code", doses(CHAINS, "drift/luma"))
@pytest.mark.proof
def test_a_step_that_no_seam_shows_is_told_once_it_adds_up(
    code: str, calm: RawMeasures, tmp_path: Path, tools: Tools
) -> None:
    later = seen(CHAINS[code], tmp_path, tools)
    assert [verdict for verdict in verdicts(later.values).values() if verdict.verdict != "pass"] == []
    told = verdicts({"drift": measure_drift(chain(calm, later))[-1].values})[code]
    assert told.verdict == CHAINS[code].grade, told


@pytest.mark.parametrize("code", profile().thresholds)
def test_a_check_is_silent_where_nothing_is_wrong(code: str, whole: dict[str, Verdict]) -> None:
    assert whole[code].verdict == "pass", whole[code]
