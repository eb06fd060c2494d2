from pathlib import Path

import pytest

from runner.config.file import read_config
from runner.config.hosts import is_local
from runner.config.settings import settings
from runner.errors import ConfigurationError
from runner.providers.catalog_loader import catalog
from runner.storyboard.model import ProviderChoice
from tests.planning.boards import board

KIE = catalog("kie")
KEY = {"KIE_API_KEY": "k"}


def test_the_catalog_is_the_last_resort() -> None:
    chosen = settings(board(), KIE, KEY, {}, sandbox=False)
    assert (chosen.base_url, chosen.upload_url) == (KIE.base_url, KIE.upload_url)
    assert not chosen.local


def test_the_environment_wins_over_storyboard_and_file() -> None:
    relay = board(provider=ProviderChoice(name="kie", base_url="https://b.example"))
    file = {"kie": {"base_url": "https://c.example"}}
    environ = {**KEY, "LONGTAKE_KIE_BASE_URL": "https://a.example/"}
    assert settings(relay, KIE, environ, file, sandbox=False).base_url == "https://a.example"
    key = {**KEY, "LONGTAKE_ALLOW_HOSTS": "b.example,c.example"}
    assert settings(relay, KIE, key, file, sandbox=False).base_url == "https://b.example"
    assert settings(board(), KIE, key, file, sandbox=False).base_url == "https://c.example"


def test_who_moves_the_api_moves_the_uploads_with_it() -> None:
    environ = {**KEY, "LONGTAKE_KIE_BASE_URL": "https://a.example"}
    assert settings(board(), KIE, environ, {}, sandbox=False).upload_url == "https://a.example"
    environ["LONGTAKE_KIE_UPLOAD_URL"] = "https://u.example"
    assert settings(board(), KIE, environ, {}, sandbox=False).upload_url == "https://u.example"


def test_a_missing_key_names_the_variable_and_the_rehearsal() -> None:
    with pytest.raises(ConfigurationError, match="KIE_API_KEY is not set") as caught:
        settings(board(), KIE, {"KIE_API_KEY": " "}, {}, sandbox=False)
    assert "--sandbox" in caught.value.hint


def test_a_rehearsal_needs_no_key() -> None:
    assert settings(board(), KIE, {}, {}, sandbox=True).local


def test_a_key_shows_in_no_text_form() -> None:
    chosen = settings(board(), KIE, {"KIE_API_KEY": "very-secret"}, {}, sandbox=False)
    assert "very-secret" not in repr(chosen) + chosen.account


def test_a_key_in_the_settings_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "longtake.toml").write_text('[kie]\napi_key = "x"\n')
    with pytest.raises(ConfigurationError, match="environment only"):
        read_config(tmp_path)


def test_a_broken_settings_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "longtake.toml").write_text("[kie\n")
    with pytest.raises(ConfigurationError, match=r"longtake\.toml"):
        read_config(tmp_path)


@pytest.mark.parametrize("url", ["ftp://a.example", "a.example", "http://"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="not an http"):
        settings(board(), KIE, {**KEY, "LONGTAKE_KIE_BASE_URL": url}, {}, sandbox=False)


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:1/x", True),
        ("http://[::1]/", True),
        ("http://localhost", True),
        ("http://sandbox.localhost/kie", True),
        ("http://10.0.0.1", False),
        ("https://api.kie.ai", False),
        ("http://localhost.example", False),
    ],
)
def test_this_machine_is_told_from_others(url: str, local: bool) -> None:  # noqa: FBT001
    assert is_local(url) is local
