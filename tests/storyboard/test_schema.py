"""The schema is a good schema, says the same as the dataclasses, and is judged alike by both of its readers."""

import copy
import dataclasses
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema.validators import Draft202012Validator

from runner.errors import StoryboardInvalid
from runner.storyboard.build import build
from runner.storyboard.load import examine, parse
from runner.storyboard.model import Checks, Hop, Image, Images, ProviderChoice, Retakes, Source, Storyboard
from runner.storyboard.schema import MOST_PROBLEMS, check_schema, samples_folder, schemas_folder, storyboard_schema
from runner.storyboard.yaml.document import Document
from runner.storyboard.yaml.reader import read_document

SCHEMA = storyboard_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
DEFS = SCHEMA["$defs"]

FULL = {
    "storyboard": 1,
    "title": "A dog",
    "provider": {"name": "kie", "base_url": "https://example.org/kie", "dialect": "legacy"},
    "model": "veo3_fast",
    "aspect_ratio": "9:16",
    "resolution": "1080p",
    "seed": 12345,
    "style": "warm",
    "budget": {"usd": 3.5},
    "initial": {
        "prompt": "A dog",
        "name": "first",
        "seed": 1,
        "duration": 8,
        "images": {"first_frame": "a.png", "last_frame": "b.png"},
    },
    "extensions": [{"prompt": "It continues", "name": "second", "seed": 2, "duration": 7}],
    "checks": {
        "frame_rate": "24000/1001",
        "aspect_ratio": "9:16",
        "resolution": "720p",
        "audio": "absent",
        "duration_tolerance": 0.25,
        "on_fail": "warn",
        "picture": "off",
        "seam": "retake",
        "tail": "stop",
        "sound": "off",
        "drift": "stop",
        "retakes": {"takes": 2, "usd": 1.5},
        "limits": {"tail/deform": {"warn": 4, "fail": 8}},
    },
    "options": {"enable_translation": True, "watermark": "MyBrand", "ratio_field": "aspectRatio"},
}


def at(*path: str) -> Mapping[str, dict]:
    """The properties of a part of the schema."""
    part = SCHEMA
    for name in path:
        part = part["properties"][name]
    return part["properties"]


def fields(kind: type) -> set[str]:
    return {field.name for field in dataclasses.fields(kind)}


def parts(schema: object) -> Iterator[dict]:
    """Every schema within a schema."""
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from parts(value)
    if isinstance(schema, list):
        for value in schema:
            yield from parts(value)


def test_the_schema_is_a_json_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_every_field_has_a_title_and_a_description() -> None:
    named = [part for schema in parts(SCHEMA) for part in schema.get("properties", {}).values()]
    described = [DEFS[part["$ref"].removeprefix("#/$defs/")] if "$ref" in part else part for part in named]
    bare = [part for part in described if "title" not in part and part.keys() - {"not", "const", "anyOf"}]
    assert bare == []
    assert all(part["description"].endswith(".") for part in described if "title" in part)


def test_every_mapping_is_closed_except_the_options_of_unknown_providers() -> None:
    open_ones = [part for part in parts(SCHEMA) if part.get("type") == "object" and "additionalProperties" not in part]
    conditions = len(SCHEMA["allOf"])  # each `if` looks at the provider only
    assert [part.get("title") for part in open_ones] == ["Provider options", *[None] * conditions]


def test_examples_and_defaults_keep_their_own_schema() -> None:
    for part in parts(SCHEMA):
        validator = VALIDATOR.evolve(schema=part)
        examples = part.get("examples", [])
        for value in [
            *(examples if isinstance(examples, list) else []),
            *([part["default"]] if "default" in part else []),
        ]:
            assert list(validator.iter_errors(value)) == []


def test_the_fields_of_the_schema_are_those_of_the_dataclasses() -> None:
    renamed = fields(Storyboard) - {"hops", "source", "budget_usd"} | {"initial", "extensions", "budget", "storyboard"}
    assert at().keys() == renamed
    assert at("budget").keys() == {"usd"}
    assert at("initial").keys() == fields(Hop) - {"index", "seam"}
    assert SCHEMA["properties"]["extensions"]["items"]["properties"].keys() == fields(Hop) - {"index", "images"}
    assert at("initial", "images").keys() == fields(Images)
    assert at("checks").keys() == fields(Checks)
    assert at("checks", "retakes").keys() == fields(Retakes)
    assert SCHEMA["properties"]["provider"]["anyOf"][1]["properties"].keys() == fields(ProviderChoice)


def test_the_defaults_of_the_schema_are_those_of_the_dataclasses() -> None:
    defaults = {field.name: field.default for field in dataclasses.fields(Storyboard)}
    assert defaults["aspect_ratio"] == at()["aspect_ratio"]["default"]
    assert defaults["resolution"] == at()["resolution"]["default"]
    assert Checks().on_fail == at("checks")["on_fail"]["default"]
    assert {Checks().seam, Checks().tail, Checks().drift} == {SCHEMA["$defs"]["policy"]["default"]}


def test_every_field_of_a_full_document_arrives_in_the_storyboard() -> None:
    pictures = {name: Image(reference=name) for name in ("a.png", "b.png")}
    made = build(FULL, pictures, Source())
    plain = Storyboard(provider=ProviderChoice(name="kie"), hops=())
    same = [name for name in fields(Storyboard) - {"source"} if getattr(made, name) == getattr(plain, name)]
    assert same == []
    assert None not in dataclasses.asdict(made.checks).values()
    assert dataclasses.asdict(made.provider) == FULL["provider"]
    assert (made.hops[0].images.first_frame, made.hops[0].images.last_frame) == tuple(pictures.values())
    assert [(hop.index, hop.name, hop.seed, hop.duration) for hop in made.hops] == [
        (0, "first", 1, 8.0),
        (1, "second", 2, 7.0),
    ]


