"""What the journal adds up to: the takes of a run and where each of them stands. A pure fold, no disk."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import cast

from runner.errors import RunDirectoryError
from runner.state.journal import FORMAT, Event


class Phase(StrEnum):
    """Where a take stands. Money may have moved from INTENDED on, unless the take is UNSENT or REFUSED."""

    INTENDED = "intended"
    UNSENT = "unsent"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    FAILED = "failed"
    SUCCEEDED = "succeeded"
    STORED = "stored"
    JUDGED = "judged"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A result on disk: its role (``film`` or ``segment``), name in the take's folder, bytes and digest."""

    role: str
    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One paid task for one hop. `parent` is the number of the take of the hop before that it extends.

    `mark` is the name under which it was submitted, at `path`, with the account of that fingerprint; `named`: the API
    says that it knows this name. `balance` are the account's credits just before, where they were told.
    `score` is how far it is from flawless, lower is better; `chosen`: it was preferred to the hop's other takes;
    `approved`: by a person, so it counts whatever its verdict. `remedy` is what the storyboard wants where it failed:
    to ``stop``, or a ``retake``. `ends` is where its file ends in the film, in seconds, where anybody looked.
    """

    hop: int
    number: int
    key: str
    kind: str
    parent: int | None
    usd: Decimal
    credits: Decimal
    intended_at: float
    intent: int = 0
    prompt: str = ""
    path: str = ""
    mark: str = ""
    account: str = ""
    balance: Decimal | None = None
    request: Mapping[str, object] = field(default_factory=dict)
    phase: Phase = Phase.INTENDED
    task: str = ""
    handle: Mapping[str, str] = field(default_factory=dict)
    accepted_at: float = 0.0
    words: str = ""
    named: bool = False
    failure: str = ""
    files: tuple[StoredFile, ...] = ()
    verdict: str = ""
    remedy: str = ""
    expectation: str = ""
    score: float | None = None
    ends: float | None = None
    discarded: str = ""
    chosen: bool = False
    approved: bool = False

    @property
    def good(self) -> bool:
        """Its file is here and passed its checks, or a person said that it counts all the same."""
        return self.phase is Phase.JUDGED and (self.verdict != "fail" or self.approved)

    @property
    def usable(self) -> bool:
        """It is good and was not let go of: the next hop may extend it."""
        return self.good and not self.discarded

    @property
    def in_flight(self) -> bool:
        """Bought, and not yet judged: to be carried on, at no price."""
        return self.phase in (Phase.ACCEPTED, Phase.SUCCEEDED, Phase.STORED) and not self.discarded

    @property
    def unsettled(self) -> bool:
        """Nobody knows yet whether it was bought."""
        return self.phase in (Phase.INTENDED, Phase.UNKNOWN) and not self.discarded


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmRecord:
    """The finished film: how it was made and from which takes (one number per hop)."""

    sha256: str
    size: int
    takes: tuple[int, ...]
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A run so far. An empty history is a run that has not begun."""

    run: str = ""
    opened_at: float = 0.0
    provider: str = ""
    endpoint: str = ""
    account: str = ""
    source: str = ""
    storyboard: str = ""
    takes: tuple[Take, ...] = ()
    film: FilmRecord | None = None

    def of_hop(self, hop: int) -> tuple[Take, ...]:
        """Every take of a hop, oldest first."""
        return tuple(take for take in self.takes if take.hop == hop)

    def take(self, hop: int, number: int) -> Take:
        """One take."""
        return next(take for take in self.takes if (take.hop, take.number) == (hop, number))

    def ancestors(self, take: Take) -> tuple[Take, ...]:
        """The takes that a take goes on from, hop 0 first."""
        chain: list[Take] = []
        while take.parent is not None:
            take = self.take(take.hop - 1, take.parent)
            chain.insert(0, take)
        return tuple(chain)

    @property
    def owner(self) -> str:
        """The account that was sold the last task; before the first one, that which the run began with."""
        return next((take.account for take in reversed(self.takes) if take.task and take.account), self.account)

    @property
    def spent(self) -> Decimal:
        """USD of takes that the provider took, failed ones not counted."""
        return _sum(take.usd for take in self.takes if take.task and take.phase is not Phase.FAILED)

    @property
    def disputed(self) -> Decimal:
        """USD of takes that the provider took and then failed: providers say that these are free."""
        return _sum(take.usd for take in self.takes if take.phase is Phase.FAILED)

    @property
    def unknown(self) -> Decimal:
        """USD of takes of which nobody knows whether they were bought."""
        return _sum(take.usd for take in self.takes if take.phase in (Phase.INTENDED, Phase.UNKNOWN))

    @property
    def committed(self) -> Decimal:
        """USD that the budget counts: spent, disputed and unknown."""
        return self.spent + self.disputed + self.unknown


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def replay(events: Iterable[Event]) -> History:
    """A journal's events as the history they tell.

    Raises:
        RunDirectoryError: an event that this version does not know.
    """
    history = History()
    for event in events:
        history = apply_event(history, event)
    return history


