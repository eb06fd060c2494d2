"""What proves at Kling that a submit was taken, what proves that it was not, and what proves nothing at all."""

import asyncio
import json
from collections.abc import Callable, Mapping
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from runner.errors import ProviderError
from runner.net.messages import Call, Reply
from runner.providers.base import (
    Accepted,
    Busy,
    Failure,
    LookupResult,
    Refused,
    Request,
    Submission,
    SubmitLookup,
    Unknown,
)
from runner.providers.kling.api import Kling
from runner.providers.kling.dialects import DIALECTS
from runner.providers.kling.signing import StaticKey
from tests.fakes.clock import FakeClock

MARK, NOW = "lt-1", FakeClock().now()
MINE = {"task_id": "871", "task_status": "submitted", "task_info": {"external_task_id": MARK}}
OTHER = {**MINE, "task_id": "77", "task_info": {"external_task_id": "somebody-elses"}}
NAMELESS = {**MINE, "task_id": "78", "task_info": {}}
SECOND = {"id": "871", "external_id": MARK, "status": "submitted"}
NOT_FOUND = (404, {"code": 1203, "message": "not found"})
NO_ROUTE = (404, {"code": 1202, "message": "no such method"})
Script = Callable[[str, Mapping[str, list[str]], Any], object]


def yes(data: object) -> dict[str, object]:
    return {"code": 0, "message": "SUCCEED", "data": data}


class Told:
    """A server that answers by a script: a body, or a pair of status and body."""

    def __init__(self, script: Script, ahead: float = 0.0) -> None:
        self.script, self.asked = script, list[str]()
        self.date = formatdate(NOW + ahead, usegmt=True)

    async def exchange(self, call: Call) -> Reply:
        parts = urlsplit(call.url)
        self.asked.append(f"{call.method} {parts.path}")
        said = self.script(parts.path, parse_qs(parts.query), call.json)
        status, body = said if isinstance(said, tuple) else (200, said)
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        return Reply(status=status, headers={"date": self.date}, body=content)


def kling(web: Told, dialect: str) -> Kling:
    told: Any = web
    return Kling(
        web=told, clock=FakeClock(), base_url="https://kling.example", dialect=DIALECTS[dialect], signer=StaticKey("k")
    )


def found(script: Script, dialect: str = "official", ahead: float = 0.0, **lookup: Any) -> LookupResult:
    asked = SubmitLookup(**{"kind": "extend", "prompt": "p", "since": NOW, "mark": MARK, **lookup})
    return asyncio.run(kling(Told(script, ahead), dialect).find(asked))


def first(by_name: object, listed: object = None) -> Script:
    """The first API: what it answers to the name, and as its list."""

    def script(_path: str, query: Mapping[str, list[str]], _body: Any) -> object:
        page = int(query.get("pageNum", ["0"])[0])
        if not page:
            return by_name
        pages = listed if isinstance(listed, list) and listed and isinstance(listed[0], list) else [listed]
        return yes(pages[page - 1] if page <= len(pages) else []) if isinstance(listed, list) else listed

    return script


def test_a_task_of_our_name_is_the_one_for_certain() -> None:
    search = found(first(yes(MINE)))
    assert (search.certain, [each.task for each in search.candidates]) == (True, ["871"])


def test_none_of_that_name_is_proof_only_where_the_list_does_not_show_it_either() -> None:
    assert found(first(NOT_FOUND, [OTHER])).complete
    late = found(first(NOT_FOUND, [OTHER, MINE]))
    assert (late.certain, late.candidates[0].task) == (True, "871")


@pytest.mark.parametrize(
    "listed",
    [
        NOT_FOUND,
        NO_ROUTE,
        {"message": "maintenance"},
        yes({}),
        yes({"list": [MINE]}),
        [OTHER, {"of": "another form"}],
        (400, {"code": 1201, "message": "pageSize is wrong"}),
    ],
)
def test_a_list_that_cannot_be_read_to_its_end_proves_nothing(listed: object) -> None:
    if listed == {"message": "maintenance"}:
        with pytest.raises(ProviderError):
            found(first(NOT_FOUND, listed))
        return
    assert not found(first(NOT_FOUND, listed)).complete


@pytest.mark.parametrize("by_name", [NO_ROUTE, (400, {"code": 1201, "message": "invalid id"})])
def test_an_answer_that_is_not_about_the_name_proves_nothing(by_name: object) -> None:
    assert not found(first(by_name, [])).complete
    assert found(first(by_name, [MINE])).certain, "the list shows it all the same"


