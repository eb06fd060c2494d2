"""Signing in at Google Cloud: a token that somebody gives, or Application Default Credentials through google-auth."""

import asyncio
from collections.abc import Mapping
from typing import Protocol, cast

from runner.errors import ConfigurationError, ProviderError

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_HINT = (
    "run: gcloud auth application-default login; or set GOOGLE_APPLICATION_CREDENTIALS to a service account's file;"
    " or rehearse without an account: add --sandbox"
)


class Login(Protocol):
    """Whoever can say who we are; `known` is what goes along before anybody was asked."""

    known: Mapping[str, str]

    async def headers(self, *, renew: bool = False) -> Mapping[str, str]:
        """Return what goes with every request; `renew` where the last were not accepted.

        Raises:
            ProviderError: Google does not give a token now.
        """
        ...


class _Credentials(Protocol):
    """What is used of google-auth's credentials."""

    valid: bool
    token: str

    def refresh(self, request: object) -> None: ...


class ApiKey:
    """A key of Google AI Studio."""

    def __init__(self, key: str) -> None:
        self.known: Mapping[str, str] = {"x-goog-api-key": key}

    async def headers(self, *, renew: bool = False) -> Mapping[str, str]:
        """Return the same each time."""
        del renew
        return self.known


class Token:
    """A token that somebody gave; it cannot be renewed."""

    def __init__(self, token: str) -> None:
        self.known: Mapping[str, str] = {"Authorization": f"Bearer {token}"}

    async def headers(self, *, renew: bool = False) -> Mapping[str, str]:
        """Return the same each time."""
        del renew
        return self.known


class DefaultCredentials:
    """Application Default Credentials, renewed when they end."""

    def __init__(self, credentials: _Credentials) -> None:
        self._credentials = credentials
        self.known: Mapping[str, str] = {}

    async def headers(self, *, renew: bool = False) -> Mapping[str, str]:
        """Return a token that is good for now."""
        if renew or not self._credentials.valid:
            await asyncio.to_thread(self._renew)
        return {"Authorization": f"Bearer {self._credentials.token}"}

    def _renew(self) -> None:
        from google.auth.exceptions import GoogleAuthError
        from google.auth.transport.requests import Request

        try:
            self._credentials.refresh(Request())
        except GoogleAuthError as error:
            words = f"signing in at Google failed: {error.args[0] if error.args else error}"
            raise ProviderError(
                words, code="provider/credentials", hint=_HINT, retryable=bool(error.retryable)
            ) from error


def find_login(token: str) -> Login:
    """Return a token if there is one, else the credentials that this machine has.

    Raises:
        ConfigurationError: there are none, or google-auth is not installed.
    """
    if token:
        return Token(token)
    try:
        import google.auth
        import google.auth.transport.requests
        from google.auth.exceptions import GoogleAuthError
    except ImportError as error:
        hint = "pip install 'longtake[google]'; or rehearse without an account: add --sandbox"
        raise ConfigurationError("signing in at Google needs google-auth", code="settings/no-key", hint=hint) from error
    try:
        credentials, _ = google.auth.default(scopes=[_SCOPE])
    except (GoogleAuthError, OSError, ValueError) as error:
        raise ConfigurationError(f"no Google credentials: {error}", code="settings/no-key", hint=_HINT) from error
    return DefaultCredentials(cast("_Credentials", credentials))
