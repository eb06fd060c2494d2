import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from runner.errors import Problem
from runner.planning.budget import round_up
from runner.planning.catalog_rules import CODES, check_catalog_rules, unknown_provider
from runner.providers.catalog import Catalog
from runner.providers.catalog_loader import catalog
from runner.providers.registry import BUILT_IN, entry
from runner.storyboard.model import Checks, Hop, Image, Images, ProviderChoice, Retakes, Storyboard
from tests.planning.boards import board, planned

KIE = catalog("kie")
PICTURE = Image(reference="https://example.com/a.png", url="https://example.com/a.png")
TODAY = date(2026, 11, 20)


def codes(storyboard: Storyboard, page: Catalog = KIE) -> list[str]:
    return [problem.rule for problem in check_catalog_rules(storyboard, page, TODAY)]


def first(storyboard: Storyboard, page: Catalog = KIE) -> Problem:
    return next(iter(check_catalog_rules(storyboard, page, TODAY)))


def started_with(**images: object) -> Storyboard:
    return board(hops=(Hop(index=0, prompt="A dog", images=Images(**images)),))  # type: ignore[arg-type]


def changed(**fields: object) -> Catalog:
    return replace(KIE, models=tuple(replace(model, **fields) for model in KIE.models))  # type: ignore[arg-type]


def test_a_plain_storyboard_has_no_problem() -> None:
    assert codes(board()) == []


def test_an_unknown_provider_is_named_with_the_one_that_was_meant() -> None:
    problem = unknown_provider(board(provider=ProviderChoice(name="kei")))
    assert problem.hint == "did you mean 'kie'?"


def test_an_unknown_model_is_named_with_the_one_that_was_meant() -> None:
    problem = first(board(model="veo3_fsat"))
    assert (problem.rule, problem.hint) == ("catalog/unknown-model", "did you mean 'veo3_fast'?")


def test_twenty_extensions_are_the_limit() -> None:
    assert codes(board(*["p"] * 21)) == []
    problem = first(board(*["p"] * 22))
    assert problem.rule == "catalog/too-many-hops"
    assert problem.message == "21 extensions; veo3_fast takes 20 at most"


@pytest.mark.parametrize(
    ("storyboard", "code"),
    [
        (board(aspect_ratio="1:1"), "catalog/aspect-ratio"),
        (board(resolution="4k"), "catalog/resolution"),
        (board(seed=9999), "catalog/seed-range"),
        (board(seed=100000), "catalog/seed-range"),
        (board(hops=(Hop(index=0, prompt="p", duration=5),)), "catalog/duration"),
        (board(hops=(Hop(index=0, prompt="p"), Hop(index=1, prompt="q", duration=8))), "catalog/duration"),
        (board(hops=(Hop(index=0, prompt="p"), Hop(index=1, prompt="q", seed=1))), "catalog/seed-range"),
        (started_with(last_frame=PICTURE), "catalog/frames"),
        (started_with(references=(PICTURE,) * 4), "catalog/references"),
        (replace(started_with(references=(PICTURE,)), model="veo3"), "catalog/references"),
        (replace(started_with(references=(PICTURE,)), aspect_ratio="9:16"), "catalog/aspect-ratio"),
        (board(budget_usd=Decimal("0.5")), "catalog/budget"),
    ],
)
def test_what_the_catalog_forbids_is_found(storyboard: Storyboard, code: str) -> None:
    assert codes(storyboard) == [code]


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (changed(extendable=False), "catalog/not-extendable"),
        (changed(max_seconds=20), "catalog/too-long"),
        (changed(max_prompt=5), "catalog/prompt-length"),
        (changed(retired=date(2026, 10, 22), replacement="omni"), "catalog/retired-model"),
    ],
)
def test_what_a_model_cannot_do_is_found(page: Catalog, code: str) -> None:
    assert code in codes(board(), page)


