"""From a file to a storyboard, and what is said of files and pictures that are not as they should be."""

import os
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

import pytest

from runner.errors import Problem, StoryboardInvalid
from runner.storyboard.images import MOST_BYTES as LARGEST_PICTURE
from runner.storyboard.images import media_type
from runner.storyboard.load import examine, load, parse, read
from runner.storyboard.model import Checks, Image, Storyboard

SAMPLES = sorted((Path(__file__).parents[2] / "storyboards").glob("*.yaml"))
PNG = b"\x89PNG\r\n\x1a\n...."
TEXT = """\
storyboard: 1
title: Four fields
provider: {name: kie, base_url: "https://example.org/kie"}
style: |
  warm light
budget: {usd: 3.10}
seed: 12345.0
initial:
  prompt: >
    A golden retriever trots along a gravel path.
  images: {first_frame: dog.png}
extensions:
  - prompt: It continues toward the fountain.
checks: {frame_rate: 24, audio: optional}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "dog.png").write_bytes(PNG)
    path = tmp_path / "film.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def only(problems: tuple[Problem, ...]) -> Problem:
    (problem,) = problems
    return problem


def picture_problem(folder: Path, reference: str) -> Problem:
    text = TEXT.replace("dog.png", reference)
    storyboard, problems = examine(text.encode(), folder / "film.yaml")
    assert storyboard is None
    return only(problems)


def test_a_file_becomes_a_storyboard(file: Path) -> None:
    storyboard = load(str(file))
    assert storyboard.title == "Four fields"
    assert (storyboard.provider.name, storyboard.provider.base_url) == ("kie", "https://example.org/kie")
    assert storyboard.budget_usd == Decimal("3.1")
    assert storyboard.seed == 12345
    assert isinstance(storyboard.seed, int)
    assert storyboard.checks == Checks(frame_rate=Fraction(24), audio="optional")
    assert [hop.index for hop in storyboard.hops] == [0, 1]
    assert [hop.path for hop in storyboard.hops] == [("initial",), ("extensions", 0)]


def test_what_is_left_out_takes_its_default() -> None:
    storyboard = parse(b"storyboard: 1\nprovider: kie\ninitial: {prompt: A dog in a sunny park.}")
    assert storyboard == Storyboard(provider=storyboard.provider, hops=storyboard.hops, source=storyboard.source)


def test_prompts_and_style_come_without_the_line_ends_of_blocks(file: Path) -> None:
    storyboard = load(file)
    assert storyboard.style == "warm light"
    assert (
        storyboard.hops[0].full_prompt(storyboard.style) == "A golden retriever trots along a gravel path. warm light"
    )
    assert storyboard.hops[0].full_prompt(None) == storyboard.hops[0].prompt


def test_the_source_keeps_text_digest_and_places(file: Path) -> None:
    source = load(file).source
    assert (source.file, source.text) == (file, TEXT)
    assert source.digest == sha256(TEXT.encode()).hexdigest()
    assert source.locate(("extensions", 0, "prompt")) == (13, 13)
    assert source.locate(("extensions", 0, "seed")) == (13, 5)
    assert source.locate(("nowhere",)) == (1, 1)


def test_a_local_picture_is_read_once_and_known_by_its_content(file: Path) -> None:
    image = load(file).hops[0].images.first_frame
    digest = sha256(PNG).hexdigest()
    assert image == Image(
        reference="dog.png", path=file.parent / "dog.png", sha256=digest, size=len(PNG), media_type="image/png"
    )


def test_a_picture_by_address_is_not_opened(tmp_path: Path) -> None:
    storyboard = parse(TEXT.replace("dog.png", "https://example.org/dog").encode(), tmp_path / "film.yaml")
    image = storyboard.hops[0].images.first_frame
    assert image == Image(reference="https://example.org/dog", url="https://example.org/dog")


def test_pictures_can_lie_elsewhere_than_the_storyboard(file: Path, tmp_path: Path) -> None:
    frozen = tmp_path / "runs" / "storyboard.yaml"
    frozen.parent.mkdir()
    frozen.write_text(TEXT, encoding="utf-8")
    assert read(frozen)[0] is None
    storyboard, problems = read(frozen, pictures=file.parent)
    assert storyboard is not None
    assert problems == ()


def test_pictures_of_bare_bytes_are_sought_in_the_working_directory() -> None:
    Path("dog.png").write_bytes(PNG)
    assert parse(TEXT.encode()).hops[0].images.first_frame is not None


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (PNG, "image/png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVE", None),
        (b"GIF89a", None),
        (b"\x89PNG", None),
    ],
)
def test_pictures_are_known_by_their_first_bytes(content: bytes, kind: str | None) -> None:
    assert media_type(content) == kind


def test_a_picture_of_ten_mebibytes_is_taken_and_one_byte_more_refused(file: Path) -> None:
    picture = file.parent / "dog.png"
    os.truncate(picture, LARGEST_PICTURE)
    assert load(file).hops[0].images.first_frame is not None
    os.truncate(picture, LARGEST_PICTURE + 1)
    problem = only(read(file)[1])
    assert (problem.rule, problem.line) == ("image/too-large", 11)
    assert str(LARGEST_PICTURE) in problem.message


def test_a_picture_with_an_impossible_name_is_said_to_be_unreadable(tmp_path: Path) -> None:
    problem = picture_problem(tmp_path, "x" * 300)
    assert problem.rule == "image/unreadable"
    assert "name too long" in problem.message.lower()


def test_a_picture_below_a_file_is_missing(file: Path) -> None:
    assert picture_problem(file.parent, "film.yaml/dog.png").rule == "image/missing"


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    assert picture_problem(tmp_path, "pipe.png").rule == "image/not-a-file"


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    path = tmp_path / "none.yaml"
    storyboard, problems = read(path)
    assert storyboard is None
    assert only(problems).rule == "yaml/no-file"
    assert only(problems).file == str(path)
    assert only(problems).hint == f"`longtake init {path}` writes one"


def test_a_folder_is_no_storyboard(tmp_path: Path) -> None:
    assert only(read(tmp_path)[1]).message == f"{tmp_path} is a folder"


def test_a_file_that_cannot_be_opened_is_said_to_be_so(file: Path) -> None:
    problem = only(read(file / "film.yaml")[1])
    assert problem.rule == "yaml/unreadable"
    assert "Not a directory" in problem.message


def test_a_film_named_by_mistake_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.touch()
    os.truncate(path, 1 << 40)
    assert only(read(path)[1]).rule == "yaml/too-large"


def test_loading_raises_with_every_problem(tmp_path: Path) -> None:
    path = tmp_path / "film.yaml"
    path.write_text("storyboard: 1\nprovider: kie\nsead: 1\ninitial: {prompt: 5}\n", encoding="utf-8")
    with pytest.raises(StoryboardInvalid, match=r"film\.yaml: 2 errors") as raised:
        load(path)
    assert [problem.rule for problem in raised.value.problems] == ["schema/unknown-field", "schema/wrong-type"]
    assert raised.value.exit_code == 3


def test_warnings_do_not_keep_a_storyboard_from_loading() -> None:
    text = b"storyboard: 1\nprovider: kie\ninitial: {prompt: A dog}\n"
    assert parse(text).hops[0].prompt == "A dog"
    storyboard, problems = examine(text)
    assert storyboard is not None
    assert only(problems).severity == "warning"


def test_advice_is_given_beside_errors_that_leave_the_prompts_readable() -> None:
    text = (
        b"storyboard: 1\nprovider: kie\ninitial: {prompt: A dog, name: a}\n"
        b"extensions: [{prompt: And still it runs, name: a}]\n"
    )
    with pytest.raises(StoryboardInvalid) as caught:
        parse(text)
    assert [problem.rule for problem in caught.value.problems] == ["prompt/too-short", "schema/repeated-name"]


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_samples_are_flawless(file: Path) -> None:
    storyboard, problems = read(file)
    assert problems == ()
    assert storyboard is not None
    assert file.read_text(encoding="utf-8").startswith(
        "# yaml-language-server: $schema=../schemas/storyboard.schema.json\n"
    )


def test_the_samples_show_what_they_are_for() -> None:
    found = {file.stem: load(file) for file in SAMPLES}
    assert {name: len(storyboard.hops) for name, storyboard in found.items()} == {
        "dog-park": 3,
        "gemini-walk": 3,
        "image-to-video": 3,
        "kling-gateway": 3,
        "kling-kite": 4,
        "kling-next-shot": 3,
        "kling-task-object": 3,
        "landscape-ad": 3,
        "long-walk": 21,
        "omni-minute": 6,
        "portrait-social": 2,
        "reference-images": 3,
        "vertex-walk": 3,
    }
    assert found["portrait-social"].aspect_ratio == "9:16"
    assert found["image-to-video"].hops[0].images.first_frame is not None
    assert len(found["reference-images"].hops[0].images.references) == 3


def test_sample_pictures_are_small() -> None:
    assert all(file.stat().st_size < 60_000 for file in (SAMPLES[0].parent / "pictures").iterdir())
