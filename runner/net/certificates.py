"""The certificates by which servers are known: the HTTP library's, or what SSL_CERT_FILE or SSL_CERT_DIR names."""

import os
import ssl
from pathlib import Path

import httpx

from runner.errors import ConfigurationError


def load_certificates() -> ssl.SSLContext:
    """Return what TLS is checked with.

    Raises:
        ConfigurationError: a variable names what is not there or holds no certificate; no server could be trusted.
    """
    named = Path(os.environ.get("SSL_CERT_FILE", ""))
    if named.name and named.exists() and not named.is_file():  # OpenSSL would wait for a pipe for ever
        raise _unusable("is no file")
    try:
        context = httpx.create_ssl_context()
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise _unusable(f"cannot be read: {error}") from error
    folders = os.environ.get("SSL_CERT_DIR", "").split(os.pathsep)
    # A folder is looked into at each connection only: one that is not there would fail every one of them, after a long
    # wait. OpenSSL finds a certificate in it by a name that is a hash with a number after a dot (c_rehash).
    if any(folders) and not os.environ.get("SSL_CERT_FILE") and not any(map(_has_certificates, filter(None, folders))):
        raise _unusable("holds no certificates by their hash (see `openssl rehash`), or is not there")
    return context


def _has_certificates(folder: str) -> bool:
    try:
        return any(path.suffix[1:].isdecimal() for path in Path(folder).iterdir())
    except OSError:
        return False


def _unusable(words: str) -> ConfigurationError:
    name = "SSL_CERT_FILE" if os.environ.get("SSL_CERT_FILE") else "SSL_CERT_DIR"
    named = f"{name}={os.environ.get(name, '')}"
    hint = f"correct {name} or unset it: without it the certificates that come with longtake are used"
    return ConfigurationError(f"{named} {words}", code="settings/certificates", hint=hint)
