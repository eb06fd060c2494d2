"""Kling's data: the servers that answer for it, its models with their outputs, and its prices."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One server.

    `name` is its path and its name in the ledger. `needs` are the fields that an extension must have; empty where
    there is no such route. `official`: names of submits are kept and can be asked for, tasks are listed, and the second
    API is served too. `objects`: tasks come as objects of the gateway's own, with Kling's inside. `message` is what
    stands in answers to queries, `dated` whether the answer to a submit says when.
    """

    name: str
    needs: tuple[str, ...] = ("video_id",)
    official: bool = False
    objects: bool = False
    message: str = "SUCCEED"
    dated: bool = True


OFFICIAL = Profile(name="kling", official=True)
GATEWAYS = (
    Profile(name="kling-envelope"),
    Profile(name="kling-envelope-003", message="success", dated=False),
    Profile(name="kling-task-object", objects=True),
    Profile(name="kling-task-and-video-id", needs=("task_id", "video_id")),
    Profile(name="kling-no-extend", objects=True, needs=()),
)


def base_path(profile: Profile) -> str:
    """Return where a profile's API begins: gateways keep `/kling` before it."""
    return f"/{profile.name}" if profile.official else f"/{profile.name}/kling"


USD_PER_UNIT = 0.14
"""The list price of one unit (Kling's price list, 2026-08-20)."""
_RENDERED_SIDE = 720


class ModelMode(NamedTuple):
    """What a model makes in one mode: units per second, the short side, and frames per second from text and picture."""

    units: float
    side: int
    text: int
    picture: int


# Resolutions and frame rates: Kling's table of outputs (English docs, 2026-02); units: its price list of 2026-08-20,
# without sound. Comfy lists V1.5, V1.6 and V2.1 as ended on 2026-09-15, but what can be extended is among them.
MODELS = {
    ("kling-v1", "std"): ModelMode(0.2, 720, 30, 30),
    ("kling-v1", "pro"): ModelMode(0.7, 720, 30, 30),
    ("kling-v1-5", "std"): ModelMode(0.4, 720, 0, 30),
    ("kling-v1-5", "pro"): ModelMode(0.7, 1080, 0, 30),
    ("kling-v1-6", "std"): ModelMode(0.4, 720, 24, 30),
    ("kling-v1-6", "pro"): ModelMode(0.7, 1080, 24, 30),
    ("kling-v2-master", "std"): ModelMode(2, 720, 24, 24),
    ("kling-v2-master", "pro"): ModelMode(2, 720, 24, 24),
    ("kling-v2-1", "std"): ModelMode(0.4, 720, 0, 24),
    ("kling-v2-1", "pro"): ModelMode(0.7, 1080, 0, 24),
    ("kling-v2-1-master", "std"): ModelMode(2, 1080, 24, 24),
    ("kling-v2-1-master", "pro"): ModelMode(2, 1080, 24, 24),
    ("kling-v2-5-turbo", "std"): ModelMode(0.3, 720, 24, 24),
    ("kling-v2-5-turbo", "pro"): ModelMode(0.5, 1080, 24, 24),
    ("kling-v2-6", "std"): ModelMode(0.3, 720, 24, 24),
    ("kling-v2-6", "pro"): ModelMode(0.5, 1080, 24, 24),
    ("kling-v3", "std"): ModelMode(0.6, 720, 24, 24),
    ("kling-v3", "pro"): ModelMode(0.8, 1080, 24, 24),
}
"""By name and mode (a Master has none and takes both); 0 frames mean that the model does not start from that."""
END_FRAME_MODES = {
    **dict.fromkeys(("kling-v1", "kling-v3"), ("std", "pro")),
    **dict.fromkeys(("kling-v1-5", "kling-v1-6", "kling-v2-1", "kling-v2-5-turbo", "kling-v2-6"), ("pro",)),
}
"""In which modes a model takes a last picture (`image_tail`)."""
USUAL_LENGTHS, LENGTHS = (5, 10), {"kling-v3": range(3, 16)}
"""How many seconds a model makes: most of them, and those that make others."""
# Only V1.0, V1.5 and V1.6 can be extended, at a price per call (the same documents).
EXTENSION_UNITS = {
    ("kling-v1", "std"): 1.0,
    ("kling-v1", "pro"): 3.5,
    ("kling-v1-5", "std"): 2.0,
    ("kling-v1-5", "pro"): 3.5,
    ("kling-v1-6", "std"): 2.0,
    ("kling-v1-6", "pro"): 3.5,
}
"""What an extension costs, for the models that can be extended."""
V2_UNITS = {"720p": 0.6, "1080p": 0.8}
"""Units per second of the second API's models, by resolution (V3 without sound, 2026-08-20)."""
V2_MODELS = ("kling-3.0-omni", "kling-3.0", "kling-3.0-turbo")


def output_size(side: int, ratio: str) -> str:
    """Return width x height where it differs from what is rendered, else an empty text."""
    if side == _RENDERED_SIDE:
        return ""
    # 1440x1440 is quoted by users; Kling documents no size for 1:1.
    return {"16:9": "1920x1080", "9:16": "1080x1920", "1:1": "1440x1440"}[ratio]
