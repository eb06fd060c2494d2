"""What the catalog allows of a storyboard: models, modes, ratios, ranges, lengths. Each rule has a stable code."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

from runner.errors import Problem
from runner.planning.budget import round_up
from runner.planning.contract import FAMILIES
from runner.planning.hop_rules import catalog_problem, check_hops
from runner.planning.spec import model_of
from runner.providers.catalog import Catalog, Model
from runner.providers.registry import entry, names
from runner.storyboard.model import Checks, Storyboard
from runner.suggest import did_you_mean

CODES = (
    "catalog/unknown-provider",
    "catalog/unknown-dialect",
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
    "catalog/mode",
    "catalog/option-lost",
    "catalog/option-needed",
    "catalog/package-ends",
    "catalog/picture-url",
    "catalog/picture-type",
    "catalog/never-met",
    "catalog/seed-ignored",
    "catalog/seed-range",
    "catalog/prompt-length",
    "catalog/budget",
    "catalog/choose-ignored",
    "catalog/unknown-check",
)


def unknown_provider(storyboard: Storyboard, dialect: str = "") -> Problem:
    """Return the problem of a provider that does not exist, or that does not speak this dialect."""
    known = entry(storyboard.provider.name)
    if known:
        spoken = known.catalog.dialects
        says = f"its dialects are {', '.join(spoken)}" if spoken else "it has no dialects"
        message = f"{known.catalog.provider} has no dialect {dialect!r}; {says}"
        return catalog_problem(
            storyboard, "unknown-dialect", ("provider", "dialect"), message, did_you_mean(dialect, spoken)
        )
    return catalog_problem(
        storyboard,
        "unknown-provider",
        ("provider",),
        f"there is no provider {storyboard.provider.name!r}; known: {', '.join(names())}",
        did_you_mean(storyboard.provider.name, names()),
    )


def check_catalog_rules(storyboard: Storyboard, catalog: Catalog, today: date | None = None) -> Iterator[Problem]:
    """Yield every problem that the catalog knows of."""
    model = model_of(storyboard, catalog)
    if model is None:
        yield _no_model(storyboard, catalog)
        return
    # UTC, as in the deadlines; providers announce a day, not an hour.
    today = today or datetime.now(UTC).date()
    yield from _check_retirement(storyboard, model, today)
    yield from _check_package(storyboard, today)
    yield from check_hops(storyboard, catalog, model)
    yield from _check_options(storyboard, catalog, model)
    yield from _check_expectations(storyboard, model)
    yield from _check_budget(storyboard, catalog, model)
    yield from _check_choices(storyboard)
    yield from _check_limits(storyboard)


def _check_limits(storyboard: Storyboard) -> Iterator[Problem]:
    """Yield the thresholds of checks that do not exist."""
    if not storyboard.checks.limits:
        return
    from runner.quality.thresholds import profile  # few storyboards have limits of their own

    known = profile().thresholds
    for code in storyboard.checks.limits:
        if code not in known:
            message = f"there is no check {code}; docs/checks.md lists them"
            yield catalog_problem(
                storyboard, "unknown-check", ("checks", "limits", code), message, did_you_mean(code, known)
            )


def _no_model(storyboard: Storyboard, catalog: Catalog) -> Problem:
    """Return the problem of a model that is not there, or not in the mode that is asked for."""
    wanted, mode = storyboard.model or catalog.default_model, str(storyboard.options.get("mode", ""))
    modes = [model.mode for model in catalog.models if model.id == wanted]
    if modes:
        known = f"it has {' and '.join(modes)}" if any(modes) else "it has one mode only"
        hint = f"set `mode: {modes[0]}`" if any(modes) else "leave `mode` out"
        return catalog_problem(storyboard, "mode", ("options", "mode"), f"{wanted} has no mode {mode}; {known}", hint)
    known_ids = list(dict.fromkeys(model.id for model in catalog.models))
    message = f"{catalog.title} has no model {wanted!r}; it has {', '.join(known_ids)}"
    elsewhere = [
        dialect
        for dialect in catalog.dialects
        if (other := entry(catalog.provider, dialect)) and other.catalog.model(wanted)
    ]
    hint = f"dialect {elsewhere[0]} has it" if elsewhere else did_you_mean(wanted, known_ids)
    return catalog_problem(storyboard, "unknown-model", ("model",), message, hint)


def _check_expectations(storyboard: Storyboard, model: Model) -> Iterator[Problem]:
    """Yield checks that the model is not known to meet: the run would stop once hop 0 is paid for."""
    checks, first = storyboard.checks, storyboard.hops[0].images
    rate = model.rate(from_frames=bool(first.first_frame or first.last_frame))
    which = " ".join(filter(None, (model.id, model.mode)))
    if checks.audio == "required" and model.audio == "absent":
        message = f"{which} makes no sound, and `checks` wants some"
        yield catalog_problem(storyboard, "never-met", ("checks", "audio"), message, "set `audio: absent`", "warning")
    if checks.frame_rate is not None and checks.frame_rate != rate:
        message = f"{which} makes {rate} frames a second here, and `checks` wants {checks.frame_rate}"
        yield catalog_problem(storyboard, "never-met", ("checks", "frame_rate"), message, "leave it out", "warning")


def _check_options(storyboard: Storyboard, catalog: Catalog, model: Model) -> Iterator[Problem]:
    """Yield options that this form of the API does not have, or that this model ignores."""
    known = storyboard.options if catalog.options is None else catalog.options
    for name in storyboard.options:
        if name not in known:
            message = f"{catalog.title} has no option `{name}`: it is left out of the request"
            yield catalog_problem(storyboard, "option-lost", ("options", name), message, "take it out", "warning")
        elif name in model.ignores:
            message = f"{model.id} ignores `{name}`"
            yield catalog_problem(storyboard, "option-lost", ("options", name), message, "take it out", "warning")


def _check_package(storyboard: Storyboard, today: date) -> Iterator[Problem]:
    """Yield what is wrong with the day on which an account's package ends: no day, or past."""
    written, place = str(storyboard.options.get("package_ends", "")), ("options", "package_ends")
    if not written:
        return
    try:
        last = date.fromisoformat(written)
    except ValueError:
        yield catalog_problem(storyboard, "package-ends", place, f"there is no day {written}", "write it as 2026-12-31")
        return
    # A single hop needs no package: it is what extends that the package pays for.
    if last < today and len(storyboard.hops) > 1:
        message = f"the package ended on {written}: what was made with it can no longer be extended"
        yield catalog_problem(
            storyboard, "package-ends", place, message, "set the day of the package in force", "warning"
        )


