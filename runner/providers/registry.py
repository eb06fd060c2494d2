"""Every provider by name: a literal table, and the entry points of other packages behind it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, cast

from runner.providers.base import Provider, Request, Shot
from runner.providers.catalog import Catalog
from runner.providers.catalog_loader import catalog

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from runner.clock import Clock
    from runner.net.client import Web


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where and as whom to connect. The key never leaves this value but as a header; `settings` as the catalog asks."""

    base_url: str
    upload_url: str
    key: str
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A provider as the engine meets it: its catalog page, its pure requests, and how to connect.

    `speaking` gives the same provider in another of its dialects, which the catalog names.
    """

    catalog: Catalog
    request: Callable[[Shot], Request]
    connect: Callable[[Account, "Web", "Clock"], Provider]
    speaking: "Callable[[str], Entry] | None" = None


def _kie() -> Entry:
    from runner.providers.kie.requests import request  # each provider is loaded only when named

    return Entry(catalog=catalog("kie"), request=request, connect=_connect_kie)


def _connect_kie(account: Account, web: "Web", clock: "Clock") -> Provider:
    from runner.providers.kie.api import Kie  # brings in the HTTP library, which a dry run can do without

    return Kie(web=web, clock=clock, base_url=account.base_url, upload_url=account.upload_url, key=account.key)


def _gemini() -> Entry:
    from runner.providers.gemini.requests import request

    return Entry(catalog=catalog("gemini"), request=request, connect=_connect_gemini)


def _connect_gemini(account: Account, web: "Web", clock: "Clock") -> Provider:
    from runner.providers.gemini.api import Gemini

    return Gemini(web=web, clock=clock, base_url=account.base_url, key=account.key)


def _vertex() -> Entry:
    from runner.providers.vertex.requests import request

    return Entry(catalog=catalog("vertex"), request=request, connect=_connect_vertex)


def _connect_vertex(account: Account, web: "Web", clock: "Clock") -> Provider:
    from runner.providers.google.login import login
    from runner.providers.vertex.api import Vertex

    return Vertex(
        web=web,
        clock=clock,
        base_url=account.base_url,
        storage_url=account.upload_url,
        project=account.settings.get("project", ""),
        login=login(account.key),
    )


def _omni() -> Entry:
    from runner.providers.omni.requests import request

    return Entry(catalog=catalog("omni"), request=request, connect=_connect_omni)


def _connect_omni(account: Account, web: "Web", clock: "Clock") -> Provider:
    from runner.providers.google.login import ApiKey
    from runner.providers.omni.api import Omni, Place
    from runner.providers.omni.requests import PATH

    place = Place(base=account.base_url.rstrip("/"), path=PATH)
    return Omni(web=web, clock=clock, place=place, login=ApiKey(account.key))


def _omni_vertex() -> Entry:
    from runner.providers.omni.requests import on_vertex

    return Entry(catalog=catalog("omni-vertex"), request=on_vertex, connect=_connect_omni_vertex)


def _connect_omni_vertex(account: Account, web: "Web", clock: "Clock") -> Provider:
    from runner.providers.google.login import login
    from runner.providers.omni.api import Omni, Place
    from runner.providers.omni.requests import ON_VERTEX

    project, storage = account.settings.get("project", ""), account.upload_url.rstrip("/")
    place = Place(base=account.base_url.rstrip("/"), path=ON_VERTEX, storage=storage, project=project)
    return Omni(web=web, clock=clock, place=place, login=login(account.key))


def _kling(dialect: str = "official") -> Entry:
    from runner.providers.kling.dialects import DIALECTS

    spoken = DIALECTS[dialect]
    return Entry(
        catalog=catalog("kling", dialect),
        request=spoken.request,
        connect=partial(_connect_kling, dialect),
        speaking=_kling,
    )


def _connect_kling(dialect: str, account: Account, web: "Web", clock: "Clock") -> Provider:
    from runner.providers.kling.api import Kling
    from runner.providers.kling.dialects import DIALECTS
    from runner.providers.kling.signing import signer

    return Kling(
        web=web,
        clock=clock,
        base_url=account.base_url,
        dialect=DIALECTS[dialect],
        signer=signer(account.settings.get("access_key", ""), account.key),
    )


BUILT_IN: Mapping[str, Callable[[], Entry]] = {
    "kie": _kie,
    "gemini": _gemini,
    "vertex": _vertex,
    "omni": _omni,
    "omni-vertex": _omni_vertex,
    "kling": _kling,
}


def names() -> tuple[str, ...]:
    """Every provider that can be named in a storyboard."""
    return (*BUILT_IN, *(point.name for point in _foreign()))


def entry(name: str, dialect: str = "") -> Entry | None:
    """A provider by name, in one of its dialects or in its usual one; None where there is no such thing."""
    found = _named(name)
    if found is None or dialect in ("", found.catalog.dialect):
        return found
    return found.speaking(dialect) if found.speaking and dialect in found.catalog.dialects else None


def _named(name: str) -> Entry | None:
    if name in BUILT_IN:
        return BUILT_IN[name]()
    for point in _foreign():
        if point.name == name:
            return cast("Callable[[], Entry]", point.load())()
    return None


def _foreign() -> tuple["EntryPoint", ...]:
    from importlib.metadata import entry_points  # slow to import, and needed for foreign names only

    return tuple(entry_points(group="longtake.providers"))
