"""Advice on prompts: what keeps an extension from continuing the shot. Warnings all, and meant to be rare."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from runner.errors import Problem
from runner.storyboard import lint_patterns as patterns
from runner.storyboard.model import DocumentPath, Hop, Source, Storyboard
from runner.storyboard.yaml.document import LINE_BREAK, offset_at, position_at

_FEWEST_WORDS = 4
_MOST_WORDS = 200
_MOST_STEPS = 3
# kie answers "Only English prompts are supported at this time" where it is not to translate (seen 2026-11).
_ENGLISH_ONLY = frozenset({"kie"})

# One changed word breaks two pairs of neighbours: of a sentence of ten words 7 of 9 are left, still the same prompt.
_SAME_PROMPT = 0.75
# Of an earlier prompt's pairs, found again in a longer one.
_RETOLD = 0.8
# Two prompts about one subject share a few pairs without retelling each other.
_FEWEST_PAIRS = 5
# Hops: a story is not repeated from further away, and a thousand hops stay quick to check.
_LOOK_BACK = 25

_WORD = re.compile(r"\w+(?:'\w+)?")
_SENTENCE = re.compile(r"[^.!?;\n]+")
_QUOTATION = re.compile(r"[\"“«][^\"”»]*[\"”»]")
_LAST_WORDS = 20
# Kana, and what comes after them: written without spaces, so each sign counts as a word.
_EAST_ASIAN = "\u3040"
# The end of Latin Extended-B; letters beyond are of another script.
_LATIN_END = "\u024f"

WordPairs = frozenset[tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A warning on the value at `path`; `start` is the character in it that gave rise to it."""

    rule: str
    message: str
    hint: str
    path: DocumentPath
    start: int | None = None


HopRule = Callable[[Storyboard, Hop], Iterator[Advice]]


def lint(storyboard: Storyboard) -> tuple[Problem, ...]:
    """Return every piece of advice, each at the phrase that gave rise to it."""
    found = [*_repeats(storyboard.hops), *_ratios(storyboard), *_voices(storyboard)]
    for hop in storyboard.hops:
        for rule in _RULES:
            found.extend(rule(storyboard, hop))
    texts = {(*hop.path, "prompt"): hop.prompt for hop in storyboard.hops}
    return tuple(_problem(each, texts.get(each.path, storyboard.style or ""), storyboard.source) for each in found)


def _problem(advice: Advice, text: str, source: Source) -> Problem:
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


def _advice(hop: Hop, rule: str, message: str, hint: str, start: int | None = None) -> Advice:
    return Advice(rule=rule, message=message, hint=hint, path=(*hop.path, "prompt"), start=start)


def _continuity(_storyboard: Storyboard, hop: Hop) -> Iterator[Advice]:
    if hop.index == 0 or not is_english(hop.prompt) or patterns.CONTINUITY.search(hop.prompt):
        return
    message = "nothing says that the shot goes on; read alone, this prompt asks for a new one"
    yield _advice(hop, "no-continuity", message, "begin with what goes on: continues, next, still, gradually, follows")


def _cuts(storyboard: Storyboard, hop: Hop) -> Iterator[Advice]:
    for match in find_phrases(patterns.CUT, hop.prompt):
        message = f"“{match[0].strip()}” asks for a cut, and an extension can only go on"
        yield _advice(hop, "cut", message, "let the camera or the subject move there", match.start())
    if hop.index == len(storyboard.hops) - 1:
        return
    for match in find_phrases(patterns.FADE, hop.prompt):
        message = f"“{match[0]}” leaves the next hop nothing to go on from"
        yield _advice(hop, "cut", message, "fade at the end of the last hop only", match.start())


def _unstable_end(storyboard: Storyboard, hop: Hop) -> Iterator[Advice]:
    if hop.index == len(storyboard.hops) - 1:
        return
    for match in find_phrases(patterns.UNSTABLE, hop.prompt, last_sentence(hop.prompt)):
        message = f"the hop ends on “{match[0]}”, and the next one is made from its last second"
        yield _advice(hop, "unstable-end", message, "end on a steady picture: a held pose, an even move", match.start())


