"""The ways in which Kling is spoken, as data: which fields each of them knows, and what can be asked afterwards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

from runner.providers.base import Request, Shot
from runner.providers.kling.requests import Fields, first_request, second_request

_TEXT = ("model_name", "prompt", "negative_prompt", "cfg_scale", "mode", "aspect_ratio", "duration")
_IMAGE = ("model_name", "image", "image_tail", "prompt", "negative_prompt", "cfg_scale", "mode", "duration")
_OFFICIAL = ("watermark_info", "callback_url", "external_task_id")
_EXTEND = ("video_id", "prompt", "negative_prompt", "cfg_scale")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One dialect.

    `asks` is how a task is asked for: by the route that made it, or among all tasks. `keeps_names`: a submit carries a
    name of ours, by which its task is found. `gateway`: somebody stands between us and Kling, with errors of their own.
    """

    request: Callable[[Shot], Request]
    asks: Literal["route", "tasks"]
    keeps_names: bool
    gateway: bool


def _first(fields: Fields, *, keeps_names: bool, gateway: bool) -> Dialect:
    return Dialect(request=partial(first_request, fields), asks="route", keeps_names=keeps_names, gateway=gateway)


DIALECTS: Mapping[str, Dialect] = {
    "official": _first(
        Fields(text=(*_TEXT, *_OFFICIAL), image=(*_IMAGE, *_OFFICIAL), extend=(*_EXTEND, *_OFFICIAL)),
        keeps_names=True,
        gateway=False,
    ),
    "official-2": Dialect(request=second_request, asks="tasks", keeps_names=True, gateway=False),
    # As documented by gateways (2026): what is answered is Kling's own envelope. They drop our name on an extension and
    # list nothing, so a lost submit cannot be looked for.
    "envelope": _first(
        Fields(text=(*_TEXT, "callback_url"), image=(*_IMAGE, "callback_url"), extend=(*_EXTEND, "callback_url")),
        keeps_names=False,
        gateway=True,
    ),
    # As a gateway's server really answers (source of cuijinyu/new-api, 2026-07). It takes an extension's model and mode
    # for its routing and its bill, and bills the cheapest mode where they are left out.
    "task-object": _first(
        Fields(
            text=(*_TEXT, "callback_url"),
            image=(*_IMAGE, "callback_url"),
            extend=("model_name", "mode", *_EXTEND, "callback_url"),
        ),
        keeps_names=False,
        gateway=True,
    ),
    # Gateways that document both ids as required (DMXAPI and others).
    "task-and-video-id": _first(
        Fields(
            text=("model_name", "prompt", "mode", "aspect_ratio", "duration", "callback_url"),
            image=("model_name", "image", "image_tail", "prompt", "mode", "duration", "callback_url"),
            extend=("task_id", "video_id", "prompt", "callback_url"),
        ),
        keeps_names=False,
        gateway=True,
    ),
}
