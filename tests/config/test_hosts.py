"""A key goes to its provider's own hosts; to any other only on a person's word."""

import stat
from pathlib import Path

import pytest

from runner.api.hosts import name_host, unallowed_hosts
from runner.api.runs import RunOptions
from runner.config.file import read_config
from runner.config.hosts import allowed_hosts, is_own, remember_host
from runner.config.settings import settings
from runner.errors import ConfigurationError
from runner.providers.catalog import Catalog
from runner.providers.catalog_loader import catalog
from runner.providers.registry import BUILT_IN
from runner.storyboard.load import parse
from runner.storyboard.model import ProviderChoice, Storyboard
from tests.planning.boards import board, planned

KIE = catalog("kie")
KEY = {"KIE_API_KEY": "k"}
PAIR = {"KLING_ACCESS_KEY": "a" * 20, "KLING_SECRET_KEY": "s" * 20}
RELAYED = board(provider=ProviderChoice(name="kie", base_url="https://relay.example"))


def refused(storyboard: Storyboard, page: Catalog = KIE, **more: object) -> ConfigurationError:
    environ, file = more.get("environ", KEY), more.get("file", {})
    with pytest.raises(ConfigurationError) as caught:
        settings(storyboard, page, environ, file, sandbox=False)  # type: ignore[arg-type]
    return caught.value


def at(url: str) -> Storyboard:
    return board(provider=ProviderChoice(name="kie", base_url=url))


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_catalogs_own_addresses_need_no_word(name: str) -> None:
    page = catalog(name, "official" if name == "kling" else "")
    environ = dict.fromkeys((*page.key_names, "GOOGLE_CLOUD_PROJECT"), "k")
    assert settings(board(), page, environ, {}, sandbox=False).host_note == ""
    assert is_own(page.base_url, page)


def test_a_host_that_a_storyboard_names_is_refused_with_its_line_and_the_command() -> None:
    lines = ("storyboard: 1", "provider:", "  name: kie", "  base_url: https://relay.example:8443/kie")
    text = "\n".join([*lines, "initial: {prompt: A dog}"])
    error = refused(parse(text.encode(), Path("films/board.yaml")))
    assert (error.exit_code, error.code) == (5, "settings/host-not-allowed")
    assert "relay.example:8443, which is not an address of" in error.message
    assert "so says films/board.yaml:4" in error.message
    assert "nothing was sent" in error.hint
    assert error.next_command == "--allow-host relay.example:8443"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[kling]\nbase_url = "https://a.example"\n\n[kie]\nbase_url = "https://b.example"\n', 5),
        ('# kie base_url\nkie.base_url = "https://b.example"\n', 2),
        ('kie = {base_url = "https://b.example"}\n', 1),
        ('["kie"]\nupload_url = "https://b.example"\n', 2),
        ('[kie] # base_url\n"base_url" = "https://b.example"\n', 2),
    ],
)
def test_a_host_that_a_settings_file_names_is_refused_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    (tmp_path / "longtake.toml").write_text(text)
    error = refused(board(), file=read_config(tmp_path))
    assert "b.example" in error.message
    assert f"{tmp_path / 'longtake.toml'}:{line}" in error.message


def test_pictures_go_to_no_other_host_either() -> None:
    moved = {**KEY, "LONGTAKE_KIE_BASE_URL": "https://a.example"}
    assert "b.example" in refused(board(), environ=moved, file={"kie": {"upload_url": "https://b.example"}}).message


@pytest.mark.parametrize(
    "environ",
    [
        {"LONGTAKE_ALLOW_HOSTS": "other.example, Relay.Example"},
        {"LONGTAKE_ALLOW_HOSTS": "https://relay.example/"},
        {"LONGTAKE_KIE_BASE_URL": "https://relay.example"},
    ],
)
def test_the_environment_is_a_persons_word(environ: dict[str, str]) -> None:
    assert settings(RELAYED, KIE, {**KEY, **environ}, {}, sandbox=False).host == "relay.example"


def test_a_flag_is_a_persons_word() -> None:
    assert settings(RELAYED, KIE, KEY, {}, sandbox=False, allow_hosts=("relay.example",)).host == "relay.example"


def test_a_yes_is_remembered_for_this_user_alone(tmp_path: Path) -> None:
    environ = {**KEY, "HOME": str(tmp_path)}
    remember_host("relay.example", environ)
    remember_host("b.example:8080", environ)
    file = tmp_path / ".config" / "longtake" / "hosts"
    assert allowed_hosts(environ) == {"relay.example", "b.example:8080"}
    assert (stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(file.parent.stat().st_mode)) == (0o600, 0o700)
    assert settings(RELAYED, KIE, environ, {}, sandbox=False).host == "relay.example"


