"""The table of rules that a storyboard is held to, as data: docs/rules.toml, which docs/rules.md shows."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A stable code, what it means, why it matters, and how to mend what it finds."""

    code: str
    severity: Literal["error", "warning"]
    meaning: str
    why: str
    cure: str


@cache
def rules() -> tuple[Rule, ...]:
    """Return every rule of the file, the schema, the pictures and the prompts; not those of the catalog."""
    text = (Path(__file__).parents[2] / "docs" / "rules.toml").read_text(encoding="utf-8")
    groups = cast("dict[str, dict[str, dict[str, str]]]", tomllib.loads(text))
    return tuple(
        Rule(
            code=f"{group}/{name}",
            severity="warning" if group == "prompt" or row.get("severity") == "warning" else "error",
            meaning=row["meaning"],
            why=row["why"],
            cure=row["cure"],
        )
        for group, rows in groups.items()
        for name, row in rows.items()
    )
