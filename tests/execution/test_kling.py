"""Whole runs on Kling, in each of its dialects, against the emulator."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from runner.api.runs import load, plan
from runner.errors import ConfigurationError, LongtakeError, ProviderError, StoryboardInvalid, UnknownOutcome
from runner.inspection.footage import judge_measurements
from runner.inspection.measurements import Measurements
from runner.planning.contract import anchor_contract
from runner.state.journal import read
from tests.doses import doses
from tests.execution.studio import PROMPTS, ROOT, Studio
from tests.frames import counters

PATHS = {
    "official": "kling",
    "official-2": "kling",
    "envelope": "kling-envelope/kling",
    "task-object": "kling-task-object/kling",
    "task-and-video-id": "kling-task-and-video-id/kling",
}
GATEWAYS = ("envelope", "task-object", "task-and-video-id")
OPENING = {"prompt": PROMPTS[0], "duration": 5}


def board(studio: Studio, *prompts: str, dialect: str = "official", path: str = "", **changes: object) -> Path:
    base = f"{studio.url}/{path or PATHS[dialect]}"
    provider = {"name": "kling", "dialect": dialect, "base_url": base}
    words = prompts or PROMPTS
    more = [{"prompt": words} for words in words[1:]]
    return studio.board(
        **{"provider": provider, "initial": {**OPENING, "prompt": words[0]}, "extensions": more, **changes}
    )


def frames(path: Path, width: int = 1280) -> list[int]:
    return [frame for _, frame in counters(path, width)]


def stopped(studio: Studio, *faults: str, prompts: int = 1, **changes: Any) -> LongtakeError:
    studio.fault(*faults)
    with pytest.raises(LongtakeError) as caught:
        studio.film(board(studio, *PROMPTS[:prompts], **changes), hurried=True)
    return caught.value


@pytest.mark.parametrize("dialect", doses(PATHS, "official"))
def test_every_dialect_makes_one_film_without_a_frame_too_many(studio: Studio, dialect: str) -> None:
    outcome = studio.film(board(studio, dialect=dialect))
    seen = frames(outcome.film.path)
    assert seen == list(range(len(seen)))
    rate = 24 if dialect == "official-2" else 30
    facts = json.loads((studio.root / "film.json").read_text())["film"]
    assert facts["frames"] == len(seen) == round(facts["seconds"] * rate)
    assert len(studio.charges()) == 3
    assert studio.command("check", studio.root).returncode == 0


@pytest.mark.proof
def test_a_film_is_as_long_as_its_hops_came_however_many_there_are(studio: Studio) -> None:
    studio.fault("segment-seconds=5.25@extend:times=9")
    outcome = studio.film(board(studio, dialect="official-2", checks={"duration_tolerance": 0.3}))
    assert outcome.film.seconds == 15.5
    assert studio.command("check", studio.root).returncode == 0


@pytest.mark.proof
def test_what_cannot_become_one_film_is_not_gone_on_with(studio: Studio) -> None:
    studio.fault("size=960x540@extend#1")
    error = stopped(studio, prompts=3, dialect="official-2", checks={"on_fail": "warn"})
    assert "cannot follow the hop before it in one film: size 960x540 after 1280x720" in error.message
    assert len(studio.charges()) == 2
    again = studio.command("check", studio.root)
    assert (again.returncode, "[film/streams-differ]" in again.stdout) == (7, True)


def test_an_extension_that_adds_nothing_fails_however_far_down_the_chain(studio: Studio) -> None:
    step = plan(load(board(studio, *[PROMPTS[0]] * 10, checks={"seam": "warn"}))).steps[9]
    film = anchor_contract(step.contract, step.spec, 41.0).film
    assert film.seconds is not None
    assert film.seconds - 41.0 > film.tolerance_seconds
    same = Measurements(file="video.mp4", start=0, end=984, repeated=984, rate=24, values={}, sure=True)
    assert [(each.check, each.verdict) for each in judge_measurements(same, step)] == [("seam/alignment", "fail")]


@pytest.mark.proof
def test_a_finished_hop_is_shown_as_long_as_it_is(studio: Studio) -> None:
    path = board(studio, *PROMPTS[:2], checks={"seam": "warn"})
    assert plan(load(path)).seconds_margin > 0
    facts = studio.film(path).film
    after = plan(load(path), studio.root)
    assert (after.seconds, after.seconds_margin) == (pytest.approx(facts.seconds, abs=1 / 24), 0.0)


@pytest.mark.parametrize(
    ("model", "extra", "width", "rate"),
    [
        ("kling-v1-6", {}, 1280, 24),
        pytest.param("kling-v1-6", {"resolution": "1080p"}, 1920, 24, marks=pytest.mark.proof),
        pytest.param("kling-v1", {"options": {"mode": "pro"}}, 1280, 30, marks=pytest.mark.proof),
        pytest.param(
            "kling-v1-5",
            {"initial": {**OPENING, "images": {"first_frame": "park.png"}}},
            1280,
            30,
            marks=pytest.mark.proof,
        ),
    ],
)
def test_size_and_rate_are_those_of_model_and_mode(
    studio: Studio, model: str, extra: dict[str, object], width: int, rate: int
) -> None:
    picture = next((ROOT / "storyboards" / "pictures").glob("*.png"))
    (studio.folder / "park.png").write_bytes(picture.read_bytes())
    outcome = studio.film(board(studio, *PROMPTS[:2], model=model, **extra))
    facts = json.loads((studio.root / "hops/01/take-01/probe.json").read_text())["files"]["video.mp4"]
    assert (facts["width"], facts["frame_rate"]) == (width, f"{rate}")
    seen = frames(outcome.film.path, width)
    assert seen == list(range(len(seen)))
    steps = plan(load(studio.folder / "board.yaml")).steps
    assert [charge["credits"] for charge in studio.charges()] == [float(step.credits) for step in steps]


# Money.


@pytest.mark.parametrize("dialect", ["official", "official-2"])
@pytest.mark.parametrize("route", doses(["generate", "extend"], "extend"))
def test_a_lost_answer_is_settled_by_the_submits_name_and_nobody_is_asked(
    studio: Studio, dialect: str, route: str
) -> None:
    studio.fault(f"lost-reply@{route}")
    studio.film(board(studio, *PROMPTS[:2], dialect=dialect))
    assert len(studio.charges()) == 2
    assert "hop/settled" in studio.kinds()


@pytest.mark.parametrize("dialect", doses(["official", "official-2"], "official"))
@pytest.mark.parametrize("fault", ["lost-request@generate", "status=5002@generate", "http-502-html@generate"])
def test_what_proves_never_to_have_arrived_is_sent_again(studio: Studio, dialect: str, fault: str) -> None:
    studio.fault(fault)
    studio.film(board(studio, PROMPTS[0], dialect=dialect), hurried=True)
    assert len(studio.charges()) == 1


@pytest.mark.parametrize("code", doses([5000, 5001, 5002], 5000))
def test_an_overloaded_server_may_have_made_it_all_the_same(studio: Studio, code: int) -> None:
    studio.fault(f"status={code}@generate:commit=yes")
    studio.film(board(studio, PROMPTS[0]))
    assert len(studio.charges()) == 1


def test_a_picture_is_looked_for_where_pictures_are_made(studio: Studio) -> None:
    picture = next((ROOT / "storyboards" / "pictures").glob("*.png"))
    (studio.folder / "park.png").write_bytes(picture.read_bytes())
    studio.fault("lost-reply@generate")
    opening = {**OPENING, "images": {"first_frame": "park.png"}}
    studio.film(board(studio, PROMPTS[0], model="kling-v1-6", initial=opening, extensions=[]))
    assert len(studio.charges()) == 1


@pytest.mark.parametrize("dialect", doses(GATEWAYS, "envelope"))
@pytest.mark.parametrize("fault", doses(["lost-reply", "status=5002:commit=yes", "cut-json"], "lost-reply"))
@pytest.mark.parametrize(("hop", "route"), doses([(0, "generate"), (1, "extend")], (1, "extend")))
def test_a_gateway_leaves_a_lost_answer_to_a_person(
    studio: Studio, dialect: str, fault: str, hop: int, route: str
) -> None:
    name, _, rest = fault.partition(":")
    error = stopped(studio, f"{name}@{route}{':' * bool(rest)}{rest}", dialect=dialect, prompts=hop + 1)
    assert isinstance(error, UnknownOutcome)
    charge = studio.charges()[-1]
    done = studio.command("reconcile", studio.root, "--hop", str(hop), "--task", charge["task"])
    assert done.returncode == 0, done.stderr
    studio.film(studio.root / "storyboard.yaml")
    assert len(studio.charges()) == hop + 1


@pytest.mark.parametrize("dialect", doses(["official", "envelope"], "official"))
def test_a_process_that_is_killed_while_the_answer_is_out_does_not_pay_twice(studio: Studio, dialect: str) -> None:
    held = studio.hang("generate")
    words = ("run", board(studio, PROMPTS[0], dialect=dialect), "--run-dir", studio.root, "--yes")
    process = studio.begun(*words)
    held()
    assert len(studio.charges()) == 1
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    done = studio.command("resume", studio.root, "--yes")
    assert done.returncode == (0 if dialect == "official" else 8)
    assert len(studio.charges()) == 1


def again_with(studio: Studio, **environ: str) -> str:
    """What `resume` says, in a process of its own, with other keys."""
    done = studio.command("resume", studio.root, "--yes", **environ)
    assert done.returncode == 8, done.stderr
    return done.stderr


def test_another_key_proves_nothing_about_what_this_one_sent(studio: Studio) -> None:
    held = studio.hang("generate")
    process = studio.begun("run", board(studio, PROMPTS[0]), "--run-dir", studio.root, "--yes")
    held()
    assert len(studio.charges()) == 1
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert "use that key" in again_with(studio, KLING_API_KEY="another-key")
    assert len(studio.charges()) == 1
    assert studio.command("resume", studio.root, "--yes").returncode == 0
    assert len(studio.charges()) == 1


def test_what_is_sent_again_keeps_its_name_so_that_a_wrong_proof_costs_nothing(studio: Studio) -> None:
    error = stopped(studio, "lost-reply@generate", "lagging=600")
    assert isinstance(error, UnknownOutcome)
    assert "says that it has a submit of this name" in error.message
    marks = [event["mark"] for event in journal(studio) if event["event"] == "intent"]
    assert (len(marks), len(set(marks))) == (2, 1)
    studio.ask("/sandbox/clock", {"advance": 700})
    studio.film(studio.folder / "board.yaml")
    assert len(studio.charges()) == 1


def journal(studio: Studio) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (studio.root / "journal.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("dialect", doses(["official", "official-2"], "official"))
def test_a_look_up_that_fails_is_tried_again_before_anybody_is_asked(studio: Studio, dialect: str) -> None:
    studio.fault("lost-reply@generate", "code-500@look:times=3")
    studio.film(board(studio, PROMPTS[0], dialect=dialect), hurried=True)
    assert studio.kinds().count("hop/settling") == 3
    assert len(studio.charges()) == 1


@pytest.mark.parametrize("dialect", doses(["official", "official-2"], "official"))
@pytest.mark.parametrize("order", doses(["list-oldest-first", "slots=99"], "list-oldest-first"))
def test_the_list_shows_what_the_look_up_does_not(studio: Studio, dialect: str, order: str) -> None:
    """A look-up that knows no such task is not believed where the list shows it."""
    studio.fault("lost-reply@generate", "vanished-task@look", order)
    studio.film(board(studio, PROMPTS[0], dialect=dialect), hurried=True)
    assert "the list of tasks" in next(report.message for report in studio.reports if report.kind == "hop/settled")
    assert len(studio.charges()) == 1


def test_a_picture_whose_answer_is_lost_is_found_though_unknown_names_are_called_wrong(studio: Studio) -> None:
    picture = next((ROOT / "storyboards" / "pictures").glob("*.png"))
    (studio.folder / "park.png").write_bytes(picture.read_bytes())
    studio.fault("lost-reply@generate", "unknown-as-1201")
    opening = {**OPENING, "images": {"first_frame": "park.png"}}
    studio.film(board(studio, PROMPTS[0], initial=opening, extensions=[]), hurried=True)
    assert len(studio.charges()) == 1


def test_a_route_that_is_gone_proves_nothing(studio: Studio) -> None:
    error = stopped(studio, "lost-reply@generate", "vanished-task@look:times=9", "status=1202@list:times=9")
    assert isinstance(error, UnknownOutcome)
    assert "proves nothing here" in error.message
    assert len(studio.charges()) == 1


def test_a_task_of_another_submit_is_adopted_only_with_a_yes(studio: Studio) -> None:
    studio.film(board(studio, PROMPTS[0]))
    other = Studio(url=studio.url, folder=studio.folder / "other")
    other.folder.mkdir()
    other.film(board(other, *PROMPTS[:2]))
    stranger = other.history.takes[-1].task
    (other.root / "journal.jsonl").rename(other.root / "elsewhere")
    error = stopped(studio, "lost-request@extend", "status=1202@list:times=99", prompts=2)
    assert isinstance(error, UnknownOutcome)
    refused = studio.command("reconcile", studio.root, "--task", stranger)
    assert refused.returncode == 2
    assert "another submit" in refused.stderr
    assert studio.command("reconcile", studio.root, "--task", stranger, "--yes").returncode == 0


def test_a_task_that_was_found_later_dies_as_early_as_it_was_made(studio: Studio) -> None:
    studio.fault("lost-reply@generate")
    studio.film(board(studio, PROMPTS[0]))
    (take,) = studio.history.takes
    made = studio.ask("/sandbox/tasks")["tasks"][-1]["created"]
    (accepted,) = [event for event in read(studio.root / "journal.jsonl").events if event.kind == "accepted"]
    # The emulator's clock may have been moved on before; what is from the future here counts from the intent.
    began = made if made <= accepted.at else take.intended_at
    assert take.accepted_at == pytest.approx(began, abs=0.01)


def test_a_name_that_is_taken_already_is_looked_up_not_refused(studio: Studio) -> None:
    studio.fault("status=1201@generate:commit=yes,message=external_task_id is duplicated")
    studio.film(board(studio, PROMPTS[0]))
    assert len(studio.charges()) == 1


# Every code of the official table, as an answer to a submit.


@pytest.mark.parametrize(
    ("code", "means"),
    [
        (1000, "credentials"),
        (1001, "credentials"),
        (1002, "credentials"),
        (1003, "credentials"),
        (1004, "credentials"),
        (1100, "credentials"),
        (1101, "balance"),
        (1102, "balance"),
        (1103, "credentials"),
        (1200, "input"),
        (1201, "input"),
        (1202, "gone"),
        (1203, "gone"),
        (1300, "content-policy"),
        (1301, "content-policy"),
        (1304, "credentials"),
    ],
)
@pytest.mark.parametrize("dialect", doses(["official", "envelope"], "official"))
def test_a_refusal_stops_the_run_and_costs_nothing(studio: Studio, dialect: str, code: int, means: str) -> None:
    error = stopped(studio, f"status={code}@generate:message=as documented,times=always", dialect=dialect)
    assert error.code == f"provider/{means}"
    assert "as documented" in error.message
    assert studio.charges() == []


@pytest.mark.parametrize(
    ("dialect", "code", "words", "means"),
    [
        ("official", 1201, "duration value '99' is invalid", "input"),
        ("official", 1301, "sensitive", "content-policy"),
        ("official", 1102, "Account balance not enough", "balance"),
        ("envelope", 1301, "sensitive", "content-policy"),
        ("task-object", 1201, "duration value '99' is invalid", "input"),
        ("task-object", 1102, "Account balance not enough", "balance"),
    ],
)
def test_a_refusal_with_http_200_is_one_all_the_same(
    studio: Studio, dialect: str, code: int, words: str, means: str
) -> None:
    error = stopped(studio, "errors-as-200", f"status={code}@generate:message={words}", dialect=dialect)
    assert error.code == f"provider/{means}"
    assert studio.charges() == []


@pytest.mark.parametrize("dialect", ["official", "task-object"])
@pytest.mark.parametrize(
    ("code", "words"), doses([(5002, "Service internal timeout"), (5000, "Internal error")], (5000, "Internal error"))
)
def test_an_overload_with_http_200_leaves_it_unknown(studio: Studio, dialect: str, code: int, words: str) -> None:
    studio.fault("errors-as-200", f"status={code}@generate:commit=yes,message={words}")
    path = board(studio, PROMPTS[0], dialect=dialect)
    if dialect == "official":
        studio.film(path)
    else:
        with pytest.raises(UnknownOutcome):
            studio.film(path)
    assert len(studio.charges()) == 1


@pytest.mark.parametrize("code", [1302, 1303])
@pytest.mark.parametrize("dialect", doses(PATHS, "official"))
def test_a_limit_is_waited_for(studio: Studio, dialect: str, code: int) -> None:
    studio.fault(f"status={code}@generate:times=2")
    studio.film(board(studio, PROMPTS[0], dialect=dialect), hurried=True)
    assert studio.kinds().count("hop/waiting") == 2
    assert len(studio.charges()) == 1


@pytest.mark.parametrize(
    ("fault", "means"),
    [
        ("bad-key", "credentials"),
        ("status=1301", "content-policy"),
        ("status=1201:message=duration value '99' is invalid", "input"),
        ("insufficient-credits", "balance"),
        ("retired-model", "gone"),
    ],
)
def test_a_gateway_that_hides_klings_answer_inside_its_own_is_understood(
    studio: Studio, fault: str, means: str
) -> None:
    error = stopped(studio, fault, dialect="task-object")
    assert error.code == f"provider/{means}"
    assert studio.charges() == []


def test_a_gateway_without_extensions_says_so_before_they_cost_anything(studio: Studio) -> None:
    error = stopped(studio, prompts=2, dialect="task-object", path="kling-no-extend/kling")
    assert isinstance(error, ProviderError)
    assert "there is no /v1/videos/video-extend at http" in error.message
    assert "nothing was charged for this hop" in error.hint
    assert len(studio.charges()) == 1


def test_an_empty_account_is_not_waited_for_though_it_comes_as_429(studio: Studio) -> None:
    error = stopped(studio, "insufficient-credits")
    assert error.code == "provider/balance"
    assert "hop/waiting" not in studio.kinds()


# Tasks.


@pytest.mark.parametrize("dialect", PATHS)
def test_a_task_that_fails_says_why(studio: Studio, dialect: str) -> None:
    error = stopped(studio, "moderation-after-accept@generate", dialect=dialect)
    assert error.code == "provider/content-policy"
    assert "risk control" in error.message


@pytest.mark.parametrize("dialect", doses(PATHS, "official"))
@pytest.mark.parametrize("fault", ["status-word=preheating", "success-without-url", "code-500@look", "not-json@look"])
def test_odd_answers_are_waited_out(studio: Studio, dialect: str, fault: str) -> None:
    studio.fault(fault)
    studio.film(board(studio, PROMPTS[0], dialect=dialect), hurried=True)
    assert len(studio.charges()) == 1


@pytest.mark.proof
def test_a_gateway_that_never_tells_the_id_gives_its_film_and_no_extension(studio: Studio) -> None:
    error = stopped(studio, "stale-inside@generate", prompts=2, dialect="task-object")
    assert "the video of hop 0 cannot be named" in error.message
    assert error.next_command.endswith("--hop 0")
    assert (studio.root / "hops/00/take-01/video.mp4").exists()
    assert len(studio.charges()) == 1
    assert [event["hop"] for event in journal(studio) if event["event"] == "intent"] == [0]


def test_a_video_of_another_account_is_refused_before_anything_is_paid(studio: Studio) -> None:
    studio.film(board(studio, PROMPTS[0]))
    environ = {**studio.environ, "KLING_API_KEY": "another-key"}
    board(studio, *PROMPTS[:2])
    done = studio.command("run", studio.folder / "board.yaml", "--run-dir", studio.root, "--yes", **environ)
    assert done.returncode == 6
    assert "video_id is invalid" in done.stderr
    assert f"hop 0 was made by the account {studio.history.account}, and this is another key" in done.stderr
    assert len(studio.charges()) == 1


def test_a_key_that_was_refused_owns_nothing(studio: Studio) -> None:
    path = board(studio, PROMPTS[0])
    words = ("run", path, "--run-dir", studio.root, "--yes")
    assert studio.command(*words, KLING_API_KEY="bad-key").returncode == 6
    done = studio.command(*words)
    assert done.returncode == 0
    assert "another key" not in done.stdout + done.stderr
    assert studio.history.owner != studio.history.account


def test_a_video_that_was_purged_is_bought_again(studio: Studio) -> None:
    studio.film(board(studio, PROMPTS[0]))
    later = studio.history.takes[0].accepted_at + 31 * 86400
    first = plan(load(board(studio, *PROMPTS[:2])), studio.root, now=later).steps[0]
    assert (first.action, first.reason) == ("buy", "it can no longer be extended")


def test_a_package_that_ends_is_a_deadline(studio: Studio) -> None:
    studio.film(board(studio, PROMPTS[0]))
    board(studio, PROMPTS[0], options={"package_ends": "2099-01-01"})
    late = json.loads(studio.command("plan", studio.folder / "board.yaml", "--run-dir", studio.root, "--json").stdout)
    board(studio, PROMPTS[0], options={"package_ends": "2020-02-29"})
    soon = json.loads(studio.command("plan", studio.folder / "board.yaml", "--run-dir", studio.root, "--json").stdout)
    assert soon["steps"][0]["deadlines"]["extendable"] == "2020-03-01T00:00:00+00:00"
    assert late["steps"][0]["deadlines"]["extendable"] > soon["steps"][0]["deadlines"]["extendable"]
    assert late["steps"][0]["action"] == soon["steps"][0]["action"] == "keep"


def test_status_tells_until_when_the_package_lets_a_hop_be_extended(studio: Studio) -> None:
    studio.film(board(studio, PROMPTS[0], options={"package_ends": "2026-12-01"}))
    said = studio.command("status", studio.root)
    assert "extendable until 2026-12-02T00:00:00+00:00" in said.stdout


def test_nothing_is_bought_to_be_extended_once_the_package_is_over(studio: Studio) -> None:
    ended = {"package_ends": "2020-02-29"}
    error = stopped(studio, prompts=2, options=ended)
    assert error.code == "money/package-over"
    assert studio.charges() == []
    studio.film(board(studio, *PROMPTS[:2]))
    studio.film(board(studio, *PROMPTS[:2], options=ended))
    assert len(studio.charges()) == 2, "what is finished stays finished"


def test_a_plan_tells_when_the_package_ends(studio: Studio) -> None:
    told = studio.command("plan", board(studio, *PROMPTS[:2], options={"package_ends": "2099-01-01"}))
    assert "the account's package ends on 2099-01-01" in told.stdout


def test_a_plan_refuses_a_run_of_another_dialect(studio: Studio) -> None:
    studio.film(board(studio, PROMPTS[0], dialect="task-object"))
    board(studio, PROMPTS[0])
    done = studio.command("plan", studio.folder / "board.yaml", "--run-dir", studio.root)
    assert done.returncode == 5
    assert "was begun with kling/task-object, not with kling/official" in done.stderr


def test_an_extension_after_the_packages_end_is_refused_and_free(studio: Studio) -> None:
    error = stopped(studio, "package-seconds=0", prompts=2, dialect="envelope")
    assert error.code == "provider/balance"
    assert len(studio.charges()) == 1


# Settings.


def test_an_access_key_and_its_secret_sign_for_a_whole_run(studio: Studio) -> None:
    pair = {"KLING_ACCESS_KEY": "ak-1", "KLING_SECRET_KEY": "sandbox-secret-that-signs-for-every-access-key"}
    board(studio, *PROMPTS[:2])
    done = studio.command("run", studio.folder / "board.yaml", "--run-dir", studio.root, "--yes", **pair)
    assert done.returncode == 0, done.stderr
    left = "".join(path.read_text(errors="replace") for path in studio.root.rglob("*.json*"))
    assert not any(secret in left + done.stdout + done.stderr for secret in pair.values())
    assert "eyJ" not in left


def test_a_server_whose_clock_is_days_ahead_is_believed(studio: Studio) -> None:
    studio.ask("/sandbox/clock", {"advance": 2 * 86400})
    pair = {"KLING_ACCESS_KEY": "ak-1", "KLING_SECRET_KEY": "sandbox-secret-that-signs-for-every-access-key"}
    studio.film(board(studio, PROMPTS[0]), environ=pair)
    assert len(studio.charges()) == 1


def test_a_clock_that_is_wrong_is_set_by_klings(studio: Studio) -> None:
    pair = {"KLING_ACCESS_KEY": "ak-1", "KLING_SECRET_KEY": "sandbox-secret-that-signs-for-every-access-key"}
    for skew in (-7200, 7200):
        studio.film(board(studio, PROMPTS[0]), skew=skew, environ=pair, run_dir=studio.folder / f"skew{skew}")
    assert len(studio.charges()) == 2


def test_a_wrong_secret_is_tried_once_more_and_then_refused(studio: Studio) -> None:
    pair = {"KLING_ACCESS_KEY": "ak-1", "KLING_SECRET_KEY": "another-secret-that-nobody-has-heard-of"}
    with pytest.raises(ProviderError) as caught:
        studio.film(board(studio, PROMPTS[0]), environ=pair, hurried=True)
    assert caught.value.code == "provider/credentials"
    assert studio.kinds().count("hop/waiting") == 1


def test_half_a_pair_is_told(studio: Studio) -> None:
    for there, missing in (("KLING_ACCESS_KEY", "KLING_SECRET_KEY"), ("KLING_SECRET_KEY", "KLING_ACCESS_KEY")):
        with pytest.raises(ConfigurationError) as caught:
            studio.film(board(studio, PROMPTS[0]), environ={there: "x" * 20})
        assert f"{there} is set, but {missing} is not" in caught.value.message


def test_a_gateway_has_to_be_given_its_address(studio: Studio) -> None:
    path = studio.board(provider={"name": "kling", "dialect": "envelope"}, initial=OPENING)
    with pytest.raises(ConfigurationError) as caught:
        studio.film(path)
    assert caught.value.code == "settings/no-base-url"


@pytest.mark.parametrize("dialect", GATEWAYS)
def test_klings_own_key_is_never_given_to_a_gateway(studio: Studio, dialect: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        studio.film(board(studio, PROMPTS[0], dialect=dialect), environ={"KLING_GATEWAY_KEY": ""})
    assert "KLING_GATEWAY_KEY is not set" in caught.value.message


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ('[kling]\ndialcet = "envelope"\n', "[kling] has no `dialcet`"),
        ('[kling]\ndialect = "envelop"\n', "kling has no dialect 'envelop'"),
        ('[klingon]\nbase_url = "http://x"\n', "there is no provider [klingon]"),
    ],
)
def test_a_settings_file_that_nobody_would_read_is_refused(studio: Studio, written: str, words: str) -> None:
    path = studio.board(provider="kling", initial=OPENING, extensions=[])
    (studio.folder / "longtake.toml").write_text(written)
    done = studio.command("validate", path)
    assert done.returncode == 5
    assert words in done.stderr
    assert "did you mean" in done.stderr


def test_a_dialect_may_stand_in_the_settings_file(studio: Studio) -> None:
    path = studio.board(provider="kling", initial=OPENING, extensions=[])
    base = f"{studio.url}/{PATHS['task-object']}"
    (studio.folder / "longtake.toml").write_text(f'[kling]\ndialect = "task-object"\nbase_url = "{base}"\n')
    done = studio.command("run", path, "--run-dir", studio.root, "--yes")
    assert done.returncode == 0, done.stderr
    assert studio.history.provider == "kling/task-object"
    (studio.folder / "longtake.toml").write_text(f'[kling]\ndialect = "official"\nbase_url = "{base}"\n')
    other = studio.command("resume", studio.root)
    assert other.returncode == 5
    assert "not with kling/official" in other.stderr


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"dialect": "klingon"}, "catalog/unknown-dialect"),
        ({"model": "kling-v2-master", "options": {"mode": "pro"}}, "catalog/mode"),
        ({"model": "kling-v2-master"}, "catalog/not-extendable"),
        ({"model": "kling-v1-5"}, "catalog/frames"),
        ({"options": {"package_ends": "2026-02-30"}}, "catalog/package-ends"),
        ({"options": {"cfg_scale": 1.5}}, "schema/out-of-range"),
        ({"options": {"mode": "pro"}, "model": "kling-v1-6"}, "catalog/resolution"),
        ({"initial": {"prompt": "x" * 2501}}, "catalog/prompt-length"),
        ({"extensions": [{"prompt": PROMPTS[1]}] * 39}, "catalog/too-many-hops"),
        ({"initial": {**OPENING, "duration": 10}, "extensions": [{"prompt": PROMPTS[1]}] * 38}, "catalog/too-long"),
        ({"initial": {**OPENING, "images": {"first_frame": "park.webp"}}}, "catalog/picture-type"),
        (
            {"initial": {"prompt": "p", "duration": 10, "images": {"first_frame": "a.png", "last_frame": "a.png"}}},
            "catalog/duration",
        ),
    ],
)
def test_what_kling_does_not_allow_is_said_beforehand(studio: Studio, changes: dict[str, Any], rule: str) -> None:
    dialect = changes.pop("dialect", "official")
    provider = {"name": "kling", "dialect": dialect}
    (studio.folder / "park.webp").write_bytes(b"RIFF\0\0\0\0WEBPVP8 ")
    (studio.folder / "a.png").write_bytes(next((ROOT / "storyboards" / "pictures").glob("*.png")).read_bytes())
    path = board(studio, **{"provider": provider, **changes})
    with pytest.raises(StoryboardInvalid) as caught:
        studio.film(path)
    assert rule in [problem.rule for problem in caught.value.problems if problem.severity == "error"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"checks": {"audio": "required"}}, "kling-v1 std makes no sound"),
        ({"checks": {"frame_rate": 24}}, "kling-v1 std makes 30 frames a second here"),
        ({"extensions": [{"prompt": PROMPTS[1]}] * 38}, "the film may become 195 s long"),
        (
            {"model": "kling-v2-master", "options": {"cfg_scale": 0.5}, "extensions": []},
            "ignores `cfg_scale`",
        ),
    ],
)
def test_what_is_not_likely_to_come_is_said_beforehand(studio: Studio, changes: dict[str, Any], words: str) -> None:
    said = studio.command("validate", board(studio, PROMPTS[0], **changes))
    assert said.returncode == 0, said.stderr
    assert words in said.stdout + said.stderr


def test_an_option_that_the_dialect_has_no_place_for_is_named(studio: Studio) -> None:
    options = {"negative_prompt": "blur", "cfg_scale": 0.5}
    path = board(studio, dialect="official-2", options=options)
    said = studio.command("validate", path)
    assert said.returncode == 0
    assert said.stdout.count("catalog/option-lost") + said.stderr.count("catalog/option-lost") == 2


@pytest.mark.proof
@pytest.mark.parametrize("sample", ["kling-kite", "kling-next-shot", "kling-gateway", "kling-task-object"])
def test_the_samples_are_rehearsed_to_a_film(studio: Studio, sample: str) -> None:
    done = studio.command("run", ROOT / "storyboards" / f"{sample}.yaml", "--sandbox")
    assert done.returncode == 0, done.stderr
    assert (studio.folder / "runs" / f"{sample}.sandbox" / "film.mp4").exists()
