"""Whatever a provider answers, and wherever the process dies: what is paid for is known, and paid once."""

import os

import pytest

from tests.doses import DOSE
from tests.hostile.process import spoken
from tests.hostile.stories import DEAD_EMULATORS, first_that_fails

LIVES = 100
FROM = int(os.environ.get("HOSTILE_SEED", "0"))


@pytest.mark.proof
@pytest.mark.usefixtures("films_of_numbers")
@DEAD_EMULATORS
@pytest.mark.parametrize("provider", spoken())
def test_a_hostile_provider_costs_no_task_and_no_cent_twice(provider: str) -> None:
    failed = first_that_fails(provider, range(FROM, FROM + LIVES * DOSE))
    assert failed is None, failed
