"""Advice on prompts: what keeps an extension from continuing the shot. Warnings all, and meant to be rare."""

from collections.abc import Callable, Iterator
from itertools import pairwise

from runner.errors import Problem
from runner.storyboard.lint import patterns as seek
from runner.storyboard.lint.duplicates import repeats
from runner.storyboard.lint.text import Advice, is_english, last_sentence, offset_in_source, phrases, words
from runner.storyboard.model import Hop, Source, Storyboard
from runner.storyboard.yaml.encoding import position_at

_FEWEST_WORDS = 4
_MOST_WORDS = 200
_MOST_STEPS = 3
_ENGLISH_ONLY = frozenset({"kie"})

HopRule = Callable[[Storyboard, Hop], Iterator[Advice]]


def lint(storyboard: Storyboard) -> tuple[Problem, ...]:
    """Every piece of advice, each at the phrase that gave rise to it."""
    found = [*repeats(storyboard.hops), *_ratios(storyboard), *_voices(storyboard)]
    for hop in storyboard.hops:
        for rule in _RULES:
            found.extend(rule(storyboard, hop))
    texts = {(*hop.path, "prompt"): hop.prompt for hop in storyboard.hops}
    return tuple(_placed(each, texts.get(each.path, storyboard.style or ""), storyboard.source) for each in found)


def _placed(advice: Advice, text: str, source: Source) -> Problem:
    offset = None if advice.start is None else offset_in_source(source, advice.path, text, advice.start)
    line, column = source.locate(advice.path) if offset is None else position_at(source.text, offset)
    return Problem(
        rule=f"prompt/{advice.rule}",
        message=advice.message,
        severity="warning",
        file=str(source.file or ""),
        line=line,
        column=column,
        path=advice.path,
        hint=advice.hint,
    )


def _on(hop: Hop, rule: str, message: str, hint: str, start: int | None = None) -> Advice:
    return Advice(rule=rule, message=message, hint=hint, path=(*hop.path, "prompt"), start=start)


def _continuity(_storyboard: Storyboard, hop: Hop) -> Iterator[Advice]:
    if hop.index == 0 or not is_english(hop.prompt) or seek.CONTINUITY.search(hop.prompt):
        return
    message = "nothing says that the shot goes on; read alone, this prompt asks for a new one"
    yield _on(hop, "no-continuity", message, "begin with what goes on: continues, next, still, gradually, follows")


def _cuts(storyboard: Storyboard, hop: Hop) -> Iterator[Advice]:
    for match in phrases(seek.CUT, hop.prompt):
        message = f"“{match[0].strip()}” asks for a cut, and an extension can only go on"
        yield _on(hop, "cut", message, "let the camera or the subject move there", match.start())
    if hop.index == len(storyboard.hops) - 1:
        return
    for match in phrases(seek.FADE, hop.prompt):
        message = f"“{match[0]}” leaves the next hop nothing to go on from"
        yield _on(hop, "cut", message, "fade at the end of the last hop only", match.start())


def _unstable_end(storyboard: Storyboard, hop: Hop) -> Iterator[Advice]:
    if hop.index == len(storyboard.hops) - 1:
        return
    for match in phrases(seek.UNSTABLE, hop.prompt, last_sentence(hop.prompt)):
        message = f"the hop ends on “{match[0]}”, and the next one is made from its last second"
        yield _on(hop, "unstable-end", message, "end on a steady picture: a held pose, an even move", match.start())


def _length(_storyboard: Storyboard, hop: Hop) -> Iterator[Advice]:
    count = len(words(hop.prompt))
    if count < _FEWEST_WORDS:
        hint = "say who does what, where, and how the camera moves"
        message = f"{count} word{'s leave' if count != 1 else ' leaves'} nearly everything to chance"
        yield _on(hop, "too-short", message, hint)
    if count > _MOST_WORDS:
        message = f"{count} words for a few seconds; most of them will not be seen"
        yield _on(hop, "too-long", message, "keep to this hop; what holds for all belongs in `style`")


def _crowded(_storyboard: Storyboard, hop: Hop) -> Iterator[Advice]:
    steps = list(phrases(seek.STEPS, hop.prompt))
    if len(steps) >= _MOST_STEPS:
        message = f"{len(steps) + 1} actions, one after the other, in a few seconds"
        yield _on(hop, "crowded", message, "give each hop one or two; make more hops", steps[0].start())


def _language(storyboard: Storyboard, hop: Hop) -> Iterator[Advice]:
    name = storyboard.provider.name
    if name not in _ENGLISH_ONLY or storyboard.options.get("enable_translation") is True or is_english(hop.prompt):
        return
    message = f"the prompt does not look English, and {name} refuses others untranslated"
    yield _on(hop, "not-english", message, "write it in English, or set `options: {enable_translation: true}`")


def _lettering(_storyboard: Storyboard, hop: Hop) -> Iterator[Advice]:
    for match in phrases(seek.LETTERING, hop.prompt):
        message = f"“{match[0]}”: models spell badly, and letters change from hop to hop"
        yield _on(hop, "lettering", message, "add text to the finished film instead", match.start())


def _voices(storyboard: Storyboard) -> Iterator[Advice]:
    for hop, after in pairwise(storyboard.hops):
        spoken = list(seek.SPEECH.finditer(hop.prompt))
        if spoken and seek.SPEECH.search(after.prompt) and spoken[-1].end() <= last_sentence(hop.prompt):
            message = "the speech ends early in this hop; the next one can carry a voice on only from the last second"
            yield _on(hop, "voice", message, "put the speech last, or let the next hop be silent", spoken[-1].start())


def _ratios(storyboard: Storyboard) -> Iterator[Advice]:
    others = {"16:9": (seek.PORTRAIT, seek.SQUARE), "9:16": (seek.LANDSCAPE, seek.SQUARE)}
    texts = [((*hop.path, "prompt"), hop.prompt) for hop in storyboard.hops]
    for path, text in [*texts, (("style",), storyboard.style or "")]:
        for pattern in others.get(storyboard.aspect_ratio, ()):
            for match in phrases(pattern, text):
                message = f"“{match[0]}” contradicts `aspect_ratio: {storyboard.aspect_ratio}`"
                hint = "set `aspect_ratio`; prompts do not shape the picture"
                yield Advice(rule="aspect-ratio", message=message, hint=hint, path=path, start=match.start())


_RULES: tuple[HopRule, ...] = (_continuity, _cuts, _unstable_end, _length, _crowded, _language, _lettering)
