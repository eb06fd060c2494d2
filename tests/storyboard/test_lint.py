"""Advice on prompts: given where it is due, and nowhere else."""

from pathlib import Path

import pytest

from runner.errors import Problem
from runner.storyboard.lint import is_english, last_sentence, lint, offset_in_source, words
from runner.storyboard.model import Hop, ProviderChoice, Source, Storyboard
from runner.storyboard.yaml.reader import read_document

FIRST = "A golden retriever trots along a gravel path through a sunny park."
GOES_ON = "The dog continues along the path and looks around."


def board(*prompts: str, **settings: object) -> Storyboard:
    hops = tuple(Hop(index=index, prompt=prompt) for index, prompt in enumerate(prompts))
    given: dict = {"provider": ProviderChoice(name="kie"), **settings}
    return Storyboard(hops=hops, **given)


def rules_of(*prompts: str, **settings: object) -> list[str]:
    return [problem.rule.removeprefix("prompt/") for problem in lint(board(*prompts, **settings))]


@pytest.mark.parametrize(
    "prompt",
    [
        "Continuing from the previous moment, the rider reaches the hill.",
        "She reaches the door and opens it.",
        "The camera slowly pushes forward as the character walks toward the building entrance.",
        "The lamp remains lit and the rain grows heavier.",
        "Without a pause the train rolls into the station.",
        "Next, a cat jumps onto the wall.",
        "The waves keep rolling; a paper boat is cut to size by a child.",
        "The path goes on, and a cyclist cuts to the left behind the dog.",
        "One continuous shot, no cuts, never cutting to another scene; the dog trots on.",
        "The dog continues. Do not fade to black.",
        "He continues past a wall with a blank poster, without captions.",
        "The crashing waves continue to roll in, white foam on black sand.",
        "The river continues; it crashes to the shore.",
        "Still walking, he passes a portrait shot pinned to a kiosk beside a wide screen.",
        "The camera follows the dancer, who then turns and then smiles.",
    ],
)
def test_ordinary_prompts_get_no_advice(prompt: str) -> None:
    assert rules_of(FIRST, prompt, GOES_ON.replace("path", "shore of the lake and its reeds")) == []


@pytest.mark.parametrize(
    "prompt",
    ["A black cat sleeps on a red sofa.", "Next to the lamp sits a cat.", "Close-up of a steaming cup of coffee."],
)
def test_an_extension_that_reads_like_a_new_shot_is_noticed(prompt: str) -> None:
    assert rules_of(FIRST, prompt) == ["no-continuity"]
    assert rules_of(prompt) == []


@pytest.mark.parametrize(
    "phrase",
    [
        "cut to a kitchen", "The camera quickly cuts to a room", "suddenly cuts", "hard cut", "jump cut", "smash-cut",
        "instantly switches", "New scene", "switches to another angle", "meanwhile", "a montage", "split screen",
        "flashback", "crossfading", "hours later", "the next morning", "jumps to a different scene",
    ],
)  # fmt: skip
def test_words_that_ask_for_a_cut_are_noticed(phrase: str) -> None:
    assert rules_of(FIRST, f"The dog continues on. {phrase}.", GOES_ON) == ["cut"]


def test_a_fade_is_fine_at_the_very_end_only() -> None:
    fading = "The dog still walks on toward the lake, and the picture fades to black."
    assert rules_of(FIRST, fading) == []
    assert rules_of(FIRST, fading, GOES_ON) == ["cut"]


@pytest.mark.parametrize(
    "ending",
    [
        "a whip pan to the sky", "an explosion behind it", "the camera zooms in rapidly", "a fast spin of the camera",
        "the dog suddenly vanishes", "the car crashes into a tree", "the glass shatters", "the dog leaves the frame",
        "the dog runs out of view", "it bursts into flames", "it ends with a crash", "a blinding flash",
    ],
)  # fmt: skip
def test_a_restless_last_second_is_noticed_before_an_extension(ending: str) -> None:
    hop = f"The dog continues along the path. Then, {ending}. Audio: birdsong."
    assert rules_of(FIRST, hop, GOES_ON.replace("path", "river bank and the reeds")) == ["unstable-end"]
    assert rules_of(FIRST, hop) == []


