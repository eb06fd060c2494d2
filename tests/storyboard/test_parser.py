"""libyaml's parser and PyYAML's own give the same."""

from pathlib import Path

import pytest
import yaml

from runner.storyboard.yaml.parser import DocumentParser, ParsingStopped

ROOT = Path(__file__).parents[2]
SAMPLES = sorted((ROOT / "storyboards").glob("*.yaml"))
ODD = [
    "a: &x [1, {b: 'c'}]\nd: *x\n",
    "? a\n: b\n",
    "a: >-\n  b\n  c\nd: |2\n    e\n",
    "{a: 1, a: 2, 3: 4}",
    "a: !!str 5\nb: *none\n",
    "- - - x\n- y: z\n",
    r"""{"a\ud83c\udfac": "\ud83c\udf05 b", "c": [1, 'd\ud83c\udfac'], "e": "\ud83c x \\\ud83c\udf05"}""",
    "a: \u2028b\u0085c # \u2029d\ne: f\u2028 g\r\nh: |\r  i\u2028j\rk: l\n",
]

needs_libyaml = pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML was built without libyaml")


@needs_libyaml
@pytest.mark.parametrize("text", [*(file.read_text(encoding="utf-8") for file in SAMPLES), *ODD])
def test_both_parsers_lead_to_the_same(text: str) -> None:
    quick, plain = DocumentParser(text, yaml.CSafeLoader), DocumentParser(text, yaml.SafeLoader)
    assert quick.parse() == plain.parse()
    assert quick.positions == plain.positions
    assert quick.keys == plain.keys
    assert quick.findings == plain.findings


@pytest.mark.parametrize(
    "loader", [yaml.SafeLoader, pytest.param(getattr(yaml, "CSafeLoader", None), marks=needs_libyaml)]
)
def test_a_second_document_and_great_depth_stop_the_parser(loader: type[yaml.SafeLoader]) -> None:
    for text, rule in (("a\n--- b\n--- c", "yaml/many-documents"), ("[" * 1000, "yaml/too-deep")):
        parser = DocumentParser(text, loader)
        with pytest.raises(ParsingStopped):
            parser.parse()
        assert [finding.rule for finding, _ in parser.findings] == [rule]
