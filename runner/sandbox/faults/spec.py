"""The grammar of faults, and the faults that are armed.

``name[=value][@route][#nth][:key=value,…]``, as in ``lost-reply@extend#2``, ``segment-seconds=8`` or
``rate-limit:retry_after=1,times=2``. A fault strikes on its nth occasion and then for `times` occasions.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from runner.sandbox.faults.table import FAULTS, ROUTES, FaultKind, Moment

_GRAMMAR = re.compile(
    r"(?P<name>[a-z0-9-]+)(?:=(?P<value>[^@#:]+))?(?:@(?P<route>[a-z0-9-]+))?(?:#(?P<nth>[1-9]\d*))?(?::(?P<rest>.*))?"
)
_MISPLACED = re.compile(rf"@({'|'.join(ROUTES)})(#\d+)?$")
# What `always` stands for: more occasions than any run has.
_TIMES = {"once": 1, "always": 10**9}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault as it was asked for."""

    spec: str
    kind: FaultKind
    route: str = ""
    nth: int = 1
    times: int = 1
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name that the table knows."""
        return self.kind.name

    def text(self, key: str, default: str = "") -> str:
        """Return a value as it was written."""
        return self.values.get(key, default)

    def number(self, key: str, default: float) -> float:
        """Return a value as a number; ValueError names the spec."""
        try:
            return float(self.values.get(key, default))
        except ValueError:
            raise ValueError(f"fault {self.spec!r}: {key} must be a number, not {self.values[key]!r}") from None

    def matches(self, routes: Sequence[str]) -> bool:
        """Say whether this fault applies to a route that goes by the names `routes`."""
        meant = (self.route,) if self.route else self.kind.routes
        return not meant or any(name in meant for name in routes)


def parse_fault(spec: str) -> Fault:
    """Read one spec; ValueError says what is wrong with it."""
    match = _GRAMMAR.fullmatch(spec.strip())
    if match is None:
        raise ValueError(f"fault {spec!r} is not of the form name[=value][@route][#nth][:key=value,…]")
    kind, route = _find_kind(match["name"]), match["route"] or ""
    if route and route not in ROUTES:
        raise ValueError(f"fault {spec!r}: unknown route {route!r}; the routes are: {', '.join(ROUTES)}")
    values = _parse_options(spec, match["rest"] or "")
    if match["value"]:
        values[kind.value or "value"] = match["value"]
    _check_options(spec, kind, values)
    # A fault that holds always and names an nth means that one alone.
    times = values.pop("times", "once" if kind.once or match["nth"] else "always")
    return Fault(
        spec=spec.strip(),
        kind=kind,
        route=route,
        nth=int(match["nth"] or 1),
        times=_TIMES.get(times) or int(times),
        values=values,
    )


def _find_kind(name: str) -> FaultKind:
    kind = FAULTS.get(name)
    if kind is None:
        raise ValueError(f"unknown fault {name!r}; the faults are: {', '.join(sorted(FAULTS))}")
    return kind


def _parse_options(spec: str, rest: str) -> dict[str, str]:
    values = {}
    for part in filter(None, rest.split(",")):
        key, _, value = part.partition("=")
        if not key:
            raise ValueError(f"fault {spec!r}: {part!r} is not key=value")
        # `name:key=value@route` would give the value an @, and a fault that strikes on every route.
        if _MISPLACED.search(value):
            raise ValueError(f"fault {spec!r}: the route belongs before the `:`, as in name@route#nth:key=value")
        values[key.strip().replace("-", "_")] = value.strip() or "yes"
    return values


def _check_options(spec: str, kind: FaultKind, values: Mapping[str, str]) -> None:
    known = {*kind.keys, "times"}
    unknown = sorted(values.keys() - known)
    if unknown:
        raise ValueError(
            f"fault {spec!r}: {kind.name} has no option {', '.join(unknown)}; it takes {', '.join(sorted(known))}"
        )
    times = values.get("times", "1")
    if times not in _TIMES and not (times.isdecimal() and int(times)):
        raise ValueError(f"fault {spec!r}: times must be a number of at least 1, or always, not {times!r}")
    if values.get("commit", "yes") not in ("yes", "no"):
        raise ValueError(f"fault {spec!r}: commit must be yes or no, not {values['commit']!r}")
    if kind.value in kind.needs and kind.value not in values:
        raise ValueError(f"fault {spec!r} needs a value: {kind.name}={kind.example}")


class Faults:
    """The faults that are armed in this process."""

    def __init__(self, specs: Iterable[str] = ()) -> None:
        self._armed: list[tuple[Fault, list[int]]] = []
        for spec in specs:
            self.add(spec)

    def add(self, spec: str) -> None:
        """Arm one more; ValueError if it makes no sense."""
        self._armed.append((parse_fault(spec), [0]))

    def clear(self) -> None:
        """Disarm all."""
        self._armed.clear()

    def list_armed(self) -> list[dict[str, object]]:
        """Return what is armed, how many occasions it had, and whether it is spent."""
        return [
            {"fault": fault.spec, "seen": seen[0], "spent": seen[0] >= fault.nth - 1 + fault.times}
            for fault, seen in self._armed
        ]

    def trigger(self, moment: Moment, *routes: str) -> Sequence[Fault]:
        """Return the faults that strike now, on a route of these names; each counts this as one occasion."""
        triggered = []
        for fault, seen in self._armed:
            if fault.kind.moment == moment and fault.matches(routes):
                seen[0] += 1
                if fault.nth <= seen[0] < fault.nth + fault.times:
                    triggered.append(fault)
        return triggered

    def switch(self, name: str) -> Fault | None:
        """Return a switch, None if it is off."""
        return next((fault for fault, _ in self._armed if fault.name == name), None)
