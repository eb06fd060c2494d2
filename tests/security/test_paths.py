"""Names that come from servers and storyboards never become paths unfiltered, and never leave the run directory."""

import json
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import imageio_ffmpeg
import pytest

from runner.errors import ConfigurationError, LongtakeError, ProviderError, UnknownOutcome, UsageError
from runner.net.client import Web
from runner.providers.base import Accepted, Request, Unknown
from runner.providers.sanitized import SanitizedProvider, is_task_id
from runner.state.history import Phase
from tests.execution.studio import PROMPTS, ROOT, Studio
from tests.fakes import api as fake
from tests.fakes.api import Api

GENERATE, RECORD = "/kie/api/v1/veo/generate", "/kie/api/v1/veo/record-info"
MUG = ROOT / "storyboards" / "pictures" / "mug.png"
ODD_IDS = (
    "",
    " ",
    ".",
    "..",
    "../../x",
    "/etc/passwd",
    "C:\\x",
    "a/b",
    "a b",
    "a\nb",
    "a\0b",
    "a;reboot",
    "$(reboot)",
    "a&taskId=b",
    "a?b",
    "a#b",
    "%2e%2e%2fx",
    "🎬" * 10,
    "\u202egnp.x",
    "x" * 161,
    "x" * 300,
    17,
    None,
    True,
    ["a"],
    {"id": "a"},
)
ODD_URLS = (
    "file:///etc/passwd",
    "ftp://127.0.0.1/x",
    "data:video/mp4;base64,AAAA",
    "../../x",
    "http://127.0.0.1:1\n/x",
    "http://127.0.0.1:port/x",
    "http://[::1/x",
    "http://127.0.0.1:1/" + "x" * 70_000,
    "https://",
    "C:\\x",
    "\0",
    "",
    None,
    7,
)
ODD_NAMES = ("../../outside.mp4", "/tmp/outside.mp4", "C:\\outside.mp4", "outside.mp4", "x" * 300, "%2e%2e/outside.mp4")


class Relay(Studio):
    """A studio whose provider is a server that answers what a test tells it."""

    server: Api

    @property
    def environ(self) -> dict[str, str]:
        return {**super().environ, "LONGTAKE_KIE_BASE_URL": self.server.url("/kie")}

    def answers(self, path: str, data: object, code: int = 200) -> None:
        self.server.serve(path, json.dumps({"code": code, "msg": "said", "data": data}).encode())

    def makes(self, *urls: object) -> None:
        """Take every shot, and give these links for it."""
        self.answers(GENERATE, {"taskId": "t1"})
        record = {"taskId": "t1", "successFlag": 1, "response": {"resultUrls": list(urls)}}
        self.answers(RECORD, record)

    def tried(self) -> LongtakeError:
        with pytest.raises(LongtakeError) as caught:
            self.film(self.board(PROMPTS[0]), hurried=True)
        return caught.value

    def outside(self) -> list[str]:
        """What lies beside the run directory and was not put there by the test."""
        known = {"board.yaml", "run", "pictures", "elsewhere"}
        return [path.name for path in self.folder.iterdir() if path.name not in known]

    def names(self) -> set[str]:
        return {str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()}


USUAL = {"journal.jsonl", "lock", "place.json", "state.json", "storyboard.yaml", "hops/00/take-01/request.json"}
TRIED = {*USUAL, "hops/00/take-01/polls.jsonl"}


@pytest.fixture(scope="module")
def server() -> Iterator[Api]:
    with Api().running() as running:
        yield running


@pytest.fixture
def relay(server: Api, tmp_path: Path) -> Relay:
    server.files.clear()
    server.log.clear()
    folder = tmp_path / "deep" / "er"
    folder.mkdir(parents=True)
    relay = Relay(url=server.url(""), folder=folder)
    relay.server = server
    return relay


@pytest.mark.parametrize("odd", ODD_IDS, ids=repr)
def test_a_submit_that_is_answered_with_no_id_has_an_unknown_outcome(relay: Relay, odd: object) -> None:
    relay.answers(GENERATE, {"taskId": odd})
    assert isinstance(relay.tried(), UnknownOutcome)
    assert [(take.phase, take.task) for take in relay.history.takes] == [(Phase.UNKNOWN, "")]
    assert (relay.names(), relay.outside()) == (USUAL, [])


class Naming:
    """A foreign provider that takes everything under one name."""

    def __init__(self, task: str) -> None:
        self.task = task

    async def submit(self, _request: Request) -> Any:
        return Accepted(task=self.task)

    async def balance(self) -> Decimal | None:
        raise ProviderError("wrong\x1b[2J\u202e key " + "x" * 9000)