def _length(_storyboard: Storyboard, hop: Hop) -> Iterator[Advice]:
    count = len(words(hop.prompt))
    if count < _FEWEST_WORDS:
        hint = "say who does what, where, and how the camera moves"
        message = f"{count} word{'s leave' if count != 1 else ' leaves'} nearly everything to chance"
        yield _advice(hop, "too-short", message, hint)
    if count > _MOST_WORDS:
        message = f"{count} words for a few seconds; most of them will not be seen"
        yield _advice(hop, "too-long", message, "keep to this hop; what holds for all belongs in `style`")


def _crowded(_storyboard: Storyboard, hop: Hop) -> Iterator[Advice]:
    steps = list(find_phrases(patterns.STEPS, hop.prompt))
    if len(steps) >= _MOST_STEPS:
        message = f"{len(steps) + 1} actions, one after the other, in a few seconds"
        yield _advice(hop, "crowded", message, "give each hop one or two; make more hops", steps[0].start())


def _language(storyboard: Storyboard, hop: Hop) -> Iterator[Advice]:
    name = storyboard.provider.name
    if name not in _ENGLISH_ONLY or storyboard.options.get("enable_translation") is True or is_english(hop.prompt):
        return
    message = f"the prompt does not look English, and {name} refuses others untranslated"
    yield _advice(hop, "not-english", message, "write it in English, or set `options: {enable_translation: true}`")


def _lettering(_storyboard: Storyboard, hop: Hop) -> Iterator[Advice]:
    for match in find_phrases(patterns.LETTERING, hop.prompt):
        message = f"“{match[0]}”: models spell badly, and letters change from hop to hop"
        yield _advice(hop, "lettering", message, "add text to the finished film instead", match.start())


def _voices(storyboard: Storyboard) -> Iterator[Advice]:
    for hop, after in pairwise(storyboard.hops):
        spoken = list(patterns.SPEECH.finditer(hop.prompt))
        if spoken and patterns.SPEECH.search(after.prompt) and spoken[-1].end() <= last_sentence(hop.prompt):
            message = "the speech ends early in this hop; the next one can carry a voice on only from the last second"
            hint = "put the speech last, or let the next hop be silent"
            yield _advice(hop, "voice", message, hint, spoken[-1].start())


def _ratios(storyboard: Storyboard) -> Iterator[Advice]:
    others = {"16:9": (patterns.PORTRAIT, patterns.SQUARE), "9:16": (patterns.LANDSCAPE, patterns.SQUARE)}
    texts = [((*hop.path, "prompt"), hop.prompt) for hop in storyboard.hops]
    for path, text in [*texts, (("style",), storyboard.style or "")]:
        for pattern in others.get(storyboard.aspect_ratio, ()):
            for match in find_phrases(pattern, text):
                message = f"“{match[0]}” contradicts `aspect_ratio: {storyboard.aspect_ratio}`"
                hint = "set `aspect_ratio`; prompts do not shape the picture"
                yield Advice(rule="aspect-ratio", message=message, hint=hint, path=path, start=match.start())


def _repeats(hops: tuple[Hop, ...]) -> Iterator[Advice]:
    """Yield at most one piece of advice for each hop that repeats another: the surest way to make a shot start over."""
    pairs = [_word_pairs(hop.prompt) for hop in hops]
    for hop in hops[1:]:
        earlier = range(hop.index - 1, max(-1, hop.index - 1 - _LOOK_BACK), -1)
        alike = next((index for index in earlier if _similarity(pairs[hop.index], pairs[index]) >= _SAME_PROMPT), None)
        retold = [index for index in earlier if _retells(pairs[hop.index], pairs[index])]
        if alike is not None:
            message = f"nearly the same words as {_hop_name(hops[alike])}; the shot is likely to start over"
            hint = "say only what happens next; what stays the same belongs in `style`"
            yield Advice(rule="repeats-previous", message=message, hint=hint, path=(*hop.path, "prompt"))
        elif retold:
            message = f"tells {_hop_name(hops[retold[-1]])} again before it goes on; the shot is likely to start over"
            hint = "leave out what was already seen: the model has it before its eyes"
            yield Advice(rule="repeats-story", message=message, hint=hint, path=(*hop.path, "prompt"))


