"""Every command that looks at a run, at every stage of one: whatever is there so far, it is told in words."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from runner.__main__ import main
from runner.errors import LongtakeError
from runner.execution.workflow import execute
from runner.inspection.policy import RECORD, read_verdicts
from runner.net.client import Web
from runner.planning.model import Plan
from runner.state.layout import is_run_directory
from runner.storyboard.load import parse
from tests.fakes.clock import FakeClock
from tests.fakes.provider import Api, Killed, Life, scripted_context

BOARD = parse(
    b"storyboard: 1\nprovider: kie\ninitial: {prompt: a dog trots, duration: 4}\nextensions:\n  - prompt: it goes on\n"
)
ENDS = ("none", "refused", "fails", "lost-before", "lost-after", "silent")
COMMANDS = ("status", "takes", "check", "report", "reconcile", "resume")


async def yes(_plan: Plan) -> bool:
    return True


def live(root: Path, acts: int, mishap: str = "none") -> bool:
    """Let a run live for so many acts; whether it came to its end."""

    async def work() -> None:
        async with Web() as web:
            api = Api(keeps_names=True)
            api.mishaps = [mishap]
            await execute(BOARD, root, scripted_context(root, api, Life(acts), web, FakeClock()), yes)

    try:
        asyncio.run(work())
    except Killed:
        return False
    except LongtakeError:
        pass
    return True


def stages(folder: Path) -> Iterator[Path]:
    """Yield a run directory for every state of journal and request that a death can leave."""
    seen: set[Sequence[str]] = set()
    for acts in range(200):
        root = folder / f"died-after-{acts}"
        done = live(root, acts)
        there = tuple(
            sorted(f"{path.relative_to(root)} {path.is_file() and path.stat().st_size}" for path in root.rglob("*"))
        )
        if is_run_directory(root) and there not in seen:
            seen.add(there)
            yield root
        if done:
            return


def end_of(command: str, root: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main([command, str(root)])
    out, err = capsys.readouterr()
    return code, out + err


@pytest.mark.proof
def test_no_command_fails_at_any_stage_of_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = list(stages(tmp_path))
    assert len(found) > 10
    for root in found:
        for command in ("status", "takes", "report"):
            code, said = end_of(command, root, capsys)
            assert (code, "a bug" in said) == (0, False), (root.name, command, said)


@pytest.mark.parametrize("mishap", ENDS)
@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_fails_whatever_became_of_hop_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, mishap: str
) -> None:
    live(tmp_path / "film", 1000, mishap)
    code, said = end_of(command, tmp_path / "film", capsys)
    assert code != 1, said
    assert "a bug" not in said


@pytest.mark.parametrize("record", ["verdict", "check", "message", "value"])
@pytest.mark.parametrize("odd", [None, [], "x\ud800", 1e300, {}])
def test_a_verdict_of_the_wrong_kind_counts_as_none(tmp_path: Path, record: str, odd: object) -> None:
    told = {
        "check": "seam/jump",
        "verdict": "warn",
        "measured": "3",
        "expected": "2",
        "message": "a jump",
        "value": 3.0,
    }
    files = json.dumps({"verdicts": [{**told, record: odd}]})
    for text in (files, "[" * 100_000, "null"):
        (tmp_path / RECORD).write_text(text)
        assert all(
            each.verdict == "warn" and isinstance(each.message, str) and isinstance(each.check, str)
            for each in read_verdicts(tmp_path)
        )
    (tmp_path / RECORD).write_text(json.dumps({"verdicts": [told]}))
    assert len(read_verdicts(tmp_path)) == 1
