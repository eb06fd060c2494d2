"""A download ends in a whole file or in no file, whatever the server does."""

import asyncio
import base64
import errno
import gzip
import hashlib
import json
import os
import zlib
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from runner.errors import DownloadError, ProviderError, RunDirectoryError
from runner.files import Disk
from runner.media.download.content import open_body
from runner.media.download.fetch import Downloader, Stored, digest_of
from runner.media.download.pump import Limits, RateGuard
from runner.media.download.response import TryFailed
from runner.media.probing.reading import Unreadable
from runner.net.client import Transport, Web
from runner.net.messages import Link, Lost, Stream
from tests.fakes import api as fake
from tests.fakes.api import Api, mp4
from tests.fakes.clock import FakeClock

FILM = mp4(300_000)
OTHER = mp4(280_000, b"another take")


@pytest.fixture(scope="module")
def server() -> Iterator[Api]:
    with Api().running() as running:
        yield running


@pytest.fixture
def api(server: Api) -> Api:
    server.files.clear()
    server.log.clear()
    return server


@dataclass
class Fetch:
    """One call of download with everything it needs."""

    links: Sequence[str | Link]
    target: Path = Path("film.mp4")
    limits: Limits = field(default_factory=Limits)
    disk: Disk = field(default_factory=Disk)
    clock: FakeClock = field(default_factory=FakeClock)
    step: float = 0.0
    minted: int = 0
    heard: list[tuple[int, int | None]] = field(default_factory=list)
    cancel_at: int | None = None
    transport: Transport | None = None
    told: list[str] = field(default_factory=list)
    refused: bytes = b""

    async def mint(self) -> str | Link:
        self.minted += 1
        return self.links[min(self.minted, len(self.links)) - 1]

    def progress(self, received: int, total: int | None) -> None:
        self.heard.append((received, total))
        self.clock.time += self.step
        if self.cancel_at is not None and received >= self.cancel_at:
            task = asyncio.current_task()
            assert task
            task.cancel()

    async def verify(self, path: Path) -> None:
        if await asyncio.to_thread(path.read_bytes) == self.refused:
            raise Unreadable("no frame of it is here")

    def downloader(self, web: Web) -> Downloader:
        return Downloader(
            web=web,
            disk=self.disk,
            clock=self.clock,
            limits=self.limits,
            progress=self.progress,
            tell=self.told.append,
            verify=self.verify,
        )

    async def run(self) -> Stored:
        async with Web(transport=self.transport, allow_local=True) as web:
            return await self.downloader(web).fetch(self.mint, self.target)

    def __call__(self) -> Stored:
        return asyncio.run(self.run())

    @property
    def leftovers(self) -> list[str]:
        return sorted(path.name for path in self.target.parent.iterdir())


def is_film(stored: Stored, body: bytes = FILM) -> bool:
    return (
        stored.path.read_bytes() == body
        and stored.size == len(body)
        and stored.sha256 == hashlib.sha256(body).hexdigest()
    )


def keep_half(api: Api, headers: dict[str, str] | None = None, size: int = 200_000) -> str:
    """Leave a part of FILM behind, as an interrupted call does; the URL."""
    url = api.serve("/film.mp4", FILM, fake.cut(size), headers=headers)
    with pytest.raises(DownloadError):
        Fetch([url], limits=Limits(tries=1))()
    api.log.clear()
    return url


class TestAWholeFile:
    def test_is_stored_with_its_digest_and_nothing_else_stays(self, api: Api) -> None:
        fetch = Fetch([api.serve("/film.mp4", FILM)])
        stored = fetch()
        assert is_film(stored)
        assert stored.content_type == "video/mp4"
        assert fetch.leftovers == ["film.mp4"]

    def test_is_for_its_owner_alone(self, api: Api) -> None:
        stored = Fetch([api.serve("/film.mp4", FILM)])()
        assert stored.path.stat().st_mode & 0o777 == 0o600

    def test_is_asked_for_uncompressed(self, api: Api) -> None:
        Fetch([api.serve("/film.mp4", FILM)])()
        assert api.log[0].headers["accept-encoding"] == "identity"

    def test_tells_its_progress(self, api: Api) -> None:
        fetch = Fetch([api.serve("/film.mp4", FILM)])
        fetch()
        assert fetch.heard[-1] == (len(FILM), len(FILM))

    def test_of_several_batches_is_right(self, api: Api) -> None:
        large = mp4(5_000_001, os.urandom(1009))
        fetch = Fetch([api.serve("/film.mp4", large)], limits=Limits(flush_bytes=1 << 20))
        assert is_film(fetch(), large)
        assert [received for received, _ in fetch.heard] == sorted(received for received, _ in fetch.heard)

    def test_in_chunks_without_a_length_is_taken_when_its_boxes_are_complete(self, api: Api) -> None:
        assert is_film(Fetch([api.serve("/film.mp4", FILM, fake.chunked())])())

    def test_that_ends_with_the_connection_is_taken_when_its_boxes_are_complete(self, api: Api) -> None:
        assert is_film(Fetch([api.serve("/film.mp4", FILM, fake.cut(len(FILM), announced=False))])())

    def test_can_be_read_again(self, api: Api) -> None:
        stored = Fetch([api.serve("/film.mp4", FILM)])()
        again = asyncio.run(digest_of(stored.path))
        assert (again.sha256, again.size) == (stored.sha256, stored.size)


