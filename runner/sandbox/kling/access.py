"""Who may use the emulated Kling, and which tasks an account can see."""

import hashlib
import re

from starlette.requests import Request

from runner.sandbox.faults.task_effects import carried_fault
from runner.sandbox.kling.catalog import Profile
from runner.sandbox.kling.replies import UNAUTHORIZED, Refused
from runner.sandbox.tasks import Task
from runner.sandbox.world import World

# Videos and their ids are removed 30 days after they were made (Kling, English docs, 2026-02).
KEPT_SECONDS = 30 * 24 * 3600.0
VIDEO_ID_OFFSET = (12 << 22) + 50_331
"""What the id of a video is more than that of its task; a real one was allocated 12 ms later (2025-12)."""
# A token (JWT) is three parts of base64; the first is an object in JSON, and `{"` is `eyJ` in base64.
_JWT = re.compile(r"eyJ[^.]*\.[^.]*\.[^.]*$")
SECRET = "sandbox-secret-that-signs-for-every-access-key"  # noqa: S105 -- guards nothing
"""The secret of every access key that does not begin with ``bad``."""


def check_access(world: World, profile: Profile, request: Request) -> str:
    """Return the account that a request belongs to, or refuse it."""
    try:
        return _identify_account(world, request)
    except Refused as refused:
        # Gateways of this kind have tokens of their own, and none of Kling's codes for them.
        if profile.objects:
            raise Refused(UNAUTHORIZED, refused.refusal.message) from None
        raise


def _identify_account(world: World, request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Refused(1001, "Authorization is empty")
    if token.startswith("bad"):
        raise Refused(1002, "Authorization is not valid")
    if _JWT.match(token):
        return _verify_token(world, token)
    return hashlib.sha256(token.encode()).hexdigest()[:12]


def _verify_token(world: World, token: str) -> str:
    """Return the access key of a token, which is checked by the sandbox's clock and without leeway."""
    import jwt  # takes long to import, and a plain key needs none of it

    try:
        claims = jwt.decode(
            token,
            SECRET,
            algorithms=["HS256"],
            options={"verify_exp": False, "verify_nbf": False, "require": ["iss", "exp"]},
        )
    except jwt.InvalidTokenError as error:
        raise Refused(1002, f"Authorization is not valid: {error}") from None
    issuer, now = str(claims["iss"]), world.clock.now()
    if issuer.startswith("bad"):
        raise Refused(1000, "Authentication failed")
    if now < float(claims.get("nbf", 0)):
        raise Refused(1003, "Authorization is not yet valid")
    if now >= float(claims["exp"]):
        raise Refused(1004, "Authorization has expired")
    return issuer[:40]


def find_by_id(world: World, profile: Profile, account: str, identifier: str) -> Task | None:
    """Return a task of an account by its id."""
    task = world.tasks.find(identifier)
    return task if task and _is_visible(world, profile, account, task) else None


def find_by_name(world: World, profile: Profile, account: str, name: str) -> Task | None:
    """Return a task of an account by the client's name for it, where those are kept."""
    return next((task for task in list_tasks(world, profile, account) if task.name == name), None) if name else None


def find_by_id_or_name(world: World, profile: Profile, account: str, either: str) -> Task | None:
    """Return a task of an account by its id or, where those are kept, by the client's name for it."""
    return find_by_id(world, profile, account, either) or find_by_name(world, profile, account, either)


def list_tasks(world: World, profile: Profile, account: str) -> list[Task]:
    """Return every task that an account can find without knowing its id, oldest first."""
    visible = [task for task in world.tasks.list_all() if _is_visible(world, profile, account, task)]
    return [task for task in visible if not _is_lagging(world, task)]


def find_by_video(world: World, profile: Profile, account: str, video: str) -> Task | None:
    """Return the task that made a video, if it is this account's and still kept."""
    return find_by_id(world, profile, account, str(int(video) - VIDEO_ID_OFFSET)) if video.isdecimal() else None


def video_id(task: Task) -> str:
    """Return the id of a task's video."""
    return str(int(task.id) + VIDEO_ID_OFFSET)


def _is_lagging(world: World, task: Task) -> bool:
    """Say whether a new task is not in the index yet."""
    fault = carried_fault(task, "lagging")
    return fault is not None and world.clock.now() < task.created + fault.number("seconds", 30)


def _is_visible(world: World, profile: Profile, account: str, task: Task) -> bool:
    mine = (task.provider, task.project) == (profile.name, account)
    return mine and world.clock.now() - task.created <= KEPT_SECONDS
