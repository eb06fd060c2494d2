"""Verdicts as JUnit XML, which continuous integration systems read: a suite per file, a case per check."""

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from runner.media.checks import Verdict


def write(path: Path, judged: Sequence[tuple[str, Sequence[Verdict]]]) -> None:
    """Write a report. OSError where it cannot be written."""
    root = ET.Element("testsuites", name="longtake check")
    for name, verdicts in judged:
        failures = sum(verdict.verdict == "fail" for verdict in verdicts)
        suite = ET.SubElement(
            root, "testsuite", name=name, tests=str(len(verdicts)), failures=str(failures), errors="0"
        )
        for verdict in verdicts:
            _case(suite, name, verdict)
    ET.indent(root)
    path.write_bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n")


def _case(suite: ET.Element, name: str, verdict: Verdict) -> None:
    case = ET.SubElement(suite, "testcase", classname=name, name=verdict.check)
    if verdict.verdict == "fail":
        told = ET.SubElement(case, "failure", message=verdict.message, type=verdict.check)
        told.text = f"measured {verdict.measured}, expected {verdict.expected}"
    elif verdict.verdict == "warn":
        ET.SubElement(case, "system-out").text = f"warning: {verdict.message}"
