"""The README says what is true of this checkout."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
TESTS = "python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]' && .venv/bin/pytest"


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", README, flags=re.DOTALL)


def test_its_storyboard_is_the_sample_that_it_names() -> None:
    assert blocks("yaml") == [(ROOT / "storyboards" / "dog-park.yaml").read_text()]


def test_its_test_command_is_the_one_that_the_continuous_integration_calls() -> None:
    assert f"{TESTS}\n" in blocks("sh")
    assert (ROOT / ".ci" / "run").read_text().rstrip().endswith(TESTS)


def test_every_file_that_it_links_is_there() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)", README) if not link.startswith("http")]
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_its_plan_costs_what_the_catalog_says() -> None:
    from runner import load, plan

    storyboard = load(ROOT / "storyboards" / "dog-park.yaml")
    assert f"${plan(storyboard).usd:.2f}" in README


def test_every_document_is_linked_from_somewhere() -> None:
    pages = [*(ROOT / "docs").glob("*.md"), ROOT / "bench" / "README.md", ROOT / "CONTRIBUTING.md"]
    texts = README + "".join(page.read_text() for page in pages)
    assert [page.name for page in (ROOT / "docs").glob("*.md") if f"{page.name})" not in texts] == []
