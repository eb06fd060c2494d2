"""What the catalog allows of hops: their lengths, shapes, seeds, words and pictures."""

from collections.abc import Iterator
from typing import Literal

from runner.errors import PathPart, Problem
from runner.planning.spec import images_of
from runner.providers.catalog import Catalog, Model
from runner.storyboard.model import Hop, Storyboard


def check_hops(storyboard: Storyboard, catalog: Catalog, model: Model) -> Iterator[Problem]:
    """Yield every problem with the hops of a storyboard."""
    if len(storyboard.hops) > 1:
        yield from _check_extensions(storyboard, model)
    else:
        yield from _check_film_length(storyboard, model)
    yield from _check_picture(storyboard, model)
    yield from _check_seeds(storyboard, model)
    for hop in storyboard.hops:
        yield from _check_hop_duration(storyboard, hop, model)
        yield from _check_hop_seed(storyboard, hop, model)
        yield from _check_hop_prompt(storyboard, hop, model)
    yield from _check_frames(storyboard, model)
    yield from _check_last_frame(storyboard, model)
    yield from _check_references(storyboard, model)
    yield from _check_picture_urls(storyboard, catalog)
    yield from _check_picture_types(storyboard, catalog)


def _check_extensions(storyboard: Storyboard, model: Model) -> Iterator[Problem]:
    extensions = len(storyboard.hops) - 1
    if not model.extendable:
        message = (
            f"{model.id} cannot be extended, and the storyboard has {extensions} extension{'s' * (extensions > 1)}"
        )
        hint = "choose a model that can be extended"
        yield catalog_problem(storyboard, "not-extendable", ("extensions",), message, hint)
        return
    if storyboard.hops[0].images.last_frame and not model.frames_extendable:
        message = f"{model.id} does not extend what was made between two frames"
        frame = ("initial", "images", "last_frame")
        yield catalog_problem(storyboard, "not-extendable", frame, message, "leave `last_frame` out")
    for option in (each for each in model.extension_needs if each not in storyboard.options):
        message, hint = f"extensions with {model.id} need the option `{option}`", f"add `options: {{{option}: …}}`"
        yield catalog_problem(storyboard, "option-needed", ("extensions",), message, hint)
    if extensions > model.max_extensions:
        place = ("extensions", model.max_extensions)
        message = f"{extensions} extensions; {model.id} takes {model.max_extensions} at most"
        hint = "end the storyboard here, or make two films of it"
        yield catalog_problem(storyboard, "too-many-hops", place, message, hint)
        # Its length is not checked as well: it changes once hops are taken away.
        return
    yield from _check_film_length(storyboard, model)


def _check_film_length(storyboard: Storyboard, model: Model) -> Iterator[Problem]:
    first = storyboard.hops[0].duration or model.default_duration
    seconds = first + sum(hop.duration or model.extension_seconds for hop in storyboard.hops[1:])
    most = seconds + (len(storyboard.hops) - 1) * model.extension_margin
    place = ("extensions",)
    if seconds > model.max_seconds:
        message = f"the film would be {seconds:g} s long; {model.id} goes up to {model.max_seconds} s"
        yield catalog_problem(storyboard, "too-long", place, message, "take hops away")
    # Where the model chooses the length itself, too long is a possibility, not a mistake.
    elif most > model.max_seconds:
        message = f"the film may become {most:g} s long, and {model.id} goes up to {model.max_seconds} s"
        yield catalog_problem(storyboard, "too-long", place, message, "the last hops may be refused", "warning")


def _check_picture(storyboard: Storyboard, model: Model) -> Iterator[Problem]:
    if storyboard.aspect_ratio not in model.aspect_ratios:
        message = f"{model.id} cannot make {storyboard.aspect_ratio}; it makes {', '.join(model.aspect_ratios)}"
        yield catalog_problem(storyboard, "aspect-ratio", ("aspect_ratio",), message, "")
    if storyboard.resolution not in model.resolutions:
        which, makes = " ".join(filter(None, (model.id, model.mode))), ", ".join(model.resolutions)
        message = f"{which} cannot make {storyboard.resolution}; it makes {makes}"
        yield catalog_problem(
            storyboard, "resolution", ("resolution",), message, f"set `resolution: {model.resolutions[0]}`"
        )
    elif storyboard.resolution != model.handed_on:
        yield from _check_fine_resolution(storyboard, model)