def _check_retirement(storyboard: Storyboard, model: Model, today: date) -> Iterator[Problem]:
    """Yield that a model is gone, or will be: what it begins has to be extended before that day."""
    if storyboard.provider.base_url:
        # A relay or an emulator at an address of one's own may serve the model still.
        return
    if end := model.end(today):
        message = f"{model.id} {end}"
        yield catalog_problem(storyboard, "retired-model", ("model",), message, model.instead, "warning")


def _check_budget(storyboard: Storyboard, catalog: Catalog, model: Model) -> Iterator[Problem]:
    """Yield a budget that the film passes, or that it may pass by retakes; what is proposed suffices for both."""
    if storyboard.budget_usd is None:
        return
    least, retakes = (amount * catalog.credit_usd for amount in _prices(storyboard, model))
    cap = storyboard.checks.retakes.usd
    most = least + (retakes if cap is None else min(retakes, cap))
    with_retakes = f", and retakes of what fails its checks up to ${most - least:.2f} more" if most > least else ""
    if least > storyboard.budget_usd:
        ends = "nothing would be bought"
    elif most > storyboard.budget_usd:
        ends = "the run may stop on the way"
    else:
        return
    message = f"the film costs ${least:.2f}{with_retakes}; the budget is ${storyboard.budget_usd:.2f}: {ends}"
    yield catalog_problem(storyboard, "budget", ("budget",), message, f"allow at least {round_up(most)}", "warning")


def _prices(storyboard: Storyboard, model: Model) -> tuple[Decimal, Decimal]:
    """Return what all takes of the film cost, and all retakes of such as fail, in the provider's credits."""
    checks, single = storyboard.checks, len(storyboard.hops) == 1
    retakes = checks.retakes.takes if "retake" in (checks.on_fail, *_policies(checks)) else 0
    least, more = Decimal(0), Decimal(0)
    for hop in storyboard.hops:
        seconds = hop.duration or (model.extension_seconds if hop.index else model.default_duration)
        resolution = storyboard.resolution if single else model.handed_on
        price = model.price("extend" if hop.index else "generate", resolution, seconds)
        least += price * hop.takes
        # Of several takes one that fails is not chosen, and none is bought in its place.
        more += price * retakes if hop.takes == 1 else 0
    if not single and storyboard.resolution != model.handed_on:
        upgrade = model.price("upgrade", storyboard.resolution, 0)
        least, more = least + upgrade, more + upgrade * retakes
    return least, more


def _policies(checks: Checks) -> Iterator[str]:
    return (str(getattr(checks, family)) for family in FAMILIES)


def _check_choices(storyboard: Storyboard) -> Iterator[Problem]:
    """Yield hops where a person is to be asked, and there is nothing to choose from."""
    for hop in storyboard.hops:
        if hop.choose == "ask" and hop.takes == 1:
            message = "`choose: ask` has nothing to choose from: the hop gets one take, and the run goes on from it"
            hint = "add `takes: 2` or more, or leave `choose` out"
            yield catalog_problem(storyboard, "choose-ignored", (*hop.path, "choose"), message, hint, "warning")
