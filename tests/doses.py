"""How much of a matrix runs every day; the rest of it are proofs.

`PROOF_DOSE=20 pytest -m proof …` takes twenty times as much of those that have no end, as docs/proofs.md says.
"""

import os
from collections.abc import Iterable
from typing import Any

import pytest

DOSE = int(os.environ.get("PROOF_DOSE", "1"))


def doses(rows: Iterable[Any], *everyday: Any) -> list[Any]:
    """Mark every row as a proof that is not among those for every day."""
    return [row if row in everyday else _proof(row) for row in rows]


def _proof(row: Any) -> Any:
    values = row if isinstance(row, tuple) else (row,)
    return pytest.param(*values, marks=pytest.mark.proof)
