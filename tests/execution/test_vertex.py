"""Whole runs on Vertex AI's Veo: the bucket, the sign-in, and what is found wrong only once it runs."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from runner.errors import (
    CheckFailed,
    ConfigurationError,
    LongtakeError,
    ProviderError,
    StoryboardInvalid,
    UnknownOutcome,
)
from runner.state.history import Phase
from tests.execution.studio import PROMPTS, Studio
from tests.frames import counters

MODEL = "veo-3.1-fast-generate-001"
BUCKET = {"storage_uri": "gs://my-bucket/films"}


def board(studio: Studio, *prompts: str, **changes: object) -> Path:
    return studio.board(*prompts, **{"provider": "vertex", "model": MODEL, "options": BUCKET, **changes})


def stopped(studio: Studio, *faults: str, **changes: object) -> LongtakeError:
    studio.fault(*faults)
    with pytest.raises(LongtakeError) as caught:
        studio.film(board(studio, PROMPTS[0], **changes), hurried=True)
    return caught.value


def test_a_chain_comes_out_of_the_bucket_as_one_film(studio: Studio) -> None:
    outcome = studio.film(board(studio))
    assert [frame for _, frame in counters(outcome.film.path)] == list(range(18 * 24))
    assert len(studio.charges()) == 3


def test_a_result_inside_the_answer_is_stored(studio: Studio) -> None:
    outcome = studio.film(board(studio, PROMPTS[0], options={}))
    assert [frame for _, frame in counters(outcome.film.path)] == list(range(4 * 24))
    assert "base64" not in (studio.root / "journal.jsonl").read_text()


def test_extensions_without_a_bucket_are_found_before_anything_is_bought(studio: Studio) -> None:
    with pytest.raises(StoryboardInvalid) as caught:
        studio.film(board(studio, *PROMPTS[:2], options={}))
    assert [problem.rule for problem in caught.value.problems] == ["catalog/option-needed"]


@pytest.mark.proof
def test_a_film_goes_on_past_the_cap_from_its_last_seconds(studio: Studio) -> None:
    """4, 11, 18, 25, 32 s; that is more than 30 s, so 8 s are handed over and 15 come back; then 22."""
    outcome = studio.film(board(studio, PROMPTS[0], *[PROMPTS[1]] * 6))
    assert outcome.film.how == "joined from 2 parts"
    assert [frame for _, frame in counters(outcome.film.path)] == list(range(46 * 24))
    assert len(counters(studio.root / "hops/05/take-01/video.mp4")) == 15 * 24
    sent = json.loads((studio.root / "hops/05/take-01/request.json").read_text())["body"]["instances"][0]["video"]
    assert sent == {"mimeType": "video/mp4", "bytesBase64Encoded": "<last 8 s of the film so far>"}
    assert len(studio.charges()) == 7


def test_a_file_of_another_frame_rate_is_not_handed_over(studio: Studio) -> None:
    studio.fault("frame-rate=30@generate")
    with pytest.raises(CheckFailed) as caught:
        studio.film(board(studio, *PROMPTS[:2], checks={"on_fail": "warn"}))
    assert caught.value.code == "check/input-rate"
    assert len(studio.charges()) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"options": {"storage_uri": "gs://denied-bucket/x"}}, "storage.objects.create"),
        ({"model": "veo-3.1-generate-001"}, ""),
    ],
)
def test_a_bucket_that_may_not_be_written_is_a_refusal(studio: Studio, changes: dict[str, object], words: str) -> None:
    if not words:
        assert studio.film(board(studio, PROMPTS[0], **changes)).film.seconds == pytest.approx(4.0)
        return
    error = stopped(studio, **changes)
    assert error.code == "provider/credentials"
    assert words in error.message
    assert studio.history.takes[0].phase is Phase.REFUSED


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("status=404@generate:message=Publisher Model `m` was not found", "retired-model"),
        ("status=400@generate:message=Invalid resource field value in the request.", "input"),
        ("task-failed=3:message=Unsupported output video duration 5 seconds", "input"),
        ("task-failed=8:message=Resource has been exhausted", "transient"),
        ("task-failed=13:message=Internal error", "transient"),
    ],
)
def test_a_no_is_told_in_words_and_by_class(studio: Studio, fault: str, code: str) -> None:
    assert stopped(studio, fault).code == f"provider/{code}"


def test_a_quota_without_a_wait_is_waited_for_as_long_as_is_usual(studio: Studio) -> None:
    studio.fault("rate-limit:times=1")
    studio.film(board(studio, PROMPTS[0]), hurried=True)
    assert [r.message.rpartition(" in ")[2] for r in studio.reports if r.kind == "hop/waiting"] == ["30 s"]


def test_an_operation_that_is_not_found_is_waited_for(studio: Studio) -> None:
    studio.fault("vanished-task:times=2")
    studio.film(board(studio, PROMPTS[0]))
    assert len(studio.charges()) == 1


def test_a_blocked_result_is_explained_in_words(studio: Studio) -> None:
    error = stopped(studio, "moderation-after-accept")
    assert error.code == "provider/content-policy"
    assert "filtered for video safety" in error.message


def test_a_lost_answer_is_never_sent_again_by_itself(studio: Studio) -> None:
    assert isinstance(stopped(studio, "lost-reply@generate"), UnknownOutcome)
    task = studio.charges()[0]["task"]
    place = f"projects/test-key/locations/us-central1/publishers/google/models/{MODEL}/operations/{task}"
    assert studio.command("reconcile", studio.root, "--task", place).returncode == 0
    studio.film(board(studio, PROMPTS[0]))
    assert len(studio.charges()) == 1


def credentials(studio: Studio, name: str = "account.json", **changes: str) -> Path:
    """A service account's file, whose tokens come from the emulator."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    account = {
        "type": "service_account",
        "project_id": "p",
        "private_key_id": "1",
        "private_key": pem.decode(),
        "client_email": "test@p.example",
        "client_id": "1",
        "token_uri": f"{studio.url}/vertex/token",
        **changes,
    }
    path = studio.folder / name
    path.write_text(json.dumps(account))
    return path


