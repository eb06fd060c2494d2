"""Verdicts as JUnit XML, which continuous integration systems read: a suite per file, a case per check."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from runner.media.model import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """The verdicts on one file, and how many seconds it took to find them."""

    name: str
    verdicts: Sequence[Verdict]
    seconds: float


def write(path: Path, suites: Sequence[Suite]) -> None:
    """Write a report. OSError where it cannot be written."""
    every = [verdict for suite in suites for verdict in suite.verdicts]
    seconds = sum(suite.seconds for suite in suites)
    root = ET.Element("testsuites", {"name": "longtake check", **_counts(every, seconds)})
    for suite in suites:
        counts = _counts(suite.verdicts, suite.seconds)
        element = ET.SubElement(root, "testsuite", {"name": _plain(suite.name), **counts})
        for verdict in suite.verdicts:
            _case(element, suite, verdict)
    ET.indent(root)
    path.write_bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")


def _counts(verdicts: Sequence[Verdict], seconds: float) -> dict[str, str]:
    failures = sum(verdict.verdict == "fail" for verdict in verdicts)
    # A check that could not run is a failed verdict as well, so that "errors" would always be empty.
    return {"tests": str(len(verdicts)), "failures": str(failures), "errors": "0", "time": f"{seconds:.3f}"}


def _case(element: ET.Element, suite: Suite, verdict: Verdict) -> None:
    # All checks of a file are made in one pass, so that each has its share of the time.
    time = f"{suite.seconds / len(suite.verdicts):.3f}"
    case = ET.SubElement(element, "testcase", classname=_plain(suite.name), name=verdict.check, time=time)
    if verdict.verdict == "fail":
        told = ET.SubElement(case, "failure", message=_plain(verdict.message), type=verdict.check)
        told.text = _plain(f"measured {verdict.measured or 'nothing'}, expected {verdict.expected}")
    elif verdict.verdict == "warn":
        ET.SubElement(case, "system-out").text = _plain(f"warning: {verdict.message}")


def _plain(words: str) -> str:
    """Words without what XML has no place for; names of files may hold anything."""
    # Strict readers refuse the whole file for one control character.
    good = (letter if letter.isprintable() or letter in "\t\n" else "\N{REPLACEMENT CHARACTER}" for letter in words)
    return "".join(good)
