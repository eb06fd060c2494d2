"""What an answer proves by the page on money: read here once more, in another way than the providers read it.

A server that charges for what it documents as refused, or denies what it has, is beyond what anybody can do; the
hostile one must not. In doubt these say yes, and the server then behaves.
"""

import json
from typing import Any

_KIE = {400, 401, 402, 404, 422, 429, 433, 451, 455, 505}
_GOOGLE = {400, 401, 403, 404, 429}
_KLING = {*range(1000, 1005), *range(1100, 1104), *range(1200, 1204), *range(1300, 1305)}
_GATEWAYS = {401, 402, 403, 404, 429, "task_failed", "invalid_request", "quota_not_enough", "task_not_exist"}
_NONE_SUCH = {1203, "task_not_exist"}


def may_refuse(provider: str, status: int, content: bytes) -> bool:
    """Whether an answer to a submit may be a documented refusal."""
    body = read_json(content)
    if provider == "kie":
        told = body if isinstance(body, dict) else {}
        data = told.get("data")
        named = isinstance(data, dict) and bool(data.get("taskId"))
        return not named and bool({_number(told.get("code"))} & _KIE)
    if provider.startswith("kling"):
        return bool(set(_codes(body)) & (_KLING | _GATEWAYS)) or status in _GATEWAYS
    first = body[0] if isinstance(body, list) and len(body) == 1 else body
    return status in _GOOGLE and isinstance(first, dict) and "error" in first


def may_deny(content: bytes, mark: str) -> bool:
    """Whether an answer to a look-up may say that there is no task of a name."""
    body = read_json(content)
    return mark.encode() not in content and bool(set(_codes(body)) & ({0, "success"} | _NONE_SUCH))


def read_json(content: bytes) -> Any:
    """An answer as JSON, None where it is none."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _codes(body: Any) -> list[Any]:
    """Every code in an answer, at any depth that a reader may look at, also inside of texts."""
    found: list[Any] = []
    level = [body]
    for _ in range(6):
        inner: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                found += [_number(value) for name, value in each.items() if name == "code"]
            values = each.values() if isinstance(each, dict) else each if isinstance(each, list) else []
            inner += [
                read_json(value.encode(errors="replace")) if isinstance(value, str) else value for value in values
            ]
        level = inner
    return found


def _number(value: Any) -> Any:
    if isinstance(value, str) and value.isdecimal() and len(value) < 10:
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int | str) else None
