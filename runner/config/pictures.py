"""Pictures from outside a storyboard's folder: sent to a provider only where a person says so."""

from collections.abc import Mapping

from runner.errors import ConfigurationError
from runner.storyboard.model import Storyboard

ALLOW_OUTSIDE = "LONGTAKE_ALLOW_OUTSIDE"
_NO = ("", "0", "no", "false", "off")


def refuse_outside_pictures(storyboard: Storyboard, environ: Mapping[str, str], *, allowed: bool) -> None:
    """Refuse pictures that a path or a link brings from elsewhere: a storyboard may come from a stranger.

    Raises:
        ConfigurationError: naming the first of them and where it really lies.
    """
    if allowed or environ.get(ALLOW_OUTSIDE, "").strip().lower() not in _NO:
        return
    images = storyboard.hops[0].images
    for image in filter(None, (images.first_frame, images.last_frame, *images.references)):
        if image.outside:
            raise ConfigurationError(
                f"the picture {image.reference!r} lies outside of the storyboard's folder, at {image.outside}",
                code="storyboard/picture-outside",
                hint="nothing was sent. If it may be sent to the provider, add --allow-outside, or export"
                f" {ALLOW_OUTSIDE}=1; or put a copy beside the storyboard",
                next_command="--allow-outside",
            )
