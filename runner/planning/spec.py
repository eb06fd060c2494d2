"""The storyboard as the list of things to buy: one spec per hop, and one for the upgrade at the end."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from runner.providers.base import Kind, Parent, Request, Shot
from runner.providers.catalog import Catalog, Model
from runner.providers.registry import Entry
from runner.storyboard.model import Choose, Hop, Image, Storyboard


@dataclass(frozen=True, slots=True, kw_only=True)
class HopSpec:
    """One thing to buy: its shot (pictures and parent as placeholders), price, and the seconds it brings.

    Of `takes` the best is chosen, or a person is asked. `seconds_margin` is how much it may bring more or less, where
    that is not ours to choose. `seconds_back` is how long the file is that comes back, if it is no lone segment: less
    than the film where the model does not keep, or is not given, all of it. `tail_seconds` is what it is given then
    (0: the whole result before it).
    """

    index: int
    name: str
    kind: Kind
    shot: Shot
    request: Request
    key: str
    seconds_added: float
    seconds_margin: float
    seconds_total: float
    seconds_back: float
    tail_seconds: float
    credits: Decimal
    usd: Decimal
    images: tuple[Image, ...] = ()
    takes: int = 1
    choose: Choose = "best"


def hop_specs(storyboard: Storyboard, entry: Entry, model: Model) -> tuple[HopSpec, ...]:
    """Return every spec of a storyboard, in order; each key is made of the request and of the key before it."""
    listed: list[HopSpec] = []
    for hop in storyboard.hops:
        shot, tail = _shot(storyboard, hop, model), _tail_seconds(listed, model)
        if tail:
            shot = replace(shot, parent=Parent(task="", tail=f"<last {tail:g} s of the film so far>"))
        price = model.price(shot.kind, shot.resolution, shot.duration or 0.0)
        spec = _spec(entry, listed, shot, hop.name or "", price, images_of(hop))
        margin = model.extension_margin if shot.kind == "extend" else 0.0
        back = _repeated_seconds(listed, model, tail) + spec.seconds_added
        spec = replace(spec, tail_seconds=tail, seconds_back=back, seconds_margin=margin)
        listed.append(replace(spec, takes=hop.takes, choose=hop.choose))
    last = listed[-1]
    # Extensions come in one resolution; anything finer is bought once, of the last hop, after all of them.
    if len(listed) > 1 and storyboard.resolution != model.handed_on:
        upgrade = Shot(kind="upgrade", model=model.id, resolution=storyboard.resolution, parent=Parent(task=""))
        price = model.price("upgrade", storyboard.resolution, 0.0)
        spec = _spec(entry, listed, upgrade, f"upgrade to {storyboard.resolution}", price, ())
        listed.append(replace(spec, seconds_total=last.seconds_total, seconds_back=last.seconds_back))
    return tuple(listed)


def _spec(
    entry: Entry, before: list[HopSpec], shot: Shot, name: str, price: Decimal, images: tuple[Image, ...]
) -> HopSpec:
    parent = before[-1] if before else None
    request = entry.request(shot)
    added = shot.duration or 0.0
    return HopSpec(
        index=len(before),
        name=name,
        kind=shot.kind,
        shot=shot,
        request=request,
        key=_key(entry.catalog.provider, request, parent.key if parent else ""),
        seconds_added=added,
        seconds_margin=0.0,
        seconds_total=added + (parent.seconds_total if parent else 0.0),
        seconds_back=added,
        tail_seconds=0.0,
        credits=price,
        usd=price * entry.catalog.credit_usd,
        images=images,
    )


def _tail_seconds(before: Sequence[HopSpec], model: Model) -> float:
    """Return how much of the film so far is handed over, where all of it is more than the model takes."""
    too_long = before and model.takes_seconds and before[-1].seconds_back > model.takes_seconds
    return float(model.tail_seconds) if too_long else 0.0


def _repeated_seconds(before: Sequence[HopSpec], model: Model, tail: float) -> float:
    """Return how much of what it extends the next file shows again."""
    if model.gives_back == "segment":
        return 0.0
    given = tail or (before[-1].seconds_back if before else 0.0)
    return min(given, model.keeps_seconds) if model.keeps_seconds else given


def _shot(storyboard: Storyboard, hop: Hop, model: Model) -> Shot:
    """Return a hop as a shot. An extension brings what the model adds; a generation what was asked or the default."""
    first = hop.index == 0
    single = len(storyboard.hops) == 1
    return Shot(
        kind="generate" if first else "extend",
        model=model.id,
        mode=model.mode,
        prompt=hop.full_prompt(storyboard.style),
        aspect_ratio=storyboard.aspect_ratio,
        resolution=storyboard.resolution if first and single else model.handed_on,
        seed=hop.seed if hop.seed is not None else storyboard.seed,
        duration=hop.duration or (model.default_duration if first else model.extension_seconds),
        first_frame=placeholder(hop.images.first_frame),
        last_frame=placeholder(hop.images.last_frame),
        references=tuple(placeholder(image) for image in hop.images.references),
        options=storyboard.options,
        parent=None if first else Parent(task=""),
    )


def model_of(storyboard: Storyboard, catalog: Catalog) -> Model | None:
    """Return the model that a storyboard means, in the mode that it asks for or that makes its resolution."""
    name = storyboard.model or catalog.default_model
    return catalog.model(name, str(storyboard.options.get("mode", "")), storyboard.resolution)


def images_of(hop: Hop) -> tuple[Image, ...]:
    """Return the pictures of a hop."""
    frames = (hop.images.first_frame, hop.images.last_frame)
    return (*(image for image in frames if image), *hop.images.references)


def placeholder(image: Image | None) -> str:
    """Return a picture's URL, or for a local file words made of its content, so that renaming it changes no key."""
    if image is None:
        return ""
    return image.url or f"<picture {(image.sha256 or '')[:16]}>"


def fill_placeholders(spec: HopSpec, urls: Mapping[str, str], parent: Parent | None) -> Shot:
    """Return the spec's shot with uploaded pictures and the task that it extends in their places."""
    shot = spec.shot
    return replace(
        shot,
        first_frame=urls.get(shot.first_frame, shot.first_frame),
        last_frame=urls.get(shot.last_frame, shot.last_frame),
        references=tuple(urls.get(reference, reference) for reference in shot.references),
        parent=replace(parent, tail=urls.get(shot.parent.tail, "")) if parent and shot.parent else parent,
    )


def _key(provider: str, request: Request, parent: str) -> str:
    # The key before it is part of the key: an edit makes every later hop stale, as each shows what came before. Sorted,
    # so that the order of options in the YAML changes nothing; without address and account, so that a relay changes
    # nothing.
    canonical = json.dumps([provider, request.path, request.body, parent], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
