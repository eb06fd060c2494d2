"""Reads the fields of what Kling is sent; what is wrong becomes a Refused with code 1201. Null counts as absent."""

import base64
import binascii
import json
from collections.abc import Collection, Mapping

from starlette.requests import Request

from runner.sandbox.kling.codes import Refused

Body = Mapping[str, object]

WRONG = 1201
_MOST_WORDS = 2500


async def read_body(request: Request) -> Body:
    """Return the JSON object of a request, without what is null."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise Refused(WRONG, "The request body is not valid JSON") from None
    if not isinstance(body, dict):
        raise Refused(WRONG, "The request body must be an object")
    return {name: value for name, value in body.items() if value is not None}


def text(body: Body, name: str) -> str:
    """Return a field that has to be text; empty if it is missing."""
    value = body.get(name, "")
    if not isinstance(value, str):
        raise Refused(WRONG, f"{name} value '{value}' is invalid")
    return value


def words(body: Body, name: str, *, needed: bool = False, most: int = _MOST_WORDS) -> str:
    """Return a prompt that is not too long."""
    value = text(body, name)
    if needed and not value.strip():
        raise Refused(WRONG, f"{name} can not be null")
    if len(value) > most:
        raise Refused(WRONG, f"{name} length must be at most {most}")
    return value


def choice(body: Body, name: str, allowed: Collection[str], default: str) -> str:
    """Return a field whose values are counted."""
    value = body.get(name, default)
    if not isinstance(value, str) or value not in allowed:
        raise Refused(WRONG, f"{name} value '{value}' is invalid")
    return value


def picture(value: str) -> None:
    """Check a picture: an address, or its bare content in base64."""
    if value.startswith(("http://", "https://")):
        return
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error:
        raise Refused(WRONG, "File is not in a valid base64 format") from None
