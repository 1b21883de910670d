"""Words of English and German that name days, months, spans and counts, as numbers. Data only."""

from analyzer.words import listed

WEEKDAYS = {
    name: number % 7
    for names in (
        "monday tuesday wednesday thursday friday saturday sunday",
        "montag dienstag mittwoch donnerstag freitag samstag sonntag",
    )
    for number, name in enumerate(listed(names))
} | {"sonnabend": 5}
"""Monday is 0."""

MONTHS = {
    name: number
    for names in (
        "january february march april may june july august september october november december",
        "jan feb mar apr may jun jul aug sept oct nov dec",
        "januar februar märz april mai juni juli august september oktober november dezember",
        "jänner feber märz april mai juni juli august sep oktober november dezember",
    )
    for number, name in enumerate(listed(names), 1)
}

_TENS = {20: ("twenty", "zwanzig"), 30: ("thirty", "dreißig")}
_ENGLISH = listed(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
_GERMAN = listed(
    "erst zweit dritt viert fünft sechst siebt acht neunt zehnt elft zwölft dreizehnt vierzehnt fünfzehnt "
    "sechzehnt siebzehnt achtzehnt neunzehnt zwanzigst"
)
_GERMAN_ONES = listed("ein zwei drei vier fünf sechs sieben acht neun")

ENGLISH_ORDINALS = dict(zip(_ENGLISH, range(1, 21), strict=True)) | {
    "thirtieth": 30,
    **{f"twenty{dash}{_ENGLISH[one - 1]}": 20 + one for one in range(1, 10) for dash in "- "},
    **{f"thirty{dash}first": 31 for dash in "- "},
}
GERMAN_ORDINALS = {
    f"{stem}{ending}": number
    for stem, number in (
        *zip(_GERMAN, range(1, 21), strict=True),
        *((f"{ones}undzwanzigst", 20 + one) for one, ones in enumerate(_GERMAN_ONES, 1)),
        ("dreißigst", 30),
        ("einunddreißigst", 31),
    )
    for ending in ("e", "en", "er")
}
ORDINALS = ENGLISH_ORDINALS | GERMAN_ORDINALS
"""Days of a month."""

COUNTS = {
    word: number
    for words in (
        "a two three four five six seven eight nine ten eleven twelve",
        "an zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
        "one",
        "ein",
        "eine",
        "einer",
        "einem",
    )
    for number, word in enumerate(listed(words), 1)
} | {
    "vierzehn": 14,
    "fourteen": 14,
    "fünfzehn": 15,
    "zwanzig": 20,
    "twenty": 20,
    "dreißig": 30,
    "thirty": 30,
    "fünfundvierzig": 45,
}

UNITS = {
    word: unit
    for unit, words in {
        "day": "day days tag tage tagen",
        "week": "week weeks woche wochen",
        "month": "month months monat monate monaten monats",
        "quarter": "quarter quarters quartal quartals",
        "year": "year years jahr jahre jahren jahres",
    }.items()
    for word in listed(words)
}

STEPS = {
    "next": 1,
    "coming": 1,
    "this": 0,
    "the": 0,
    "last": -1,
    "past": -1,
    "previous": -1,
    "nächst": 1,
    "kommend": 1,
    "dies": 0,
    "letzt": -1,
    "vergangen": -1,
    "vorig": -1,
    "übernächst": 2,
    "vorletzt": -2,
}
"""Which one, counted from the present one; German ones without their endings."""


def step(word: str | None) -> int | None:
    """-2..2 of `next`, `diesen` and the like; None for other words."""
    folded = (word or "").lower()
    whole = STEPS.get(folded)
    if whole is not None:
        return whole
    return next((count for stem, count in STEPS.items() if len(stem) > 3 and folded.startswith(stem)), None)
