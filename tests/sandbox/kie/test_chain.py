"""A chain from generate to extensions, as a client lives it."""

from pathlib import Path

from tests.sandbox.conftest import House, facts


def fetched(house: House, client: object, url: str, name: str) -> Path:
    path = house.folder / name
    path.write_bytes(client.call("GET", url).content)  # type: ignore[attr-defined]
    return path


def test_a_generation_is_charged_and_gives_an_eight_second_film(house: House) -> None:
    client = house.open()
    task = client.generate()
    assert len(task) == 32
    record = client.look(task)
    assert (record["code"], record["msg"], record["data"]["successFlag"]) == (200, "success", 1)
    (url,) = record["data"]["response"]["resultUrls"]
    film = facts(house.ffmpeg, fetched(house, client, url, "a.mp4"))
    assert len(film.packets) == 192
    assert film.samples == 8 * 48_000
    assert "1280x720" in film.words
    (charge,) = client.ledger()["charges"]
    assert (charge["kind"], charge["credits"], charge["usd"]) == ("generate", 60.0, 0.3)


def test_an_extension_gives_its_segment_and_the_whole(house: House) -> None:
    client = house.open()
    first = client.generate()
    client.look(first)
    second = client.extend(first)
    links = client.links(second)
    before = facts(house.ffmpeg, fetched(house, client, client.links(first)["resultUrls"][0], "a.mp4"))
    segment = facts(house.ffmpeg, fetched(house, client, links["resultUrls"][0], "s.mp4"))
    whole = facts(house.ffmpeg, fetched(house, client, links["fullResultUrls"][0], "w.mp4"))
    assert (len(segment.packets), len(whole.packets)) == (168, 360)
    assert whole.checksums == before.checksums + segment.checksums
    assert whole.steps == {1000}
    assert whole.samples == 15 * 48_000
    assert "Duration: 00:00:15.00, start: 0.000000" in whole.words