BROKEN: dict[str, fake.Fault] = {
    "cut short": fake.cut(150_000),
    "cut before the first byte": fake.cut(0),
    "reset": fake.cut(150_000, then="reset"),
    "stalled": fake.cut(150_000, then="stall"),
    "never answered": fake.silence,
    "hung up": fake.hang_up,
    "not http": fake.garbage,
    "without a length, cut short": fake.cut(150_000, announced=False),
    "without a length, cut within its index": fake.cut(60, announced=False),
    "in chunks, cut short": fake.chunked(whole=False),
    "busy": fake.answer("429 Too Many Requests"),
    "in trouble": fake.answer("503 Service Unavailable", b"<html>"),
    "broken gateway": fake.answer("502 Bad Gateway"),
    "request timeout": fake.answer("408 Request Timeout"),
    "a page instead": fake.instead(b"<html>please log in</html>" * 100),
    "nothing": fake.instead(b""),
    "packed in a way that nobody asked for": fake.instead(b"\x1b\x03\x04" + FILM[:500], Content_Encoding="br"),
    "packed, and cut short": fake.instead(gzip.compress(FILM)[:-20], Content_Encoding="gzip"),
    "truncated at the source": fake.instead(FILM[:-1000]),
    "with bytes after its end": fake.instead(FILM + b"trailing rubbish"),
    "without its index": fake.instead(FILM[:28] + FILM[28 + 116 :]),
    "a range nobody asked for": fake.partial(f"bytes 0-9/{len(FILM)}"),
    "gone": fake.answer("404 Not Found"),
    "forbidden": fake.answer("403 Forbidden", b"<Error><Code>AccessDenied</Code></Error>"),
    "expired, in the words of one cloud": fake.answer("400 Bad Request", b"<Code>ExpiredToken</Code>"),
}


class TestAFaultOnce:
    @pytest.mark.parametrize("fault", BROKEN.values(), ids=BROKEN.keys())
    def test_costs_another_try_and_no_more(self, api: Api, fault: fake.Fault) -> None:
        fetch = Fetch([api.serve("/film.mp4", FILM, fault)])
        assert is_film(api.outlast(fetch.run(), seconds=fetch.limits.silence))
        assert len(api.log) == 2
        assert len(fetch.clock.slept) == 1
        assert fetch.leftovers == ["film.mp4"]

    def test_is_told_with_its_reason_and_the_time_of_the_next_try(self, api: Api) -> None:
        fetch = Fetch([api.serve("/film.mp4", FILM, fake.answer("503 Service Unavailable"))])
        fetch()
        (words,) = fetch.told
        assert words.startswith("film.mp4: ")
        assert "503" in words
        assert "; again in " in words


class TestAFaultForEver:
    @pytest.mark.parametrize("fault", BROKEN.values(), ids=BROKEN.keys())
    def test_ends_without_a_file(self, api: Api, fault: fake.Fault) -> None:
        fetch = Fetch([api.serve("/film.mp4", FILM, *[fault] * 20)], limits=Limits(tries=3, mints=3))
        with pytest.raises(DownloadError) as caught:
            api.outlast(fetch.run(), seconds=fetch.limits.silence)
        assert not fetch.target.exists()
        assert len(api.log) == 3
        assert caught.value.retryable
        assert "film.mp4" in caught.value.message
        assert "resume" in caught.value.hint

    def test_is_told_with_the_words_of_the_page(self, api: Api) -> None:
        page = b"<html>log in at https://example.com/x?sig=abcdef</html>" + b"x" * 1000
        fetch = Fetch([api.serve("/film.mp4", FILM, *[fake.instead(page)] * 9)])
        with pytest.raises(DownloadError, match="log in at") as caught:
            fetch()
        assert caught.value.code == "download/not-a-video"
        assert "abcdef" not in caught.value.message
        assert len(caught.value.message) < 400
        assert fetch.leftovers == []


