"""Google's own clients against the emulators: what they do is the truth."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.execution.studio import served
from tests.frames import counters
from tests.sdk.environment import python_with

pytestmark = pytest.mark.proof
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory, films: Path) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("sdk"), films=films) as url:
        yield url


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("seen")


@pytest.fixture(scope="module")
def seen(emulator: str, folder: Path) -> dict[str, Any]:
    """What the last client that speaks Veo on the Gemini API (google-genai 2) saw."""
    words = [sys.executable, "-W", "ignore", str(HERE / "genai_two.py"), emulator, str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env={"PATH": ""})
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_it_generates_polls_and_downloads(seen: dict[str, Any], folder: Path) -> None:
    assert seen["generate"] is True
    assert len(counters(folder / "one.mp4")) == 4 * 24


def test_it_extends_what_it_made_twice_and_gets_one_combined_video_each_time(
    seen: dict[str, Any], folder: Path
) -> None:
    assert seen["two"]
    assert seen["three"]
    assert [frame for _, frame in counters(folder / "three.mp4")] == list(range((4 + 7 + 7) * 24))


@pytest.mark.parametrize("call", ["image", "frames", "references", "bare", "async"])
def test_every_kind_of_call_is_understood(seen: dict[str, Any], call: str) -> None:
    assert seen[call] is True


def test_an_operation_can_be_taken_up_by_name(seen: dict[str, Any]) -> None:
    assert seen["resumed"].startswith("https://")


@pytest.mark.parametrize(
    ("call", "code", "words"),
    [
        ("bytes", 400, "Video URI not found in the request."),
        ("lite", 400, "Video extension is not allowed for this model"),
        ("unknown", 404, "is not found for API version v1beta"),
        ("combination", 400, "1080p is not supported for a duration of 6 seconds."),
        ("key", 400, "API key not valid"),
        ("quota", 429, "You exceeded your current quota"),
    ],
)
def test_it_understands_what_is_refused(seen: dict[str, Any], call: str, code: int, words: str) -> None:
    assert seen[call][0] == code
    assert words in seen[call][2]


def test_it_sees_a_blocked_result_as_one_without_videos(seen: dict[str, Any]) -> None:
    assert seen["blocked"] == [None, None, 1]


def test_it_sees_an_error_that_the_operation_ended_with(seen: dict[str, Any]) -> None:
    assert seen["failed"] == {"code": 13, "message": "Internal error"}


@pytest.fixture(scope="module")
def seen_by_three(emulator: str) -> dict[str, Any]:
    """What Google's newest client (google-genai 3) saw of Vertex AI."""
    python = python_with("google-genai>=3.4,<4", "genai-three")
    words = [str(python), "-W", "ignore", str(HERE / "genai_three.py"), emulator]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env={"PATH": ""})
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_three_generates_and_extends_in_a_bucket(seen_by_three: dict[str, Any]) -> None:
    assert seen_by_three["generate"].startswith("gs://my-bucket/films/")
    assert seen_by_three["extend"].startswith("gs://my-bucket/films/")
    assert seen_by_three["extend"] != seen_by_three["generate"] == seen_by_three["resumed"]


def test_three_gets_a_video_inside_the_answer(seen_by_three: dict[str, Any]) -> None:
    assert seen_by_three["inline"] > 100_000


def test_three_sees_an_error_that_the_operation_ended_with(seen_by_three: dict[str, Any]) -> None:
    assert seen_by_three["duration"]["code"] == 3
    assert "supported durations are [7] for feature video_extension" in seen_by_three["duration"]["message"]


@pytest.mark.parametrize(("call", "code"), [("unknown", 404), ("denied", 403), ("expired", 401)])
def test_three_understands_what_is_refused(seen_by_three: dict[str, Any], call: str, code: int) -> None:
    assert seen_by_three[call][0] == code


@pytest.mark.parametrize("way", ["at once", "background", "by interaction", "by video"])
def test_three_makes_and_extends_videos_by_interactions(seen_by_three: dict[str, Any], way: str) -> None:
    status, uri = seen_by_three["interactions"][way]
    assert status == "completed"
    assert "/omni/v1beta/files/" in uri


def test_three_polls_what_runs_in_the_background_and_downloads_it(seen_by_three: dict[str, Any]) -> None:
    assert seen_by_three["interactions"]["queued"] == "in_progress"
    assert seen_by_three["interactions"]["bytes"] > 1_000_000


def test_three_is_told_that_an_interaction_and_a_task_do_not_go_together(seen_by_three: dict[str, Any]) -> None:
    words = "previous_interaction_id is not allowed when video task is set."
    assert words in seen_by_three["interactions"]["both"]
