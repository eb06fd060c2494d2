"""Every provider by name: a table with a line for each, and the entry points of other packages behind it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, cast

from runner.providers.base import Account, Provider, Request, Shot
from runner.providers.catalog import Catalog
from runner.providers.catalog_loader import catalog

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from runner.clock import Clock
    from runner.net.client import Web

__all__ = ["BUILT_IN", "Account", "BuiltIn", "Entry", "entry", "names"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A provider as the engine meets it: its catalog page, its pure requests, and how to connect.

    `in_dialect` gives the same provider in another of its dialects, which the catalog names.
    """

    catalog: Catalog
    request: Callable[[Shot], Request]
    connect: Callable[[Account, "Web", "Clock"], Provider]
    in_dialect: "Callable[[str], Entry] | None" = None


class BuiltIn(NamedTuple):
    """Where a provider stands in this package, and what its functions are called there.

    Where there are dialects, `dialect` is the usual one, and both functions take the dialect first.
    """

    module: str
    request: str = "request"
    connect: str = "connect"
    dialect: str = ""


# Modules are named, not imported: start-up time is a feature, and each is loaded only once a storyboard names it.
BUILT_IN: Mapping[str, BuiltIn] = {
    "kie": BuiltIn("kie"),
    "gemini": BuiltIn("gemini"),
    "vertex": BuiltIn("vertex"),
    "omni": BuiltIn("omni"),
    "omni-vertex": BuiltIn("omni", request="vertex_request", connect="connect_vertex"),
    "kling": BuiltIn("kling.api", dialect="official"),
}


def names() -> tuple[str, ...]:
    """Return every provider that can be named in a storyboard."""
    return (*BUILT_IN, *(point.name for point in _entry_points()))


def entry(name: str, dialect: str = "") -> Entry | None:
    """Return a provider by name, in one of its dialects or in its usual one; None where there is no such thing."""
    found = _find(name)
    if found is None or dialect in ("", found.catalog.dialect):
        return found
    return found.in_dialect(dialect) if found.in_dialect and dialect in found.catalog.dialects else None


def _find(name: str) -> Entry | None:
    if name in BUILT_IN:
        return _load(name, BUILT_IN[name].dialect)
    for point in _entry_points():
        if point.name == name:
            return cast("Callable[[], Entry]", point.load())()
    return None


def _load(name: str, dialect: str) -> Entry:
    line = BUILT_IN[name]
    module = import_module(f"runner.providers.{line.module}")
    request, connect = getattr(module, line.request), getattr(module, line.connect)
    if not dialect:
        return Entry(catalog=catalog(name), request=request, connect=connect)
    return Entry(
        catalog=catalog(name, dialect),
        request=partial(request, dialect),
        connect=partial(connect, dialect),
        in_dialect=partial(_load, name),
    )


def _entry_points() -> tuple["EntryPoint", ...]:
    from importlib.metadata import entry_points  # slow to import, and needed for the names of other packages only

    return tuple(entry_points(group="longtake.providers"))
