"""Whole runs over real HTTP with real MP4 files."""

import json
from collections.abc import Callable

import pytest
from jsonschema import Draft202012Validator

from runner.errors import (
    CheckFailed,
    ConfigurationError,
    DownloadError,
    ProviderError,
    StoppedBeforeSpending,
    UnknownOutcome,
)
from runner.state.history import Phase
from tests.doses import doses
from tests.execution.studio import PROMPTS, ROOT, Studio


def schema(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text()))


def test_a_storyboard_becomes_a_film_and_each_hop_is_paid_once(studio: Studio) -> None:
    outcome = studio.film()
    assert outcome.film.path == studio.root / "film.mp4"
    assert outcome.film.seconds == pytest.approx(18.0)
    assert outcome.film.how == "the provider's last file as it is"
    assert len(studio.charges()) == 3
    schema("film").validate(json.loads((studio.root / "film.json").read_text()))
    for line in (studio.root / "journal.jsonl").read_text().splitlines():
        schema("journal").validate(json.loads(line))


def test_running_it_again_buys_nothing_and_changes_nothing(studio: Studio) -> None:
    first = studio.film().film
    before = (studio.root / "journal.jsonl").read_bytes()
    again = studio.film().film
    assert again.sha256 == first.sha256
    assert (studio.root / "journal.jsonl").read_bytes() == before
    assert len(studio.charges()) == 3


def test_no_key_and_no_link_is_left_on_disk(studio: Studio) -> None:
    studio.film()
    texts = [path.read_bytes() for path in studio.root.rglob("*") if path.is_file() and path.suffix != ".mp4"]
    assert not [text for text in texts if b"test-key" in text or b"/media/" in text]


def test_an_edited_hop_and_those_after_it_are_bought_again(studio: Studio) -> None:
    studio.film()
    studio.film(studio.board(PROMPTS[0], PROMPTS[1], "It slows down and gradually lies down by the same fountain."))
    assert len(studio.charges()) == 4
    assert [take.number for take in studio.history.of_hop(2)] == [1, 2]


def test_an_added_hop_extends_the_film(studio: Studio) -> None:
    studio.film(studio.board(*PROMPTS[:2]))
    assert studio.film(studio.board(*PROMPTS)).film.seconds == pytest.approx(18.0)
    assert len(studio.charges()) == 3


def test_a_retake_buys_that_hop_and_those_after_it(studio: Studio) -> None:
    studio.film()
    studio.film(retake=1)
    assert len(studio.charges()) == 5


def test_nothing_is_bought_without_a_yes(studio: Studio) -> None:
    result = studio.command("run", studio.board(), "--run-dir", studio.root)
    assert result.returncode == 4
    assert "not confirmed" in result.stderr
    assert studio.charges() == []


def test_a_budget_that_does_not_cover_the_film_buys_none_of_it(studio: Studio) -> None:
    with pytest.raises(StoppedBeforeSpending, match=r"\$0.90 more pass the cap of \$0.70"):
        studio.film(studio.board(budget={"usd": 0.7}))
    assert studio.charges() == []


def test_a_lost_reply_is_never_sent_again_by_itself(studio: Studio) -> None:
    studio.fault("lost-reply@extend#1")
    with pytest.raises(UnknownOutcome) as caught:
        studio.film()
    assert caught.value.charged == "unknown"
    assert caught.value.next_command == f"longtake reconcile {studio.root}"
    with pytest.raises(UnknownOutcome):
        studio.film()
    assert len(studio.charges()) == 2
    assert studio.history.unknown


def lost(studio: Studio) -> str:
    """A run whose first extension was taken, with its reply lost; gives the task's id."""
    studio.fault("lost-reply@extend#1")
    with pytest.raises(UnknownOutcome):
        studio.film()
    return str(studio.charges()[-1]["task"])


def test_a_lost_task_can_be_adopted_and_is_paid_once(studio: Studio) -> None:
    task = lost(studio)
    told = studio.command("reconcile", studio.root)
    assert told.returncode == 8
    assert PROMPTS[1][:40] in told.stdout
    assert studio.command("reconcile", studio.root, "--task", task).returncode == 0
    assert studio.film().film.seconds == pytest.approx(18.0)
    assert len(studio.charges()) == 3


def test_a_task_that_does_not_exist_is_not_adopted(studio: Studio) -> None:
    lost(studio)
    result = studio.command("reconcile", studio.root, "--task", "f" * 32)
    assert result.returncode == 2
    assert studio.history.takes[-1].phase is Phase.UNKNOWN


def test_a_person_may_send_it_again(studio: Studio) -> None:
    lost(studio)
    assert studio.command("reconcile", studio.root, "--resend").returncode == 0
    assert studio.film().film.seconds == pytest.approx(18.0)
    assert len(studio.charges()) == 4