def test_schemas_and_samples_lie_where_they_are_sought() -> None:
    assert (schemas_folder() / "storyboard.schema.json").is_file()
    assert (samples_folder() / "dog-park.yaml").is_file()


@pytest.mark.parametrize("file", sorted(Path(str(samples_folder())).glob("*.yaml")), ids=lambda file: file.stem)
def test_samples_keep_the_schema(file: Path) -> None:
    assert check_schema(read_document(file.read_bytes())) == ()


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to each value within a document."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in items:
        yield from places(each, (*path, name))


SCALARS = st.sampled_from([None, True, False, 0, 1, -1, 8.0, 1.5, "", " ", "kie", "x", "16:9", "auto", "1/0", "24/1"])
VALUES = SCALARS | st.sampled_from(
    [[], {}, ["a.png"], [{}], {"name": "kie"}, {"references": ["a"], "first_frame": "b"}]
)
NAMES = st.sampled_from(["x", "seed", "references", "images", "options", "name", "prompt", "usd"])


@st.composite
def documents(draw: st.DrawFn) -> object:
    """A full document with a few things changed, added and taken away."""
    document: object = copy.deepcopy(FULL)
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from(list(places(document))))
        if not path:
            continue
        parent = document
        for step in path[:-1]:
            parent = parent[step]
        act = draw(st.sampled_from(["change", "remove", "add"]))
        if act == "remove":
            del parent[path[-1]]
        elif act == "add" and isinstance(parent, dict):
            parent[draw(NAMES)] = copy.deepcopy(draw(VALUES))
        else:
            parent[path[-1]] = copy.deepcopy(draw(VALUES))
    return document


@pytest.mark.parametrize(
    ("path", "good", "bad"),
    [
        (("storyboard",), 1, True),
        (("title",), "x" * 200, "x" * 201),
        (("provider",), "kie", "Kie"),
        (("provider", "base_url"), "http://x", "ftp://x"),
        (("provider", "dialect"), "x", ""),
        (("seed",), 0, -1),
        (("seed",), 8.0, 8.5),
        (("seed",), 4294967295, 4294967296),
        (("budget", "usd"), 0.01, 0),
        (("budget", "usd"), 1_000_000, 1_000_001),
        (("initial", "duration"), 600, 601),
        (("initial", "duration"), 0.5, 0),
        (("initial", "name"), "a-b", "a--b"),
        (("initial", "prompt"), "x", "\n"),
        (("initial", "images"), {"references": ["a"] * 16}, {"references": ["a"] * 17}),
        (("initial", "images"), {"references": ["a"]}, {"references": ["a"], "last_frame": "b"}),
        (("initial", "images"), {"last_frame": "b"}, {}),
        (("extensions",), [], {}),
        (("checks", "frame_rate"), 24, 0),
        (("checks", "frame_rate"), "1/1", "1/0"),
        (("checks", "duration_tolerance"), 0, -0.1),
        (("checks", "audio"), "optional", True),
        (("options", "enable_translation"), False, 0),
        (("options", "watermark"), "x", ""),
    ],
)
def test_the_schema_draws_the_line_where_it_is_documented(path: tuple[str, ...], good: object, bad: object) -> None:
    for value, expected in ((good, True), (bad, False)):
        document = changed(path, value)
        assert (check_schema(Document(source=Source(), data=document)) == ()) is expected


def changed(path: tuple[str, ...], value: object) -> object:
    document: object = copy.deepcopy(FULL)
    parent = document
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = value
    return document


@settings(deadline=None)  # the first one loads jsonschema
@given(documents())
def test_whatever_jsonschema_finds_is_put_into_words(document: object) -> None:
    problems = check_schema(Document(source=Source(), data=json.loads(json.dumps(document))))
    assert bool(problems) != VALIDATOR.is_valid(document)
    assert all(problem.message and problem.rule.startswith("schema/") for problem in problems)
    assert all("None" not in problem.message + problem.hint for problem in problems)


def test_problems_are_told_up_to_a_bound() -> None:
    extensions = "".join("  - {prompt: 5}\n" for _ in range(MOST_PROBLEMS + 50))
    text = f"storyboard: 1\nprovider: kie\ninitial: {{prompt: A dog}}\nextensions:\n{extensions}"
    assert len(check_schema(read_document(text.encode()))) == MOST_PROBLEMS


def test_an_option_that_another_provider_has_is_lost_and_no_error() -> None:
    text = "storyboard: 1\nprovider: gemini\noptions: {watermark: me}\ninitial: {prompt: a dog runs on}\n"
    storyboard, problems = examine(text.encode())
    assert storyboard is not None
    assert [(problem.rule, problem.severity, problem.line) for problem in problems] == [
        ("catalog/option-lost", "warning", 3)
    ]
    assert "only kie" in problems[0].message


def test_an_option_that_nobody_has_is_an_error() -> None:
    text = "storyboard: 1\nprovider: gemini\noptions: {watermarc: me}\ninitial: {prompt: a dog runs on}\n"
    with pytest.raises(StoryboardInvalid) as caught:
        parse(text.encode())
    assert [problem.rule for problem in caught.value.problems] == ["schema/unknown-field"]
