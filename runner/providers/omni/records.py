"""Interactions as values: a status word, and steps that end with the model's output."""

import re
from collections.abc import Iterator, Mapping

from runner.providers.base import Asset, Done, Failed, Failure, Pending, State
from runner.providers.google.errors import classify
from runner.providers.google.filters import explained
from runner.providers.google.storage import is_object

TASK = re.compile(r"[A-Za-z0-9_-]{3,512}")
_RUNNING = ("in_progress", "queued", "requires_continuation")
_BLOCKED = ("content_blocked", "blocked", "safety", "prohibited_content")


def interaction(data: Mapping[str, object]) -> State:
    """A poll's answer as a state; a status that nobody knows counts as running."""
    status = str(data.get("status") or "")
    if status == "completed":
        return _result(data) or Pending(words="done, but without a result so far", empty=True)
    if status in ("failed", "cancelled", "incomplete", "budget_exceeded", "requires_action"):
        return _failure(data, status)
    return Pending(words="being made" if status in _RUNNING else f"status {status!r}")


def _failure(data: Mapping[str, object], status: str) -> Failed:
    error = data.get("error")
    fields = error if isinstance(error, dict) else {}
    code, words = str(fields.get("code") or status), str(fields.get("message") or f"the interaction is {status}")
    if code in _BLOCKED or "support codes" in words.lower():
        return Failed(words=explained([words]), failure=Failure.POLICY)
    if status == "budget_exceeded":
        return Failed(words=words, failure=Failure.BALANCE)
    failure = (
        Failure.INPUT if code == "invalid_request" else Failure.TRANSIENT if code == "internal" else classify(0, words)
    )
    return Failed(words=words, failure=failure)


def _result(data: Mapping[str, object]) -> Done | Failed | None:
    """The last video of the model's output; an output without one is a refusal in words."""
    for content in reversed(list(_outputs(data))):
        uri, inline = content.get("uri"), content.get("data")
        if content.get("type") != "video":
            continue
        if isinstance(uri, str) and (uri.startswith(("https://", "http://")) or is_object(uri)):
            return Done(assets=(Asset(role="film", url=uri),), handle={"uri": uri})
        if isinstance(inline, str) and inline:
            return Done(assets=(Asset(role="film", url=f"data:video/mp4;base64,{inline}"),))
    said = [str(content["text"]) for content in _outputs(data) if content.get("type") == "text" and "text" in content]
    return Failed(words=explained(said), failure=Failure.POLICY) if said else None


def _outputs(data: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    steps = data.get("steps")
    for step in steps if isinstance(steps, list) else []:
        contents = step.get("content") if isinstance(step, dict) and step.get("type") == "model_output" else None
        yield from (each for each in (contents if isinstance(contents, list) else []) if isinstance(each, dict))
