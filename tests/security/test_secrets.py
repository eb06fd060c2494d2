"""No key and no signed link in a single byte that a run leaves behind, whatever happened and whoever repeated it."""

import json
import subprocess
import sys
import traceback
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest

from runner.console.output import error_json
from runner.errors import LongtakeError
from tests.doses import doses
from tests.execution.studio import PROMPTS, ROOT, Studio
from tests.fakes import api as fake
from tests.fakes.api import Api

KEYS = {
    "kie": "0123456789abcdef0a1b2c3d4e5f6789",
    "google": "AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY",
    "google-token": "ya29.a0AfH6SMBx-Qz_7Tq.kX0-Abc123def456ghi789",
    "kling-pair": "AKq8Rm2Vt5Xw7Zb9:SKd3Fg6Hj1Kl4Mn8Pq0Rs",
    "kling-token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJBS3E4Um0yIn0.dGhlLXNpZ25hdHVyZS1vZi1pdA",
    "gateway": "sk-proj-9fJ2kLm4Nq7Rt1Vx3Yz5Ab8C",
    "odd": 'p+ss/w"rd=&0123456789abcdef',
}
KIE = KEYS["kie"]
SIGNED = (b"X-Goog-Signature", b"X-Amz-Signature", b"Signature=", b"Expires=", b"token=")
LINK = "https://cdn.example/v/film.mp4?X-Goog-Signature=abcd1234&Expires=1790000000&token=efgh5678"

