"""Takes keys, tokens and signed links out of text that people or files will see."""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote, quote_plus

HIDDEN = "***"
_SHORTEST = 4  # a shorter "secret" would blot out ordinary words
_LONG = 16  # a shorter one may be a word like any other
_LINK = re.compile(r"(?i)[a-z][a-z0-9+.-]*://")
_SECRET_NAME = re.compile(r"(?i)(?:^|[_-]|api|access|secret)(?:key|secret|token|password|credentials?)(?:_?id)?$")


def _hide_query(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2]}?{HIDDEN}" if found[3] else found[0]


def _hide_token(found: re.Match[str]) -> str:
    return HIDDEN if found[1] else found[0]


# Each takes time in proportion to the text, whatever a server writes: no pattern may begin again inside what it has
# just failed on, which for a word of 64 KiB lasts minutes. Hence the bounded schemes, the look-behind before names, and
# the two that match what they leave alone, too.
_PATTERNS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    # A link keeps scheme, host and path: a user's password, a query and a fragment may all be a signature.
    (
        re.compile(r"(?i)\b([a-z][a-z0-9+.-]{0,30}://)(?:[^\s/?#@\"'<>]*@)?([^\s?#\"'<>]*)([?#][^\s\"'<>]*)?"),
        _hide_query,
    ),
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]{0,30}://)[^\s/?#@\"'<>]*@"), r"\1"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{4,}"), rf"\1 {HIDDEN}"),
    # `eyJ` is base64 of `{"`: how a JSON Web Token begins, as Kling's key pair signs them.
    (re.compile(r"\beyJ[\w-]{4,}(\.[\w-]+\.[\w-]*)?"), _hide_token),
    # Google's API keys and OAuth tokens begin with AIza and ya29., keys of many gateways with sk-.
    (re.compile(r"\bAIza[\w-]{20,}|\bya29\.[\w.-]+|\bsk-[\w-]{8,}"), HIDDEN),
    (
        re.compile(
            r"(?i)(?<![\w-])([\w-]*(?:api[_-]?key|access[_-]?key(?:[_-]?id)?|secret(?:[_-]?key)?|token|signature|credential"
            r"|password)[\"']?\s{0,9}(?:[=:]|%3[ad])\s{0,9}[\"']?)[^\s\"'&,;}{]{4,}"
        ),
        rf"\1{HIDDEN}",
    ),
)


def redact(text: str, secrets: Sequence[str] = ()) -> str:
    """Return `text` without the secrets, in whatever spelling, and without anything that looks like one."""
    known = {part for secret in secrets if len(secret) >= _SHORTEST for part in (secret, *_parts(secret))}
    spellings = {spelling for secret in known for spelling in _spellings(secret)}
    # Longest first, or a part that is replaced would leave the rest of a longer spelling.
    for spelling in sorted(spellings, key=len, reverse=True):
        text = text.replace(spelling, HIDDEN)
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def redact_links(value: object) -> object:
    """Return plain data with every address in it, but no other text, cut to scheme, host and path."""
    if isinstance(value, Mapping):
        return {name: redact_links(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [redact_links(each) for each in value]
    return redact(value) if isinstance(value, str) and _LINK.match(value) else value


def secrets_in(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values of an environment whose names say that they are secret."""
    return tuple(value.strip() for name, value in environ.items() if _SECRET_NAME.search(name))


def holds(text: str, secret: str) -> bool:
    """Return whether a text holds a secret that is long enough not to be there by chance."""
    return any(spelling in text for part in _parts(secret) for spelling in _spellings(part))


def _parts(secret: str) -> tuple[str, ...]:
    """Return the secret, and each half of a pair such as ``access key:secret key``, where it is long enough."""
    return tuple(part for part in {secret, *re.split(r"[:;,\s]", secret)} if len(part) >= _LONG)


def _spellings(secret: str) -> tuple[str, ...]:
    in_basic = b64encode(secret.encode(errors="replace")).decode().rstrip("=")
    # A variable may hold bytes that are no UTF-8, which Python keeps as half surrogates (PEP 383).
    in_urls = [write(secret, safe="", errors="surrogateescape") for write in (quote, quote_plus)]
    return secret, *in_urls, quote(secret, errors="surrogateescape"), json.dumps(secret)[1:-1], in_basic
