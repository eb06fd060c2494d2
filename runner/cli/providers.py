"""longtake providers."""

from datetime import UTC, datetime

import click

from runner.cli.options import style_of, style_options
from runner.console.output import emit, out
from runner.console.plan import span
from runner.errors import UsageError
from runner.providers.catalog import Catalog, Model
from runner.providers.registry import entry, names


@click.command(short_help="The catalog.")
@click.argument("name", required=False)
@style_options
def providers(name: str | None, **values: object) -> None:
    """Show what each provider's models can do and cost, and where these facts come from.

    NAME may name a dialect too, as kling/official-2.
    """
    style = style_of(values)
    for known in [name] if name else names():
        found = entry(*known.split("/", 1))
        if found is None:
            raise _unknown_error(known)
        if style.json:
            emit(_facts(found.catalog))
        else:
            out(_text(found.catalog))


def _unknown_error(name: str) -> UsageError:
    provider, _, dialect = name.partition("/")
    found = entry(provider)
    if found and found.catalog.dialects:
        return UsageError(f"{provider} has no dialect {dialect!r}; it has {', '.join(found.catalog.dialects)}")
    return UsageError(f"there is no provider {name!r}; there are {', '.join(names())}")


def _facts(catalog: Catalog) -> dict[str, object]:
    models = [
        {
            "id": model.id,
            "mode": model.mode or None,
            "extendable": model.extendable,
            "extension_seconds": model.extension_seconds,
            "max_extensions": model.max_extensions,
            "max_seconds": model.max_seconds,
            "retired": model.retired,
            "replacement": model.replacement or None,
            "credits": {"generate": model.generate, "extend": model.extend, "upgrade": model.upgrade},
        }
        for model in catalog.models
    ]
    named = {"provider": catalog.provider, "dialect": catalog.dialect or None, "dialects": catalog.dialects}
    return {**named, "base_url": catalog.base_url, "checked": catalog.checked, "models": models}


def _text(catalog: Catalog) -> str:
    lives = catalog.lifetimes
    unit = f" 1 credit = ${catalog.credit_usd.normalize()};" if catalog.credit_usd != 1 else ""
    keys = [" and ".join(catalog.key_pair)] if catalog.key_pair else []
    keys += [*catalog.key_names, *(["Application Default Credentials"] if catalog.key_optional else [])]
    # Gateways have no address of their own: each operator has another.
    where = catalog.base_url or "wherever `base_url` says"
    head = [
        f"{catalog.name}: {catalog.title}, {where}, key in {' or '.join(keys)}",
        (
            f"  checked {catalog.checked};{unit} results live {span(lives.media_hours)},"
            f" extendable for {span(lives.extendable_hours)}"
        ),
    ]
    if catalog.dialects:
        head.append(f"  dialects: {', '.join(catalog.dialects)}; see `longtake providers {catalog.provider}/DIALECT`")
    models = [line for model in catalog.models for line in _model_lines(catalog, model)]
    notes = [f"  note: {note}" for note in catalog.notes]
    return "\n".join([*head, *models, *notes, *(f"  source: {source}" for source in catalog.sources)])


def _model_lines(catalog: Catalog, model: Model) -> list[str]:
    each = " a second" if model.priced == "second" else ""
    # Three digits: kie.ai's credit is half a cent.
    first = ", ".join(f"{size} ${price * catalog.credit_usd:.3f}{each}" for size, price in model.generate.items())
    end = model.end(datetime.now(UTC).date())
    retired = f"; {end}: {model.instead}" if end else ""
    return [
        f"  {model.id}  {' '.join(filter(None, (model.title, model.mode, *model.resolutions)))}{retired}",
        f"    {', '.join(model.modes)}; {', '.join(model.aspect_ratios)}; {', '.join(map(str, model.durations))} s",
        f"    generate {first}; {_extension(catalog, model)}",
    ]


def _extension(catalog: Catalog, model: Model) -> str:
    if not model.extendable:
        return "cannot be extended"
    least, most = min(model.extension_durations), max(model.extension_durations)
    least, most = least - model.extension_margin, most + model.extension_margin
    span = f"+{least:g} s" if least == most else f"+{least:g} to {most:g} s"
    each = " a second" if model.priced_extension == "second" else ""
    price = f"${model.extend * catalog.credit_usd:.3f}{each}"
    return f"extend {span} {price}; up to {model.max_extensions} extensions, {model.max_seconds} s"
