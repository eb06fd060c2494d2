"""A run so far, as values: its takes, where each of them stands, and what was spent."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


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


# A year: the oldest task that a person may have found; no provider keeps one that long.
_OLDEST = 366 * 86_400.0


def possible_moment(told: object, intended_at: float, now: float) -> float:
    """Return when a task was begun as a provider tells it, held to what is possible.

    Servers tell seconds for milliseconds, microseconds, and what is no number; lifetimes are counted from it. A task
    that is older than any can be, or from after `now`, was begun when it was intended, as far as this machine knows.
    """
    try:
        moment = float(told) if isinstance(told, int | float | str) else math.nan
    except (OverflowError, ValueError):
        moment = math.nan
    possible = math.isfinite(moment) and intended_at - _OLDEST <= moment <= now
    return moment if possible else min(intended_at, now)


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
    says that it knows this name; `answer` is what came back of a submit and could not be read. `balance` are the
    account's credits just before, where they were told.
    `score` is how far it is from flawless, lower is better; `chosen`: it was preferred to the hop's other takes;
    `approved`: by a person, so it counts whatever its verdict. `remedy` is what the storyboard wants where it failed:
    to ``stop``, or a ``retake``. `ends` is where its file ends in the film, in seconds, where that was measured.
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
    answer: str = ""
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
        """It is good and was not discarded: the next hop may extend it."""
        return self.good and not self.discarded

    @property
    def in_flight(self) -> bool:
        """Bought, and not yet judged: to be carried on, at no price."""
        return self.phase in (Phase.ACCEPTED, Phase.SUCCEEDED, Phase.STORED) and not self.discarded

    @property
    def unsettled(self) -> bool:
        """It is unknown whether it was bought."""
        # A person who resends accepts the risk by discarding it; the money still counts as unknown, see
        # `History.unknown`.
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
        """Return every take of a hop, oldest first."""
        return tuple(take for take in self.takes if take.hop == hop)

    def take(self, hop: int, number: int) -> Take:
        """Return one take."""
        return next(take for take in self.takes if (take.hop, take.number) == (hop, number))

    def ancestors(self, take: Take) -> tuple[Take, ...]:
        """Return the takes that a take goes on from, hop 0 first."""
        chain: list[Take] = []
        # By the parents of the takes, not by the hops' current ones: a history may hold several chains.
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
        """USD of takes of which it is unknown whether they were bought."""
        return _sum(take.usd for take in self.takes if take.phase in (Phase.INTENDED, Phase.UNKNOWN))

    @property
    def committed(self) -> Decimal:
        """USD that the budget counts: spent, disputed and unknown."""
        return self.spent + self.disputed + self.unknown


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))
