"""Reads a file into a Storyboard: bytes, document, schema, pictures, names, lint; every problem with its place."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

from runner.commands import command
from runner.errors import Problem, StoryboardInvalid
from runner.storyboard.build import build
from runner.storyboard.images import image_references, read_image, warn_of_outside
from runner.storyboard.lint import lint
from runner.storyboard.model import DocumentPath, Image, Storyboard
from runner.storyboard.schema import check_schema, valid_part
from runner.storyboard.yaml.document import Document, Finding, problem_at, sort_problems
from runner.storyboard.yaml.reader import MOST_BYTES, read_document

Outcome = tuple[Storyboard | None, tuple[Problem, ...]]


def load(path: Path | str) -> Storyboard:
    """Return the storyboard in a file.

    Raises:
        StoryboardInvalid: carries every problem.
    """
    return _require_valid(read(path), str(path))


def parse(data: bytes, file: Path | None = None) -> Storyboard:
    """Return the storyboard in the bytes of a file; pictures are sought beside `file`, else in the working directory.

    Raises:
        StoryboardInvalid: carries every problem.
    """
    return _require_valid(examine(data, file), str(file or "the storyboard"))


def read(path: Path | str, pictures: Path | None = None) -> Outcome:
    """Return what can be read of the storyboard in a file, and every problem, warnings too.

    Where only single fields are wrong the storyboard is there without them, to be checked further and not to be run.
    `pictures` is the folder that relative pictures are sought in, if it is not the file's own.
    """
    file = Path(path)
    try:
        data = _read_bytes(file)
    except OSError as error:
        return None, (problem_at(_unreadable(file, error), file, (1, 1)),)
    return examine(data, file, pictures)


def examine(data: bytes, file: Path | None = None, pictures: Path | None = None) -> Outcome:
    """Do as `read` does, with the bytes at hand."""
    document = read_document(data, file)
    if not document.read:
        return None, document.problems
    problems = _merge(document.problems, check_schema(document))
    broken = any(problem.severity == "error" for problem in problems)
    valid = valid_part(document, problems) if broken else document.data
    if valid is None:
        return None, sort_problems(problems)
    return _complete(document, cast("Mapping[str, object]", valid), problems, pictures or _folder(file))


def _complete(document: Document, fields: Mapping[str, object], problems: list[Problem], folder: Path) -> Outcome:
    """Read the pictures of a document that keeps the schema, check the names, and build the storyboard."""
    found = {path: read_image(name, path, folder) for path, name in image_references(fields)}
    images = {image.reference: image for image in found.values() if isinstance(image, Image)}
    findings = [each for each in found.values() if isinstance(each, Finding)]
    wrong = [_at(each, document) for each in [*findings, *_repeated_names(fields)]]
    if findings:
        return None, sort_problems([*problems, *wrong])
    storyboard = build(fields, images, document.source)
    return storyboard, sort_problems([*problems, *wrong, *_outside(found, document), *lint(storyboard)])


def _outside(found: Mapping[DocumentPath, Image | Finding], document: Document) -> list[Problem]:
    """Return a warning of each picture that lies outside of the storyboard's folder."""
    away = [(path, each) for path, each in found.items() if isinstance(each, Image) and each.outside]
    return [replace(_at(warn_of_outside(image, path), document), severity="warning") for path, image in away]


def _require_valid(outcome: Outcome, name: str) -> Storyboard:
    storyboard, problems = outcome
    count = sum(problem.severity == "error" for problem in problems)
    if storyboard is None or count:
        raise StoryboardInvalid(f"{name}: {count} error{'s' * (count != 1)}", problems)
    return storyboard


def _read_bytes(file: Path) -> bytes:
    """Read a byte more than a storyboard may have: enough to refuse a film that was named by mistake."""
    with file.open("rb") as stream:
        return stream.read(MOST_BYTES + 1)


def _unreadable(file: Path, error: OSError) -> Finding:
    if isinstance(error, FileNotFoundError):
        hint = f"`{command('init', file)}` writes one"
        return Finding(rule="yaml/no-file", message=f"there is no file {file}", hint=hint)
    if isinstance(error, IsADirectoryError):
        return Finding(rule="yaml/no-file", message=f"{file} is a folder", hint="name the storyboard in it")
    message = f"{file} cannot be read: {os.strerror(error.errno or 0)}"
    return Finding(rule="yaml/unreadable", message=message, hint="make it readable, or copy it elsewhere")


def _folder(file: Path | None) -> Path:
    return file.parent if file else Path()


def _merge(first: tuple[Problem, ...], second: tuple[Problem, ...]) -> list[Problem]:
    """Return both, but of two problems at one place the first alone: the other follows from it."""
    taken = {(problem.line, problem.column) for problem in first}
    return [*first, *(problem for problem in second if (problem.line, problem.column) not in taken)]


def _repeated_names(fields: Mapping[str, object]) -> Iterator[Finding]:
    extensions = cast("list[Mapping[str, object]]", fields.get("extensions", []))
    places: list[DocumentPath] = [("initial",), *(("extensions", index) for index in range(len(extensions)))]
    seen: dict[object, str] = {}
    for place, hop in zip(places, [cast("Mapping[str, object]", fields["initial"]), *extensions], strict=True):
        name = hop.get("name")
        if name in seen:
            message = f"two hops are called {name}; the first is {seen[name]}"
            yield Finding(rule="schema/repeated-name", message=message, path=(*place, "name"), hint="rename one")
        elif name is not None:
            seen[name] = "initial" if len(place) == 1 else f"extensions[{place[1]}]"


def _at(finding: Finding, document: Document) -> Problem:
    source = document.source
    return problem_at(finding, source.file, source.locate(finding.path))
