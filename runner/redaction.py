"""Takes keys, tokens and signed links out of text that people or files will see."""

import json
import re
from collections.abc import Sequence
from urllib.parse import quote

HIDDEN = "***"
_SHORTEST = 4  # a shorter "secret" would blot out ordinary words

_PATTERNS = (
    # A link keeps scheme, host and path: a user's password, a query and a fragment may all be a signature.
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)(?:[^\s/?#@\"'<>]*@)?([^\s?#\"'<>]*)[?#][^\s\"'<>]*"), rf"\1\2?{HIDDEN}"),
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^\s/?#@\"'<>]*@"), r"\1"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{4,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"\beyJ[\w-]{4,}\.[\w-]+\.[\w-]*"), HIDDEN),
    (re.compile(r"\bAIza[\w-]{20,}|\bya29\.[\w.-]+|\bsk-[\w-]{8,}"), HIDDEN),
    (
        re.compile(
            r"(?i)([\w-]*(?:api[_-]?key|access[_-]?key(?:[_-]?id)?|secret(?:[_-]?key)?|token|signature|credential|password)"
            r"[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;}{]{4,}"
        ),
        rf"\1{HIDDEN}",
    ),
)


def redact(text: str, secrets: Sequence[str] = ()) -> str:
    """Give `text` without the secrets, in whatever spelling, and without anything that looks like one."""
    spellings = {spelling for secret in secrets if len(secret) >= _SHORTEST for spelling in _spellings(secret)}
    for spelling in sorted(spellings, key=len, reverse=True):
        text = text.replace(spelling, HIDDEN)
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def _spellings(secret: str) -> tuple[str, ...]:
    return secret, quote(secret, safe=""), json.dumps(secret)[1:-1]
