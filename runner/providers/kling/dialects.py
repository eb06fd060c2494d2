"""The ways in which Kling is spoken, as data: which fields each of them knows, and what can be asked afterwards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

from runner.providers.base import Request, Shot
from runner.providers.kling import requests
from runner.providers.kling import v2_requests as second

_MAKES = ("model_name", "prompt", "negative_prompt", "cfg_scale", "mode", "aspect_ratio", "duration")
_STARTS = ("model_name", "image", "image_tail", "prompt", "negative_prompt", "cfg_scale", "mode", "duration")
_OFFICIAL = ("watermark_info", "callback_url", "external_task_id")
_CONTINUES = ("video_id", "prompt", "negative_prompt", "cfg_scale")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One dialect.

    `asks` is how a task is asked for: by the route that made it, or among all tasks. `named`: a submit carries a name
    of ours, by which its task is found. `gateway`: somebody stands between us and Kling, with errors of their own.
    """

    request: Callable[[Shot], Request]
    asks: Literal["route", "tasks"]
    named: bool
    gateway: bool


def _first(fields: requests.Fields, *, named: bool, gateway: bool) -> Dialect:
    return Dialect(request=partial(requests.request, fields), asks="route", named=named, gateway=gateway)


DIALECTS: Mapping[str, Dialect] = {
    "official": _first(
        requests.Fields(text=(*_MAKES, *_OFFICIAL), image=(*_STARTS, *_OFFICIAL), extend=(*_CONTINUES, *_OFFICIAL)),
        named=True,
        gateway=False,
    ),
    "official-2": Dialect(request=second.request, asks="tasks", named=True, gateway=False),
    # As documented by gateways: what is answered is Kling's own envelope.
    "envelope": _first(
        requests.Fields(
            text=(*_MAKES, "callback_url"), image=(*_STARTS, "callback_url"), extend=(*_CONTINUES, "callback_url")
        ),
        named=False,
        gateway=True,
    ),
    # As a gateway's server really answers. It takes an extension's model and mode for its routing and its bill, and
    # bills the cheapest mode where they are left out.
    "task-object": _first(
        requests.Fields(
            text=(*_MAKES, "callback_url"),
            image=(*_STARTS, "callback_url"),
            extend=("model_name", "mode", *_CONTINUES, "callback_url"),
        ),
        named=False,
        gateway=True,
    ),
    "task-and-video-id": _first(
        requests.Fields(
            text=("model_name", "prompt", "mode", "aspect_ratio", "duration", "callback_url"),
            image=("model_name", "image", "image_tail", "prompt", "mode", "duration", "callback_url"),
            extend=("task_id", "video_id", "prompt", "callback_url"),
        ),
        named=False,
        gateway=True,
    ),
}
