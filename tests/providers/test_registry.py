"""The table of providers: every line leads to a provider, and a dry run loads nothing that it can do without."""

import subprocess
import sys

import pytest

from runner.providers.registry import BUILT_IN, entry, names

PLAN = """
import sys
from runner.providers.base import Shot
from runner.providers.registry import entry
found = entry({!r})
found.request(Shot(kind="generate", model=found.catalog.default_model, prompt="A dog", duration=4))
print(" ".join(sys.modules))
"""


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_request_is_built_without_the_http_library_or_signing_in(name: str) -> None:
    argv = [sys.executable, "-c", PLAN.format(name)]
    loaded = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()
    assert {"httpx", "asyncio", "google.auth", "jwt"}.isdisjoint(loaded)


def test_every_dialect_is_entered_by_its_name_and_no_other_is_there() -> None:
    usual = entry("kling")
    assert usual is not None
    assert usual.catalog.dialect == "official"
    for dialect in usual.catalog.dialects:
        found = entry("kling", dialect)
        assert found is not None
        assert found.catalog.dialect == dialect
    assert entry("kling", "klingon") is None
    assert entry("kie", "official") is None


def test_an_unknown_name_is_none_and_every_name_is_told() -> None:
    assert entry("nobody") is None
    assert set(BUILT_IN) <= set(names())
