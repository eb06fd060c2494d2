"""What the checks found, as a person reads it: the plain title, the measure in words, the limits, and what followed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from runner.inspection.policy import soften
from runner.media.model import Grade, Verdict
from runner.planning.contract import Contract
from runner.planning.model import Step
from runner.planning.reuse import FAILED_CHECKS, may_retake
from runner.quality.thresholds import Threshold, profile
from runner.report.format import drop_negative_zero
from runner.state.history import History, Take

FAMILIES: Mapping[str, str] = {
    "check": "Form of the file",
    "picture": "Picture",
    "seam": "Seam",
    "tail": "Last second",
    "sound": "Sound",
    "drift": "Drift over the film",
}
_TITLES: Mapping[str, str] = {
    "check/container": "container",
    "check/video-codec": "codec of the picture",
    "check/frame-rate": "frame rate",
    "check/constant-rate": "spacing of the frames",
    "check/resolution": "resolution",
    "check/aspect": "aspect ratio",
    "check/pixel-aspect": "shape of a pixel",
    "check/rotation": "rotation mark",
    "check/pixels": "pixel format and range",
    "check/scan": "order of lines",
    "check/duration": "length",
    "check/packets": "frames that are there",
    "check/streams": "number of streams",
    "check/audio": "sound track",
    "check/audio-format": "form of the sound",
    "check/audio-length": "length of the sound",
    "check/audio-start": "start of the sound",
    "check/decode": "decoding",
    "seam/alignment": "how it takes up what was there",
}
# `off` is missing: what is not checked has no verdict. `retake` depends on the take, see `describe_retake`.
_AFTER: Mapping[str, str] = {
    "warn": "policy: warn, so the run went on",
    "stop": "policy: stop, so the run stopped",
}
_ORDER: Mapping[str, int] = {"fail": 0, "warn": 1, "pass": 2}
_ANOTHER = "so another take is bought"
ACCEPTED = "accepted by you"  # how the engine ends what it says of a failure that a person accepted
WORDS: Mapping[str, str] = {"fail": "failed", "warn": "warned", "pass": "passed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The outcome of one check.

    `original` is how grave it is by its limits, `grade` what the storyboard makes of it, or who `accepted` it.
    """

    code: str
    title: str
    grade: Grade
    original: Grade
    measured: str
    limits: str
    after: str
    message: str
    accepted: bool = False
    value: float | None = None
    at: float | None = None

    @property
    def family(self) -> str:
        """What it is about."""
        return self.code.partition("/")[0]

    @property
    def word(self) -> str:
        """The verdict in a word or two; what would fail but for a policy or a person stays recognisable."""
        if self.accepted:
            return ACCEPTED
        return "fails, only warned of" if self.original != self.grade else WORDS[self.grade]


def explain_verdicts(verdicts: Sequence[Verdict], contract: Contract, retake: str) -> tuple[Finding, ...]:
    """Explain verdicts to people, in the order in which they were given; `retake` says what that policy comes to."""
    limits = profile().changed({code: dict(limit) for code, limit in contract.limits}).thresholds
    pairs = zip(verdicts, soften(verdicts, contract), strict=True)
    return tuple(
        _finding(raw, soft.verdict, limits.get(raw.check), _consequence(raw, contract, retake)) for raw, soft in pairs
    )


def _consequence(verdict: Verdict, contract: Contract, retake: str) -> str:
    """Say what followed from a failure, as the storyboard wants it."""
    policy = contract.policy(verdict.check.partition("/")[0])
    if verdict.verdict != "fail":
        return ""
    if policy == "retake":
        return "policy: retake" + (f", {retake}" if retake else "")
    return _AFTER.get(policy, "")


