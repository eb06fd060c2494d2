"""The journal's events folded into the history that they tell. Pure, no disk."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import cast

from runner.errors import RunDirectoryError
from runner.events import FORMAT, Event
from runner.state.history import FilmRecord, History, Phase, StoredFile, Take, possible_moment


def replay(events: Iterable[Event]) -> History:
    """Return a journal's events as the history they tell.

    Raises:
        RunDirectoryError: an event that this version does not know.
    """
    history = History()
    for event in events:
        history = apply_event(history, event)
    return history


def apply_event(history: History, event: Event) -> History:
    """Return the history once `event` has happened."""
    if event.kind in _RUN_EVENTS:
        return _RUN_EVENTS[event.kind](history, event)
    step = _TAKE_EVENTS.get(event.kind)
    # Not passed over: an event that is not understood may be one that moved money.
    if step is None:
        raise RunDirectoryError(
            f"the journal holds an event that this version does not know: {event.kind}",
            code="run-directory/version",
            hint="a newer longtake wrote it; use that one",
        )
    place = (event.data["hop"], event.data["take"])
    takes = tuple(step(take, event) if (take.hop, take.number) == place else take for take in history.takes)
    return replace(history, takes=takes)


def _apply_opened(history: History, event: Event) -> History:
    if event.data["format"] != FORMAT:
        raise RunDirectoryError(
            f"the run directory has format {event.data['format']}, this longtake reads format {FORMAT}",
            code="run-directory/version",
            hint="use the longtake that wrote it, or choose another folder with --run-dir",
        )
    data = event.data
    return replace(
        history,
        opened_at=event.at,
        run=str(data["run"]),
        provider=str(data["provider"]),
        endpoint=str(data["endpoint"]),
        account=str(data["account"]),
        source=str(data["source"]),
        storyboard=str(data["storyboard"]),
    )


def _apply_edited(history: History, event: Event) -> History:
    # Journals from before 2026-12 name the file once, when the run was opened.
    return replace(
        history, storyboard=str(event.data["storyboard"]), source=str(event.data.get("source", history.source))
    )


def _apply_intent(history: History, event: Event) -> History:
    data = event.data
    # Fields that the schema does not require have a default here: a journal from before them is still read.
    take = Take(
        hop=cast("int", data["hop"]),
        number=cast("int", data["take"]),
        key=str(data["key"]),
        kind=str(data["kind"]),
        parent=cast("int | None", data["parent"]),
        usd=Decimal(str(data["usd"])),
        credits=Decimal(str(data["credits"])),
        intended_at=event.at,
        intent=event.seq,
        prompt=str(data.get("prompt", "")),
        path=str(data.get("path", "")),
        mark=str(data.get("mark", "")),
        account=str(data.get("account") or history.account),
        balance=_parse_credits(data.get("balance")),
        request=cast("Mapping[str, object]", data["request"]),
    )
    # A submit that bought nothing leaves its number to the next one, so an intent may replace a take.
    others = tuple(t for t in history.takes if (t.hop, t.number) != (take.hop, take.number))
    return replace(history, takes=(*others, take))


def _apply_film(history: History, event: Event) -> History:
    data = event.data
    takes = tuple(cast("list[int]", data["takes"]))
    film = FilmRecord(sha256=str(data["sha256"]), size=cast("int", data["size"]), takes=takes, at=event.at)
    return replace(history, film=film)


def _apply_unsent(take: Take, event: Event) -> Take:
    return replace(take, phase=Phase.UNSENT, words=str(event.data["words"]))


def _apply_refused(take: Take, event: Event) -> Take:
    return replace(take, phase=Phase.REFUSED, words=str(event.data["words"]), failure=str(event.data["failure"]))


def _apply_unknown(take: Take, event: Event) -> Take:
    named, answer = bool(event.data.get("named")), str(event.data.get("answer", ""))
    return replace(take, phase=Phase.UNKNOWN, words=str(event.data["words"]), named=named, answer=answer)


def _apply_accepted(take: Take, event: Event) -> Take:
    handle = cast("Mapping[str, str]", event.data["handle"])
    # Lifetimes count from when the provider made the task, which for an adopted one is long before this event.
    begun = possible_moment(event.data.get("begun", event.at), take.intended_at, event.at)
    task = str(event.data["task"])
    return replace(take, phase=Phase.ACCEPTED, task=task, handle=handle, accepted_at=begun, words="")


def _apply_failed(take: Take, event: Event) -> Take:
    return replace(take, phase=Phase.FAILED, words=str(event.data["words"]), failure=str(event.data["failure"]))


def _apply_succeeded(take: Take, event: Event) -> Take:
    handle = cast("Mapping[str, str]", event.data.get("handle", {}))
    # Added, not put in its place: the answer to the submit may have named what the finished task does not repeat.
    return replace(take, phase=Phase.SUCCEEDED, handle={**take.handle, **handle})


def _apply_stored(take: Take, event: Event) -> Take:
    files = cast("list[Mapping[str, object]]", event.data["files"])
    stored = tuple(
        StoredFile(role=str(f["role"]), name=str(f["name"]), size=cast("int", f["size"]), sha256=str(f["sha256"]))
        for f in files
    )
    return replace(take, phase=Phase.STORED, files=stored)


def _apply_judged(take: Take, event: Event) -> Take:
    data = event.data
    return replace(
        take,
        phase=Phase.JUDGED,
        verdict=str(data["verdict"]),
        remedy=str(data.get("remedy", "")),
        expectation=str(data["expectation"]),
        words=str(data["words"]),
        score=_parse_number(data.get("score")),
        ends=_parse_number(data.get("ends")),
    )


def _parse_credits(value: object) -> Decimal | None:
    """Return a balance; None where a server told what is no amount, which nothing may be compared with."""
    amount = Decimal(str(value)) if value is not None else None
    return amount if amount is not None and amount.is_finite() else None


def _parse_number(value: object) -> float | None:
    return None if value is None else float(cast("float", value))


def _apply_discarded(take: Take, event: Event) -> Take:
    return replace(take, discarded=str(event.data["reason"]))


def _apply_restored(take: Take, _event: Event) -> Take:
    return replace(take, discarded="")


def _apply_chosen(history: History, event: Event) -> History:
    """Let one take of a hop count from now on; the others are discarded, and may be restored."""
    hop, number, reason = event.data["hop"], event.data["take"], str(event.data["reason"])
    by_person = event.data.get("by") == "person"

    def after_choice(take: Take) -> Take:
        if take.hop != hop:
            return take
        if take.number == number:
            return replace(take, chosen=True, approved=take.approved or by_person, discarded="")
        # An unsettled take stays open: it may be paid for, and discarding it would hide that.
        counts = not (take.discarded or take.unsettled)
        return replace(take, chosen=False, discarded=reason if counts else take.discarded)

    return replace(history, takes=tuple(map(after_choice, history.takes)))


_RUN_EVENTS: Mapping[str, Callable[[History, Event], History]] = {
    "opened": _apply_opened,
    "edited": _apply_edited,
    "intent": _apply_intent,
    "film": _apply_film,
    "chosen": _apply_chosen,
}
_TAKE_EVENTS: Mapping[str, Callable[[Take, Event], Take]] = {
    "unsent": _apply_unsent,
    "refused": _apply_refused,
    "unknown": _apply_unknown,
    "accepted": _apply_accepted,
    "failed": _apply_failed,
    "succeeded": _apply_succeeded,
    "stored": _apply_stored,
    "judged": _apply_judged,
    "discarded": _apply_discarded,
    "restored": _apply_restored,
}
