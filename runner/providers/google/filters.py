"""Google's content filters in words: the support codes of its responsible-AI page (facts of 2026-09)."""

import re
from collections.abc import Mapping, Sequence

_CATEGORIES: Mapping[str, tuple[str, ...]] = {
    "a child": ("58061214", "17301594"),
    "a celebrity": ("29310472", "15236754"),
    "video safety": ("64151117", "42237218"),
    "dangerous content": ("62263041",),
    "hate": ("57734940", "22137204"),
    "prohibited content": ("89371032", "49114662", "63429089", "72817394", "60599140"),
    "content of third parties": ("35561574", "35561575"),
    "sexual content": ("90789179", "43188360"),
    "toxic language": ("78610348",),
    "violence": ("61493863", "56562880"),
    "vulgar language": ("32635315",),
    "other reasons": ("74803281", "29578790", "42876398"),
}
_MEANING = {code: category for category, codes in _CATEGORIES.items() for code in codes}
_CODE = re.compile(r"\b\d{8}\b")


def explained(reasons: Sequence[str]) -> str:
    """The filter's reasons, with its support codes in words."""
    said = " ".join(reasons) or "the result was held back by the content filter, without a reason"
    meant = sorted({_MEANING[code] for code in _CODE.findall(said) if code in _MEANING})
    return f"{said} (filtered for {', '.join(meant)})" if meant else said