class TestTheWrapping:
    """The bytes count, not what the headers say of them."""

    @pytest.mark.parametrize("named", ["aws-chunked", "", "utf-8", "identity", "x-unheard-of", "gzip", "br"])
    def test_names_a_packing_that_is_none(self, api: Api, named: str) -> None:
        assert is_film(Fetch([api.serve("/film.mp4", FILM, fake.instead(FILM, Content_Encoding=named))])())
        assert len(api.log) == 1

    @pytest.mark.parametrize("named", ["gzip", "x-gzip", "", "aws-chunked"])
    def test_does_not_name_the_packing_that_there_is(self, api: Api, named: str) -> None:
        assert is_film(
            Fetch([api.serve("/film.mp4", FILM, fake.instead(gzip.compress(FILM), Content_Encoding=named))])()
        )

    def test_holds_a_deflated_file(self, api: Api) -> None:
        packed = fake.instead(zlib.compress(FILM), Content_Encoding="deflate", Repr_Digest="sha-256=:AAAA:")
        assert is_film(Fetch([api.serve("/film.mp4", FILM, packed)])())

    def test_that_unpacks_without_end_is_stopped(self, api: Api) -> None:
        bomb = gzip.compress(FILM[:-8] + bytes(64 << 20))
        fetch = Fetch([api.serve("/film.mp4", FILM, fake.instead(bomb))], limits=Limits(most_bytes=1 << 20))
        with pytest.raises(DownloadError, match="larger than 1 MiB"):
            fetch()
        assert fetch.leftovers == []

    @pytest.mark.parametrize("kind", ["text/html", "application/octet-stream", ""])
    def test_may_call_a_film_what_it_likes(self, api: Api, kind: str) -> None:
        assert is_film(Fetch([api.serve("/film.mp4", FILM, headers={"Content-Type": kind, "ETag": '"e"'})])())

    @pytest.mark.parametrize("status", ["203 Non-Authoritative Information", "206 Partial Content"])
    def test_may_come_with_another_status(self, api: Api, status: str) -> None:
        assert is_film(Fetch([api.serve("/film.mp4", FILM, fake.answer(status, FILM, ETag='"v1"'))])())
        assert len(api.log) == 1

    def test_of_a_first_part_that_nobody_asked_for_is_completed(self, api: Api) -> None:
        first = fake.answer("206 Partial Content", FILM[:2000], ETag='"v1"', Content_Range=f"bytes 0-1999/{len(FILM)}")
        assert is_film(Fetch([api.serve("/film.mp4", FILM, first)])())
        assert api.ranges == ["", "bytes=2000-"]

    def test_may_hold_webm(self, api: Api) -> None:
        webm = b"\x1a\x45\xdf\xa3" + bytes(3000)
        assert is_film(Fetch([api.serve("/film.mp4", webm)])(), webm)

    def test_whose_first_bytes_drip_is_a_slow_line(self) -> None:
        async def drops() -> AsyncIterator[bytes]:
            for byte in FILM[:500]:
                yield bytes([byte])

        stream = Stream(status=200, headers={}, url="", chunks=drops())
        with pytest.raises(TryFailed, match="carries only"):
            asyncio.run(open_body(stream, RateGuard(_SlowClock(), Limits()), str))


class _SlowClock(FakeClock):
    """Each look at it takes ten seconds."""

    def monotonic(self) -> float:
        self.time += 10.0
        return super().monotonic()


class TestAnUnreadableFile:
    """Whole, and no video all the same: the provider may have something else."""

    def test_is_fetched_again_behind_another_link(self, api: Api) -> None:
        links = [api.serve("/bad.mp4", OTHER), api.serve("/film.mp4", FILM)]
        fetch = Fetch(links, refused=OTHER)
        assert is_film(fetch())
        assert fetch.minted == 2
        assert "no frame" in fetch.told[0]

    def test_is_not_stored_where_there_is_nothing_else(self, api: Api) -> None:
        fetch = Fetch([api.serve("/bad.mp4", OTHER)], refused=OTHER)
        with pytest.raises(DownloadError, match="no frame") as caught:
            fetch()
        assert (caught.value.code, caught.value.retryable) == ("download/unreadable", True)
        assert fetch.leftovers == []