@pytest.mark.parametrize(
    "fault",
    doses(
        ["status@generate:code=429,times=2", "status@generate:code=455,times=1", "rate-limit@generate:retry_after=1"],
        "status@generate:code=429,times=2",
    ),
)
def test_limits_and_maintenance_are_waited_for(studio: Studio, fault: str) -> None:
    studio.fault(fault)
    studio.film(studio.board(PROMPTS[0]), hurried=True)
    assert len(studio.charges()) == 1


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("status@generate:code=401", "provider/credentials"),
        ("status@generate:code=402", "provider/balance"),
        ("status@generate:code=404", "provider/gone"),
        ("status@generate:code=422", "provider/input"),
    ],
)
def test_a_refusal_is_final_free_and_explained(studio: Studio, fault: str, code: str) -> None:
    studio.fault(fault)
    with pytest.raises(ProviderError) as caught:
        studio.film()
    assert (caught.value.code, caught.value.charged) == (code, "no")
    assert studio.charges() == []
    assert studio.history.committed == 0
    studio.film(studio.board(PROMPTS[0]))


@pytest.mark.parametrize(
    "fault",
    [
        "status@generate:code=433",
        "status@generate:code=451",
        "status@generate:code=500",
        "status@generate:code=501",
        "status@generate:code=505",
        "http-502-html",
        "empty-body",
        "not-json",
        "lost-request",
    ],
)
def test_an_answer_without_proof_is_unknown(studio: Studio, fault: str) -> None:
    studio.fault(fault if "@" in fault else f"{fault}@generate")
    with pytest.raises(UnknownOutcome):
        studio.film(studio.board(PROMPTS[0]))


def test_moderation_after_acceptance_ends_the_hop_with_the_providers_words(studio: Studio) -> None:
    studio.fault("moderation-after-accept")
    with pytest.raises(ProviderError) as caught:
        studio.film()
    assert caught.value.code == "provider/content-policy"
    assert studio.history.takes[0].phase is Phase.FAILED


def test_a_failed_task_is_bought_again_by_resuming(studio: Studio) -> None:
    studio.fault("task-failed:code=501,times=1")
    with pytest.raises(ProviderError, match="the task failed"):
        studio.film(studio.board(PROMPTS[0]))
    studio.film(studio.board(PROMPTS[0]))
    assert [take.phase for take in studio.history.takes] == [Phase.FAILED, Phase.JUDGED]


def test_a_failed_task_is_bought_again_at_once_when_asked_to(studio: Studio) -> None:
    studio.fault("task-failed:code=501,times=1")
    studio.film(studio.board(PROMPTS[0]), retries=1)
    assert len(studio.history.takes) == 2


def test_a_success_without_a_url_is_waited_for(studio: Studio) -> None:
    studio.fault("success-without-url:polls=3")
    studio.film(studio.board(PROMPTS[0]))
    assert "hop/pending" in studio.kinds()


def test_urls_as_a_json_string_are_read(studio: Studio) -> None:
    studio.fault("urls-as-json-string")
    assert studio.film(studio.board(*PROMPTS[:2])).film.seconds == pytest.approx(11.0)


def test_segments_alone_are_joined_frame_exactly(studio: Studio) -> None:
    studio.fault("no-full")
    film = studio.film().film
    assert film.seconds == pytest.approx(18.0)
    assert film.how == "joined from 3 parts"


@pytest.mark.parametrize(
    "fault", doses(["frame-rate=30", "size=960x720", "no-audio", "segment-seconds=8"], "no-audio", "segment-seconds=8")
)
def test_a_file_that_breaks_its_contract_stops_before_the_next_hop(studio: Studio, fault: str) -> None:
    studio.fault(fault)
    with pytest.raises(CheckFailed) as caught:
        studio.film()
    hop = caught.value.hop
    assert hop is not None
    assert len(studio.charges()) == hop + 1
    assert (studio.root / "hops" / f"{hop:02d}" / "take-01" / "video.mp4").exists()


def test_changed_checks_accept_a_file_that_was_refused(studio: Studio) -> None:
    studio.fault("no-audio")
    with pytest.raises(CheckFailed):
        studio.film(studio.board(PROMPTS[0]))
    studio.film(studio.board(PROMPTS[0], checks={"audio": "optional"}))
    assert len(studio.charges()) == 1


@pytest.mark.parametrize(
    "fault", ["cut-download:at=100000,times=1", "dead-link:status=404,times=1", "ignore-range", "wrong-length:times=1"]
)
def test_a_troubled_download_ends_well(studio: Studio, fault: str) -> None:
    studio.fault(fault)
    studio.film(studio.board(PROMPTS[0]))
    assert len(studio.charges()) == 1


