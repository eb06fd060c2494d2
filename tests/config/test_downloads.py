"""Which private places results may come from, as a person says."""

from pathlib import Path

import pytest

from runner.config.downloads import allowed_downloads
from runner.config.file import read_config
from runner.errors import ConfigurationError


def test_nothing_is_allowed_unless_somebody_says_so() -> None:
    allowed = allowed_downloads({}, {})
    assert not allowed.has_address("198.18.0.7")
    assert not allowed.has_host("minio.internal")


def test_the_environment_names_networks_and_hosts() -> None:
    allowed = allowed_downloads({"LONGTAKE_DOWNLOADS_ALLOW": "198.18.0.0/15, minio.internal"}, {})
    assert allowed.has_address("198.19.255.255")
    assert allowed.has_host("minio.internal")


def test_the_settings_file_names_them_too_and_the_environment_wins() -> None:
    Path("longtake.toml").write_text('[downloads]\nallow = ["10.0.0.0/8"]\n')
    file = read_config(Path())
    assert allowed_downloads({}, file).has_address("10.1.2.3")
    assert not allowed_downloads({"LONGTAKE_DOWNLOADS_ALLOW": "minio.internal"}, file).has_address("10.1.2.3")


@pytest.mark.parametrize("told", ["http://minio.internal", "10.0.0.0/99"])
def test_what_is_neither_is_refused_by_its_name(told: str) -> None:
    with pytest.raises(ConfigurationError, match="is no network, address or host") as caught:
        allowed_downloads({"LONGTAKE_DOWNLOADS_ALLOW": told}, {})
    assert told in caught.value.message
    assert caught.value.code == "settings/downloads"


def test_another_word_in_that_part_of_the_file_is_refused() -> None:
    Path("longtake.toml").write_text('[downloads]\nallowed = ["10.0.0.0/8"]\n')
    with pytest.raises(ConfigurationError, match=r"\[downloads\] has no `allowed`; it has allow"):
        read_config(Path())
