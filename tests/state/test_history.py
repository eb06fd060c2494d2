from decimal import Decimal

import pytest

from runner.errors import RunDirectoryError
from runner.events import Event
from runner.state.history import History, Phase, possible_moment
from runner.state.replay import replay

KEY = "k" * 64
OPENED = {"format": 1, "run": "r", "provider": "kie", "endpoint": "e", "account": "a", "source": "s", "storyboard": "d"}


def intent(hop: int = 0, take: int = 1, usd: str = "0.30") -> tuple[str, dict[str, object]]:
    data: dict[str, object] = {"hop": hop, "take": take, "key": KEY, "kind": "generate", "parent": None}
    return "intent", {**data, "usd": usd, "credits": "60", "request": {"prompt": "p"}}


def told(*events: tuple[str, dict[str, object]]) -> History:
    return replay(Event(seq=i, at=float(i), kind=kind, data=data) for i, (kind, data) in enumerate(events, 1))


def at(kind: str, **data: object) -> tuple[str, dict[str, object]]:
    return kind, {"hop": 0, "take": 1, **data}


ACCEPTED = at("accepted", task="t1", handle={}, via="reply")
STORED = at("stored", files=[{"role": "film", "name": "video.mp4", "size": 9, "sha256": "0" * 64}])


def test_a_lone_intent_is_unsettled_and_its_price_unknown() -> None:
    history = told(("opened", OPENED), intent())
    assert history.takes[0].unsettled
    assert history.unknown == Decimal("0.30")
    assert history.committed == Decimal("0.30")


def test_an_accepted_take_is_spent_and_in_flight() -> None:
    history = told(("opened", OPENED), intent(), ACCEPTED)
    assert history.takes[0].in_flight
    assert (history.spent, history.unknown) == (Decimal("0.30"), Decimal(0))


def test_a_refused_take_costs_nothing_and_its_number_is_used_again() -> None:
    history = told(("opened", OPENED), intent(), at("refused", words="no", failure="input"), intent())
    assert len(history.takes) == 1
    assert history.takes[0].phase is Phase.INTENDED


def test_only_a_judged_take_can_be_extended() -> None:
    so_far = [("opened", OPENED), intent(), ACCEPTED, at("succeeded"), STORED]
    assert not told(*so_far).takes[0].usable
    judged = at("judged", verdict="pass", words="", expectation="e")
    assert told(*so_far, judged).takes[0].usable


def test_a_take_that_failed_its_checks_cannot_be_extended() -> None:
    judged = at("judged", verdict="fail", words="30 fps", expectation="e")
    assert not told(("opened", OPENED), intent(), ACCEPTED, STORED, judged).takes[0].usable


def test_a_discarded_take_is_kept_and_stays_paid() -> None:
    history = told(("opened", OPENED), intent(), ACCEPTED, at("discarded", reason="asked"), intent(take=2))
    assert [take.number for take in history.of_hop(0)] == [1, 2]
    assert history.committed == Decimal("0.60")


def test_failed_tasks_count_against_the_budget_until_proven_free() -> None:
    history = told(("opened", OPENED), intent(), ACCEPTED, at("failed", words="501", failure="transient"))
    assert (history.spent, history.disputed, history.committed) == (Decimal(0), Decimal("0.30"), Decimal("0.30"))


def test_another_format_is_refused() -> None:
    with pytest.raises(RunDirectoryError, match="format 9"):
        told(("opened", {**OPENED, "format": 9}))


def test_an_event_of_the_future_is_refused() -> None:
    with pytest.raises(RunDirectoryError, match="teleported"):
        told(("opened", OPENED), ("teleported", {}))


@pytest.mark.parametrize(
    "told", [1e300, float("nan"), float("inf"), -5.0, 10**400, "x", None, 1_700_000.0, 1.8e15, [1]]
)
def test_a_time_that_cannot_be_counts_as_that_of_the_intent(told: object) -> None:
    assert possible_moment(told, 1_800_000_000.0, 1_800_000_060.0) == 1_800_000_000.0


@pytest.mark.parametrize("told", [1_800_000_030.0, 1_799_990_000.0, 1_799_000_000])
def test_a_time_that_can_be_is_believed(told: float) -> None:
    assert possible_moment(told, 1_800_000_000.0, 1_800_000_060.0) == told


@pytest.mark.parametrize("begun", [1e300, float("nan"), 10**400, None, "soon"])
def test_a_journal_that_holds_an_impossible_time_is_read(begun: object) -> None:
    (take,) = told(("opened", OPENED), intent(), at("accepted", task="t", handle={}, via="found", begun=begun)).takes
    assert take.accepted_at == take.intended_at


def test_a_balance_that_is_no_amount_is_none() -> None:
    kind, data = intent()
    (take,) = told(("opened", OPENED), (kind, {**data, "balance": "NaN"})).takes
    assert take.balance is None