class TestAFileInsideAnAnswer:
    def keep(self, content: bytes, **changes: Any) -> Stored:
        fetch = Fetch([], **changes)

        async def run() -> Stored:
            async with Web() as web:
                return await fetch.downloader(web).keep(content, fetch.target)

        return asyncio.run(run())

    def test_is_stored_as_one_behind_a_link(self) -> None:
        stored = self.keep(FILM)
        assert is_film(stored)
        assert stored.path.stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize(
        "content",
        [
            b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n",
            b"ffconcat version 1.0\nfile /etc/passwd\n",
            b"",
            FILM[:-10],
            FILM[:20],
        ],
        ids=["a playlist", "a list of files", "nothing", "cut short", "a beginning"],
    )
    def test_that_is_no_whole_film_is_not_stored(self, content: bytes) -> None:
        with pytest.raises(DownloadError, match=r"film\.mp4, inside the answer"):
            self.keep(content)
        assert list(Path().iterdir()) == []

    def test_that_is_too_large_is_not_stored(self) -> None:
        with pytest.raises(DownloadError, match="larger than 0 MiB"):
            self.keep(FILM, limits=Limits(most_bytes=1000))

    def test_that_no_reader_takes_is_not_stored(self) -> None:
        with pytest.raises(DownloadError, match="no frame"):
            self.keep(OTHER, refused=OTHER)
        assert list(Path().iterdir()) == []


