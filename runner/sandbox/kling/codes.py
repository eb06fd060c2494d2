"""Kling's codes with their HTTP statuses, its models and its prices."""

from dataclasses import dataclass
from typing import NamedTuple

from runner.sandbox.faults.middleware import Refusal

USD_PER_UNIT = 0.14
_BY_STATUS = {
    400: (1200, 1201, 1300, 1301),
    401: (1000, 1001, 1002, 1003, 1004),
    403: (1103,),
    404: (1202, 1203),
    429: (1100, 1101, 1102, 1302, 1303, 1304),
    500: (5000,),
    503: (5001,),
    504: (5002,),
}
STATUS = {code: status for status, codes in _BY_STATUS.items() for code in codes}
"""The HTTP status that comes with each code."""
_OTHERS = {
    400: 1201,
    401: 1002,
    402: 1102,
    403: 1103,
    404: 1203,
    422: 1201,
    429: 1302,
    433: 1102,
    451: 1201,
    455: 5001,
    500: 5000,
    501: 5000,
    503: 5001,
    504: 5002,
    505: 1103,
}
"""What Kling says where other providers have the code on the left."""


UNSIGNED, EMPTY, CAPPED = 401, 402, 433
OWN_NO = (UNSIGNED, EMPTY, CAPPED)
"""What a gateway may have against its own customer. From Kling itself the same comes in Kling's codes."""


_WORDS = {
    1000: "Authentication failed",
    1001: "Authorization is empty",
    1002: "Authorization is not valid",
    1003: "Authorization is not yet valid",
    1004: "Authorization has expired",
    1100: "Account exception",
    1101: "Account in arrears",
    1102: "Account balance not enough",
    1103: "No permission to access the requested resource",
    1200: "Invalid request parameters",
    1201: "Invalid request parameters",
    1202: "The requested method is not found",
    1203: "The requested resource is not found",
    1300: "The platform policy is triggered",
    1301: "The content security policy of the platform is triggered",
    1302: "Too many requests",
    1303: "parallel task over resource pack limit",
    1304: "The IP address is not on the whitelist",
    5000: "Server internal error",
    5001: "Server temporarily unavailable",
    5002: "Server internal timeout",
}
"""What Kling says with a code; those of 1102 and 1303 were seen, the others only mean what is documented."""
_BY_FAULT = {
    "content-policy": (1301, _WORDS[1301]),
    "not-extendable": (1201, "video_id is invalid: the video can not be extended"),
    "not-processed": (1201, "video_id is invalid: the video is not finished"),
    "image-unreachable": (1201, "Failed to download the image"),
}
"""What Kling says to faults for which other providers have no code of their own."""


class Refused(Exception):
    """A request that Kling turns down."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.refusal = Refusal(code=code, message=message)


@dataclass(frozen=True, slots=True, kw_only=True)
class No:
    """A refusal in Kling's own code, and the HTTP status it comes with."""

    code: int
    http: int
    message: str


def own(refusal: Refusal, *, always_ok: bool = False) -> No:
    """Return any refusal as Kling would say it; `always_ok`: with HTTP 200, unless another is asked for."""
    code = refusal.code if refusal.code in STATUS else _OTHERS.get(refusal.code, refusal.code)
    code, words = _BY_FAULT.get(refusal.fault) or (code, _WORDS.get(code, refusal.message))
    http = refusal.http or (200 if always_ok else STATUS.get(code, 400))
    return No(code=code, http=http, message=words if refusal.stock else refusal.message)


class Made(NamedTuple):
    """What a model makes in one mode: units per second, the short side, and frames per second from text and picture."""

    units: float
    side: int
    text: int
    picture: int


MODELS = {
    ("kling-v1", "std"): Made(0.2, 720, 30, 30),
    ("kling-v1", "pro"): Made(0.7, 720, 30, 30),
    ("kling-v1-5", "std"): Made(0.4, 720, 0, 30),
    ("kling-v1-5", "pro"): Made(0.7, 1080, 0, 30),
    ("kling-v1-6", "std"): Made(0.4, 720, 24, 30),
    ("kling-v1-6", "pro"): Made(0.7, 1080, 24, 30),
    ("kling-v2-master", "std"): Made(2, 720, 24, 24),
    ("kling-v2-master", "pro"): Made(2, 720, 24, 24),
    ("kling-v2-1", "std"): Made(0.4, 720, 0, 24),
    ("kling-v2-1", "pro"): Made(0.7, 1080, 0, 24),
    ("kling-v2-1-master", "std"): Made(2, 1080, 24, 24),
    ("kling-v2-1-master", "pro"): Made(2, 1080, 24, 24),
    ("kling-v2-5-turbo", "std"): Made(0.3, 720, 24, 24),
    ("kling-v2-5-turbo", "pro"): Made(0.5, 1080, 24, 24),
    ("kling-v2-6", "std"): Made(0.3, 720, 24, 24),
    ("kling-v2-6", "pro"): Made(0.5, 1080, 24, 24),
    ("kling-v3", "std"): Made(0.6, 720, 24, 24),
    ("kling-v3", "pro"): Made(0.8, 1080, 24, 24),
}
"""By name and mode (a Master has none and takes both); 0 frames mean that the model does not start from that."""
TAILED = {
    **dict.fromkeys(("kling-v1", "kling-v3"), ("std", "pro")),
    **dict.fromkeys(("kling-v1-5", "kling-v1-6", "kling-v2-1", "kling-v2-5-turbo", "kling-v2-6"), ("pro",)),
}
"""In which modes a model takes a last picture."""
USUAL_LENGTHS, LENGTHS = (5, 10), {"kling-v3": range(3, 16)}
"""How many seconds a model makes: most of them, and those that make others."""
EXTENDS = {
    ("kling-v1", "std"): 1.0,
    ("kling-v1", "pro"): 3.5,
    ("kling-v1-5", "std"): 2.0,
    ("kling-v1-5", "pro"): 3.5,
    ("kling-v1-6", "std"): 2.0,
    ("kling-v1-6", "pro"): 3.5,
}
"""What an extension costs, for the models that can be extended."""
SECOND = {"720p": 0.6, "1080p": 0.8}
"""Units per second of the second API's models, by resolution."""
SECOND_MODELS = ("kling-3.0-omni", "kling-3.0", "kling-3.0-turbo")


def size(side: int, ratio: str) -> str:
    """Return width x height where it is not what is rendered, else nothing."""
    if side == 720:  # noqa: PLR2004 -- what is rendered
        return ""
    return {"16:9": "1920x1080", "9:16": "1080x1920", "1:1": "1440x1440"}[ratio]