def test_without_a_home_a_yes_names_the_variable_instead() -> None:
    with pytest.raises(ConfigurationError, match="no home") as caught:
        remember_host("relay.example", {})
    assert "LONGTAKE_ALLOW_HOSTS=relay.example" in caught.value.hint


@pytest.mark.parametrize(
    ("allowed", "url"),
    [
        ("relay.example", "https://not-relay.example"),
        ("relay.example", "https://relay.example.evil.example"),
        ("relay.example:1", "https://relay.example:2"),
        ("relay.example", "http://relay.example"),
        ("", "https://api.kie.ai.evil.example"),
        ("", "https://api-kie.ai"),
        ("", "https://\u0430pi.kie.ai"),
        ("", "https://127.0.0.1.evil.example"),
    ],
)
def test_a_host_that_only_resembles_another_is_a_host_of_its_own(allowed: str, url: str) -> None:
    assert refused(at(url), environ={**KEY, "LONGTAKE_ALLOW_HOSTS": allowed}).code == "settings/host-not-allowed"


@pytest.mark.parametrize("url", ["https://API.KIE.AI", "https://api.kie.ai.", "http://127.0.0.1:9", "http://[::1]:9"])
def test_a_provider_in_another_spelling_and_this_machine_need_no_word(url: str) -> None:
    assert settings(at(url), KIE, KEY, {}, sandbox=False).key == "k"


@pytest.mark.parametrize("url", ["http://api.kie.ai", "http://10.0.0.5:8000", "http://relay.example"])
def test_plain_http_leaves_this_machine_on_a_persons_word_only(url: str) -> None:
    error = refused(at(url))
    assert "without encryption" in error.message
    assert error.next_command == f"--allow-host {url}"
    assert settings(at(url), KIE, KEY, {}, sandbox=False, allow_hosts=(url,)).base_url == url
    said = {**KEY, "LONGTAKE_KIE_BASE_URL": url}
    assert settings(board(), KIE, said, {}, sandbox=False).base_url == url


@pytest.mark.parametrize(
    "url",
    [
        "https://me:pw@api.kie.ai",
        "https://@api.kie.ai",
        "https://api.kie.ai\\@evil.example",
        "https://api.kie.ai\\.evil.example",
        "https://api.kie.ai\t.evil.example",
        "https://api.kie.ai\u202e.example",
    ],
)
def test_an_address_that_programs_read_differently_is_refused(url: str) -> None:
    error = refused(at(url))
    assert error.code == "settings/base-url"
    assert "pw" not in error.message


@pytest.mark.parametrize("keys", [PAIR, {"KLING_API_KEY": "k" * 20}])
def test_klings_own_key_goes_to_klings_own_hosts_only(keys: dict[str, str]) -> None:
    official = catalog("kling", "official")
    proxy = {**keys, "LONGTAKE_KLING_BASE_URL": "https://proxy.example", "LONGTAKE_ALLOW_HOSTS": "proxy.example"}
    error = refused(board(), official, environ=proxy)
    assert (error.code, "KLING_GATEWAY_KEY is not set" in error.message) == ("settings/no-key", True)
    chosen = settings(board(), official, {**proxy, "KLING_GATEWAY_KEY": "g"}, {}, sandbox=False)
    assert chosen.secrets == ("g",)
    near = {**keys, "LONGTAKE_KLING_BASE_URL": "https://api-beijing.klingai.com"}
    assert set(settings(board(), official, near, {}, sandbox=False).secrets) == set(keys.values())


def test_a_rehearsal_needs_no_word() -> None:
    assert settings(RELAYED, KIE, {}, {}, sandbox=True).host == "the built-in sandbox"
    assert unallowed_hosts(RELAYED, RunOptions(sandbox=True)) == ()


def test_a_plan_names_the_host_and_what_is_odd_about_it() -> None:
    assert name_host(planned(board()), sandbox=False).host == "api.kie.ai"
    named = name_host(planned(RELAYED), sandbox=False)
    assert named.host == "relay.example"
    assert "not an address of kie.ai Veo 3.1 itself" in named.host_note


def test_a_plan_names_another_host_for_pictures_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LONGTAKE_KIE_UPLOAD_URL", "https://pictures.example")
    named = name_host(planned(board()), sandbox=False)
    assert named.host == "api.kie.ai"
    assert named.host_note.startswith("pictures go to pictures.example: not an address of")
    assert named.host_note.endswith("(LONGTAKE_KIE_UPLOAD_URL)")