def made(studio: Studio, **environ: str) -> tuple[int, str]:
    """The command line, as somebody who has no token of their own."""
    words = ("run", board(studio, PROMPTS[0]), "--run-dir", studio.root, "--yes")
    done = studio.command(*words, LONGTAKE_VERTEX_TOKEN="", HOME=str(studio.folder), **environ)
    return done.returncode, done.stderr


def test_a_service_account_signs_in_and_its_token_is_kept_nowhere(studio: Studio) -> None:
    code, said = made(studio, GOOGLE_APPLICATION_CREDENTIALS=str(credentials(studio)))
    assert code == 0, said
    left = [path for path in studio.root.rglob("*") if path.is_file() and b"ya29." in path.read_bytes()]
    assert left == []
    assert "ya29." not in said


def test_missing_credentials_are_found_before_anything_is_written(studio: Studio) -> None:
    code, said = made(studio)
    assert code == ConfigurationError.exit_code
    assert "gcloud auth application-default login" in said
    assert not studio.root.exists()


def test_a_sign_in_that_google_refuses_ends_the_hop_and_buys_nothing(studio: Studio) -> None:
    studio.fault("status=400@token:message=invalid_grant: account not found")
    code, said = made(studio, GOOGLE_APPLICATION_CREDENTIALS=str(credentials(studio)))
    assert code == ProviderError.exit_code
    assert "signing in at Google failed" in said
    assert studio.charges() == []


def test_a_token_that_has_expired_is_a_refusal(studio: Studio) -> None:
    done = studio.command(
        *("run", board(studio, PROMPTS[0]), "--run-dir", studio.root, "--yes"), LONGTAKE_VERTEX_TOKEN="expired-1"
    )
    assert done.returncode == ProviderError.exit_code
    assert "invalid authentication credentials" in done.stderr


def test_a_wrong_project_is_a_refusal_in_googles_words(studio: Studio) -> None:
    done = studio.command(
        *("run", board(studio, PROMPTS[0]), "--run-dir", studio.root, "--yes"), GOOGLE_CLOUD_PROJECT="wrong-project"
    )
    assert done.returncode == ProviderError.exit_code
    assert "aiplatform.endpoints.predict" in done.stderr


def test_a_missing_project_is_found_before_anything_is_written(studio: Studio) -> None:
    done = studio.command(
        *("run", board(studio, PROMPTS[0]), "--run-dir", studio.root, "--yes"), GOOGLE_CLOUD_PROJECT=""
    )
    assert done.returncode == ConfigurationError.exit_code
    assert "GOOGLE_CLOUD_PROJECT" in done.stderr
    assert not studio.root.exists()
