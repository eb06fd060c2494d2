"""How much of a matrix runs every day; the rest of it are proofs."""

from collections.abc import Iterable
from typing import Any

import pytest


def doses(rows: Iterable[Any], *everyday: Any) -> list[Any]:
    """Mark every row as a proof that is not among those for every day."""
    return [row if row in everyday else _proof(row) for row in rows]


def _proof(row: Any) -> Any:
    values = row if isinstance(row, tuple) else (row,)
    return pytest.param(*values, marks=pytest.mark.proof)