class TestAResumedFile:
    def test_asks_only_for_the_rest(self, api: Api) -> None:
        url = keep_half(api)
        assert is_film(Fetch([url])())
        assert api.ranges == ["bytes=200000-"]
        assert api.log[0].headers["if-range"] == '"v1"'

    def test_goes_on_within_one_call(self, api: Api) -> None:
        url = api.serve("/film.mp4", FILM, fake.cut(100_000), fake.cut_again(50_000), fake.cut_again(1))
        assert is_film(Fetch([url])())
        assert api.ranges == ["", "bytes=100000-", "bytes=150000-", "bytes=150001-"]

    def test_goes_on_behind_another_link(self, api: Api) -> None:
        old = keep_half(api)
        api.files["/film.mp4"].faults.append(fake.answer("403 Forbidden"))
        new = api.serve("/elsewhere.mp4", FILM)
        assert is_film(Fetch([old, new])())
        assert api.ranges == ["bytes=200000-", "bytes=200000-"]

    def test_leaves_no_link_on_disk(self, api: Api) -> None:
        keep_half(api)
        note = Path("film.mp4.part.json").read_text()
        assert "http" not in note
        assert json.loads(note)["size"] == 200_000

    def test_starts_over_where_the_server_ignores_the_range(self, api: Api) -> None:
        url = keep_half(api)
        api.files["/film.mp4"].faults.append(fake.ignoring_range)
        assert is_film(Fetch([url])())
        assert len(api.log) == 1

    def test_starts_over_where_the_file_has_changed(self, api: Api) -> None:
        keep_half(api)
        url = api.serve("/film.mp4", OTHER, headers={"ETag": '"v2"'})
        assert is_film(Fetch([url])(), OTHER)

    @pytest.mark.parametrize(
        "fault",
        [
            fake.partial(f"bytes 100000-{len(FILM) - 1}/{len(FILM)}"),
            fake.partial(f"bytes 200000-{len(FILM) - 1}/{len(FILM) + 1}"),
            fake.partial(f"bytes 200000-{len(FILM)}/{len(FILM) + 1}"),
            fake.partial("bytes 200000-200009/300000"),
            fake.partial("bytes 200000-299999/*"),
            fake.partial("nonsense"),
            fake.partial(f"bytes 200000-{len(FILM) - 1}/{len(FILM)}", ETag='"v2"'),
            fake.partial(f"bytes 200000-{len(FILM) - 1}/{len(FILM)}", ETag=""),
            fake.answer("416 Range Not Satisfiable", Content_Range="bytes */100"),
            fake.answer("416 Range Not Satisfiable"),
        ],
        ids=["start", "total", "end", "short", "no-total", "nonsense", "etag", "no-etag", "416", "416-empty"],
    )
    def test_starts_over_where_the_answer_does_not_fit(self, api: Api, fault: fake.Fault) -> None:
        url = keep_half(api)
        api.files["/film.mp4"].faults.append(fault)
        assert is_film(Fetch([url])())
        assert api.ranges == ["bytes=200000-", ""]

    def test_needs_a_strong_etag(self, api: Api) -> None:
        url = keep_half(api, {"ETag": 'W/"v1"'})
        assert is_film(Fetch([url])())
        assert api.ranges == [""]

    def test_may_rest_on_an_old_date(self, api: Api) -> None:
        dates = {"Last-Modified": "Fri, 20 Nov 2026 10:00:00 GMT", "Date": "Fri, 20 Nov 2026 11:00:00 GMT"}
        url = keep_half(api, dates)
        assert is_film(Fetch([url])())
        assert api.log[0].headers["if-range"] == dates["Last-Modified"]

    def test_does_not_rest_on_a_date_of_this_minute(self, api: Api) -> None:
        dates = {"Last-Modified": "Fri, 20 Nov 2026 10:00:00 GMT", "Date": "Fri, 20 Nov 2026 10:00:30 GMT"}
        url = keep_half(api, dates)
        assert is_film(Fetch([url])())
        assert api.ranges == [""]

    def test_that_is_whole_already_needs_no_request(self, api: Api) -> None:
        url = keep_half(api)
        Path("film.mp4.part").write_bytes(FILM)
        note = json.loads(Path("film.mp4.part.json").read_text())
        Path("film.mp4.part.json").write_text(json.dumps({**note, "size": len(FILM)}))
        assert is_film(Fetch([url])())
        assert api.log == []

    def test_trusts_no_byte_beyond_its_note(self, api: Api) -> None:
        url = keep_half(api)
        with Path("film.mp4.part").open("ab") as part:
            part.write(b"\0" * 5000)
        assert is_film(Fetch([url])())
        assert api.ranges == ["bytes=200000-"]

    def test_that_lost_bytes_in_a_power_cut_starts_over(self, api: Api) -> None:
        url = keep_half(api)
        os.truncate("film.mp4.part", 150_000)
        assert is_film(Fetch([url])())
        assert api.ranges == [""]

    @pytest.mark.parametrize(
        "note", ["", "[]", "{", '{"version": 2}', '{"version": 1, "size": "x"}', '{"version": 1, "size": 999999999}']
    )
    def test_with_a_damaged_note_starts_over(self, api: Api, note: str) -> None:
        url = keep_half(api)
        Path("film.mp4.part.json").write_text(note)
        assert is_film(Fetch([url])())
        assert api.ranges == [""]

    def test_keeps_what_came_when_it_is_cancelled(self, api: Api) -> None:
        large = mp4(4_000_000)
        url = api.serve("/film.mp4", large)
        with pytest.raises(asyncio.CancelledError):
            Fetch([url], cancel_at=1_500_000)()
        assert is_film(Fetch([url])(), large)
        begin = int(api.ranges[1].removeprefix("bytes=").removesuffix("-"))
        assert begin >= 1_500_000


class TestADigestFromTheServer:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("Content-MD5", "{md5}"),
            ("x-goog-hash", "crc32c=AAAAAA==,md5={md5}"),
            ("Repr-Digest", "sha-256=:{sha256}:"),
        ],
    )
    def test_finds_a_flipped_byte(self, api: Api, name: str, value: str) -> None:
        digests = {kind: base64.b64encode(hashlib.new(kind, FILM).digest()).decode() for kind in ("md5", "sha256")}
        flipped = bytearray(FILM)
        flipped[150_000] ^= 1
        headers = {"ETag": '"v1"', name: value.format(**digests)}
        url = api.serve("/film.mp4", FILM, fake.instead(bytes(flipped)), headers=headers)
        assert is_film(Fetch([url])())
        assert len(api.log) == 2

    def test_counts_over_a_resumed_file_too(self, api: Api) -> None:
        url = keep_half(api, {"ETag": '"v1"', "Content-MD5": base64.b64encode(hashlib.md5(FILM).digest()).decode()})
        part = bytearray(Path("film.mp4.part").read_bytes())
        part[1000] ^= 1
        Path("film.mp4.part").write_bytes(part)
        assert is_film(Fetch([url])())
        assert api.ranges == ["bytes=200000-", ""]

    def test_that_cannot_be_read_is_ignored(self, api: Api) -> None:
        url = api.serve("/film.mp4", FILM, headers={"Content-MD5": "???", "x-goog-hash": "crc32c=AAAA"})
        assert is_film(Fetch([url])())


