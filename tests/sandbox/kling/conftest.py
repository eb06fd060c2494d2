"""An emulated Kling on a real socket, one per module."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.execution.studio import served
from tests.sandbox.kling.client import KEY, fault


@pytest.fixture(scope="module")
def kling_url(tmp_path_factory: pytest.TempPathFactory, films: Path) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("kling"), ["balance=1000000"], films=films) as address:
        yield address


@pytest.fixture
def web(kling_url: str) -> Iterator[httpx.Client]:
    """Speaks to a Kling of the module's own, which forgets its faults after each test."""
    with httpx.Client(base_url=kling_url, headers=KEY, timeout=30) as client:
        yield client
        client.delete("/sandbox/faults")
        fault(client, "balance=1000000")
