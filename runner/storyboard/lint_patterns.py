"""The English phrases that prompt lint looks for, each chosen so that ordinary prompts do not contain it."""

import re


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b", re.IGNORECASE)


CONTINUITY = _any(
    r"continu\w*", r"next(?! to)", "then", "still", "now", r"keep(?:s|ing)?", r"follow(?:s|ing|ed)?", r"gradual\w*",
    "slowly", r"as (?:it|he|she|they|we|the)", r"the same", "again", "after", "afterwards?", "finally", "further",
    r"onwards?", "ahead", "forward", r"remain(?:s|ing)?", r"stay(?:s|ing)?", r"mov(?:es|ing) on", r"go(?:es|ing) on",
    "until", r"towards?", r"carr(?:ies|ying) on", r"without (?:a )?(?:pause|cut|break)", "seamlessly", "smoothly",
    r"(?<=\A)(?:he|she|it|they|his|her|its|their)", "steadily", "resumes?", "from (?:here|there)",
)  # fmt: skip

CUT = _any(
    r"(?:sudden(?:ly)?|abrupt(?:ly)?|instant(?:ly)?|quick(?:ly)?|smash|hard|jump|match)[ -]cut(?:s|ting)?",
    r"cut(?:s|ting)? (?:back |away |over |straight )?to(?! (?:size|shape|length|pieces|fit|the (?:left|right)))",
    r"(?:instantly|suddenly|abruptly) (?:switch|change|jump)(?:es|s)?",
    r"jump(?:s|ing)? to (?:a|an|the) (?:new|different|next|other) (?:scene|shot|place|location|angle)",
    r"(?:switch|change)(?:es|s)? to (?:a|an|another|the next) (?:\w+ )?(?:scene|shot|view|camera|angle|location)",
    r"(?:new|next|another|different|following) (?:scene|shot)", r"scene (?:changes|switches|shifts|transition)",
    "meanwhile", "montage", r"split[ -]screen", r"flash ?backs?", r"cross[ -]?fad(?:e|es|ing)",
    r"time[ -](?:skip|jump)",
    r"dissolv(?:e|es|ing) (?:to|into) (?:a|an|another|the) (?:\w+ )?(?:scene|shot)",
    r"(?:later that|the next|the following) (?:day|night|evening|morning)",
    r"(?:hours|days|weeks|months|years|moments) later",
)  # fmt: skip

FADE = _any(
    r"fad(?:e|es|ing) (?:in|out)(?: (?:to|from) (?:black|white))?", r"fad(?:e|es|ing) (?:to|into|from) (?:black|white)"
)

UNSTABLE = _any(
    r"whip[ -](?:pan|tilt)(?:s|ning)?", r"explo(?:de|des|ding|sion|sions)", r"blows? up", r"shatter(?:s|ing)?",
    r"crash(?:es|ing)? (?:into|to|through)(?! the (?:shore|rocks|beach|sand))", r"ends? (?:with|in|on) a crash",
    r"crash[ -]zoom\w*", r"(?:fast|rapid|quick|sudden|violent|wild)(?:ly)? (?:spin|zoom|pan|turn|tilt|whirl)\w*",
    r"(?:spin|zoom|pan|whirl|rotate)(?:s|ning|ing)? (?:\w+ )?(?:fast|rapidly|quickly|wildly|violently)",
    r"camera (?:shakes|shaking|jolts|whirls)", r"blinding (?:flash|light)", r"flash(?:es)? of (?:white|lightning)",
    r"burst(?:s|ing)? into flames?", r"(?:suddenly|instantly|abruptly) (?:vanish|disappear|stop|jump|leap)\w*",
    r"(?:leaves|exits|leaving|exiting) (?:the )?(?:frame|shot|picture)",
    r"(?:walk|run|move|drive|fl[yi]|step|ride|disappear|vanish|drift)\w* (?:\w+ ){0,2}?"
    r"(?:out of (?:the )?(?:frame|shot|view|sight|picture)|off[- ]?screen)",
)  # fmt: skip

PORTRAIT = _any("9:16", "9x16", r"(?:vertical|portrait)[ -](?:video|format|orientation|framing)")
LANDSCAPE = _any(
    "16:9", "16x9", "21:9", r"2\.39:1", "cinemascope", r"(?:ultra[ -]?)?wide-?screen",
    r"(?:horizontal|landscape)[ -](?:video|format|orientation|framing)",
)  # fmt: skip
SQUARE = _any("1:1", r"square (?:video|format|framing)")

STEPS = _any("then", r"after that", r"afterwards?", r"followed by", r"next(?=,)", "finally", "subsequently")
SPEECH = re.compile(
    r"[\"“][^\"”]{2,}[\"”]|\b(?:says|saying|asks|asking|whispers|whispering|shouts|shouting|narrates|voice[- ]?over)\b",
    re.IGNORECASE,
)
LETTERING = _any(
    r"subtitles?", r"captions?", r"text overlay", r"on[- ]screen text", r"title cards?", r"lower thirds?",
    r"(?:text|words|letters|title) (?:appear|appears|reading|that reads?|saying)",
)  # fmt: skip

SOUND = re.compile(r"\s*(?:audio|sound|sounds|sfx|ambient|ambience|music|soundtrack)\b", re.IGNORECASE)
NEGATION = re.compile(r"\b(?:no|not|never|without|avoid\w*|don't|doesn't|nor|free of)\b[^.;!?]{0,30}\Z", re.IGNORECASE)

ENGLISH = frozenset(
    ["the", "a", "an", "and", "of", "with", "in", "to", "is", "are", "it", "its", "his", "her", "their"]
)
FOREIGN = frozenset([
    "der", "die", "das", "und", "ein", "eine", "mit", "auf", "von", "el", "los", "las", "y", "un", "una", "con", "por",
    "del", "le", "les", "et", "des", "dans", "une", "avec", "sur", "il", "che", "della", "os", "um", "uma", "com",
    "het", "een", "en", "van", "met", "de", "la",
])  # fmt: skip
