"""Does a clause tell what has been? By its verb forms, as far as they show it without a grammar."""

import re

from analyzer.words import listed

CLAUSE = re.compile(r"[,;:]\s|\s(?:but|aber)\s", re.IGNORECASE)
WORDS = re.compile(r"[\w']+")

_PAST_ENGLISH = frozenset(
    listed(
        "was were wasn't weren't had hadn't did didn't went came said told took made gave sent ran rang left "
        "spent began wrote met bought sold lost saw held fell found kept thought knew been ago built broke "
        "brought caught chose drew drove ate felt flew forgot froze grew heard hid led lit paid rose sat "
        "shook shot sang slept spoke stole stood taught tore threw woke wore won"
    )
)
_BE = frozenset(listed("is are be isn't aren't being it's that's they're we're"))
_HAVE_GOT = frozenset(listed("i've you've we've they've he's she's it's have has"))
_AHEAD_ENGLISH = frozenset(
    listed(
        "will won't must should can could please let's needs need i'll you'll he'll she'll it'll we'll "
        "they'll promised planned scheduled announced postponed expected due"
    )
)
"""Also verbs that point ahead when they stand in the past: what was promised is still to come."""
_ED = re.compile(r"(?!need|indeed|proceed|exceed|succeed|embed)\w{2,}(?<!e)ed")

_PAST_GERMAN = frozenset(
    listed(
        "war warst waren wart hatte hattest hatten wurde wurden ging gingen kam kamen gab stand standen lag "
        "sagte sagten meinte machte machten musste mussten konnte konnten wollte wollten dachte seit damals"
    )
)
_HAVE = frozenset(listed("hab habe hast hat haben habt hätte hättest hätten"))
_ARE = frozenset(listed("bin bist ist sind seid"))
_AHEAD_GERMAN = frozenset(
    listed(
        "werde wirst wird werden muss musst müssen müsst soll sollst sollen bitte kann kannst können "
        "versprochen zugesagt geplant angekündigt verschoben fällig"
    )
)
_PARTICIPLE = re.compile(
    r"\w{0,12}ge\w{2,20}(?:t|en)|(?:be|er|ver|zer|ent|über|unter)\w{2,20}(?:t|en)|\w{2,20}iert"
)
_MOVED = re.compile(
    r"\w{0,12}(?:gekommen|gegangen|gefahren|gewesen|geblieben|passiert|gefallen|gelaufen|geworden|gezogen)"
)
_AHEAD_BEFORE = re.compile(r"\b(?:for|by|für|(?<!nacht )zum|spätestens) (?:the |den |am )?$", re.IGNORECASE)
_BACK_BEFORE = re.compile(r"\b(?:since|back (?:to|in)|seit) (?:the |dem )?$", re.IGNORECASE)


def tells_past(text: str, language: str, at: int) -> bool:
    """Whether the words before character `at`, or else the clause around it, tell the past.

    Linear in the text, which should be a sentence.
    """
    before = text[max(0, at - 20) : at]
    if _BACK_BEFORE.search(before):
        return True
    if _AHEAD_BEFORE.search(before):
        return False
    bounds = [0, *(mark.end() for mark in CLAUSE.finditer(text)), len(text)]
    start = max(bound for bound in bounds if bound <= at)
    end = min((bound for bound in bounds if bound > at), default=len(text))
    words = WORDS.findall(text[start:end].lower())
    return _german(words) if language == "de" else _english(words)


def _english(words: list[str]) -> bool:
    if not _AHEAD_ENGLISH.isdisjoint(words):
        return False
    return any(
        word in _PAST_ENGLISH
        or (word == "got" and before not in _HAVE_GOT)
        or (_ED.fullmatch(word) is not None and before not in _BE)
        for before, word in zip(["", *words], words, strict=False)
    )


def _german(words: list[str]) -> bool:
    if not _AHEAD_GERMAN.isdisjoint(words):
        return False
    if not _PAST_GERMAN.isdisjoint(words):
        return True
    have, are = not _HAVE.isdisjoint(words), not _ARE.isdisjoint(words)
    return any((have and _PARTICIPLE.fullmatch(word)) or (are and _MOVED.fullmatch(word)) for word in words)
