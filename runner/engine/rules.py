"""What the catalog allows of a storyboard: models, modes, ratios, ranges, lengths. Each rule has a stable code."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Literal

from runner.engine.wishes import HANDED_ON, images_of
from runner.errors import PathPart, Problem
from runner.providers.catalog import Catalog, Model
from runner.providers.registry import names
from runner.storyboard.model import Hop, Storyboard

CODES = (
    "catalog/unknown-provider",
    "catalog/unknown-model",
    "catalog/retired-model",
    "catalog/not-extendable",
    "catalog/too-many-hops",
    "catalog/too-long",
    "catalog/aspect-ratio",
    "catalog/resolution",
    "catalog/duration",
    "catalog/references",
    "catalog/frames",
    "catalog/option-lost",
    "catalog/option-needed",
    "catalog/picture-url",
    "catalog/seed-ignored",
    "catalog/seed-range",
    "catalog/prompt-length",
    "catalog/budget",
)


def unknown_provider(storyboard: Storyboard) -> Problem:
    """The problem of a provider that nobody knows."""
    return _problem(
        storyboard,
        "unknown-provider",
        ("provider",),
        f"there is no provider {storyboard.provider.name!r}; known: {', '.join(names())}",
        _meant(storyboard.provider.name, names()),
    )


def check(storyboard: Storyboard, catalog: Catalog, today: date | None = None) -> Iterator[Problem]:
    """Every problem that the catalog knows of."""
    wanted = storyboard.model or catalog.default_model
    model = catalog.model(wanted)
    if model is None:
        known = [model.id for model in catalog.models]
        message = f"{catalog.title} has no model {wanted!r}; it has {', '.join(known)}"
        yield _problem(storyboard, "unknown-model", ("model",), message, _meant(wanted, known))
        return
    yield from _retired(storyboard, model, today or datetime.now(UTC).date())
    yield from _length(storyboard, model)
    yield from _picture(storyboard, model)
    yield from _seeds(storyboard, model)
    for hop in storyboard.hops:
        yield from _hop(storyboard, hop, model)
    yield from _images(storyboard, model)
    yield from _picture_urls(storyboard, catalog)
    yield from _budget(storyboard, catalog, model)


def _retired(storyboard: Storyboard, model: Model, today: date) -> Iterator[Problem]:
    if model.retired is None or today < model.retired:
        return
    instead = f"use {model.replacement}" if model.replacement else "choose another; see `longtake providers`"
    if storyboard.provider.base_url:
        return  # a relay or an emulator of its own may serve it still
    message = f"{model.id} was switched off on {model.retired}"
    yield _problem(storyboard, "retired-model", ("model",), message, instead, "warning")


def _length(storyboard: Storyboard, model: Model) -> Iterator[Problem]:
    extensions = len(storyboard.hops) - 1
    if extensions and not model.extendable:
        message = f"{model.id} cannot be extended, and the storyboard has {extensions} extensions"
        yield _problem(storyboard, "not-extendable", ("extensions",), message, "choose a model that can be extended")
        return
    if extensions and storyboard.hops[0].images.last_frame and not model.frames_extendable:
        message = f"{model.id} does not extend what was made between two frames"
        frame = ("initial", "images", "last_frame")
        yield _problem(storyboard, "not-extendable", frame, message, "leave `last_frame` out")
    for option in model.extension_needs if extensions else ():
        if option not in storyboard.options:
            message = f"extensions with {model.id} need the option `{option}`"
            yield _problem(storyboard, "option-needed", ("extensions",), message, f"add `options: {{{option}: …}}`")
    if extensions > model.max_extensions:
        place = ("extensions", model.max_extensions)
        message = f"{extensions} extensions; {model.id} takes {model.max_extensions} at most"
        yield _problem(storyboard, "too-many-hops", place, message, "end the storyboard here, or make two films of it")
        return
    first = storyboard.hops[0].duration or model.default_duration
    seconds = first + sum(hop.duration or model.extension_seconds for hop in storyboard.hops[1:])
    if seconds > model.max_seconds:
        message = f"the film would be {seconds:g} s long; {model.id} goes up to {model.max_seconds} s"
        yield _problem(storyboard, "too-long", ("extensions",), message, "take hops away")


def _picture(storyboard: Storyboard, model: Model) -> Iterator[Problem]:
    if storyboard.aspect_ratio not in model.aspect_ratios:
        message = f"{model.id} cannot make {storyboard.aspect_ratio}; it makes {', '.join(model.aspect_ratios)}"
        yield _problem(storyboard, "aspect-ratio", ("aspect_ratio",), message, "")
    if storyboard.resolution not in model.resolutions:
        message = f"{model.id} cannot make {storyboard.resolution}; it makes {', '.join(model.resolutions)}"
        yield _problem(storyboard, "resolution", ("resolution",), message, "")
    elif storyboard.resolution != HANDED_ON:
        yield from _fine(storyboard, model)


def _fine(storyboard: Storyboard, model: Model) -> Iterator[Problem]:
    """What is finer than extensions can be is made in one piece, or bought as an upgrade at the end."""
    if len(storyboard.hops) > 1 and storyboard.resolution not in model.upgrade:
        message = f"extended with {model.id}, a film is {HANDED_ON}, not {storyboard.resolution}"
        yield _problem(storyboard, "resolution", ("resolution",), message, f"set `resolution: {HANDED_ON}`")
        return
    seconds = storyboard.hops[0].duration or model.default_duration
    if len(storyboard.hops) == 1 and seconds not in model.fine_durations:
        allowed = ", ".join(str(each) for each in model.fine_durations)
        message = f"in {storyboard.resolution} {model.id} generates {allowed} s, not {seconds:g} s"
        yield _problem(storyboard, "duration", ("initial", "duration"), message, f"set `duration: {allowed}`")


def _seeds(storyboard: Storyboard, model: Model) -> Iterator[Problem]:
    if model.seed_range:
        return
    places: list[tuple[PathPart, ...]] = [("seed",)] if storyboard.seed is not None else []
    places += [(*hop.path, "seed") for hop in storyboard.hops if hop.seed is not None]
    for place in places:
        message = f"{model.id} takes no seed: it is left out of the request"
        yield _problem(storyboard, "seed-ignored", place, message, "take `seed` out", "warning")


def _hop(storyboard: Storyboard, hop: Hop, model: Model) -> Iterator[Problem]:
    place = hop.path
    if hop.duration is not None and hop.index == 0 and hop.duration not in model.durations:
        allowed = ", ".join(str(seconds) for seconds in model.durations)
        message = f"{model.id} generates {allowed} s, not {hop.duration:g} s"
        yield _problem(storyboard, "duration", (*place, "duration"), message, "")
    if hop.duration is not None and hop.index > 0 and hop.duration not in model.extension_durations:
        allowed = ", ".join(str(seconds) for seconds in model.extension_durations)
        message = f"an extension with {model.id} adds {allowed} s, not {hop.duration:g} s"
        yield _problem(storyboard, "duration", (*place, "duration"), message, "leave `duration` out of extensions")
    seed = hop.seed if hop.seed is not None else (storyboard.seed if hop.index == 0 else None)
    if seed is not None and model.seed_range and not model.seed_range[0] <= seed <= model.seed_range[1]:
        where = (*place, "seed") if hop.seed is not None else ("seed",)
        low, high = model.seed_range
        message = f"seed {seed} is not in {low} to {high}"
        yield _problem(storyboard, "seed-range", where, message, f"choose one of {low} to {high}")
    length = len(hop.full_prompt(storyboard.style))
    if model.max_prompt and length > model.max_prompt:
        message = f"the prompt with its style has {length} characters; {model.id} takes {model.max_prompt}"
        yield _problem(storyboard, "prompt-length", (*place, "prompt"), message, "shorten the prompt or `style`")


def _images(storyboard: Storyboard, model: Model) -> Iterator[Problem]:
    images = storyboard.hops[0].images
    place = ("initial", "images")
    if images.references:
        yield from _references(storyboard, model, len(images.references))
    if (images.first_frame or images.last_frame) and "frames" not in model.modes:
        message = f"{model.id} does not start from frames"
        yield _problem(storyboard, "frames", place, message, "leave `images` out, or choose another model")
    if images.last_frame and not images.first_frame:
        message = "`last_frame` needs a `first_frame`"
        yield _problem(storyboard, "frames", (*place, "last_frame"), message, "add `first_frame`")


def _picture_urls(storyboard: Storyboard, catalog: Catalog) -> Iterator[Problem]:
    images = storyboard.hops[0].images
    if catalog.pictures == "inline" and any(image.url for image in images_of(storyboard.hops[0])):
        names = [
            name for name, image in (("first_frame", images.first_frame), ("last_frame", images.last_frame)) if image
        ]
        message = f"{catalog.title} takes pictures as files, not as links"
        place = ("initial", "images", *(names[:1] or ["references"]))
        yield _problem(
            storyboard, "picture-url", place, message, "save the picture beside the storyboard and name the file"
        )


def _references(storyboard: Storyboard, model: Model, count: int) -> Iterator[Problem]:
    place = ("initial", "images", "references")
    if "references" not in model.modes:
        message = f"{model.id} does not work from reference images"
        yield _problem(storyboard, "references", place, message, "choose another model, or use `first_frame`")
        return
    if count > model.max_references:
        message = f"{count} reference images; {model.id} takes {model.max_references}"
        yield _problem(storyboard, "references", place, message, "")
    if storyboard.aspect_ratio not in model.reference_aspect_ratios:
        allowed = ", ".join(model.reference_aspect_ratios)
        message = f"with reference images {model.id} makes {allowed} only, not {storyboard.aspect_ratio}"
        yield _problem(storyboard, "aspect-ratio", ("aspect_ratio",), message, f"set `aspect_ratio: {allowed}`")
    asked = storyboard.hops[0].duration
    if asked is not None and asked != model.default_duration:
        message = f"with reference images {model.id} makes {model.default_duration} s only"
        yield _problem(storyboard, "duration", ("initial", "duration"), message, "leave `duration` out")


def _budget(storyboard: Storyboard, catalog: Catalog, model: Model) -> Iterator[Problem]:
    if storyboard.budget_usd is None:
        return
    single = len(storyboard.hops) == 1
    seconds = storyboard.hops[0].duration or model.default_duration
    price = model.price("generate", storyboard.resolution if single else "720p", seconds)
    if not single:
        price += model.price("upgrade", storyboard.resolution, 0)
        lengths = (hop.duration or model.extension_seconds for hop in storyboard.hops[1:])
        price += sum(model.price("extend", "720p", length) for length in lengths)
    usd = price * catalog.credit_usd
    if usd > storyboard.budget_usd:
        message = (
            f"the film costs ${usd:.2f}, the budget is ${storyboard.budget_usd:.2f}: the run would stop on the way"
        )
        yield _problem(storyboard, "budget", ("budget",), message, f"allow at least {usd:.2f}", "warning")


def _meant(word: str, known: Iterable[str]) -> str:
    import difflib  # for a mistake only

    near = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else ""


def _problem(
    storyboard: Storyboard,
    code: str,
    path: tuple[PathPart, ...],
    message: str,
    hint: str,
    severity: Literal["error", "warning"] = "error",
) -> Problem:
    line, column = storyboard.source.locate(path)
    return Problem(
        rule=f"catalog/{code}",
        message=message,
        severity=severity,
        file=str(storyboard.source.file or ""),
        line=line,
        column=column,
        path=path,
        hint=hint,
    )
