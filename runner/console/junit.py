"""Verdicts as JUnit XML, which continuous integration systems read: a suite per file, a case per check."""

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from runner.media.checks import Verdict


def write(path: Path, judged: Sequence[tuple[str, Sequence[Verdict]]]) -> None:
    """Write a report. OSError where it cannot be written."""
    every = [verdict for _, verdicts in judged for verdict in verdicts]
    root = ET.Element("testsuites", {"name": "longtake check", **_counts(every)})
    for name, verdicts in judged:
        suite = ET.SubElement(root, "testsuite", {"name": _plain(name), **_counts(verdicts)})
        for verdict in verdicts:
            _case(suite, name, verdict)
    ET.indent(root)
    path.write_bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")


def _counts(verdicts: Sequence[Verdict]) -> dict[str, str]:
    failures = sum(verdict.verdict == "fail" for verdict in verdicts)
    return {"tests": str(len(verdicts)), "failures": str(failures), "errors": "0", "time": "0"}


def _case(suite: ET.Element, name: str, verdict: Verdict) -> None:
    case = ET.SubElement(suite, "testcase", classname=_plain(name), name=verdict.check, time="0")
    if verdict.verdict == "fail":
        told = ET.SubElement(case, "failure", message=_plain(verdict.message), type=verdict.check)
        told.text = _plain(f"measured {verdict.measured or 'nothing'}, expected {verdict.expected}")
    elif verdict.verdict == "warn":
        ET.SubElement(case, "system-out").text = _plain(f"warning: {verdict.message}")


def _plain(words: str) -> str:
    """Words without what XML has no place for; names of files may hold anything."""
    good = (letter if letter.isprintable() or letter in "\t\n" else "\N{REPLACEMENT CHARACTER}" for letter in words)
    return "".join(good)