class TestADeadLink:
    def test_is_minted_again_until_the_bound(self, api: Api) -> None:
        url = api.serve("/film.mp4", FILM, *[fake.answer("410 Gone")] * 9)
        fetch = Fetch([url])
        with pytest.raises(DownloadError, match="410") as caught:
            fetch()
        assert fetch.minted == fetch.limits.mints == 4
        assert caught.value.code == "download/dead-link"

    def test_is_the_only_reason_to_mint(self, api: Api) -> None:
        url = api.serve("/film.mp4", FILM, fake.cut(10), fake.answer("500 Oh"), fake.hang_up)
        fetch = Fetch([url])
        assert is_film(fetch())
        assert fetch.minted == 1

    def test_takes_its_headers_along(self, api: Api) -> None:
        url = api.serve("/film.mp4", FILM)
        Fetch([Link(url=url, headers={"x-goog-api-key": "k-123"})])()
        assert api.log[0].headers["x-goog-api-key"] == "k-123"

    def test_whose_minting_is_lost_is_tried_again(self, api: Api) -> None:
        url = api.serve("/film.mp4", FILM)

        class Hard(Fetch):
            async def mint(self) -> str | Link:
                if not self.minted:
                    self.minted += 1
                    raise Lost("the poll broke off")
                return await super().mint()

        assert is_film(Hard([url])())

    def test_whose_minting_is_refused_ends_it(self) -> None:
        class Refused(Fetch):
            async def mint(self) -> str | Link:
                raise ProviderError("the task is gone", code="provider/gone")

        with pytest.raises(ProviderError, match="the task is gone"):
            Refused([])()

    def test_to_another_scheme_ends_it(self) -> None:
        with pytest.raises(DownloadError, match="ftp") as caught:
            Fetch(["ftp://127.0.0.1/film.mp4"])()
        assert caught.value.code == "http/unsafe-address"


class TestWaiting:
    def test_honours_retry_after_in_seconds(self, api: Api) -> None:
        fetch = Fetch([api.serve("/film.mp4", FILM, fake.answer("429 Slow", Retry_After="17"))])
        fetch()
        assert fetch.clock.slept == [17.0]

    def test_honours_retry_after_as_a_date(self, api: Api) -> None:
        date = "Fri, 15 Jan 2027 08:00:40 GMT"  # 40 s after the fake clock's beginning
        fetch = Fetch([api.serve("/film.mp4", FILM, fake.answer("503 Later", Retry_After=date))])
        fetch()
        assert fetch.clock.slept == [40.0]

    def test_does_not_wait_for_ever(self, api: Api) -> None:
        fetch = Fetch([api.serve("/film.mp4", FILM, fake.answer("503 Later", Retry_After="86400"))])
        with pytest.raises(DownloadError, match="asks to wait 86400 s"):
            fetch()
        assert fetch.clock.slept == []

    def test_grows_and_is_jittered(self, api: Api) -> None:
        fetch = Fetch([api.serve("/film.mp4", FILM, *[fake.hang_up] * 6)])
        fetch()
        for number, slept in enumerate(fetch.clock.slept):
            assert 0.5 * 2**number <= slept <= 2**number

    def test_ends_with_the_total_time(self, api: Api) -> None:
        fetch = Fetch([api.serve("/film.mp4", FILM, *[fake.hang_up] * 9)], limits=Limits(total=5.0))
        with pytest.raises(DownloadError, match="not complete after 5 s") as caught:
            fetch()
        assert caught.value.code == "download/deadline"

    def test_a_body_that_goes_on_for_too_long_is_left(self, api: Api) -> None:
        fetch = Fetch([api.serve("/film.mp4", mp4(4_000_000))], limits=Limits(total=50.0, slow_rate=0.0), step=30.0)
        with pytest.raises(DownloadError, match="not complete"):
            fetch()

    def test_a_slow_line_is_left_and_resumed(self, api: Api) -> None:
        large = mp4(4_000_000)
        fetch = Fetch([api.serve("/film.mp4", large)], limits=Limits(slow_rate=1e6), step=40.0)
        assert is_film(fetch(), large)
        assert len(api.log) > 1
        assert all(api.ranges[1:])