@pytest.mark.parametrize(
    "odd", [odd for odd in ODD_IDS if isinstance(odd, str) and odd not in ("a/b", "x" * 161, "x" * 300)]
)
def test_an_id_of_a_foreign_provider_is_looked_at_as_well(wait: Any, odd: str) -> None:
    outcome = wait(SanitizedProvider(Naming(odd), Web()).submit(Request(method="POST", path="/")))  # type: ignore[arg-type]
    assert isinstance(outcome, Unknown)


@pytest.mark.parametrize("task", ["a", "0" * 160, "models/veo-3.1/operations/x_y-z", "task_1:2", "YWJj+/=="])
def test_the_ids_that_providers_give_are_ids(task: str) -> None:
    assert is_task_id(task)


def test_words_of_a_provider_are_short_and_harmless_on_a_terminal(wait: Any) -> None:
    with pytest.raises(ProviderError) as caught:
        wait(SanitizedProvider(Naming("x"), Web()).balance())  # type: ignore[arg-type]
    assert caught.value.message.startswith("wrong [2J  key xxx")
    assert len(str(caught.value)) == 500


@pytest.mark.parametrize("odd", ["../../x", "a b", "x&taskId=y", "a\nb", "x" * 600, "🎬"])
def test_a_person_cannot_adopt_what_is_no_id(relay: Relay, odd: str) -> None:
    relay.answers(GENERATE, {"taskId": "../x"})
    relay.tried()
    asked = len(relay.server.log)
    result = relay.command("reconcile", relay.root, "--task", odd)
    assert (result.returncode, len(relay.server.log)) == (UsageError.exit_code, asked)


@pytest.mark.parametrize("odd", ODD_URLS, ids=lambda odd: repr(odd)[:30])
def test_a_link_that_is_none_stores_nothing(relay: Relay, odd: object) -> None:
    relay.makes(odd)
    assert isinstance(relay.tried(), ProviderError)
    assert (relay.names(), relay.outside()) == (TRIED, [])


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A film that can be read: what cannot is not stored."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    picture = ["-f", "lavfi", "-i", "color=s=64x64:r=24:d=1", "-pix_fmt", "yuv420p"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *picture, path], check=True)
    return path.read_bytes()


@pytest.mark.parametrize("name", ODD_NAMES, ids=lambda name: name[:30])
def test_a_result_is_stored_under_our_name_whatever_the_server_calls_it(relay: Relay, clip: bytes, name: str) -> None:
    said = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Type": f"video/mp4; name={name}"}
    url = relay.server.serve(f"/{quote(name, safe='')}", clip, headers={"ETag": '"1"', **said})
    relay.makes(url)
    relay.tried()
    assert relay.names() >= {*TRIED, "hops/00/take-01/video.mp4"}
    assert not [path for path in relay.names() if "outside" in path or "xxx" in path]
    assert relay.outside() == []


@pytest.mark.parametrize("odd", ["file:///etc/passwd", "../x", "", "http://h/\n", "http://" + "x" * 9000, 5, None])
def test_a_hosted_picture_needs_a_true_address_before_anything_is_bought(relay: Relay, odd: object) -> None:
    relay.answers("/kie/api/file-stream-upload", {"downloadUrl": odd})
    relay.answers(GENERATE, {"taskId": "t1"})
    with pytest.raises(ProviderError, match=r"uploading mug\.png"):
        relay.film(with_picture(relay, "mug.png"), hurried=True)
    assert relay.history.takes == ()


def with_picture(studio: Studio, name: str) -> Path:
    path = studio.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_bytes(MUG.read_bytes())
    return studio.board(PROMPTS[0], initial={"prompt": PROMPTS[0], "images": {"first_frame": name}}, extensions=[])


def uploaded(relay: Relay) -> None:
    relay.answers("/kie/api/file-stream-upload", {"downloadUrl": relay.server.url("/picture.png")})
    relay.answers(GENERATE, None, code=422)


OWN = ("journal.jsonl", "lock", "place.json", "state.json", "storyboard.yaml", "film.mp4", "hops/00/x.png")


@pytest.mark.parametrize("name", [*OWN, "Journal.JSONL", "./lock", "pictures/../lock", "sandbox/ledger"])
def test_a_picture_never_takes_the_place_of_a_file_of_the_run(relay: Relay, name: str) -> None:
    (relay.folder / "pictures").mkdir()
    with pytest.raises(ConfigurationError) as caught:
        relay.film(with_picture(relay, name))
    assert caught.value.code == "run-directory/picture-name"
    assert relay.server.log == []


def test_a_picture_behind_a_link_is_kept_as_a_file(relay: Relay) -> None:
    uploaded(relay)
    (relay.folder / "pictures").mkdir()
    (relay.folder / "pictures" / "a.png").symlink_to(MUG)
    with pytest.raises(ProviderError):
        relay.film(with_picture(relay, "pictures/a.png"), allow_outside=True)
    kept = relay.root / "pictures" / "a.png"
    assert (kept.is_symlink(), kept.read_bytes()) == (False, MUG.read_bytes())