@pytest.mark.parametrize("fault", ["html-instead-of-mp4:times=99", "truncated-file"])
def test_what_is_no_whole_video_is_never_stored(studio: Studio, fault: str) -> None:
    studio.fault(fault)
    with pytest.raises(DownloadError) as caught:
        studio.film(studio.board(PROMPTS[0]), hurried=True)
    assert caught.value.charged == "yes"
    assert not (studio.root / "hops" / "00" / "take-01" / "video.mp4").exists()


def test_a_result_that_could_not_be_fetched_is_fetched_by_resuming(studio: Studio) -> None:
    studio.fault("dead-link:status=404,times=99")
    with pytest.raises(DownloadError):
        studio.film(hurried=True)
    studio.ask("/sandbox/faults", method="DELETE")
    studio.film()
    assert len(studio.charges()) == 3


def test_a_result_that_is_broken_for_good_is_bought_again_on_request(studio: Studio) -> None:
    studio.fault("truncated-file:times=1")
    with pytest.raises(DownloadError):
        studio.film(studio.board(PROMPTS[0]), hurried=True)
    studio.film(studio.board(PROMPTS[0]), retake=0)
    assert len(studio.charges()) == 2


def test_a_deleted_file_is_fetched_again_at_no_price(studio: Studio) -> None:
    first = studio.film().film
    (studio.root / "film.mp4").unlink()
    (studio.root / "hops" / "02" / "take-01" / "video.mp4").unlink()
    assert studio.film().film.sha256 == first.sha256
    assert len(studio.charges()) == 3


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: data[:-9], marks=pytest.mark.proof),
        lambda data: data[:-9] + b"123456789",
    ],
)
def test_a_file_that_was_changed_on_disk_is_not_made_into_a_film(
    studio: Studio, damage: Callable[[bytes], bytes]
) -> None:
    studio.film()
    (studio.root / "film.mp4").unlink()
    video = studio.root / "hops" / "02" / "take-01" / "video.mp4"
    video.write_bytes(damage(video.read_bytes()))
    with pytest.raises(CheckFailed) as caught:
        studio.film()
    assert caught.value.code == "check/changed-on-disk"


def test_fewer_hops_make_a_shorter_film_and_cost_nothing(studio: Studio) -> None:
    studio.film()
    assert studio.film(studio.board(*PROMPTS[:2])).film.seconds == pytest.approx(11.0)
    assert studio.film(studio.board(*PROMPTS)).film.seconds == pytest.approx(18.0)
    assert len(studio.charges()) == 3


def test_a_finer_picture_is_upgraded_at_the_end(studio: Studio) -> None:
    outcome = studio.film(studio.board(*PROMPTS[:2], resolution="1080p"))
    facts = json.loads((studio.root / "film.json").read_text())
    assert [hop["kind"] for hop in facts["hops"]] == ["generate", "extend", "upgrade"]
    assert outcome.film.seconds == pytest.approx(11.0)
    assert [charge["credits"] for charge in studio.charges()] == [60, 60, 5]


def test_a_local_picture_is_uploaded_once(studio: Studio) -> None:
    picture = next((ROOT / "storyboards" / "pictures").iterdir())
    (studio.folder / picture.name).write_bytes(picture.read_bytes())
    initial = {"prompt": PROMPTS[0], "duration": 4, "images": {"first_frame": picture.name}}
    studio.film(studio.board(PROMPTS[0], initial=initial))
    request = json.loads((studio.root / "hops" / "00" / "take-01" / "request.json").read_text())
    assert request["body"]["imageUrls"][0].startswith("http")
    assert (studio.root / picture.name).exists()
    assert studio.command("resume", studio.root).returncode == 0


def test_a_missing_key_is_found_before_anything_is_written(studio: Studio) -> None:
    result = studio.command("run", studio.board(), "--run-dir", studio.root, "--yes", KIE_API_KEY="")
    assert result.returncode == 5
    assert "KIE_API_KEY is not set" in result.stderr
    assert not studio.root.exists()


def test_a_run_does_not_go_on_at_another_address(studio: Studio) -> None:
    studio.film(studio.board(PROMPTS[0]))
    with pytest.raises(ConfigurationError, match="was begun with"):
        studio.film(studio.board(PROMPTS[0], provider={"name": "kie", "base_url": "http://127.0.0.1:9"}), sandbox=True)


def test_resume_never_starts_something_new(studio: Studio) -> None:
    result = studio.command("resume", studio.board(), "--run-dir", studio.root, "--yes")
    assert result.returncode == 2
    assert "no run to resume" in result.stderr


def test_an_address_that_is_none_is_refused(studio: Studio) -> None:
    result = studio.command("run", studio.board(), "--run-dir", studio.root, "--yes", LONGTAKE_KIE_BASE_URL="x://y")
    assert result.returncode == 5
