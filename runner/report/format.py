"""Numbers, times and money as words."""

import re
from datetime import UTC, datetime
from decimal import Decimal

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
# Rounding makes -0.001 to -0.00, which looks like a fault of the program.
_NOTHING = re.compile(r"-(0(?:\.0+)?)(?![\d.])")


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds."""
    minutes, rest = divmod(round(float(seconds), 1), _MINUTE)
    return f"{minutes:.0f}:{rest:04.1f}" if minutes else f"{rest:.1f} s"


def moment(at: float) -> str:
    """A moment in UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC") if at else ""


def second(at: float) -> str:
    """A moment in UTC, to the second."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S") if at else ""


def span(seconds: float) -> str:
    """About how long something is."""
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.1f} s"


def money(usd: Decimal | float) -> str:
    """An amount; tenths of a cent are shown where there are any."""
    # A credit of kie is half a cent, so that prices of $0.005 occur; of whole cents nobody wants a third digit.
    exact = round(float(usd), 3)
    return f"${exact:.2f}" if abs(exact - round(exact, 2)) < 1e-9 else f"${exact:.3f}"  # noqa: PLR2004 -- rounding


def size(count: int) -> str:
    """Bytes as megabytes."""
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{count / 1e3:.0f} kB"  # noqa: PLR2004


def drop_negative_zero(text: str) -> str:
    """The text without the sign of a nothing: -0.00 is 0.00."""
    return _NOTHING.sub(r"\1", text)


def plural(number: int, what: str) -> str:
    """A number of things."""
    return f"{number} {what}{'s' * (number != 1)}"
