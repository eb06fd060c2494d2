"""Faults that refuse a request at the emulated Kling: its codes, its words, and on which questions they strike."""

import httpx
import pytest

from runner.sandbox.faults.table import FAULTS
from tests.sandbox.kling.client import TEXT, code, fault

REFUSING = sorted(name for name, kind in FAULTS.items() if kind.refusal or name == "rate-limit")


@pytest.mark.parametrize(
    ("spec", "expected", "words"),
    [
        ("insufficient-credits", (429, 1102), "Account balance not enough"),
        ("key-cap", (429, 1102), "Account balance not enough"),
        ("status=1303", (429, 1303), "parallel task over resource pack limit"),
        ("rate-limit", (429, 1302), "Too many requests"),
        ("content-policy", (400, 1301), "The content security policy of the platform is triggered"),
        ("content-policy:message=as I say", (400, 1301), "as I say"),
        ("image-unreachable", (400, 1201), "Failed to download the image"),
        ("retired-model", (404, 1203), "The requested resource is not found"),
        ("bad-key", (401, 1002), "Authorization is not valid"),
        ("maintenance", (503, 5001), "Server temporarily unavailable"),
        ("code-500", (500, 5000), "Server internal error"),
        ("status=1201:message=as I say", (400, 1201), "as I say"),
        ("status=418", (400, 418), "The service is unavailable."),
    ],
)
def test_a_refusal_is_in_klings_own_words(web: httpx.Client, spec: str, expected: tuple[int, int], words: str) -> None:
    fault(web, spec)
    reply = web.post("/kling/v1/videos/text2video", json=TEXT)
    assert code(reply) == expected
    assert reply.json()["message"] == words


@pytest.mark.parametrize("name", REFUSING)
def test_no_refusal_speaks_of_another_provider(web: httpx.Client, name: str) -> None:
    fault(web, f"{name}@generate")
    reply = web.post("/kling/v1/videos/text2video", json=TEXT)
    assert reply.json()["code"] >= 1000
    assert not any(word in reply.json()["message"] for word in ("VEO", "1080P", "Website", "apiKey", "credits"))