class TestSize:
    def test_a_film_that_seems_whole_but_is_not_as_long_as_announced_is_refused(self) -> None:
        lying = httpx.MockTransport(
            lambda _: httpx.Response(200, stream=httpx.ByteStream(FILM), headers={"Content-Length": "300008"})
        )
        fetch = Fetch(["http://x/film.mp4"], transport=lying)
        with pytest.raises(DownloadError, match="300000 bytes came, 300008 were announced"):
            fetch()
        assert not fetch.target.exists()

    def test_an_announced_giant_is_not_begun(self, api: Api) -> None:
        fetch = Fetch([api.serve("/film.mp4", FILM)], limits=Limits(most_bytes=100_000))
        with pytest.raises(DownloadError, match="larger than") as caught:
            fetch()
        assert caught.value.code == "download/too-large"
        assert fetch.leftovers == []

    def test_a_giant_without_a_length_is_stopped(self, api: Api) -> None:
        fetch = Fetch([api.serve("/film.mp4", mp4(4_000_000), fake.chunked())], limits=Limits(most_bytes=2_000_000))
        with pytest.raises(DownloadError, match="larger than"):
            fetch()
        assert fetch.leftovers == []

    def test_a_file_that_the_disk_cannot_hold_is_not_begun(self, api: Api) -> None:
        fetch = Fetch([api.serve("/film.mp4", FILM, headers={"ETag": '"v1"'})], limits=Limits(most_bytes=1 << 62))
        api.files["/film.mp4"].faults.append(_announcing(1 << 60))
        with pytest.raises(RunDirectoryError, match="the disk has room for") as caught:
            fetch()
        assert caught.value.code == "run-directory/disk-full"


def _announcing(length: int) -> fake.Fault:
    async def act(talk: fake.Talk) -> None:
        await talk.head("200 OK", {"Content-Length": str(length)})
        await talk.send(talk.file.body)

    return act


class FullDisk(Disk):
    """Every durable act fails as it does on a full disk, from the n-th on."""

    def __init__(self, left: int, error: int) -> None:
        self.left = left
        self.error = error

    def replace(self, temporary: Path, final: Path) -> None:
        self.left -= 1
        if self.left < 0:
            raise OSError(self.error, os.strerror(self.error))
        super().replace(temporary, final)


class TestAFullDisk:
    @pytest.mark.parametrize("acts", [0, 1])
    def test_is_told_as_such_and_the_next_call_succeeds(self, api: Api, acts: int) -> None:
        fetch = Fetch([api.serve("/film.mp4", FILM)], disk=FullDisk(acts, errno.ENOSPC))
        with pytest.raises(RunDirectoryError, match="the disk is full"):
            fetch()
        assert not fetch.target.exists()
        assert is_film(Fetch([api.url("/film.mp4")])())

    def test_a_folder_that_is_missing_is_told(self, api: Api) -> None:
        with pytest.raises(RunDirectoryError):
            Fetch([api.serve("/film.mp4", FILM)], target=Path("nowhere/film.mp4"))()


def test_redirects_are_followed(api: Api) -> None:
    api.serve("/film.mp4", FILM)
    url = api.serve("/start", b"", fake.answer("302 Found", Location="/film.mp4"))
    assert is_film(Fetch([url])())


def test_a_redirect_to_another_host_gets_no_key(api: Api) -> None:
    api.serve("/film.mp4", FILM)
    elsewhere = api.url("/film.mp4", "localhost")
    url = api.serve("/start", b"", fake.answer("302 Found", Location=elsewhere))
    Fetch([Link(url=url, headers={"x-goog-api-key": "k-123", "Authorization": "Bearer t"})])()
    first, second = api.log
    assert first.headers["x-goog-api-key"] == "k-123"
    assert {"x-goog-api-key", "authorization"}.isdisjoint(second.headers)


def test_many_downloads_at_once_do_not_mix(api: Api) -> None:
    bodies = [mp4(200_000 + number, bytes([number]) * 7) for number in range(12)]
    fetches = [
        Fetch([api.serve(f"/{number}.mp4", body, fake.cut(90_000))], target=Path(f"{number}.mp4"))
        for number, body in enumerate(bodies)
    ]

    async def together() -> list[Stored]:
        return await asyncio.gather(*(fetch.run() for fetch in fetches))

    assert all(is_film(stored, body) for stored, body in zip(asyncio.run(together()), bodies, strict=True))
