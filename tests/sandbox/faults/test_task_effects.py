"""Faults that lie in the result files, seen through the API."""

from pathlib import Path

import pytest

from tests.sandbox.conftest import Client, House, facts


def got(house: House, client: Client, task: str, kind: str = "resultUrls") -> Path:
    path = house.folder / f"{kind}.mp4"
    path.write_bytes(client.call("GET", client.links(task)[kind][0]).content)
    return path


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        pytest.param("frame-rate=30", "30 fps", marks=pytest.mark.proof),
        pytest.param("frame-rate=24000/1001", "23.98 fps", marks=pytest.mark.proof),
        ("size=960x720", "960x720"),
    ],
)
def test_a_file_can_break_its_contract(house: House, spec: str, words: str) -> None:
    client = house.open(spec)
    assert words in facts(house.ffmpeg, got(house, client, client.generate(duration=4))).words


def test_a_file_can_be_silent_and_the_record_says_so(house: House) -> None:
    client = house.open("no-audio")
    task = client.generate(duration=4)
    assert "Audio:" not in facts(house.ffmpeg, got(house, client, task)).words
    assert client.links(task)["hasAudioList"] == [False]


@pytest.mark.proof
def test_an_extension_can_have_another_length_and_the_next_one_continues_it(house: House) -> None:
    client = house.open("segment-seconds=8@extend#1")
    first = client.generate(duration=4)
    second = client.extend(first)
    third = client.extend(second)
    counts = [len(facts(house.ffmpeg, got(house, client, task, "fullResultUrls")).packets) for task in (second, third)]
    assert counts == [96 + 192, 96 + 192 + 168]


@pytest.mark.proof
def test_only_the_chosen_hop_is_bad(house: House) -> None:
    client = house.open("frame-rate=30@extend#1")
    first = client.generate(duration=4)
    second = client.extend(first)
    assert "24 fps" in facts(house.ffmpeg, got(house, client, first)).words
    assert "30 fps" in facts(house.ffmpeg, got(house, client, second, "fullResultUrls")).words
    third = client.extend(second)
    assert "24 fps" in facts(house.ffmpeg, got(house, client, third, "fullResultUrls")).words


def test_a_file_can_be_cut_short_with_a_length_that_agrees(house: House) -> None:
    whole = house.open()
    cut = house.open("truncated-file=0.5")
    size = got(house, whole, whole.generate(duration=4)).stat().st_size
    task = cut.generate(duration=4)
    answer = cut.call("GET", cut.links(task)["resultUrls"][0])
    assert len(answer.content) == int(answer.headers["content-length"]) == size // 2


def test_a_file_can_have_a_hole(house: House) -> None:
    whole, holed = house.open(), house.open("corrupt-file=5000")
    sound = got(house, whole, whole.generate(duration=4)).read_bytes()
    holey = got(house, holed, holed.generate(duration=4)).read_bytes()
    middle = len(sound) // 2
    assert holey == sound[:middle] + bytes(5000) + sound[middle + 5000 :]


@pytest.mark.proof
def test_a_segment_can_come_from_another_world_or_leap(house: House) -> None:
    client = house.open("other-world@extend#1", "jump=60@extend#2", "no-rate-limit")
    first = client.generate(duration=4)
    strange, leaping, right = (client.extend(first) for _ in range(3))
    contents = {got(house, client, task).read_bytes() for task in (strange, leaping, right)}
    assert len(contents) == 3
