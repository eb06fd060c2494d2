"""One faulty server for all tests of the HTTP door."""

from collections.abc import Iterator

import pytest

from tests.fakes.api import Api


@pytest.fixture(scope="module")
def server() -> Iterator[Api]:
    with Api().running() as running:
        yield running


@pytest.fixture
def api(server: Api) -> Api:
    server.files.clear()
    server.log.clear()
    server.connections = 0
    return server