def _check_fine_resolution(storyboard: Storyboard, model: Model) -> Iterator[Problem]:
    """Yield what is wrong with a finer picture than extensions have: one piece, or an upgrade at the end."""
    if len(storyboard.hops) > 1 and storyboard.resolution not in model.upgrade:
        message = f"extended with {model.id}, a film is {model.handed_on}, not {storyboard.resolution}"
        yield catalog_problem(
            storyboard, "resolution", ("resolution",), message, f"set `resolution: {model.handed_on}`"
        )
        return
    seconds = storyboard.hops[0].duration or model.default_duration
    if len(storyboard.hops) == 1 and seconds not in model.fine_durations:
        allowed = ", ".join(str(each) for each in model.fine_durations)
        message = f"in {storyboard.resolution} {model.id} generates {allowed} s, not {seconds:g} s"
        yield catalog_problem(storyboard, "duration", ("initial", "duration"), message, f"set `duration: {allowed}`")


def _check_seeds(storyboard: Storyboard, model: Model) -> Iterator[Problem]:
    if model.seed_range:
        return
    places: list[tuple[PathPart, ...]] = [("seed",)] if storyboard.seed is not None else []
    places += [(*hop.path, "seed") for hop in storyboard.hops if hop.seed is not None]
    for place in places:
        message = f"{model.id} takes no seed: it is left out of the request"
        yield catalog_problem(storyboard, "seed-ignored", place, message, "take `seed` out", "warning")


def _check_hop_duration(storyboard: Storyboard, hop: Hop, model: Model) -> Iterator[Problem]:
    place = (*hop.path, "duration")
    if hop.index == 0 and hop.duration not in (None, *model.durations):
        allowed = ", ".join(str(seconds) for seconds in model.durations)
        message = f"{model.id} generates {allowed} s, not {hop.duration:g} s"
        yield catalog_problem(storyboard, "duration", place, message, "")
    if hop.index > 0 and model.extendable and hop.duration not in (None, *model.extension_durations):
        allowed = ", ".join(f"{seconds:g}" for seconds in model.extension_durations)
        least, most = model.extension_seconds - model.extension_margin, model.extension_seconds + model.extension_margin
        adds = f"{least:g} to {most:g} s as it chooses" if model.extension_margin else f"{allowed} s"
        message = f"an extension with {model.id} adds {adds}, not {hop.duration:g} s"
        yield catalog_problem(storyboard, "duration", place, message, "leave `duration` out of extensions")


def _check_hop_seed(storyboard: Storyboard, hop: Hop, model: Model) -> Iterator[Problem]:
    own = hop.seed is not None
    # The storyboard's seed stands for every hop that has none; it is reported once, at hop 0.
    seed = hop.seed if own or hop.index else storyboard.seed
    if seed is None or not model.seed_range:
        return
    low, high = model.seed_range
    if not low <= seed <= high:
        where, message = (*hop.path, "seed") if own else ("seed",), f"seed {seed} is not in {low} to {high}"
        yield catalog_problem(storyboard, "seed-range", where, message, f"choose one of {low} to {high}")


def _check_hop_prompt(storyboard: Storyboard, hop: Hop, model: Model) -> Iterator[Problem]:
    # With its style, because that is the prompt that is sent.
    length = len(hop.full_prompt(storyboard.style))
    if model.max_prompt and length > model.max_prompt:
        place, hint = (*hop.path, "prompt"), "shorten the prompt or `style`"
        message = f"the prompt with its style has {length} characters; {model.id} takes {model.max_prompt}"
        yield catalog_problem(storyboard, "prompt-length", place, message, hint)


