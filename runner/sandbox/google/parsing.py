"""Reads what Google's APIs are sent; what is wrong becomes a Refused with Google's status and words."""

import base64
import binascii
import json
from collections.abc import Collection, Mapping

from starlette.requests import Request

from runner.sandbox.google.errors import Refused

Body = Mapping[str, object]


async def read_body(request: Request) -> Body:
    """Return the JSON object of a request."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise Refused(400, "Invalid JSON payload received.") from None
    if not isinstance(body, dict):
        raise Refused(400, "Invalid JSON payload received. Expected an object.")
    return body


def read_object(value: object, name: str) -> Body:
    """Return a field that has to be an object; a missing one is empty."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refused(400, f"Invalid value at '{name}'")
    return value


def check_fields(fields: Body, known: Collection[str]) -> None:
    """Refuse the first field that the model does not know."""
    for name in fields:
        if name not in known:
            raise Refused(400, f"`{name}` isn't supported by this model.")


def read_choice(fields: Body, name: str, allowed: Collection[str], default: str) -> str:
    """Return a field that takes one of a few values."""
    value = fields.get(name, default)
    if not isinstance(value, str) or value not in allowed:
        raise Refused(400, f"`{value}` for {name} is currently not supported.")
    return value


def read_integer(fields: Body, name: str) -> int | None:
    """Return a field that has to be a number; text that looks like one is refused."""
    # Google's samples quote durations as text; its server refuses that (probe of 2026-07-11).
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise Refused(400, f"The value type for `{name}` needs to be a number.")
    return value


def read_image(value: object, name: str) -> str:
    """Return the content of a picture, which has to come in base64 with its type."""
    # Google's samples send `inlineData`, which the server refuses (nodetool-ai/nodetool#4298, 2026-07).
    fields = read_object(value, name)
    check_fields(fields, ("bytesBase64Encoded", "mimeType"))
    content, kind = fields.get("bytesBase64Encoded"), fields.get("mimeType")
    if not isinstance(content, str) or not isinstance(kind, str) or not kind.startswith("image/"):
        raise Refused(400, f"`{name}` needs `bytesBase64Encoded` and `mimeType`.")
    try:
        base64.b64decode(content, validate=True)
    except binascii.Error:
        raise Refused(
            400, f"Invalid value at '{name}.bytesBase64Encoded' (TYPE_BYTES), Base64 decoding failed"
        ) from None
    return content
