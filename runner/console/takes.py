"""Takes for people."""

import json
from collections.abc import Mapping
from pathlib import Path

from runner.console.stream import Style, paint
from runner.state.history import Take


def take_facts(take: Take, folder: Path) -> dict[str, object]:
    """One take as plain data."""
    return {
        "hop": take.hop,
        "take": take.number,
        "phase": take.phase,
        "task": take.task,
        "usd": float(take.usd),
        "verdict": take.verdict or None,
        "score": take.score,
        "words": take.words,
        "counts": take.usable,
        "let_go": take.discarded or None,
        "files": [str(folder / file.name) for file in take.files],
    }


def take_line(facts: Mapping[str, object], style: Style) -> str:
    """One take in a line or two: what became of it, how good it is, where its files are."""
    state = "in the film" if facts["counts"] else str(facts["let_go"] or facts["phase"])
    color = "green" if facts["counts"] else "dim"
    score = f", score {facts['score']:g}" if isinstance(facts["score"], float) else ""
    head = f"hop {facts['hop']:>2}  take {facts['take']}  {paint(state, color, style)}"
    lines = [f"{head}  {facts['verdict'] or 'not judged'}{score}  ${facts['usd']:.2f}"]
    if facts["words"]:
        lines.append(f"        {facts['words']}")
    files = json.loads(json.dumps(facts["files"]))
    return "\n".join([*lines, *(f"        {file}" for file in files)])
