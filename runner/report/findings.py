"""What the checks found, as a person reads it: the plain title, the measure in words, the limits, and what followed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from runner.inspection.policy import soften
from runner.media.model import Grade, Verdict
from runner.planning.contract import Contract
from runner.quality.thresholds import Threshold, profile
from runner.report.format import signless

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
_AFTER: Mapping[str, str] = {
    "warn": "policy: warn, so the run went on",
    "stop": "policy: stop, so the run stopped",
}
_ORDER: Mapping[str, int] = {"fail": 0, "warn": 1, "pass": 2}
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
        """The verdict in a word or two; what would fail, had nobody said otherwise, stays recognisable."""
        if self.accepted:
            return ACCEPTED
        return "fails, only warned of" if self.original != self.grade else WORDS[self.grade]


def findings(verdicts: Sequence[Verdict], contract: Contract, retake: str) -> tuple[Finding, ...]:
    """Verdicts for people, in the order in which they were given; `retake` says what that policy comes to."""
    limits = profile().changed({code: dict(limit) for code, limit in contract.limits}).thresholds
    pairs = zip(verdicts, soften(verdicts, contract), strict=True)
    return tuple(
        _finding(raw, soft.verdict, limits.get(raw.check), _after(raw, contract, retake)) for raw, soft in pairs
    )


def _after(verdict: Verdict, contract: Contract, retake: str) -> str:
    """What followed from a failure, as the storyboard wants it."""
    policy = contract.policy(verdict.check.partition("/")[0])
    if verdict.verdict != "fail":
        return ""
    if policy == "retake":
        return "policy: retake" + (f", {retake}" if retake else "")
    return _AFTER.get(policy, "")


def _finding(verdict: Verdict, grade: Grade, limit: Threshold | None, after: str) -> Finding:
    known = limit is not None and verdict.value is not None
    accepted = verdict.message.endswith(ACCEPTED)
    return Finding(
        code=verdict.check,
        title=limit.title if limit else _TITLES.get(verdict.check, verdict.check.replace("/", " ")),
        grade=grade,
        original="fail" if accepted else verdict.verdict,
        measured=amount(verdict.value, limit) if known and limit and verdict.value is not None else verdict.measured,
        limits=limits_of(limit) if known and limit else f"expected {verdict.expected}",
        after=after,
        message=signless(verdict.message),
        accepted=accepted,
        value=verdict.value,
        at=verdict.at,
    )


def amount(value: float, limit: Threshold) -> str:
    """A measure with its unit in words: doublings as per cent, shares as per cent."""
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
    return signless(words).replace("+0 %", "0 %").replace("+0.00", "0.00")


def limits_of(limit: Threshold) -> str:
    """From where on a check warns and fails."""
    words = f"warns {_bound(limit.warn, limit)}"
    return words + (f", fails {_bound(limit.fail, limit)}" if limit.fail is not None else ", never fails")


def _bound(value: float, limit: Threshold) -> str:
    if limit.around and limit.unit == "log2":  # in per cent, twice is +100 and half is -50
        return f"outside {amount(-value, limit)} to {amount(value, limit)}"
    if limit.around:
        return f"at ±{value:g} {limit.unit}".strip()
    if limit.unit in ("log2", "of all", "frames"):
        words = amount(value, limit)
    else:
        words = f"{value:g} {limit.unit}" if limit.unit else f"{value:.2f}"
    return f"at {words}" + (" or less" if limit.from_above else "")


def gravest_first(found: Sequence[Finding]) -> Sequence[Finding]:
    """Failed ones first, then those that would fail, then warnings."""
    return sorted(found, key=gravity)


def gravity(finding: Finding) -> tuple[int, int]:
    """What to sort by, so that the gravest comes first."""
    return _ORDER[finding.grade], _ORDER[finding.original]


def by_family(found: Sequence[Finding]) -> Sequence[tuple[str, Sequence[Finding]]]:
    """Findings grouped by what they are about, in each group the gravest first; the gravest group leads."""
    order = list(FAMILIES)
    sorted_ = sorted(found, key=lambda each: order.index(each.family) if each.family in order else len(order))
    groups = [(FAMILIES.get(name, name), gravest_first(list(each))) for name, each in groupby(sorted_, _family)]
    return sorted(groups, key=lambda group: _ORDER[group[1][0].grade])


def _family(finding: Finding) -> str:
    return finding.family