def apply_event(history: History, event: Event) -> History:
    """The history once `event` has happened."""
    if event.kind in _RUN_EVENTS:
        return _RUN_EVENTS[event.kind](history, event)
    step = _TAKE_EVENTS.get(event.kind)
    if step is None:
        raise RunDirectoryError(
            f"the journal holds an event that this version does not know: {event.kind}",
            code="run-directory/version",
            hint="a newer longtake wrote it; use that one",
        )
    place = (event.data["hop"], event.data["take"])
    takes = tuple(step(take, event) if (take.hop, take.number) == place else take for take in history.takes)
    return replace(history, takes=takes)


def _opened(history: History, event: Event) -> History:
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


def _edited(history: History, event: Event) -> History:
    return replace(history, storyboard=str(event.data["storyboard"]))


def _intent(history: History, event: Event) -> History:
    data = event.data
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
        balance=Decimal(str(data["balance"])) if data.get("balance") is not None else None,
        request=cast("Mapping[str, object]", data["request"]),
    )
    others = tuple(t for t in history.takes if (t.hop, t.number) != (take.hop, take.number))
    return replace(history, takes=(*others, take))


def _film(history: History, event: Event) -> History:
    data = event.data
    takes = tuple(cast("list[int]", data["takes"]))
    film = FilmRecord(sha256=str(data["sha256"]), size=cast("int", data["size"]), takes=takes, at=event.at)
    return replace(history, film=film)


def _unsent(take: Take, event: Event) -> Take:
    return replace(take, phase=Phase.UNSENT, words=str(event.data["words"]))


def _refused(take: Take, event: Event) -> Take:
    return replace(take, phase=Phase.REFUSED, words=str(event.data["words"]), failure=str(event.data["failure"]))


def _unknown(take: Take, event: Event) -> Take:
    named = bool(event.data.get("named"))
    return replace(take, phase=Phase.UNKNOWN, words=str(event.data["words"]), named=named)


def _accepted(take: Take, event: Event) -> Take:
    handle = cast("Mapping[str, str]", event.data["handle"])
    task, begun = str(event.data["task"]), float(cast("float", event.data.get("begun", event.at)))
    return replace(take, phase=Phase.ACCEPTED, task=task, handle=handle, accepted_at=begun, words="")


def _failed(take: Take, event: Event) -> Take:
    return replace(take, phase=Phase.FAILED, words=str(event.data["words"]), failure=str(event.data["failure"]))


def _succeeded(take: Take, event: Event) -> Take:
    handle = cast("Mapping[str, str]", event.data.get("handle", {}))
    return replace(take, phase=Phase.SUCCEEDED, handle={**take.handle, **handle})


def _stored(take: Take, event: Event) -> Take:
    files = cast("list[Mapping[str, object]]", event.data["files"])
    stored = tuple(
        StoredFile(role=str(f["role"]), name=str(f["name"]), size=cast("int", f["size"]), sha256=str(f["sha256"]))
        for f in files
    )
    return replace(take, phase=Phase.STORED, files=stored)


def _judged(take: Take, event: Event) -> Take:
    data = event.data
    return replace(
        take,
        phase=Phase.JUDGED,
        verdict=str(data["verdict"]),
        remedy=str(data.get("remedy", "")),
        expectation=str(data["expectation"]),
        words=str(data["words"]),
        score=_number(data.get("score")),
        ends=_number(data.get("ends")),
    )


def _number(value: object) -> float | None:
    return None if value is None else float(cast("float", value))


def _discarded(take: Take, event: Event) -> Take:
    return replace(take, discarded=str(event.data["reason"]))


def _restored(take: Take, _event: Event) -> Take:
    return replace(take, discarded="")


def _chosen(history: History, event: Event) -> History:
    """One take of a hop counts from now on; the others are let go of, as they may be taken up again."""
    hop, number, reason = event.data["hop"], event.data["take"], str(event.data["reason"])
    by_person = event.data.get("by") == "person"

    def after_choice(take: Take) -> Take:
        if take.hop != hop:
            return take
        if take.number == number:
            return replace(take, chosen=True, approved=take.approved or by_person, discarded="")
        counts = not (take.discarded or take.unsettled)
        return replace(take, chosen=False, discarded=reason if counts else take.discarded)

    return replace(history, takes=tuple(map(after_choice, history.takes)))


_RUN_EVENTS: Mapping[str, Callable[[History, Event], History]] = {
    "opened": _opened,
    "edited": _edited,
    "intent": _intent,
    "film": _film,
    "chosen": _chosen,
}
_TAKE_EVENTS: Mapping[str, Callable[[Take, Event], Take]] = {
    "unsent": _unsent,
    "refused": _refused,
    "unknown": _unknown,
    "accepted": _accepted,
    "failed": _failed,
    "succeeded": _succeeded,
    "stored": _stored,
    "judged": _judged,
    "discarded": _discarded,
    "restored": _restored,
}