def test_restlessness_in_the_middle_of_a_hop_is_fine() -> None:
    hop = "An explosion lights the sky. The dog calmly continues along the path and holds still."
    assert rules_of(FIRST, hop, GOES_ON.replace("path", "river bank and the reeds")) == []


def test_a_prompt_that_repeats_any_earlier_one_is_noticed_with_its_name() -> None:
    other = "Next, a yellow butterfly circles above the fountain and slowly settles."
    storyboard = board(FIRST, GOES_ON, other, GOES_ON.replace("looks", "gazes"))
    (problem,) = lint(storyboard)
    assert (problem.rule, problem.path) == ("prompt/repeats-previous", ("extensions", 2, "prompt"))
    assert "extensions[0]" in problem.message


def test_the_same_prompt_in_every_hop_is_noticed_in_every_extension() -> None:
    assert rules_of(*[GOES_ON] * 4) == ["repeats-previous"] * 3


def test_one_word_prompts_can_be_compared() -> None:
    assert rules_of("Waves", "Waves").count("repeats-previous") == 1


def test_the_whole_story_again_is_noticed() -> None:
    story = f"{FIRST} Then it follows a butterfly to a stone fountain, where it slowly lies down in the shade."
    assert rules_of(FIRST, story) == ["repeats-story"]


def test_hops_that_share_a_subject_and_a_place_do_not_repeat_each_other() -> None:
    assert rules_of(FIRST, "The golden retriever continues through the sunny park and slows down at a bench.") == []


@pytest.mark.parametrize(
    ("ratio", "text", "noticed"),
    [
        ("16:9", "in 9:16", True),
        ("16:9", "a vertical video", True),
        ("16:9", "in 16:9, widescreen", False),
        ("9:16", "in widescreen", True),
        ("9:16", "in portrait orientation", False),
        ("9:16", "a square video", True),
        ("1:1", "a vertical video", False),
        ("auto", "a vertical video", False),
    ],
)
def test_words_about_another_shape_are_noticed(ratio: str, text: str, noticed: bool) -> None:  # noqa: FBT001 -- a column
    prompt = f"A dog walks through a park, {text}."
    assert rules_of(prompt, aspect_ratio=ratio) == ["aspect-ratio"] * noticed
    assert rules_of(FIRST, style=text, aspect_ratio=ratio) == ["aspect-ratio"] * noticed


@pytest.mark.parametrize(
    "prompt",
    [
        "Ein Hund läuft durch den Park und die Sonne scheint auf das Gras.",
        "Un perro corre por el parque con una pelota y la gente mira.",
        "Un chien court dans le parc avec une balle et les enfants rient.",
        "一只狗在公园里奔跑 阳光洒在草地上",
        "Собака бежит по парку, солнце светит на траву",
    ],
)
def test_other_languages_are_noticed_where_english_is_needed(prompt: str) -> None:
    assert rules_of(prompt) == ["not-english"]
    assert rules_of(prompt, options={"enable_translation": True}) == []
    assert rules_of(prompt, options={"enable_translation": False}) == ["not-english"]
    assert rules_of(prompt, provider=ProviderChoice(name="kling")) == []


@pytest.mark.parametrize(
    "prompt",
    [
        "A woman in Tōkyō says to the camera: “こんにちは、お元気ですか”.",
        "Rainy street, neon lights, slow dolly shot, 35mm",
        "El Capitan at dawn, the rock face in golden light",
        "A café in Málaga, and the waiter pours a glass of Rioja.",
    ],
)
def test_english_with_foreign_names_or_speech_is_english(prompt: str) -> None:
    assert is_english(prompt)


