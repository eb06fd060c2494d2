"""Prompts that say again what an earlier one said: the surest way to make the shot begin anew in each hop."""

from collections.abc import Iterator
from itertools import pairwise

from runner.storyboard.lint.text import Advice, words
from runner.storyboard.model import Hop

Pairs = frozenset[tuple[str, ...]]

_ALIKE = 0.75
_CONTAINED = 0.8
_FEWEST_PAIRS = 5
_LOOK_BACK = 25  # hops; nobody repeats from further away, and a thousand hops stay quick to judge


def repeats(hops: tuple[Hop, ...]) -> Iterator[Advice]:
    """At most one piece of advice for each hop that repeats another."""
    pairs = [_pairs(hop.prompt) for hop in hops]
    for hop in hops[1:]:
        earlier = range(hop.index - 1, max(-1, hop.index - 1 - _LOOK_BACK), -1)
        alike = next((index for index in earlier if _likeness(pairs[hop.index], pairs[index]) >= _ALIKE), None)
        held = [index for index in earlier if _holds(pairs[hop.index], pairs[index])]
        if alike is not None:
            message = f"nearly the same words as {_name(hops[alike])}; the shot is likely to begin anew"
            hint = "say only what happens next; what stays the same belongs in `style`"
            yield Advice(rule="repeats-previous", message=message, hint=hint, path=(*hop.path, "prompt"))
        elif held:
            message = f"tells {_name(hops[held[-1]])} again before it goes on; the shot is likely to begin anew"
            hint = "leave out what was already seen: the model has it before its eyes"
            yield Advice(rule="repeats-story", message=message, hint=hint, path=(*hop.path, "prompt"))


def _pairs(text: str) -> Pairs:
    found = words(text)
    return frozenset(pairwise(found)) or frozenset([tuple(found)])


def _likeness(one: Pairs, other: Pairs) -> float:
    return 2 * len(one & other) / (len(one) + len(other))


def _holds(whole: Pairs, part: Pairs) -> bool:
    return len(part) >= _FEWEST_PAIRS and len(whole & part) / len(part) >= _CONTAINED


def _name(hop: Hop) -> str:
    if hop.name:
        return f"hop “{hop.name}”"
    return "the initial prompt" if hop.index == 0 else f"extensions[{hop.index - 1}]"