def _check_frames(storyboard: Storyboard, model: Model) -> Iterator[Problem]:
    images = storyboard.hops[0].images
    framed = images.first_frame or images.last_frame
    if "text" not in model.modes and not (framed or images.references):
        message = f"{model.id} starts from a picture, and the initial hop has none"
        yield catalog_problem(storyboard, "frames", ("initial",), message, "add `images: {first_frame: …}`")
    if framed and "frames" not in model.modes:
        message, hint = f"{model.id} does not start from frames", "leave `images` out, or choose another model"
        yield catalog_problem(storyboard, "frames", ("initial", "images"), message, hint)


def _check_last_frame(storyboard: Storyboard, model: Model) -> Iterator[Problem]:
    images, place = storyboard.hops[0].images, ("initial", "images", "last_frame")
    if not images.last_frame:
        return
    if not images.first_frame:
        message = "`last_frame` needs a `first_frame`"
        yield catalog_problem(storyboard, "frames", place, message, "add `first_frame`")
    elif not model.last_frame:
        message = f"{' '.join(filter(None, (model.id, model.mode)))} takes no last frame"
        yield catalog_problem(storyboard, "frames", place, message, "leave it out, or choose another mode")
    seconds = storyboard.hops[0].duration or model.default_duration
    if model.last_frame and seconds not in model.last_frame_durations:
        allowed = ", ".join(str(each) for each in model.last_frame_durations)
        message = f"up to a last frame {model.id} generates {allowed} s, not {seconds:g} s"
        yield catalog_problem(storyboard, "duration", ("initial", "duration"), message, f"set `duration: {allowed}`")


def _check_references(storyboard: Storyboard, model: Model) -> Iterator[Problem]:
    place, count = ("initial", "images", "references"), len(storyboard.hops[0].images.references)
    if not count:
        return
    if "references" not in model.modes:
        message = f"{model.id} does not work from reference images"
        yield catalog_problem(storyboard, "references", place, message, "choose another model, or use `first_frame`")
        return
    if count > model.max_references:
        message = f"{count} reference images; {model.id} takes {model.max_references}"
        yield catalog_problem(storyboard, "references", place, message, "")
    if storyboard.aspect_ratio not in model.reference_aspect_ratios:
        allowed = ", ".join(model.reference_aspect_ratios)
        message = f"with reference images {model.id} makes {allowed} only, not {storyboard.aspect_ratio}"
        yield catalog_problem(storyboard, "aspect-ratio", ("aspect_ratio",), message, f"set `aspect_ratio: {allowed}`")
    asked = storyboard.hops[0].duration
    if asked is not None and asked != model.default_duration:
        message = f"with reference images {model.id} makes {model.default_duration} s only"
        yield catalog_problem(storyboard, "duration", ("initial", "duration"), message, "leave `duration` out")


def _check_picture_urls(storyboard: Storyboard, catalog: Catalog) -> Iterator[Problem]:
    images = storyboard.hops[0].images
    # Such a request has no place for a link, and longtake fetches nothing that a storyboard points to.
    if catalog.pictures == "inline" and any(image.url for image in images_of(storyboard.hops[0])):
        names = [
            name for name, image in (("first_frame", images.first_frame), ("last_frame", images.last_frame)) if image
        ]
        message = f"{catalog.title} takes pictures as files, not as links"
        place = ("initial", "images", *(names[:1] or ["references"]))
        yield catalog_problem(
            storyboard, "picture-url", place, message, "save the picture beside the storyboard and name the file"
        )


def _check_picture_types(storyboard: Storyboard, catalog: Catalog) -> Iterator[Problem]:
    """Yield pictures in a form that this provider does not take, told by their content."""
    for image in images_of(storyboard.hops[0]):
        if catalog.picture_types and image.media_type and image.media_type not in catalog.picture_types:
            known = " and ".join(catalog.picture_types)
            message = f"{catalog.title} takes {known}; {image.reference} is {image.media_type}"
            yield catalog_problem(storyboard, "picture-type", ("initial", "images"), message, "save it as PNG or JPEG")


def catalog_problem(
    storyboard: Storyboard,
    code: str,
    path: tuple[PathPart, ...],
    message: str,
    hint: str,
    severity: Literal["error", "warning"] = "error",
) -> Problem:
    """Return the problem at a path of the storyboard; `code` without the family before it."""
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