def _word_pairs(text: str) -> WordPairs:
    found = words(text)
    return frozenset(pairwise(found)) or frozenset([tuple(found)])


def _similarity(one: WordPairs, other: WordPairs) -> float:
    return 2 * len(one & other) / (len(one) + len(other))


def _retells(whole: WordPairs, part: WordPairs) -> bool:
    return len(part) >= _FEWEST_PAIRS and len(whole & part) / len(part) >= _RETOLD


def _hop_name(hop: Hop) -> str:
    if hop.name:
        return f"hop “{hop.name}”"
    return "the initial prompt" if hop.index == 0 else f"extensions[{hop.index - 1}]"


def words(text: str) -> list[str]:
    """Return the words of a text, in lower case; each sign of a script without spaces counts as one."""
    found: list[str] = _WORD.findall(text.lower())
    return [word for each in found for word in (each if each >= _EAST_ASIAN else (each,))]


def find_phrases(pattern: re.Pattern[str], text: str, start: int = 0) -> Iterator[re.Match[str]]:
    """Find where a pattern is meant: not where the text says "no cuts" or "never fades out"."""
    for match in pattern.finditer(text, start):
        if not patterns.NEGATION.search(text, 0, match.start()):
            yield match


def last_sentence(text: str) -> int:
    """Return where the last sentence about the picture begins, or the last twenty words if it is longer.

    Prompts often close with a line about sound ("Audio: rain"); it says nothing about how the picture ends.
    """
    sentences = [match for match in _SENTENCE.finditer(text) if words(match[0]) and not patterns.SOUND.match(match[0])]
    if not sentences:
        return 0
    last = sentences[-1]
    starts = [match.start() for match in _WORD.finditer(text, last.start(), last.end())]
    return starts[-_LAST_WORDS:][0]


def is_english(text: str) -> bool:
    """Return False only for what is plainly another language; quoted speech does not count."""
    plain = _QUOTATION.sub(" ", text)
    letters = [letter for letter in plain if letter.isalpha()]
    foreign_letters = sum(letter > _LATIN_END for letter in letters)
    if foreign_letters * 4 > len(letters):
        return False
    found = words(plain)
    english = sum(word in patterns.ENGLISH for word in found)
    return english >= sum(word in patterns.FOREIGN for word in found) or english * 20 > len(found) * 3


def offset_in_source(source: Source, path: DocumentPath, value: str, start: int) -> int | None:
    """Find where a character of a value stands in the text; None where quoting changed the letters."""
    text = source.text
    at = _skip_opening(text, offset_at(text, source.locate(path)))
    # Both are read letter by letter past white space: a folded block (`>-`) has line breaks where its value has spaces.
    for index, letter in enumerate(value):
        if letter.isspace():
            continue
        while text[at : at + 1].isspace():
            at += 1
        if text[at : at + 1] != letter:
            return None
        if index >= start:
            return at
        at += 1
    return None


def _skip_opening(text: str, at: int) -> int:
    """Return the place after an opening quote, or after the header of a block."""
    if text[at : at + 1] in (">", "|"):
        header = LINE_BREAK.search(text, at)
        return header.end() if header else len(text)
    return at + 1 if text[at : at + 1] in ("'", '"') else at


_RULES: tuple[HopRule, ...] = (_continuity, _cuts, _unstable_end, _length, _crowded, _language, _lettering)