def test_speech_that_ends_before_the_last_second_is_noticed_if_the_next_hop_speaks() -> None:
    early = 'A woman says: "Good morning, everybody." She then turns quietly to the window.'
    late = 'A woman turns to the camera at the window and says: "Good morning, everybody."'
    on = 'She continues: "It rains again."'
    assert rules_of(early, on) == ["voice"]
    assert rules_of(late, on) == []
    assert rules_of(early, "She continues to look out in silence.") == []


def test_too_many_actions_and_lettering_are_noticed() -> None:
    steps = "The dog barks, then it sits, then it rolls over, and finally it sleeps."
    assert rules_of(steps) == ["crowded"]
    assert rules_of("A park in the morning light. The words appear: Good morning.") == ["lettering"]


def test_very_short_and_very_long_prompts_are_noticed() -> None:
    assert rules_of("A dog") == ["too-short"]
    assert rules_of(FIRST + " It looks at a tree." * 50) == ["too-long"]
    assert rules_of("一只狗跑") == ["not-english"]


def test_signs_of_a_script_without_spaces_count_as_words() -> None:
    assert words("狗跑 run 1-2 it's") == ["狗", "跑", "run", "1", "2", "it's"]


def test_the_end_of_a_prompt_is_its_last_sentence_about_the_picture() -> None:
    text = "One. Two goes on here. Audio: birds."
    assert text[last_sentence(text) :].startswith("Two goes")
    long = " ".join(f"w{n}" for n in range(50))
    assert long[last_sentence(long) :].split() == [f"w{n}" for n in range(30, 50)]
    assert last_sentence("...") == 0


@pytest.mark.parametrize(
    "written",
    [
        "prompt: The dog goes; cut to black",
        "prompt: 'The dog goes; cut to black'",
        'prompt: "The dog goes; cut to black"',
        "prompt: >-\n    The dog goes;\n    cut to black",
        "prompt: |\n    The dog goes;\n      cut to black",
        "prompt: The dog\n    goes;\n    cut\n    to black",
    ],
)
def test_the_place_of_a_phrase_is_found_in_every_style_of_text(written: str) -> None:
    document = read_document(f"initial:\n  {written}\n".encode())
    assert isinstance(document.data, dict)
    value = document.data["initial"]["prompt"]
    offset = offset_in_source(document.source, ("initial", "prompt"), value, value.index("cut"))
    assert offset == document.source.text.index("cut")


@pytest.mark.parametrize("written", ["'it''s a cut'", '"it\\u0027s a cut"'])
def test_where_quoting_changed_the_letters_the_value_itself_is_the_place(written: str) -> None:
    source = read_document(f"a: {written}\n".encode()).source
    assert offset_in_source(source, ("a",), "it's a cut", 7) is None
    assert offset_in_source(Source(), ("a",), "cut", 0) is None


def test_advice_stands_at_its_phrase_with_the_file(tmp_path: Path) -> None:
    file = tmp_path / "film.yaml"
    text = "storyboard: 1\ninitial:\n  prompt: >-\n    A dog walks through the park;\n    the scene changes.\n"
    document = read_document(text.encode(), file)
    hop = Hop(index=0, prompt="A dog walks through the park; the scene changes.")
    storyboard = Storyboard(provider=ProviderChoice(name="kie"), hops=(hop,), source=document.source)
    assert lint(storyboard) == (
        Problem(
            rule="prompt/cut",
            severity="warning",
            message="“scene changes” asks for a cut, and an extension can only go on",
            hint="let the camera or the subject move there",
            file=str(file),
            line=5,
            column=9,
            path=("initial", "prompt"),
        ),
    )


def test_a_thousand_hops_are_judged_without_comparing_all_with_all() -> None:
    hops = [
        f"The dog continues past house number {n} and looks at the colour {n * 7} of door {n * 3}." for n in range(999)
    ]
    assert rules_of(FIRST, *hops) == []
