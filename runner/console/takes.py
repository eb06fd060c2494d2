"""Takes for people."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from runner.console.output import Style, paint
from runner.media.model import Verdict
from runner.state.history import History, Take


def take_facts(take: Take, folder: Path, history: History, verdicts: Sequence[Verdict]) -> dict[str, object]:
    """One take as plain data; `verdicts` are those that were written down beside it."""
    grades = Counter(verdict.verdict for verdict in verdicts)
    beside = [other for other in history.of_hop(take.hop) if other.usable]
    return {
        "hop": take.hop,
        "take": take.number,
        "phase": take.phase,
        "task": take.task,
        "usd": float(take.usd),
        "verdict": take.verdict or None,
        "score": take.score,
        "failed": grades["fail"],
        "warned": grades["warn"],
        "words": take.words,
        "counts": take.usable,
        "in_film": history.film is not None and take.number in history.film.takes[take.hop : take.hop + 1],
        "to_choose": take.usable and len(beside) > 1 and not any(other.chosen for other in beside),
        "let_go": take.discarded or None,
        "files": [str(folder / file.name) for file in take.files],
    }


def take_line(facts: Mapping[str, object], style: Style) -> str:
    """One take in a line or two: what became of it, how good it is, where its files are."""
    color = "yellow" if facts["to_choose"] else "green" if facts["counts"] else "dim"
    state = _state(facts)
    score = f", score {facts['score']:g} ({_points(facts)})" if facts["score"] is not None else ""
    head = f"hop {facts['hop']:>2}  take {facts['take']}  {paint(state, color, style)}"
    lines = [f"{head}  {facts['verdict'] or 'not judged'}{score}  ${facts['usd']:.2f}"]
    if facts["words"]:
        lines.append(f"        {facts['words']}")
    files = json.loads(json.dumps(facts["files"]))
    return "\n".join([*lines, *(f"        {file}" for file in files)])


def _state(facts: Mapping[str, object]) -> str:
    """What became of a take."""
    if facts["to_choose"]:
        return "to choose"
    state = "counts" if facts["counts"] else str(facts["let_go"] or facts["phase"])
    if facts["in_film"]:
        return "in the film" if facts["counts"] else f"{state}; still in the film on the disk"
    return state


def _points(facts: Mapping[str, object]) -> str:
    """What a score is made of."""
    parts = [f"{facts[name]} {name}" for name in ("failed", "warned") if facts[name]]
    return ", ".join(parts) or "flawless"