def test_a_task_of_another_name_is_never_ours() -> None:
    search = found(first(yes(OTHER), []))
    assert (search.candidates, search.certain, search.complete) == ((), False, False)


def test_a_task_that_does_not_tell_its_name_may_be_ours_and_a_person_decides() -> None:
    search = found(first(yes(NAMELESS), []))
    assert ([each.task for each in search.candidates], search.certain, search.complete) == (["78"], False, False)


def test_a_list_is_read_to_its_end_in_whatever_order_it_comes() -> None:
    old = [{**OTHER, "created_at": round((NOW - 9 * 86400 + number) * 1000)} for number in range(3)]
    oldest_first = [[*old], [MINE]]
    assert found(first(NOT_FOUND, oldest_first)).certain
    undated = [[{**OTHER, "created_at": None}], [MINE]]
    assert found(first(NOT_FOUND, undated)).certain
    as_text = [[{**OTHER, "created_at": str(round(NOW * 1000))}], [MINE]]
    assert found(first(NOT_FOUND, as_text)).certain


def test_a_list_without_an_end_proves_nothing() -> None:
    assert not found(first(NOT_FOUND, [[OTHER]] * 30)).complete


def test_a_newest_first_list_need_not_be_read_past_what_is_long_before() -> None:
    web = Told(first(NOT_FOUND, [[{**OTHER, "created_at": round((NOW - 9 * 86400) * 1000)}]]))
    lookup = SubmitLookup(kind="extend", prompt="p", since=NOW, mark=MARK)
    assert asyncio.run(kling(web, "official").find(lookup)).complete
    assert web.asked == ["GET /v1/videos/video-extend/lt-1", "GET /v1/videos/video-extend"]


def test_a_wrong_clock_here_does_not_hide_what_was_made_there() -> None:
    listed = [[{**OTHER, "created_at": round((NOW + 3 * 86400 - 9) * 1000)}], [MINE]]
    assert found(first(NOT_FOUND, listed), ahead=3 * 86400).certain


def test_a_picture_is_looked_for_where_it_was_sent_alone() -> None:
    web = Told(first(NOT_FOUND, []))
    lookup = SubmitLookup(kind="generate", prompt="p", since=NOW, mark=MARK, path="/v1/videos/image2video")
    assert asyncio.run(kling(web, "official").find(lookup)).complete
    assert {path.split("/")[3] for path in web.asked} == {"image2video"}


def test_trouble_is_told_and_not_taken_for_an_answer() -> None:
    for answer in ((500, {"code": 5000, "message": "x"}), (502, "<html>"), (401, {"code": 1002, "message": "x"})):
        with pytest.raises(ProviderError):
            found(first(answer))


# The second API.


def second(by_name: object, *pages: object) -> Script:
    def script(_path: str, query: Mapping[str, list[str]], body: Any) -> object:
        if query:
            return by_name
        return pages[int(body.get("cursor") or 0)]

    return script


def page(*tasks: object, after: int | None = None) -> dict[str, object]:
    more = {"has_more": after is not None, "next_cursor": str(after) if after else "", "count": len(tasks)}
    return yes({**({"result": list(tasks)} if tasks else {}), **more})


def test_the_second_api_has_two_witnesses_too() -> None:
    assert found(second(yes([SECOND])), "official-2").certain
    assert found(second(yes([]), page()), "official-2").complete
    later = found(second(yes([]), page({**SECOND, "external_id": "x"}, after=1), page(SECOND)), "official-2")
    assert (later.certain, later.candidates[0].task) == (True, "871")


@pytest.mark.parametrize(
    ("by_name", "listed"),
    [
        (yes({}), page()),
        (yes({"result": [SECOND]}), page()),
        (NO_ROUTE, page()),
        (yes([{**SECOND, "external_id": "x"}]), page()),
        (yes([]), yes({})),
        (yes([]), NO_ROUTE),
        (yes([]), yes([])),
        (yes([]), yes({"has_more": "no"})),
        (yes([]), page({"of": "another form"})),
    ],
)
def test_what_the_second_api_answers_otherwise_proves_nothing(by_name: object, listed: object) -> None:
    search = found(second(by_name, listed), "official-2")
    assert (search.candidates, search.complete) == ((), False)


