"""Every documented code of every provider has one row that says what it proves about a paid submit."""

import re

import pytest

from runner.providers.base import Busy, Failure, Refused, Unknown
from runner.providers.google.errors import CODES as GOOGLE
from runner.providers.http_api import CodeRow, CodeTable, judge_submit
from runner.providers.kie_codes import CODES as KIE
from runner.providers.kling.codes import CODES as KLING
from runner.providers.kling.codes import GATEWAY_CODES
from tests.execution.studio import ROOT

# As the providers document them (2026-02 to 2026-11), apart from success.
DOCUMENTED: dict[str, tuple[CodeTable, set[int | str]]] = {
    "kie": (KIE, {400, 401, 402, 404, 408, 422, 429, 433, 451, 455, 500, 501, 505}),
    "kling": (
        KLING,
        {*range(1000, 1005), *range(1100, 1104), 1200, 1201, 1202, 1203, 1300, 1301, 1302, 1303, 1304}
        | {5000, 5001, 5002},
    ),
    "kling-gateways": (
        {code: row for code, row in GATEWAY_CODES.items() if code not in KLING},
        {401, 402, 403, 404, 429, "task_failed", "invalid_request", "quota_not_enough", "task_not_exist"}
        | {"fail_to_fetch_task"},
    ),
    "google": (GOOGLE, {400, 401, 403, 404, 408, 409, 429, 499, 500, 503, 504}),
}


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_documented_code_has_a_row_and_no_other(name: str) -> None:
    table, documented = DOCUMENTED[name]
    assert set(table) == documented


@pytest.mark.parametrize("name", DOCUMENTED)
def test_the_page_on_money_shows_the_table_that_the_code_reads(name: str) -> None:
    page = (ROOT / "docs" / "money.md").read_text()
    shown = re.search(rf"<!-- codes: {name} -->\n(.*?)<!-- end -->", page, re.DOTALL)
    assert shown
    rows = [line.strip("| ").split(" | ") for line in shown[1].splitlines()[2:]]
    assert rows == [[str(code), row.failure, _words(row)] for code, row in DOCUMENTED[name][0].items()]


def _words(row: CodeRow) -> str:
    if row.proves == "words":
        return "refused where the words say what is wrong with the request, or the account was not charged"
    return f"refused for now, again after {row.wait:g} s" if row.proves == "later" else row.proves


def test_a_code_without_a_row_proves_nothing() -> None:
    assert isinstance(judge_submit(None, "?"), Unknown)


def test_a_limit_is_waited_for_as_long_as_the_server_asks_and_no_less_than_is_known() -> None:
    row = CodeRow(Failure.RATE, "later", 10)
    assert judge_submit(row, "slow down") == Busy(words="slow down", wait=10)
    assert judge_submit(row, "slow down", retry_after=30) == Busy(words="slow down", wait=30)


def test_an_empty_account_is_not_waited_for() -> None:
    row = CodeRow(Failure.RATE, "later", 10)
    assert judge_submit(row, "credits", failure=Failure.BALANCE) == Refused(words="credits", failure=Failure.BALANCE)
