"""What is proposed where a paid result cannot be fetched: never another take that would meet the same refusal."""

from types import SimpleNamespace
from typing import Any

import pytest

from runner.errors import DownloadError
from runner.execution.collect import _fetch_error


def words_for(code: str) -> DownloadError:
    run: Any = SimpleNamespace(next_command=lambda verb="resume": f"longtake {verb} runs/x")
    take: Any = SimpleNamespace(hop=1)
    return _fetch_error(run, take, DownloadError("video.mp4: why not", code=code, hint="export THIS"))


@pytest.mark.parametrize("code", ["http/private-address", "http/downgrade", "http/redirects", "download/too-large"])
def test_a_refusal_that_every_take_would_meet_proposes_its_cure_and_no_retake(code: str) -> None:
    error = words_for(code)
    assert "export THIS" in error.hint
    assert "retake" not in error.hint
    assert (error.next_command, error.charged) == ("longtake resume runs/x", "yes")


@pytest.mark.parametrize("code", ["download/unreadable", "download/not-a-video", "download/dead-link"])
def test_a_result_that_is_broken_is_fetched_again_before_another_is_bought(code: str) -> None:
    error = words_for(code)
    assert error.hint.index("resuming fetches it and buys nothing") < error.hint.index("longtake retake runs/x --hop 1")
    assert error.next_command == "longtake resume runs/x"
