"""Finds phrases that name a day, and says which day. Patterns find, dateparser reads.

dateparser alone takes "we" and "to" for dates; and without the day of the recording most phrases name none.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from threading import Lock

from analyzer.words import listed

LANGUAGES = frozenset({"en", "de"})

_DAYS = {
    "en": listed("monday tuesday wednesday thursday friday saturday sunday"),
    "de": listed("montag dienstag mittwoch donnerstag freitag samstag sonntag"),
}
_MONTHS = {
    "en": "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sept sep oct nov dec",
    "de": "januar februar märz april mai juni juli august september oktober november dezember",
}
_COUNT = {
    "en": r"(?:\d{1,3}|a|an|one|two|three|four|five|six|seven|eight|nine|ten|twelve)",
    "de": r"(?:\d{1,3}|einem|einer|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|zwölf)",
}


def _any(words: str | list[str]) -> str:
    return "|".join(listed(words) if isinstance(words, str) else words)


_NUMERIC = r"\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{4}"
_PHRASES = {
    "en": [
        _NUMERIC,
        rf"(?:the )?\d{{1,2}}(?:st|nd|rd|th)? (?:of )?(?:{_any(_MONTHS['en'])})\b\.?(?:,? \d{{4}})?",
        rf"(?:{_any(_MONTHS['en'])})\.? (?:the )?\d{{1,2}}(?:st|nd|rd|th)?\b(?:,? \d{{4}})?",
        rf"(?:{_any(_MONTHS['en'])}) \d{{4}}",
        r"(?:the )?day (?:after tomorrow|before yesterday)|today|tonight|tomorrow|yesterday",
        rf"(?:(?:next|this|last|coming) )?(?:{_any(_DAYS['en'])})",
        r"(?:the )?(?:end|beginning|middle) of (?:the |this |next )?(?:week|month|quarter|year)",
        r"(?:next|this|last) (?:week|weekend|month|quarter|year)",
        rf"in {_COUNT['en']} (?:days?|weeks?|months?|years?)",
        rf"{_COUNT['en']} (?:days?|weeks?|months?|years?) (?:ago|from now)",
    ],
    "de": [
        _NUMERIC,
        rf"\d{{1,2}}\. (?:{_any(_MONTHS['de'])})(?: \d{{4}})?",
        rf"(?:{_any(_MONTHS['de'])}) \d{{4}}",
        r"heute|übermorgen|vorgestern|gestern|(?<!guten )(?<!am )(?<!jeden )morgen",
        rf"(?:(?:nächsten|diesen|letzten|kommenden) )?(?:{_any(_DAYS['de'])})",
        r"(?:nächste|diese|letzte)[nrs]? (?:woche|wochenende|monat|jahr|quartal)",
        r"ende (?:der woche|des monats|des jahres)",
        rf"(?:in|vor) {_COUNT['de']} (?:tag(?:en)?|wochen?|monat(?:en)?|jahr(?:en)?)",
    ],
}
_FINDERS = {
    language: re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)", re.IGNORECASE)
    for language, phrases in _PHRASES.items()
}
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBERS = re.compile(r"(\d{1,2})([./])(\d{1,2})\2(\d{4})")
_MONTH_AND_YEAR = re.compile(r"\D+ (\d{4})")
_SPAN = re.compile(
    r"\b(?:week|weekend|month|quarter|year|woche|wochenende|monat|monats|quartal|jahr|jahres)$", re.IGNORECASE
)
_WEEKDAY = re.compile(rf"(?:(\w+) )?({_any(_DAYS['en'] + _DAYS['de'])})", re.IGNORECASE)
_LOCK = Lock()
"""dateparser keeps global state of its languages and settings."""


def find(text: str, language: str | None) -> Iterator[tuple[str, int]]:
    """Phrases that name a day or a stretch of days, with their offsets. `text` should be a sentence."""
    finder = _FINDERS.get(language or "")
    return ((m[0], m.start()) for m in finder.finditer(text)) if finder else iter(())


def resolve(phrase: str, language: str | None, recorded_at: datetime | None) -> str | None:
    """ISO 8601 day (or month), when the phrase names just one: by itself or seen from the recording's.

    None for stretches ("next week"), for 3/4/2026 (March or April?), and for "next Friday" when both the
    coming one and the one after could be meant.
    """
    named = [found for found, _ in find(" ".join(phrase[:120].split()), language)]
    if len(named) != 1 or language is None:
        return None
    return _resolve(named[0].removesuffix("."), language, recorded_at.date() if recorded_at else None)


@lru_cache(maxsize=4096)
def _resolve(phrase: str, language: str, recorded: date | None) -> str | None:
    if _ISO.fullmatch(phrase):
        return _day(*map(int, phrase.split("-")))
    if numbers := _NUMBERS.fullmatch(phrase):
        return _from_numbers(int(numbers[1]), int(numbers[3]), int(numbers[4]), dotted=numbers[2] == ".")
    if weekday := _WEEKDAY.fullmatch(phrase):
        return _weekday(weekday[2].lower(), (weekday[1] or "").lower(), recorded) if recorded else None
    return _in_words(phrase, language, recorded)


def _in_words(phrase: str, language: str, recorded: date | None) -> str | None:
    absolute = re.search(r"\b\d{4}$", phrase) is not None
    stretch = _SPAN.search(phrase) and not re.match(r"(?:in|vor) ", phrase, re.IGNORECASE)
    if stretch or not (absolute or recorded):
        return None
    parsed = _parse(phrase, language, recorded or date(2000, 1, 1))
    if parsed is None:
        return None
    return f"{parsed:%Y-%m}" if absolute and _MONTH_AND_YEAR.fullmatch(phrase) else parsed.isoformat()


def _parse(phrase: str, language: str, base: date) -> date | None:
    import dateparser  # noqa: PLC0415 - a third of a second that most processes never need

    noon = datetime(base.year, base.month, base.day, 12)  # noqa: DTZ001 - dateparser wants a naive base; only the day is used
    settings = {"RELATIVE_BASE": noon, "PREFER_DATES_FROM": "future"}
    with _LOCK:
        parsed = dateparser.parse(phrase.removeprefix("the "), languages=[language], settings=settings)
    return parsed.date() if parsed else None


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _from_numbers(first: int, second: int, year: int, *, dotted: bool) -> str | None:
    """3.11.2026 is the third of November; with slashes only when one of the two cannot be a month."""
    if dotted or first > 12:
        return _day(year, second, first)
    return _day(year, first, second) if second > 12 or first == second else None


def _weekday(name: str, which: str, recorded: date) -> str | None:
    names = _DAYS["en"] if name in _DAYS["en"] else _DAYS["de"]
    ahead = (names.index(name) - recorded.weekday() - 1) % 7 + 1
    coming = recorded + timedelta(days=ahead)
    if which in {"last", "letzten"}:
        return (coming - timedelta(days=7 if coming - timedelta(days=7) < recorded else 14)).isoformat()
    if which in {"next", "nächsten"} and coming.isocalendar().week == recorded.isocalendar().week:
        return None
    return coming.isoformat()
