"""Everything that longtake raises on purpose. Imports nothing, so that every layer may raise.

LongtakeError                     what the outermost handler turns into a message and an exit code
├── UnforeseenError         1     a bug in longtake
├── UsageError              2     the command line makes no sense
├── StoryboardInvalid       3     carries every Problem found
├── StoppedBeforeSpending   4     budget reached, or spending was not confirmed
├── ConfigurationError      5     key, ffmpeg, settings
│   └── RunDirectoryError   5     locked, damaged, of another version, not writable, disk full
├── ProviderError           6     the provider failed or refused; the run can be resumed
│   └── DownloadError       6     a result could not be fetched whole
├── CheckFailed             7     a file breaks its contract; files are kept
├── UnknownOutcome          8     a paid submit may or may not have been taken
└── Interrupted           130     Ctrl-C; everything done is kept
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypedDict, Unpack

Charged = Literal["yes", "no", "unknown"]
PathPart = str | int
CHECK_FAILED, CHECK_RETAKE = "check/failed", "check/retake"  # a take failed; the second: another may be bought for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, or doubtful, in a storyboard.

    `rule` is a stable code such as ``schema/unknown-field``; `path` leads through the document, as in
    ``("extensions", 2, "seed")``; `line` and `column` count from 1; `hint` says how to fix it.
    """

    rule: str
    message: str
    severity: Literal["error", "warning"] = "error"
    file: str = ""
    line: int = 1
    column: int = 1
    path: tuple[PathPart, ...] = ()
    hint: str = ""

    @property
    def breadcrumb(self) -> str:
        """The path as people write it: ``extensions[2].seed``."""
        words = ""
        for part in self.path:
            words += f"[{part}]" if isinstance(part, int) else f".{part}" if words else part
        return words


class Facts(TypedDict, total=False):
    """What an error tells besides its message; what it does not tell is empty, and then nothing was charged.

    `retry_after` are the seconds that a server wants us to wait before we ask again.
    """

    code: str
    hint: str
    hop: int | None
    retryable: bool
    charged: Charged
    next_command: str
    retry_after: float


class LongtakeError(Exception):
    """Base of all. `message` says what happened and where; `hint` what to do about it."""

    # The numbers are public (docs/runs.md, exit codes): scripts branch on them.
    exit_code: ClassVar[int] = 1
    default_code: ClassVar[str] = "error"

    def __init__(self, message: str, **facts: Unpack[Facts]) -> None:
        super().__init__(message)
        self.message = message
        self.code = facts.get("code") or self.default_code
        self.hint = facts.get("hint", "")
        self.hop = facts.get("hop")
        self.retryable = facts.get("retryable", False)
        self.charged: Charged = facts.get("charged", "no")
        self.next_command = facts.get("next_command", "")
        self.retry_after = facts.get("retry_after", 0.0)


class UnforeseenError(LongtakeError):
    """What nobody thought of: a fault of longtake's own, kept as `__cause__`."""

    default_code = "bug"

    def __init__(self, error: Exception) -> None:
        super().__init__(f"a bug in longtake: {type(error).__name__}: {error}", charged="unknown")
        self.__cause__ = error


class UsageError(LongtakeError):
    """The command line makes no sense."""

    # As click and argparse have it for wrong usage.
    exit_code = 2
    default_code = "usage"


class StoryboardInvalid(LongtakeError):
    """The storyboard cannot be used; carries every problem found, warnings too."""

    exit_code = 3
    default_code = "storyboard/invalid"

    def __init__(self, message: str, problems: Sequence[Problem]) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class StoppedBeforeSpending(LongtakeError):
    """Nothing was sent: the budget would be passed, or spending was not confirmed."""

    exit_code = 4
    default_code = "money/stopped"


class ConfigurationError(LongtakeError):
    """A key, a tool or a setting is missing or wrong."""

    exit_code = 5
    default_code = "configuration"


class RunDirectoryError(ConfigurationError):
    """The run directory is locked, damaged, of another version, or cannot be written."""

    default_code = "run-directory"


class ProviderError(LongtakeError):
    """The provider refused, failed or fell silent; what is done stays done."""

    exit_code = 6
    default_code = "provider/failed"


class DownloadError(ProviderError):
    """A result could not be fetched whole."""

    default_code = "download/failed"


class CheckFailed(LongtakeError):
    """A file breaks its contract; the next hop is not bought and every file is kept."""

    exit_code = 7
    default_code = "check/failed"


class UnknownOutcome(LongtakeError):
    """A paid submit may or may not have been taken; only a person or the provider can tell."""

    exit_code = 8
    default_code = "money/unknown"


class Interrupted(LongtakeError):
    """Stopped by the user; what is on disk is whole and can be gone on with."""

    # 128 and the number of SIGINT, as a shell reports a program that Ctrl-C ended.
    exit_code = 130
    default_code = "interrupted"
