"""The camera's movement, which Kling takes for one model in one mode and length, and for another one in part."""

from collections.abc import Mapping

from runner.sandbox.kling.codes import Refused
from runner.sandbox.kling.fields import WRONG, Body, choice

_SIMPLE = "simple"
_MOVES = (_SIMPLE, "down_back", "forward_up", "right_turn_forward", "left_turn_forward")
_AXES = ("horizontal", "vertical", "pan", "tilt", "roll", "zoom")
_MOST = 10
_FOR = {("kling-v1", "std", 5): _MOVES, ("kling-v1-5", "pro", 5): (_SIMPLE,)}
"""The movements that a model makes in a mode and a length."""


def check(body: Body, model: str, mode: str, seconds: int) -> None:
    """Refuse a movement that the model does not make."""
    if "camera_control" not in body:
        return
    moves = _FOR.get((model, mode, seconds), ())
    if not moves:
        raise Refused(WRONG, f"model/mode/duration({model}/{mode}/{seconds}) is not supported with camera_control")
    wish = body["camera_control"]
    if not isinstance(wish, dict):
        raise Refused(WRONG, "camera_control value is invalid")
    given = {name: value for name, value in wish.items() if value is not None}
    if choice(given, "type", moves, "") == _SIMPLE:
        _check_simple(given.get("config"))


def _check_simple(config: object) -> None:
    """A simple movement goes along exactly one axis."""
    if not isinstance(config, dict):
        raise Refused(WRONG, "camera_control config can not be null")
    moved = [axis for axis in _AXES if _along(config, axis)]
    if len(moved) != 1:
        raise Refused(WRONG, "camera_control config must have exactly one value that is not 0")


def _along(config: Mapping[str, object], axis: str) -> float:
    value = config.get(axis) or 0
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_MOST <= value <= _MOST:
        raise Refused(WRONG, f"camera_control config {axis} value '{value}' is invalid")
    return value
