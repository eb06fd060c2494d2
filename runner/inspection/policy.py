"""What verdicts come to: which count, by the storyboard and by what a person accepted, and what is to be done then."""

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from runner.files import read_file
from runner.media.model import Grade, Verdict, worst
from runner.planning.contract import FAMILIES, Contract
from runner.state.history import History, Take
from runner.state.layout import Layout

RECORD = "probe.json"


def summarize(verdicts: Sequence[Verdict], contract: Contract) -> str:
    """Return what did not pass, in words, the gravest first."""
    # Sorting is stable: within a grade the order of the checks stays.
    gravest_first = sorted(soften(verdicts, contract), key=lambda verdict: verdict.verdict != "fail")
    return "; ".join(verdict.message for verdict in gravest_first if verdict.verdict != "pass")


def approved_checks(layout: Layout, takes: Sequence[Take]) -> frozenset[str]:
    """Return the codes of what failed in takes that a person accepted all the same."""
    stored = [read_verdicts(layout.take(take.hop, take.number)) for take in takes if take.approved]
    return frozenset(verdict.check for verdicts in stored for verdict in verdicts if verdict.verdict == "fail")


def waive(verdicts: Sequence[Verdict], codes: Collection[str]) -> tuple[Verdict, ...]:
    """Return the verdicts with what a person accepted as warnings."""
    return tuple(
        replace(verdict, verdict="warn", message=f"{verdict.message}; accepted by you")
        if verdict.verdict == "fail" and verdict.check in codes
        else verdict
        for verdict in verdicts
    )


def waive_accepted(verdicts: Sequence[Verdict], take: Take, history: History, layout: Layout) -> tuple[Verdict, ...]:
    """Return the verdicts on a take, with what a person accepted in it as warnings; drift also where it was earlier."""
    own = approved_checks(layout, [take])
    # Drift is measured against hop 0: what a person accepted at hop 3 is still there at hop 4.
    handed_on = own | approved_checks(layout, history.ancestors(take))
    return tuple(
        each
        for verdict in verdicts
        for each in waive([verdict], handed_on if verdict.check.startswith("drift/") else own)
    )


def read_verdicts(folder: Path) -> tuple[Verdict, ...]:
    """Return the verdicts that were written down beside a take; none where it was not judged."""
    try:
        return tuple(Verdict.from_json(each) for each in json.loads(read_file(folder / RECORD))["verdicts"])
    # Evidence, not truth: the verdict that counts is in the journal, so a lost or older record stops nothing.
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ()


def soften(verdicts: Sequence[Verdict], contract: Contract) -> tuple[Verdict, ...]:
    """Return the verdicts with what the storyboard only warns of as warnings, which say so."""
    return tuple(
        replace(verdict, verdict="warn", message=f"{verdict.message} (it fails; {why})")
        if verdict.verdict == "fail" and (why := _reason_to_go_on(verdict, contract))
        else verdict
        for verdict in verdicts
    )


def _reason_to_go_on(verdict: Verdict, contract: Contract) -> str:
    """Return why a failure has no consequence, or nothing where it has."""
    family = verdict.check.partition("/")[0]
    if contract.policy(family) != "warn":
        return ""
    if family == "tail" and contract.last:
        return "nothing goes on from there"
    return f"`checks.{family if family in FAMILIES else 'on_fail'}` says to go on"


def consequence(verdicts: Sequence[Verdict], contract: Contract) -> tuple[Grade, str]:
    """Return the verdict that counts, and what is to be done: what the storyboard only warns of does not fail."""
    actions = {contract.policy(verdict.check.partition("/")[0]) for verdict in verdicts if verdict.verdict == "fail"}
    if "stop" in actions:
        return "fail", "stop"
    if "retake" in actions:
        return "fail", "retake"
    return ("warn" if actions else worst(verdicts)), "go on"
