"""One emulator per worker; each test sees only its own charges, and leaves no fault behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.execution.studio import Studio, served


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory, films: Path) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("emulator"), films=films) as url:
        yield url


@pytest.fixture
def studio(emulator: str, tmp_path: Path) -> Iterator[Studio]:
    studio = Studio(url=emulator, folder=tmp_path)
    studio.fault("no-rate-limit", "balance=1000000")
    studio.before = len(studio.ask("/sandbox/ledger")["charges"])
    yield studio
    studio.ask("/sandbox/faults", method="DELETE")
