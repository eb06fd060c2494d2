"""The word that was probably meant by a mistyped one."""

from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a question that names the nearest known word, or nothing."""
    import difflib  # for a mistake only

    near = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else ""