BUG = """
import os, sys
import runner.execution.poll as poll
def broken(*_):
    raise RuntimeError("no " + os.environ["KIE_API_KEY"] + " at " + os.environ["THE_LINK"])
poll.job_of = broken
from runner.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@dataclass
class Guarded(Studio):
    """A studio with a key of its own, which keeps everything that was said."""

    key: str = KIE
    said: list[bytes] = field(default_factory=list)

    @property
    def environ(self) -> dict[str, str]:
        return {**super().environ, "KIE_API_KEY": self.key}

    def command(self, *words: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
        result = super().command(*words, **environ)
        self.said += [result.stdout.encode(), result.stderr.encode()]
        return result

    def make(self, *words: str, board: Path | None = None, **environ: str) -> int:
        file = board or self.board(*PROMPTS[:2])
        return self.command("run", file, "--run-dir", self.root, "--yes", *words, **environ).returncode

    def film(self, board: Path | None = None, **options: Any) -> Any:
        try:
            return super().film(board, **options)
        except LongtakeError as error:
            told = (json.dumps(error_json(error)), "".join(traceback.format_exception(error)))
            self.said += [words.encode() for words in told]
            return None
        finally:
            self.said.append(json.dumps([asdict(report) for report in self.reports], default=str).encode())

    def leaks(self) -> list[str]:
        """Where the key or a signature is to be found."""
        files = [path for path in self.root.rglob("*") if path.is_file()]
        left = {str(path.relative_to(self.root)): path.read_bytes() for path in files}
        said = {f"said {number}": words for number, words in enumerate(self.said)}
        wanted = [*spellings(self.key), *SIGNED]
        return [f"{name}: {word!r}" for name, text in {**left, **said}.items() for word in wanted if word in text]


def spellings(key: str) -> Iterator[bytes]:
    """A key, and each half of a pair, as files and screens may spell it."""
    for part in {key, *key.split(":")}:
        raw = part.encode()
        yield from (raw, raw[::-1], raw.hex().encode(), quote(part, safe="").encode(), json.dumps(part)[1:-1].encode())
        yield from (b64encode(raw).rstrip(b"="), urlsafe_b64encode(raw).rstrip(b"="), raw.lower(), raw.upper())
        yield from (raw[:14], raw[-14:])


@pytest.fixture
def guarded(studio: Studio) -> Guarded:
    studio.fault("signed-links")
    return Guarded(url=studio.url, folder=studio.folder, before=studio.before)


@pytest.fixture(scope="module")
def server() -> Iterator[Api]:
    with Api().running() as running:
        yield running


def test_the_search_finds_what_it_looks_for(guarded: Guarded) -> None:
    guarded.root.mkdir()
    (guarded.root / "x").write_bytes(b"at " + b64encode(KIE.encode()))
    guarded.said.append(b"https://h/x?Signature=1")
    assert {leak.partition(":")[0] for leak in guarded.leaks()} == {"x", "said 0"}


def test_the_links_of_these_tests_are_signed_and_dead_without_it(guarded: Guarded) -> None:
    guarded.film(guarded.board(PROMPTS[0]))
    task = guarded.history.takes[0].task
    request = Request(f"{guarded.url}/kie/api/v1/veo/record-info?taskId={task}", headers={"Authorization": "Bearer x"})
    with urlopen(request) as reply:
        link = json.loads(reply.read())["data"]["response"]["resultUrls"][0]
    assert all(word in link.encode() for word in SIGNED if b"Amz" not in word)
    with pytest.raises(HTTPError):
        urlopen(link.partition("?")[0])


@pytest.mark.parametrize("name", doses(KEYS, "kie", "odd"))
def test_a_run_that_succeeds_leaves_neither_key_nor_signature(guarded: Guarded, name: str) -> None:
    guarded.key = KEYS[name]
    assert guarded.make("-v", board=guarded.board(PROMPTS[0])) == 0
    assert guarded.command("status", guarded.root, "--json").returncode == 0
    assert guarded.command("doctor", "--json").returncode == 0
    assert guarded.leaks() == []


REPEATED = {
    "refused": ("status@generate:code=422,message={}", 6),
    "unknown": ("status@generate:code=500,message={}", 8),
    "gateway": ("status@generate:code=401,http=502,message={}", 8),
    "failed": ("task-failed:code=501,message={}", 6),
    "moderated": ("task-failed:code=400,message=see {}", 6),
}


@pytest.mark.parametrize("style", doses(["-v", "--json", "-q"], "-v"))
@pytest.mark.parametrize("scene", REPEATED)
def test_what_a_provider_repeats_of_us_is_not_kept(guarded: Guarded, scene: str, style: str) -> None:
    spec, code = REPEATED[scene]
    guarded.fault(spec.format(f"wrong key {KIE} for {LINK}"))
    assert guarded.make(style, board=guarded.board(PROMPTS[0])) == code
    guarded.command("status", guarded.root, style)
    guarded.command("reconcile", guarded.root, style)
    assert guarded.leaks() == []


@pytest.mark.parametrize("name", KEYS)
def test_no_key_of_any_kind_is_repeated(guarded: Guarded, name: str) -> None:
    guarded.key = KEYS[name]
    guarded.fault(f"task-failed:code=501,message=Bearer {guarded.key} or {quote(guarded.key)} is no key")
    guarded.film(guarded.board(PROMPTS[0]))
    assert guarded.history.takes[0].words
    assert guarded.leaks() == []


def test_a_poll_that_repeats_the_key_leaves_none(guarded: Guarded) -> None:
    guarded.fault(f"status@look:code=500,message=err {KIE} {LINK},times=3")
    guarded.film(guarded.board(PROMPTS[0]))
    assert "err" in (guarded.root / "hops/00/take-01/polls.jsonl").read_text()
    assert guarded.leaks() == []


def test_a_page_that_shows_our_headers_leaves_no_key(guarded: Guarded, server: Api) -> None:
    async def mirror(talk: fake.Talk) -> None:
        page = f"<pre>{talk.seen.headers} <a href='{LINK}'></pre>".encode()
        await fake.answer("502 Bad Gateway", page, Content_Type="text/html")(talk)

    server.serve("/kie/api/v1/veo/generate", b"", mirror)
    assert guarded.make("-v", LONGTAKE_KIE_BASE_URL=server.url("/kie")) == 8
    assert "authorization" in guarded.said[1].decode()
    assert guarded.leaks() == []


@pytest.mark.parametrize("at", [150, 480, 1985, 3985])
def test_a_page_is_not_cut_through_a_key(guarded: Guarded, server: Api, at: int) -> None:
    page = ("word " * at)[:at] + KIE
    server.serve("/kie/api/v1/veo/generate", b"", fake.answer("502 Bad Gateway", page.encode()))
    assert guarded.make("-v", LONGTAKE_KIE_BASE_URL=server.url("/kie")) == 8
    assert guarded.leaks() == []


@pytest.mark.parametrize("fault", ["dead-link:status=403,times=99", "html-instead-of-mp4:times=99", "truncated-file"])
def test_a_download_that_fails_leaves_no_link(guarded: Guarded, fault: str) -> None:
    guarded.fault(fault)
    guarded.film(guarded.board(PROMPTS[0]), hurried=True)
    assert "download" in guarded.said[0].decode()
    assert guarded.leaks() == []


def test_a_download_that_is_cut_leaves_no_link(guarded: Guarded) -> None:
    guarded.fault("cut-download:at=5000,times=99")
    guarded.film(guarded.board(PROMPTS[0]), hurried=True)
    assert list(guarded.root.rglob("*.part*"))
    assert guarded.leaks() == []


def test_a_lost_reply_is_settled_without_a_key(guarded: Guarded) -> None:
    guarded.fault("lost-reply@generate")
    board = guarded.board(PROMPTS[0])
    assert guarded.make("--json", board=board) == 8
    assert guarded.command("reconcile", guarded.root).returncode == 8
    assert guarded.command("reconcile", guarded.root, "--json").returncode == 8
    assert guarded.command("reconcile", guarded.root, "--task", guarded.charges()[-1]["task"]).returncode == 0
    assert guarded.make("-v", board=board) == 0
    assert guarded.leaks() == []


def test_a_bad_key_is_not_shown(guarded: Guarded) -> None:
    guarded.key = f"bad{KIE}"
    assert guarded.make("-v") == 6
    assert guarded.make("--json") == 6
    assert guarded.leaks() == []


@pytest.mark.parametrize("style", doses(["-v", "--verbose", "--json", "-q"], "-v", "--json"))
def test_a_bug_tells_what_happened_without_a_key(guarded: Guarded, style: str) -> None:
    words = ["run", guarded.board(PROMPTS[0]), "--run-dir", guarded.root, "--yes", style]
    result = subprocess.run(
        [sys.executable, "-c", BUG, *map(str, words)],
        cwd=guarded.folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **guarded.environ, "THE_LINK": LINK},
        capture_output=True,
        check=False,
    )
    guarded.said += [result.stdout, result.stderr]
    assert result.returncode == 1
    assert b"RuntimeError" in result.stdout + result.stderr
    assert (b"Traceback" in result.stderr) == (style in ("-v", "--verbose"))
    assert guarded.leaks() == []


ADDRESSES = (
    "http://{key}@127.0.0.1:9/kie",
    "http://user:{key}@127.0.0.1:9/kie",
    "http://127.0.0.1:9/kie?key={key}",
    "http://127.0.0.1:9/kie#{key}",
    "http://127.0.0.1:9/{key}/kie",
    "ftp://{key}@127.0.0.1:9/kie",
    "http://{key}",
    "http://{key}@127.0.0.1:port/kie",
)


@pytest.mark.parametrize("style", ["-v", "--json"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_key_in_the_base_url_stops_before_anything_is_written(guarded: Guarded, address: str, style: str) -> None:
    code = guarded.make(style, LONGTAKE_KIE_BASE_URL=address.format(key=KIE))
    assert code == 5
    assert not (guarded.root / "journal.jsonl").exists()
    assert guarded.leaks() == []


@pytest.mark.parametrize("address", ["http://{key}@127.0.0.1:9/kie", "http://127.0.0.1:9/kie?key={key}"])
def test_another_key_in_an_address_is_not_written_either(guarded: Guarded, address: str) -> None:
    """One that is in no variable, so that nobody can know it."""
    other = address.format(key="f0e1d2c3b4a5968778695a4b3c2d1e0f")
    assert guarded.make("-v", LONGTAKE_KIE_UPLOAD_URL=other) == 5
    guarded.key = "f0e1d2c3b4a5968778695a4b3c2d1e0f"
    assert guarded.leaks() == []


def test_a_key_in_the_storyboard_or_in_the_settings_file_stops_the_run(guarded: Guarded) -> None:
    boards = (
        guarded.board(PROMPTS[0], provider={"name": "kie", "base_url": f"http://{KIE}@127.0.0.1:9/kie"}),
        guarded.board(f"{PROMPTS[0]} {KIE}"),
    )
    for board in boards:
        assert guarded.make("-v", board=board) == 5
    (guarded.folder / "longtake.toml").write_text(f'[kie]\nbase_url = "http://127.0.0.1:9/kie?k={KIE}"\n')
    assert guarded.make("-v", LONGTAKE_KIE_BASE_URL="") == 5
    assert guarded.leaks() == []


def test_a_signed_address_of_a_picture_is_sent_but_not_written_beside_the_request(guarded: Guarded) -> None:
    picture = "https://cdn.example/a.png?X-Goog-Signature=abcd1234"
    board = guarded.board(PROMPTS[0], initial={"prompt": PROMPTS[0], "images": {"first_frame": picture}}, extensions=[])
    guarded.film(board)
    sent = guarded.ask("/sandbox/tasks")
    assert picture in json.dumps(sent)
    (guarded.root / "storyboard.yaml").unlink()  # the person's own words, with the person's own link
    guarded.said.clear()
    assert guarded.leaks() == []
