"""A run that dies between a verdict and what follows from it."""

import asyncio
from pathlib import Path

import pytest

from runner.api.runs import Environment, RunOptions, load, plan, run
from tests.crash.dying import DyingDisk, KilledError
from tests.doses import doses
from tests.execution.studio import PROMPTS, Studio, yes

JUMP = "jump=60@extend#1"


def dies(studio: Studio, path: Path, kind: bytes) -> None:
    environment = Environment(environ=studio.environ, folder=studio.folder, disk=DyingDisk(kind))
    with pytest.raises(KilledError):
        asyncio.run(run(load(path), RunOptions(run_dir=studio.root), approve=yes, environment=environment))


def board(studio: Studio, takes: int = 1, **checks: str) -> Path:
    return studio.board(checks=checks, extensions=[{"prompt": PROMPTS[1], "takes": takes}])


@pytest.mark.parametrize("moment", doses([b'"verdict":"fail"', b'"reason":"failed its checks"'], b'"verdict":"fail"'))
@pytest.mark.proof
def test_a_retake_that_the_storyboard_allows_is_bought_by_the_next_run(studio: Studio, moment: bytes) -> None:
    studio.fault(JUMP)
    path = board(studio, seam="retake")
    dies(studio, path, moment)
    assert plan(load(path), studio.root).steps[1].copies == 1
    studio.film(path)
    assert [take.discarded for take in studio.history.of_hop(1)] == ["failed its checks", ""]
    assert len(studio.charges()) == 3


def test_a_retake_after_a_crash_is_the_last_that_is_allowed(studio: Studio) -> None:
    studio.fault("no-audio@extend:times=9")
    path = board(studio, on_fail="retake")
    dies(studio, path, b'"verdict":"fail"')
    with pytest.raises(Exception, match="expected an audio track"):
        studio.film(path)
    with pytest.raises(Exception, match="expected an audio track"):
        studio.film(path)
    assert len(studio.charges()) == 3


def test_of_several_takes_the_next_is_bought_though_the_last_one_failed(studio: Studio) -> None:
    studio.fault("no-audio@extend#1")
    path = board(studio, takes=2)
    dies(studio, path, b'"verdict":"fail"')
    studio.film(path)
    assert [take.chosen for take in studio.history.of_hop(1)] == [False, True]
    assert len(studio.charges()) == 3
