"""Who may use the emulated Kling: a plain key, or a token that an access key's secret has signed."""

import hashlib

from starlette.requests import Request

from runner.sandbox.kling.codes import UNSIGNED, Refused
from runner.sandbox.kling.profiles import Profile
from runner.sandbox.world import World

SECRET = "sandbox-secret-that-signs-for-every-access-key"  # noqa: S105 -- guards nothing
"""The secret of every access key that does not begin with ``bad``."""


def admit(world: World, profile: Profile, request: Request) -> str:
    """Return the account that a request belongs to, or refuse it."""
    try:
        return _account(world, request)
    except Refused as refused:
        if profile.objects:  # such a gateway has tokens of its own, and knows nothing of Kling's codes for them
            raise Refused(UNSIGNED, refused.refusal.message) from None
        raise


def _account(world: World, request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Refused(1001, "Authorization is empty")
    if token.startswith("bad"):
        raise Refused(1002, "Authorization is not valid")
    if token.count(".") == 2 and token.startswith("eyJ"):  # noqa: PLR2004 -- the parts of a token
        return _signed(world, token)
    return hashlib.sha256(token.encode()).hexdigest()[:12]


def _signed(world: World, token: str) -> str:
    """Check a token by the sandbox's clock, without any leeway."""
    import jwt  # whoever brings a plain key does without

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