def test_a_gateway_keeps_no_names() -> None:
    assert found(first(yes(MINE)), "envelope") == LookupResult()


# Tasks that a person names.


def test_a_task_that_a_person_names_is_told_with_its_name_and_the_video_that_it_extends() -> None:
    told = {**OTHER, "task_info": {"external_task_id": "x", "parent_video": {"id": "900"}}}
    lookup = {"task": "77", "parent": "1", "handle": {"video": "872"}}
    (candidate,) = found(first(yes(told)), **lookup).candidates
    assert (candidate.mark, candidate.parent) == ("x", "of video 900")
    (ours,) = found(first(yes(told)), **{**lookup, "handle": {"video": "900"}}).candidates
    assert ours.parent == "1"


# Submits.

EXTEND = Request(
    method="POST", path="/v1/videos/video-extend", body={"video_id": "1", "prompt": "p", "external_task_id": MARK}
)


def submitted(script: Script, dialect: str = "official") -> Submission:
    return asyncio.run(kling(Told(script), dialect).submit(EXTEND))


def refusing(code: object, words: str, by_name: object = NOT_FOUND, status: int = 400) -> Script:
    refusal = (status, {"code": code, "message": words})
    return lambda _path, _query, body: refusal if body else by_name


@pytest.mark.parametrize("words", ["external_task_id is duplicated", "Invalid value", "task exists"])
def test_a_wrong_value_is_a_task_where_one_of_our_name_is_there(words: str) -> None:
    assert submitted(refusing(1201, words, yes(MINE))) == Accepted(task="871", handle={"route": "video-extend"})


def test_a_wrong_value_is_a_refusal_where_there_is_no_task() -> None:
    for by_name in (NOT_FOUND, (400, {"code": 1201, "message": "invalid id"})):
        assert isinstance(submitted(refusing(1201, "prompt is too long", by_name)), Refused)


@pytest.mark.parametrize(
    "script",
    [
        refusing(1201, "external_task_id is duplicated"),
        refusing(1200, "the task is there already"),
        refusing(1201, "prompt is too long", (500, {"code": 5000, "message": "x"})),
        refusing(1201, "prompt is too long", yes(NAMELESS)),
        refusing(1201, "moved", status=302),
        refusing(1303, "parallel task", status=500),
        lambda _path, _query, _body: {"id": "err-abc", "message": "temporarily unavailable"},
        lambda _path, _query, _body: {"code": None, "data": MINE},
    ],
)
def test_what_may_have_been_taken_all_the_same_is_unknown(script: Script) -> None:
    assert isinstance(submitted(script), Unknown)


def test_an_api_that_says_that_it_knows_the_name_is_not_overruled_by_its_own_lists() -> None:
    assert submitted(refusing(1201, "external_task_id is duplicated")) == Unknown(
        words="code 1201: external_task_id is duplicated", named=True
    )


@pytest.mark.parametrize(
    ("status", "body", "means"),
    [
        (400, {"code": "task_failed", "message": "Service internal timeout", "data": None}, Unknown),
        (400, {"code": "task_failed", "message": "parallel task over resource pack limit", "data": None}, Busy),
        (400, {"code": "task_failed", "message": "Account balance not enough", "data": None}, Failure.BALANCE),
        (400, {"code": "task_failed", "message": "duration value '99' is invalid", "data": None}, Failure.INPUT),
        (403, {"code": "insufficient_user_quota", "message": "quota", "data": None}, Failure.BALANCE),
        (401, {"error": "invalid token"}, Failure.CREDENTIALS),
        (402, {"error": {"message": "pay", "code": "payment_required"}}, Failure.BALANCE),
        (429, {"code": "rate_limited", "message": "slow down"}, Busy),
        (418, {"code": "teapot", "message": "?"}, Unknown),
        (200, {"id": "err-abc", "message": "temporarily unavailable"}, Unknown),
        (200, {"id": "871", "object": "video"}, Accepted),
        (200, {"task_id": "871"}, Accepted),
    ],
)
def test_a_gateways_words_are_understood(status: int, body: object, means: object) -> None:
    outcome = submitted(lambda _path, _query, _body: (status, body), "task-object")
    if isinstance(means, Failure):
        assert isinstance(outcome, Refused)
        assert outcome.failure is means
    else:
        assert type(outcome) is means
