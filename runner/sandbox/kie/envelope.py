"""kie's envelope, prices and refusals. Nearly everything comes with HTTP 200; the verdict is the body's `code`."""

from starlette.responses import JSONResponse, Response

from runner.sandbox.faults.middleware import Refusal

PROVIDER = "kie"
USD_PER_CREDIT = 0.005
UPGRADE_CREDITS = {"upgrade-1080p": 5.0, "upgrade-4k": 120.0}
EXTEND_CREDITS = {"fast": 60.0, "lite": 30.0, "quality": 250.0}
_GENERATE_CREDITS = {
    "veo3": {"720p": 250.0, "1080p": 255.0, "4k": 380.0},
    "veo3_fast": {"720p": 60.0, "1080p": 65.0, "4k": 180.0},
    "veo3_lite": {"720p": 30.0, "1080p": 35.0, "4k": 150.0},
}
_IMAGE_4K_QUALITY = 370.0

MODELS = tuple(_GENERATE_CREDITS)
RESOLUTIONS = ("720p", "1080p", "4k")


class Refused(Exception):
    """A request that kie turns down."""

    def __init__(self, code: int, message: str, *, http: int = 200, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.refusal = Refusal(code=code, message=message, http=http, headers=headers or {})


def success(data: object) -> Response:
    """Return kie's yes."""
    return _json({"code": 200, "msg": "success", "data": data})


def refuse(refusal: Refusal, data: object = None) -> Response:
    """Return kie's no."""
    body = {"code": refusal.code, "msg": refusal.message, "data": data}
    return _json(body, refusal.http or 200, refusal.headers)


def _json(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse(body, status, headers, media_type="application/json;charset=UTF-8")


def generate_credits(model: str, resolution: str, *, images: bool) -> float:
    """Return the price of a generation."""
    if images and (model, resolution) == ("veo3", "4k"):
        return _IMAGE_4K_QUALITY
    return _GENERATE_CREDITS[model][resolution]