@pytest.mark.parametrize("wanted", ["plain", "takes", "retakes", "capped", "fine", "all"])
def test_the_budget_that_is_proposed_suffices_for_whatever_may_come(wanted: str) -> None:
    hops = (Hop(index=0, prompt="a", takes=3 if wanted in ("takes", "all") else 1), Hop(index=1, prompt="b"))
    retakes = Retakes(takes=2, usd=Decimal("0.5") if wanted == "capped" else None)
    checks = Checks(on_fail="retake" if wanted in ("retakes", "capped", "all") else "stop", retakes=retakes)
    film = board(hops=hops, checks=checks, resolution="1080p" if wanted in ("fine", "all") else "720p")
    film = replace(film, budget_usd=Decimal("0.01"))
    proposed = Decimal(first(film).hint.removeprefix("allow at least "))
    assert codes(replace(film, budget_usd=proposed)) == []
    assert round_up(planned(film).usd + planned(film).usd_retakes) == proposed
    assert codes(replace(film, budget_usd=proposed - Decimal("0.01"))) == ["catalog/budget"]


def test_a_budget_that_retakes_may_pass_is_told_from_one_that_buys_nothing() -> None:
    film = board(checks=Checks(on_fail="retake"))
    assert first(replace(film, budget_usd=Decimal("0.9"))).message.endswith("the run may stop on the way")
    assert first(replace(film, budget_usd=Decimal("0.8"))).message.endswith("nothing would be bought")


def test_asking_for_a_choice_from_one_take_is_warned_of() -> None:
    asked = (Hop(index=0, prompt="a", choose="ask"), Hop(index=1, prompt="b", choose="ask", takes=2))
    problem = first(board(hops=asked))
    assert (problem.rule, problem.severity) == ("catalog/choose-ignored", "warning")
    assert problem.path == ("initial", "choose")


def test_a_retired_model_is_warned_of_with_its_replacement() -> None:
    problem = first(board(), changed(retired=date(2026, 10, 22), replacement="omni"))
    assert (problem.severity, problem.hint) == ("warning", "use omni")


@pytest.mark.parametrize(
    ("day", "words"),
    [(TODAY, "was switched off on 2026-11-20"), (date(2026, 11, 21), "will be switched off on 2026-11-21")],
)
def test_a_model_that_will_retire_is_still_allowed_and_its_day_is_told(day: date, words: str) -> None:
    problem = first(board(), changed(retired=day, replacement="omni"))
    assert (problem.severity, problem.message, problem.hint) == ("warning", f"veo3_fast {words}", "use omni")


@pytest.mark.parametrize("name", BUILT_IN)
def test_what_is_named_in_a_models_place_is_there_extendable_and_without_an_end(name: str) -> None:
    found = entry(name)
    assert found is not None
    page = found.catalog
    for text in {model.replacement for model in page.models if model.replacement}:
        named = {"provider": name, "dialect": "", **dict(part.split(" ", 1) for part in text.split(", "))}
        other = entry(named["provider"], named["dialect"])
        assert other is not None
        model = other.catalog.model(named["model"])
        assert model is not None
        assert (model.extendable, model.retired) == (True, None)


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_default_model_has_no_end_unless_all_have(name: str) -> None:
    found = entry(name)
    assert found is not None
    page = found.catalog
    default = page.model(page.default_model)
    assert default is not None
    assert default.retired is None or all(model.retired for model in page.models)


def test_omni_has_a_successor_for_the_model_that_ends_and_for_veo() -> None:
    omni, veo = catalog("omni"), catalog("gemini")
    first, second = omni.model("gemini-omni-1.1-flash"), omni.model("gemini-omni-1.2-flash")
    assert first is not None
    assert second is not None
    assert (first.retired, first.instead) == (date(2026, 12, 3), f"use model {omni.default_model}")
    assert {model.instead for model in veo.models} == {f"use provider omni, model {omni.default_model}"}
    assert second.price("extend", "720p", 10) < first.price("extend", "720p", 10)


def test_only_up_to_a_last_frame_omni_is_held_to_ten_seconds() -> None:
    frames = Images(first_frame=PICTURE, last_frame=PICTURE)
    for images, found in ((Images(), []), (frames, ["catalog/duration"])):
        film = board(provider=ProviderChoice(name="omni"), hops=(Hop(index=0, prompt="p", duration=15, images=images),))
        assert [code for code in codes(film, catalog("omni")) if code == "catalog/duration"] == found


def test_a_retired_model_may_live_on_at_a_relay() -> None:
    relay = board(provider=ProviderChoice(name="kie", base_url="https://relay.example"))
    assert codes(relay, changed(retired=date(2026, 1, 1))) == []


def test_every_rule_of_the_catalog_is_documented_and_none_is_invented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "rules.md").read_text()
    assert set(re.findall(r"`(catalog/[a-z-]+)`", page)) == set(CODES)
