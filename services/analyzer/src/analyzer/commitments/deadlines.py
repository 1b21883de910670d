"""By when something is to be done."""

import re
from collections.abc import Sequence
from datetime import datetime

from analyzer.dates.mentions import Mention, mentions
from analyzer.sentences import Sentence

PAST = re.compile(
    r"(?:last|past|previous|yesterday|gestern|vorgestern|letzt|vorig|vergangen"
    r"|.*\b(?:later|after that|später|danach)$)",
    re.IGNORECASE,
)
NOT_BY = re.compile(
    r"\b(?:for the|since|from|about|over|für d(?:as|en|ie)|seit|vom|über)(?: the| dem| den)? $", re.IGNORECASE
)
"""Before a day that is not the one by which it is to be done: `a plan for the second quarter`."""
BY = re.compile(r"\b(?:by|before|until|till|bis|spätestens|vor)(?: the| zum| am| ende)? $", re.IGNORECASE)
ADDED = re.compile(
    r"^(?:Preferably|Ideally|By|Before|Until|At the latest|Am besten|Möglichst|Spätestens|Bis|Noch|Vor)\b"
)
"""A sentence that only adds the day to the one before: `Preferably by Friday.`"""
MOST_ADDED_WORDS = 9


def deadline(
    sentence: Sentence,
    spans: tuple[int, int, int, int],
    following: Sequence[Sentence],
    language: str | None,
    recorded_at: datetime | None,
) -> Mention | None:
    """Of the words from `task` to `end`, out of what was said for it: (since, task, end, until).

    A day in these words, before them, or, if it is called a deadline, after them; or in a next sentence that
    only adds it.
    """
    since, task, end, until = spans
    named = [m for m in mentions(sentence.text, language) if _to_come(m, sentence.text, recorded_at)]
    inside = [m for m in named if task <= m.at < end]
    before = [m for m in named if since <= m.at < task]
    after = [m for m in named if end <= m.at < until and BY.search(sentence.text[: m.at][-20:])]
    return next(iter([*inside, *before, *after]), None) or _added(following, language, recorded_at)


def _to_come(mention: Mention, text: str, recorded_at: datetime | None) -> bool:
    article = "the " if mention.text.lower().startswith("the ") else ""
    before = text[max(0, mention.at - 20) : mention.at] + article
    if mention.past or PAST.match(mention.text) or NOT_BY.search(before):
        return False
    day = mention.day(recorded_at)
    return day is None or recorded_at is None or day[:10] >= recorded_at.date().isoformat()[: len(day)]


def _added(
    following: Sequence[Sentence], language: str | None, recorded_at: datetime | None
) -> Mention | None:
    text = following[0].text if following else ""
    if not ADDED.match(text) or len(text.split()) > MOST_ADDED_WORDS:
        return None
    return next((m for m in mentions(text, language) if _to_come(m, text, recorded_at)), None)
