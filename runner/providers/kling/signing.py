"""Who we are for Kling: a key that stands for itself, or an access key whose secret signs short-lived tokens."""

import warnings
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Protocol

# Seconds; as in the official sample (authentication, 2026-02): a life of half an hour, begun 5 s ago for slow clocks.
_LIFETIME = 1800
_BEGUN_BEFORE = 5
_MARGIN = 60  # what is signed must outlive the request that it goes with, pictures included


class Signer(Protocol):
    """Whoever can sign a request."""

    def headers(self, now: float) -> Mapping[str, str]:
        """Return what goes with every request at `now`, in seconds since 1970."""
        ...

    def renew(self, ahead: float) -> bool:
        """Sign again, for the last token was not accepted; False where that cannot help.

        `ahead` is by how many seconds the server's clock is ahead of ours.
        """
        ...


class StaticKey:
    """A key as it stands: of Kling's newer accounts, or of a gateway."""

    def __init__(self, key: str) -> None:
        self._headers = {"Authorization": f"Bearer {key}"}

    def headers(self, now: float) -> Mapping[str, str]:
        """Return the same each time."""
        del now
        return self._headers

    def renew(self, ahead: float) -> bool:
        """Return False: there is nothing to sign."""
        del ahead
        return False


class KeyPair:
    """An access key and its secret: HS256 tokens that live half an hour (official documents, authentication)."""

    def __init__(self, access: str, secret: str) -> None:
        self._access = access
        self._secret = secret
        self._token, self._ends, self._skew = "", 0.0, 0.0

    def headers(self, now: float) -> Mapping[str, str]:
        """Return a token that is good for another minute at least."""
        if now + self._skew > self._ends - _MARGIN:
            self._sign(now + self._skew)
        return {"Authorization": f"Bearer {self._token}"}

    def renew(self, ahead: float) -> bool:
        """Trust the server's clock: a machine whose own is wrong signs tokens that have ended, or have not begun."""
        self._skew, self._ends = ahead, 0.0
        return True

    def _sign(self, now: float) -> None:
        import jwt  # official accounts only

        claims = {"iss": self._access, "exp": int(now) + _LIFETIME, "nbf": int(now) - _BEGUN_BEFORE}
        with warnings.catch_warnings():  # whether the secret is long enough is not ours to choose
            warnings.simplefilter("ignore")
            self._token = jwt.encode(claims, self._secret, algorithm="HS256", headers={"typ": "JWT"})
        self._ends = now + _LIFETIME


def read_date(date: str, now: float) -> float:
    """Return what time it is by a reply's `Date`, in seconds since 1970; `now` where it tells none."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except ValueError:
        return now


def make_signer(access: str, key: str) -> Signer:
    """Return a pair where there is an access key, else the key alone."""
    return KeyPair(access, key) if access else StaticKey(key)
