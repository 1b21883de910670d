"""Finds phrases that name a day, and says which day: forms in `english` and `german`, readings in
`readings`.

Without the day of the recording most phrases name none.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from analyzer.dates import english, german
from analyzer.dates.forms import Form
from analyzer.dates.readings import READINGS, Seen, time_of_day
from analyzer.dates.tense import tells_past
from analyzer.dates.words import MONTHS, WEEKDAYS

FORMS = {"en": english.FORMS, "de": german.FORMS}
LANGUAGES = frozenset(FORMS)
MAX_PHRASE = 120
"""Characters of a phrase that is given alone."""

_NAMES = re.compile(r"[?]P<[a-z]+>")
_FORMS = {
    language: [(form, re.compile(rf"(?<!\w)(?:{form.pattern})(?!\w)", re.IGNORECASE)) for form in forms]
    for language, forms in FORMS.items()
}


def _finder(forms: Sequence[Form]) -> re.Pattern[str]:
    tried = (f"(?P<f{number}>{_NAMES.sub('?:', form.pattern)})" for number, form in enumerate(forms))
    return re.compile(rf"(?<!\w)(?:{'|'.join(tried)})(?!\w)", re.IGNORECASE)


_FINDERS = {language: _finder(forms) for language, forms in FORMS.items()}
"""All forms of a language at once; which one matched is told by the group's name."""
_GATE = re.compile(
    r"\d|ferien|(?:am|zum|vom|dem) \w+ten\b|day|week|month|quarter|year|night|morning|tomorrow|evening"
    r"|afternoon|ies\b|Jahr|Woche|Tag|Monat|Quartal"
    rf"|heute|gestern|morgen|end|mitte|anfang|ostern|weihnacht|pfingst|silvester|neujahr|karfreitag|heilig|christmas"
    rf"|easter|halloween|zig|{'|'.join((*MONTHS, *WEEKDAYS))}|spring|summer|autumn|winter|sommer|herbst|früh",
    re.IGNORECASE,
)
"""What every phrase of a form has some of: most sentences have none, and cost next to nothing."""
_LEADS = {"en": "by", "de": "bis"}
"""Some forms ask for the word before them; a phrase that stands alone gets this one."""
_FRAME = re.compile(r"(?:^|[,;:]\s|\b(?:and|so|then|und|also|dann|guest) )$", re.IGNORECASE)
_TODAY = frozenset({"today", "heute"})


@dataclass(frozen=True)
class Mention:
    """A phrase that names a day or a stretch of days."""

    text: str
    at: int
    """Its offset in the sentence."""
    form: Form
    words: tuple[tuple[str, str | None], ...]
    """What the form's groups matched."""
    past: bool

    def day(self, recorded_at: datetime | None) -> str | None:
        """ISO 8601 with the precision that was named, and the time of day where one was."""
        seen = Seen(recorded_at.date() if recorded_at else None, self.past)
        words = dict(self.words)
        named = READINGS[self.form.reading](words, seen)
        time = time_of_day(words.get("clock") or "") if named and len(named) == len("2027-03-03") else None
        return f"{named}T{time}" if time else named


@lru_cache(maxsize=2048)
def mentions(text: str, language: str | None) -> tuple[Mention, ...]:
    """In order. `text` should be a sentence: its length is the bound on the work."""
    return tuple(_mentions(text, str(language))) if language in LANGUAGES and _GATE.search(text) else ()


def _mentions(text: str, language: str) -> Iterator[Mention]:
    for found in _FINDERS[language].finditer(text):
        form, pattern = _FORMS[language][int((found.lastgroup or "f0")[1:])]
        if (match := pattern.match(text, found.start())) is not None:
            words = tuple(match.groupdict().items())
            yield Mention(match[0], match.start(), form, words, tells_past(text, language, match.start()))


def find(text: str, language: str | None) -> Iterator[tuple[str, int]]:
    """Phrases that name a day or a stretch of days, with their offsets. `text` should be a sentence."""
    return ((mention.text, mention.at) for mention in mentions(text, language))


def names_none(text: str, mention: Mention) -> bool:
    """Words for a day that name none in this sentence.

    `Today we look at canals` only says of what is told that it is told now, and `we moved it in two weeks`
    how long it took.
    """
    if mention.form.reading == "counted_ahead" and mention.past:
        return True
    return mention.text.lower() in _TODAY and _FRAME.search(text[: mention.at][-12:]) is not None


def resolve(phrase: str, language: str | None, recorded_at: datetime | None) -> str | None:
    """ISO 8601 of a day, month or year, when the phrase names just one: by itself or seen from `recorded_at`.

    None for stretches ("next week"), for 3/4/2026 (March or April?), and for "next Friday" when both the
    coming one and the one after could be meant.
    """
    words = " ".join(phrase[:MAX_PHRASE].split())
    named = mentions(f"{_LEADS.get(language or '', '')} {words}", language)
    return named[0].day(recorded_at) if len(named) == 1 else None
