"""What the files of a hop must be, from the catalog and the storyboard's own `checks`."""

import hashlib
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from runner.media.model import Expectation
from runner.planning.spec import HopSpec
from runner.providers.catalog import Model
from runner.storyboard.model import Checks, Storyboard

FAMILIES = ("picture", "seam", "tail", "sound", "drift")
_SHORT_SIDES = {"720p": 720, "1080p": 1080, "4k": 2160}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What the whole film so far (`film`) and the new part alone (`segment`) must be, and what happens if not.

    Of a long film `film` is the end that the model is given or keeps, with the new part. `policies` says what happens
    where a family of the quality checks fails, `limits` are thresholds of the storyboard's own; `cut`: the seam is
    meant to be seen; `last`: nothing goes on from its last second, which may be as it likes. Where they say ``retake``,
    a hop gets so many `retakes`, all hops together for `retakes_usd`.
    """

    film: Expectation
    segment: Expectation
    on_fail: str
    policies: tuple[tuple[str, str], ...]
    limits: tuple[tuple[str, tuple[tuple[str, float], ...]], ...]
    cut: bool
    last: bool
    retakes: int
    retakes_usd: Decimal | None

    @property
    def buys_retakes(self) -> bool:
        """Whether anything that fails is bought again without asking."""
        return "retake" in (self.on_fail, *(policy for _, policy in self.policies))

    def policy(self, family: str) -> str:
        """Return what happens where a check of this family fails.

        What cannot become one film is never gone on with, and a part that is the one before again stops every run: a
        provider that handed it out once may do so for each take that is bought.
        """
        policy = "stop" if family == "repeat" else dict(self.policies).get(family, self.on_fail)
        return "stop" if (family, policy) == ("film", "warn") else policy

    @property
    def digest(self) -> str:
        """Changes when a verdict could."""
        # Kept with each verdict, so that a take is judged again where `checks` or the catalog changed, and only there.
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


def contract(storyboard: Storyboard, model: Model, spec: HopSpec) -> Contract:
    """Return the contract of one hop."""
    added, checks = spec.seconds_added or spec.seconds_total, storyboard.checks
    last = spec.index + 1 >= len(storyboard.hops)
    return Contract(
        # Where the model chooses how long an extension is, the uncertainty adds up from hop to hop.
        film=_expectation(storyboard, model, spec, spec.seconds_back, model.extension_margin * spec.index),
        segment=_expectation(storyboard, model, spec, added, spec.seconds_margin),
        on_fail=checks.on_fail,
        policies=tuple((family, _policy(family, checks, last=last)) for family in FAMILIES),
        limits=tuple((code, tuple(sorted(limit.items()))) for code, limit in sorted(checks.limits.items())),
        cut=spec.kind == "extend" and storyboard.hops[spec.index].seam == "cut",
        last=last,
        retakes=checks.retakes.takes,
        retakes_usd=checks.retakes.usd,
    )


def _policy(family: str, checks: Checks, *, last: bool) -> str:
    policy = str(getattr(checks, family))
    # Whether the last second holds still matters only where a next hop goes on from it.
    return "warn" if family == "tail" and last and policy != "off" else policy


def anchor_contract(contract: Contract, spec: HopSpec, before: float | None) -> Contract:
    """Return the contract of a hop where it is known how long the film was before it: only what it adds may miss."""
    if before is None or spec.seconds_back < spec.seconds_total:
        return contract
    added = 0.0 if spec.kind == "upgrade" else spec.seconds_added
    # Deviations of earlier hops are measured and accepted; counted again they would add up with every hop.
    tolerance = contract.segment.tolerance_seconds
    return replace(contract, film=replace(contract.film, seconds=before + added, tolerance_seconds=tolerance))


def _expectation(storyboard: Storyboard, model: Model, spec: HopSpec, seconds: float, margin: float) -> Expectation:
    checks = storyboard.checks
    resolution = checks.resolution or (spec.shot.resolution if spec.kind != "extend" else model.handed_on)
    first = storyboard.hops[0].images
    rate = checks.frame_rate or model.rate(from_frames=bool(first.first_frame or first.last_frame))
    aspect = _aspect(checks.aspect_ratio or storyboard.aspect_ratio)
    expectation = Expectation(
        frame_rate=rate,
        aspect=aspect,
        # What a square film in 720p measures, providers do not say: 720 and 960 were both seen.
        short_side=_SHORT_SIDES.get(resolution) if aspect != 1 or checks.resolution else None,
        seconds=seconds,
        video_codecs=model.video_codecs,
        audio=checks.audio or model.audio,
    )
    if checks.duration_tolerance is not None:
        return replace(expectation, tolerance_seconds=checks.duration_tolerance)
    if not model.extension_margin:
        return expectation
    return replace(expectation, tolerance_seconds=expectation.tolerance_seconds + margin, inexact=True)


def _aspect(ratio: str) -> Fraction | None:
    width, _, height = ratio.partition(":")
    return Fraction(int(width), int(height)) if height else None
