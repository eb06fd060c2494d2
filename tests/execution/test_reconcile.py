"""Settling submits whose outcome is unknown: by a name, by a list, by a person's word."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from runner.errors import UnknownOutcome
from runner.providers.base import Candidate, LookupResult, SubmitLookup
from runner.providers.kie import Kie
from runner.state.history import Phase
from tests.execution.studio import PROMPTS, Studio

Finder = Callable[[SubmitLookup], LookupResult]


def finds(monkeypatch: pytest.MonkeyPatch, finder: Finder) -> None:
    """The emulated API as one that can be asked for lost submits."""

    async def find(_self: Kie, lookup: SubmitLookup) -> LookupResult:
        return finder(lookup)

    monkeypatch.setattr(Kie, "find", find)


def by_name(studio: Studio, *, complete: bool = True) -> Finder:
    """An API that keeps the names of submits: what was charged last answers to any name."""

    def finder(lookup: SubmitLookup) -> LookupResult:
        assert lookup.mark
        known = {take.task for take in studio.history.takes}
        lost = [charge["task"] for charge in studio.charges() if charge["task"] not in known]
        found = tuple(Candidate(task=task) for task in lost)
        return LookupResult(means="its name", candidates=found, certain=True, complete=complete)

    return finder


def test_a_lost_reply_is_found_by_its_name_and_nobody_is_asked(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    finds(monkeypatch, by_name(studio))
    studio.fault("lost-reply@extend#1")
    studio.film()
    assert len(studio.charges()) == 3
    assert "hop/settled" in studio.kinds()


def test_a_submit_that_never_arrived_is_proved_so_and_sent_again(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    finds(monkeypatch, by_name(studio))
    studio.fault("lost-request@extend#1")
    studio.film(hurried=True)
    assert len(studio.charges()) == 3
    assert studio.kinds().count("hop/settling") == 1, "not found once is no proof"


def test_absence_from_an_incomplete_list_proves_nothing(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    finds(monkeypatch, by_name(studio, complete=False))
    studio.fault("lost-request@extend#1")
    with pytest.raises(UnknownOutcome):
        studio.film()
    assert len(studio.charges()) == 1


def test_a_match_in_a_list_is_proposed_and_never_adopted_unasked(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def finder(lookup: SubmitLookup) -> LookupResult:
        return LookupResult(means="the list of tasks", candidates=(Candidate(task="f" * 32, prompt=lookup.prompt),))

    finds(monkeypatch, finder)
    studio.fault("lost-reply@extend#1")
    with pytest.raises(UnknownOutcome):
        studio.film()
    assert studio.history.takes[-1].phase is Phase.UNKNOWN


def lost(studio: Studio) -> str:
    studio.fault("lost-reply@extend#1")
    with pytest.raises(UnknownOutcome):
        studio.film()
    return str(studio.charges()[-1]["task"])


def test_the_balance_before_and_after_is_shown_as_evidence(studio: Studio) -> None:
    lost(studio)
    told = studio.command("reconcile", studio.root, "--json")
    assert told.returncode == 8
    facts = json.loads(told.stdout.splitlines()[-1])
    assert float(facts["balance_before"]) - float(facts["balance"]) == float(facts["credits"])
    assert facts["proposal"] == "ask"
    assert "the price of this hop is missing" in studio.command("reconcile", studio.root).stdout


def test_yes_alone_settles_nothing_where_there_is_no_proof(studio: Studio) -> None:
    lost(studio)
    assert studio.command("reconcile", studio.root, "--yes").returncode == 8
    assert studio.history.takes[-1].phase is Phase.UNKNOWN


@pytest.mark.proof
def test_a_task_of_another_prompt_is_adopted_only_with_a_yes(studio: Studio) -> None:
    task = lost(studio)
    other = Studio(url=studio.url, folder=studio.folder / "other")
    other.folder.mkdir()
    other.film(other.board("A red kite climbs over a beach and keeps climbing, the camera below it."))
    stranger = other.history.takes[0].task
    (other.root / "journal.jsonl").rename(other.root / "elsewhere")
    refused = studio.command("reconcile", studio.root, "--task", stranger)
    assert refused.returncode == 2
    assert "another prompt: 'A red kite" in refused.stderr
    assert studio.command("reconcile", studio.root, "--task", stranger, "--yes").returncode == 0
    assert studio.history.takes[-1].task == stranger
    assert task != stranger


def test_a_task_of_another_run_beside_this_one_is_not_adopted(studio: Studio) -> None:
    lost(studio)
    beside = Studio(url=studio.url, folder=studio.folder)
    beside_root = studio.folder / "beside"
    beside.command("run", studio.board(PROMPTS[0]), "--run-dir", beside_root, "--yes")
    task = json.loads((Path(beside_root) / "state.json").read_text())["takes"][0]["task"]
    refused = studio.command("reconcile", studio.root, "--task", task)
    assert refused.returncode == 2
    assert str(beside_root) in refused.stderr
