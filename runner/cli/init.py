"""longtake init."""

from pathlib import Path

import click

from runner.cli.options import PATH
from runner.commands import command
from runner.console.output import out
from runner.errors import UsageError
from runner.storyboard.schema import samples_folder, schemas_folder


@click.command(short_help="Write a sample storyboard.")
@click.argument("file", type=PATH, default=Path("storyboard.yaml"))
@click.option("--sample", default="dog-park", show_default=True, help="Which sample; see --list.")
@click.option("--list", "listing", is_flag=True, help="List the samples.")
def init(file: Path, *, sample: str, listing: bool) -> None:
    """Write a commented sample storyboard, ready to be changed."""
    found = {
        path.name.removesuffix(".yaml"): path for path in samples_folder().iterdir() if path.name.endswith(".yaml")
    }
    if listing:
        out("\n".join(sorted(found)))
        return
    if sample not in found:
        raise UsageError(f"there is no sample {sample!r}; there are {', '.join(sorted(found))}")
    # No --force: a storyboard is written by hand, and a second name costs nothing.
    if file.exists() or file.is_symlink():
        raise UsageError(f"{file} exists already", hint="choose another name; nothing was written")
    _write(file, found[sample])
    out(f"{file}\n  next: {command('run', file, '--sandbox')}")


def _write(file: Path, sample: Path) -> None:
    """Write the sample, its schema named by where it lies on this machine, and its pictures beside it."""
    text = sample.read_text(encoding="utf-8")
    schema = str(schemas_folder() / "storyboard.schema.json")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text.replace("../schemas/storyboard.schema.json", schema), encoding="utf-8")
    for picture in (samples_folder() / "pictures").iterdir():
        target = file.parent / "pictures" / picture.name
        # Never over a picture that is there: it may be the person's own.
        if f"pictures/{picture.name}" in text and not (target.exists() or target.is_symlink()):
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(picture.read_bytes())