def test_a_picture_above_the_storyboard_is_read_and_never_written(relay: Relay) -> None:
    uploaded(relay)
    above = relay.folder.parent / "above.png"
    above.write_bytes(MUG.read_bytes())
    for reference in ("../above.png", str(above), "x/../../above.png"):
        (relay.folder / "x").mkdir(exist_ok=True)
        with pytest.raises(ProviderError):
            relay.film(with_picture(relay, reference), allow_outside=True)
    assert not [name for name in relay.names() if name.endswith(".png")]
    assert {path.name for path in relay.folder.parent.iterdir()} == {"above.png", "er"}


def lead_outside(relay: Relay, how: str) -> str:
    """Put a picture above the storyboard, and return what names it from there."""
    above = relay.folder.parent / "above.png"
    above.write_bytes(MUG.read_bytes())
    (relay.folder / "link.png").symlink_to(above)
    (relay.folder / "folder").symlink_to(relay.folder.parent)
    return {"absolute": str(above), "above": "../above.png", "link": "link.png", "folder": "folder/above.png"}[how]


@pytest.mark.parametrize("how", ["absolute", "above", "link", "folder"])
def test_a_picture_from_outside_is_said_and_sent_on_a_persons_word_only(relay: Relay, how: str) -> None:
    uploaded(relay)
    board = with_picture(relay, lead_outside(relay, how))
    for command in ("validate", "plan"):
        told = relay.command(command, board)
        assert (told.returncode, "board.yaml:1:" in told.stderr) == (0, True)
        assert f"to {relay.folder.parent / 'above.png'}" in told.stderr
        assert "image/outside" in told.stderr
    for rehearsal in ((), ("--sandbox",)):
        stopped = relay.command("run", board, "--yes", *rehearsal)
        assert stopped.returncode == 5
        assert "storyboard/picture-outside" in stopped.stderr
        assert f"longtake run {board}{''.join(f' {word}' for word in rehearsal)} --allow-outside" in stopped.stderr
    assert relay.server.log == []
    relay.command("run", board, "--yes", LONGTAKE_ALLOW_OUTSIDE="1")
    assert any("upload" in seen.path for seen in relay.server.log)


@pytest.mark.parametrize("reference", ["pictures/a.png", "pictures/../pictures/a.png", "inside.png"])
def test_a_picture_inside_needs_no_word(relay: Relay, reference: str) -> None:
    uploaded(relay)
    (relay.folder / "pictures").mkdir()
    (relay.folder / "pictures" / "a.png").write_bytes(MUG.read_bytes())
    (relay.folder / "inside.png").symlink_to("pictures/a.png")
    board = with_picture(relay, reference)
    assert "image/outside" not in relay.command("validate", board).stderr
    with pytest.raises(ProviderError):
        relay.film(board)


@pytest.mark.parametrize("planted", ["pictures", "pictures/a.png"])
def test_a_link_in_the_run_directory_leads_no_picture_out_of_it(relay: Relay, planted: str) -> None:
    elsewhere = relay.folder / "elsewhere"
    elsewhere.mkdir()
    link = relay.root / planted
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere if planted == "pictures" else elsewhere / "a.png")
    with pytest.raises(ConfigurationError):
        relay.film(with_picture(relay, "pictures/a.png"))
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["a b.png", "C:\\x.png", "🎬.png", "a\nb.png", '"quoted".png', "x" * 250 + ".png", "-rf.png"]
)
def test_an_odd_name_of_a_picture_is_sent_as_a_plain_one(relay: Relay, name: str) -> None:
    uploaded(relay)
    with pytest.raises(LongtakeError):
        relay.film(with_picture(relay, name))
    form = next((seen.body for seen in relay.server.log if "upload" in seen.path), b"")
    sent = [line for line in form.split(b"\r\n") if line.startswith(b"Content-Disposition")]
    assert all(line.count(b'filename="') <= 1 and b"\n" not in line for line in sent)
    assert relay.server.log == [] or len(sent) == 3


@pytest.mark.parametrize("name", ["a\0b.png", "x" * 300 + ".png", "\ud800.png"])
def test_a_name_that_no_file_can_have_is_a_problem_of_the_storyboard(relay: Relay, name: str) -> None:
    first = {"prompt": PROMPTS[0], "images": {"first_frame": name}}
    board = relay.board(PROMPTS[0], initial=first, extensions=[])
    result = relay.command("plan", board)
    assert result.returncode == 3, result.stderr
    assert "Traceback" not in result.stderr


def test_a_reply_about_the_wrong_path_is_not_followed(relay: Relay) -> None:
    relay.server.serve(GENERATE, b"", fake.answer("302 Found", Location="/elsewhere"))
    assert isinstance(relay.tried(), UnknownOutcome)
    assert [seen.path for seen in relay.server.log if seen.method == "POST"] == [GENERATE]