def _finding(verdict: Verdict, grade: Grade, limit: Threshold | None, after: str) -> Finding:
    # A check of the form has no threshold, but one thing that it expects.
    measured, limits = verdict.measured, f"expected {verdict.expected}"
    if limit is not None and verdict.value is not None:
        measured, limits = format_amount(verdict.value, limit), format_limits(limit)
    # An accepted failure comes here as a warning; that it failed is only told by its message.
    accepted = verdict.message.endswith(ACCEPTED)
    return Finding(
        code=verdict.check,
        title=limit.title if limit else _TITLES.get(verdict.check, verdict.check.replace("/", " ")),
        grade=grade,
        original="fail" if accepted else verdict.verdict,
        measured=measured,
        limits=limits,
        after=after,
        message=drop_negative_zero(verdict.message),
        accepted=accepted,
        value=verdict.value,
        at=verdict.at,
    )


def format_amount(value: float, limit: Threshold) -> str:
    """Say a measure with its unit in words: doublings as per cent, shares as per cent."""
    sign = "+" if limit.around or limit.warn < 0 else ""
    match limit.unit:
        case "log2":
            words = f"{100 * (2**value - 1):+.0f} %"
        case "of all":
            words = f"{100 * value:.0f} % of all"
        case "frames":
            words = f"{value:.0f} frame{'s' * (round(value) != 1)}"
        case unit:
            words = f"{value:{sign}.2f} {unit}".strip()
    return drop_negative_zero(words).replace("+0 %", "0 %").replace("+0.00", "0.00")


def format_limits(limit: Threshold) -> str:
    """Say from where on a check warns and fails."""
    words = f"warns {_bound(limit.warn, limit)}"
    return words + (f", fails {_bound(limit.fail, limit)}" if limit.fail is not None else ", never fails")


def _bound(value: float, limit: Threshold) -> str:
    if limit.around and limit.unit == "log2":  # in per cent, twice is +100 and half is -50
        return f"outside {format_amount(-value, limit)} to {format_amount(value, limit)}"
    if limit.around:
        return f"at ±{value:g} {limit.unit}".strip()
    if limit.unit in ("log2", "of all", "frames"):
        words = format_amount(value, limit)
    else:
        words = f"{value:g} {limit.unit}" if limit.unit else f"{value:.2f}"
    return f"at {words}" + (" or less" if limit.from_above else "")


def worst_first(found: Sequence[Finding]) -> Sequence[Finding]:
    """Sort failed ones first, then those that would fail, then warnings."""
    return sorted(found, key=severity)


def severity(finding: Finding) -> tuple[int, int]:
    """Return what to sort by, so that the gravest comes first."""
    return _ORDER[finding.grade], _ORDER[finding.original]


def group_by_family(found: Sequence[Finding]) -> Sequence[tuple[str, Sequence[Finding]]]:
    """Group findings by what they are about, in each group the gravest first; the gravest group leads."""
    order = list(FAMILIES)
    # groupby needs neighbours; a family of a later version, unknown here, comes last.
    sorted_ = sorted(found, key=lambda each: order.index(each.family) if each.family in order else len(order))
    groups = [(FAMILIES.get(name, name), worst_first(list(each))) for name, each in groupby(sorted_, _family)]
    return sorted(groups, key=lambda group: _ORDER[group[1][0].grade])


def _family(finding: Finding) -> str:
    return finding.family


def describe_retake(take: Take, step: Step, history: History) -> str:
    """Say what the policy `retake` comes to for a take; nothing where that no longer matters."""
    if take.discarded:
        return _ANOTHER if take.discarded == FAILED_CHECKS else ""
    if step.spec.takes > 1:
        return "but of several takes none is bought again"
    if take.verdict != "fail":
        return "but not yet when it was judged"
    if take.remedy != "retake":
        return "but another check stopped the run"
    return _ANOTHER if may_retake(history, step.spec, step.contract) else _retakes_used_up(step, history)


def _retakes_used_up(step: Step, history: History) -> str:
    money = may_retake(history, step.spec, replace(step.contract, retakes_usd=None))
    return "and the money for retakes is used up" if money else "and its retakes are used up"
