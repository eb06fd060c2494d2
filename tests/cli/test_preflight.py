"""What a machine lacks is said before anything is bought, by the run and by doctor alike."""

import json
from collections.abc import Mapping
from pathlib import Path

import imageio_ffmpeg
import pytest

from tests.execution.studio import PROMPTS, Studio

LACKING = """#!/bin/sh
case " $* " in *" -encoders "*) echo "Encoders:"; echo " A....D aac  AAC"; exit;; esac
exec {ffmpeg} "$@"
"""


def findings(studio: Studio, **environ: str) -> Mapping[str, Mapping[str, object]]:
    told = studio.command("doctor", "--json", **environ).stdout
    return {line["name"]: line for line in map(json.loads, told.splitlines())}


def lacking_ffmpeg(folder: Path) -> str:
    path = folder / "ffmpeg-free"
    path.write_text(LACKING.format(ffmpeg=imageio_ffmpeg.get_ffmpeg_exe()))
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("environ", "code"),
    [
        ({"SSL_CERT_FILE": "/nowhere/ca.pem"}, "settings/certificates"),
        ({"SSL_CERT_DIR": "/nowhere"}, "settings/certificates"),
        ({"ALL_PROXY": "ftp://proxy"}, "settings/proxy"),
        ({"KIE_API_KEY": "with a\nbreak"}, "settings/key-letters"),
        ({"KIE_API_KEY": "“quoted”"}, "settings/key-letters"),
    ],
)
def test_what_nothing_can_be_sent_with_stops_a_run_in_words(studio: Studio, environ: dict[str, str], code: str) -> None:
    result = studio.command("run", studio.board(PROMPTS[0]), "--yes", **environ)
    assert (result.returncode, f"[{code}]" in result.stderr) == (5, True)
    assert studio.charges() == []
    name = "kie key" if "KIE_API_KEY" in environ else "network"
    assert not findings(studio, **environ)[name]["good"]


@pytest.mark.parametrize("words", ["127.0.0.1,[::1]", "fd00:1::/64,127.0.0.1", "localhost 127.0.0.0/8"])
def test_words_in_no_proxy_that_others_stumble_over_do_not_stop_a_run(studio: Studio, words: str) -> None:
    environ = {"ALL_PROXY": "socks5://127.0.0.1:1", "NO_PROXY": words}
    result = studio.command("run", studio.board(PROMPTS[0]), "--yes", **environ)
    assert result.returncode == 0, result.stderr


def test_an_ffmpeg_that_cannot_join_stops_before_a_film_of_several_hops_is_bought(studio: Studio) -> None:
    environ = {"LONGTAKE_FFMPEG": lacking_ffmpeg(studio.folder)}
    result = studio.command("run", studio.board(*PROMPTS[:2]), "--yes", **environ)
    assert (result.returncode, "libx264" in result.stderr) == (5, True)
    assert studio.charges() == []
    assert "libx264" in str(findings(studio, **environ)["ffmpeg"]["message"])
    assert studio.command("run", studio.board(PROMPTS[0]), "--yes", "--run-dir", "one", **environ).returncode == 0


def test_doctor_says_what_is_well(studio: Studio) -> None:
    found = findings(studio)
    assert all(found[name]["good"] for name in ("ffmpeg", "network", "disk", "runs", "clock"))
    assert list(studio.folder.iterdir()) == []


def test_doctor_says_that_credentials_are_not_where_they_are_named(studio: Studio) -> None:
    environ = {"GOOGLE_APPLICATION_CREDENTIALS": "/nowhere/key.json", "LONGTAKE_VERTEX_TOKEN": ""}
    found = findings(studio, **environ)["vertex key"]
    assert (found["good"], "/nowhere/key.json" in str(found["message"])) == (False, True)
