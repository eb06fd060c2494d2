"""What a provider's answer to a paid submit proves. Each provider brings a table; this is the one place that reads it.

A code that has no row proves nothing: the outcome is unknown.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from runner.providers.base import Busy, Failure, Refused, Submission, Unknown

Proof = Literal["refused", "later", "nothing"]


class Row(NamedTuple):
    """One code: the class of the failure, and what it proves about a submit that it answers.

    ``refused``: nothing was made, nothing is owed. ``later``: the same, and the same request may be sent again after
    `wait` seconds. ``nothing``: it may have been taken all the same.
    """

    failure: Failure
    proves: Proof
    wait: float = 0.0


Table = Mapping[int | str, Row]


def verdict(row: Row | None, words: str, *, failure: Failure | None = None, asked: float | None = None) -> Submission:
    """The outcome of a submit that was answered without a task.

    `failure` is a class that the answer's words make more exact; `asked` are the seconds that the server wants us to
    wait. An empty account does not fill by itself, so what would be worth waiting for is then a refusal.
    """
    if row is None or row.proves == "nothing":
        return Unknown(words=words)
    kind = failure or row.failure
    if row.proves == "later" and kind is not Failure.BALANCE:
        return Busy(words=words, wait=max(row.wait, asked or 0.0))
    return Refused(words=words, failure=kind)
