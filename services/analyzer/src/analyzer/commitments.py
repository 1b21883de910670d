"""Finds what someone promised, or was asked, to do, by the ways English and German say it."""

import re
from collections.abc import Iterator

from analyzer.dates import find, resolve
from analyzer.sentences import Sentence
from analyzer.words import listed
from scribeline.contracts.analysis import MAX_ITEMS, ActionItem, AnalyzePart

LANGUAGES = frozenset({"en", "de"})

NAME = r"(?P<owner>[A-Z][a-zA-Z'-]{1,30})"
ADVERBS = (
    r"(?:(?:also|then|just|probably|definitely|please|quickly|go ahead and|try to|have to|need to) ){0,2}+"
)
NOT_A_TASK = (
    r"(?!(?:not|never|be|been|have|has|see|say|bet|admit|guess|think|know|like|love|want|feel|hope|wonder|mean|"
    r"understand|realize|imagine|wait|remember|tell you|come back|show you|talk about|always|sure|right|"
    r"happy|able|you|we|i|it|the|a)\b)"
)
TASK = rf"{ADVERBS}{NOT_A_TASK}(?P<task>[a-z])"
PRESENT = r"(?:has to|needs to|must|should|is going to|is responsible for|takes care of)"

ENGLISH = [
    re.compile(
        rf"\b(?:I|[Ww]e)(?:'ll| will| shall|'m going to|'re going to| am going to| are going to) {TASK}"
    ),
    re.compile(rf"\b(?:I|[Ww]e|[Yy]ou)(?: need to| have to| must|'ve got to) {TASK}"),
    re.compile(rf"\b(?P<subject>[A-Z][a-zA-Z'-]{{1,30}}?)(?:'ll| will| {PRESENT}) {TASK}"),
    re.compile(rf"(?:\b{NAME}, )?\b(?:[Cc]an|[Cc]ould|[Ww]ill|[Ww]ould) you {TASK}"),
    re.compile(rf"(?:\b{NAME}, )?\b[Pp]lease {TASK}"),
    re.compile(rf"\b(?:[Mm]ake sure to|[Dd]on't forget to|[Rr]emember to|[Ll]et's) {TASK}"),
    re.compile(rf"\b[Aa]ction item(?:s)?(?: for {NAME})?(?: is)?(?: to|:)? (?P<task>[A-Za-z])"),
]
GERMAN = [
    re.compile(
        r"\b(?:ich|wir) (?:werden?|muss|müssen) (?!(?:sagen|sehen|nicht|nie)\b)(?P<task>\w)", re.IGNORECASE
    ),
    re.compile(
        r"(?:\b(?P<owner>[A-ZÄÖÜ][a-zäöüß]{1,30}), )?"
        r"\b(?:[Kk]annst|[Kk]önntest|[Ww]ürdest) du (?:bitte )?(?P<task>\w)"
    ),
    re.compile(r"\b(?:[Kk]önnen|[Kk]önnten|[Ww]ürden) Sie (?:bitte )?(?P<task>\w)"),
    re.compile(r"\b[Bb]itte (?!(?:schön|sehr)\b)(?P<task>\w)"),
]
PATTERNS = {"en": ENGLISH, "de": GERMAN}

NO_NAMES = frozenset(
    listed(
        "It This That There He She They You We What Who Which When Where Why How Everyone Everybody "
        "Someone Somebody Anyone Nobody Nothing Something Everything And But So If Then Yes No Today "
        "Tomorrow Here Now Not Okay Ok Well Monday Tuesday Wednesday Thursday Friday Saturday Sunday "
        "January February March April May June July August September October November December "
        "Christmas Time People One Some Most All Each The These Those"
    )
)
CLAUSE_END = re.compile(r"[?!;]|\.\s|, (?:but|because|since|so|which|aber|weil|damit)\b")


def commitments(sentences: list[Sentence], part: AnalyzePart) -> tuple[ActionItem, ...]:
    """In the order they were made, at most MAX_ITEMS. `part.language` must be one of LANGUAGES."""
    found = (item for sentence in sentences for item in _in_sentence(sentence, part))
    return tuple(item for item, _ in zip(found, range(MAX_ITEMS), strict=False))


def _in_sentence(sentence: Sentence, part: AnalyzePart) -> Iterator[ActionItem]:
    triggers = _triggers(sentence.text, PATTERNS[str(part.language)])
    for number, trigger in enumerate(triggers):
        following = triggers[number + 1].start() if number + 1 < len(triggers) else len(sentence.text)
        stretch = sentence.text[trigger.start("task") : following]
        end = CLAUSE_END.search(stretch)
        task = re.sub(
            r"(?:,| and| und)$", "", (stretch[: end.start()] if end else stretch).strip(" .,")
        ).strip()
        if len(task.split()) > 1:
            due = next((phrase for phrase, _ in find(task, part.language)), None)
            yield ActionItem(
                task=task,
                owner=_owner(trigger, sentence),
                due=due and (resolve(due, part.language, part.recorded_at) or due),
                evidence=sentence.evidence(trigger.start("task")),
            )


def _triggers(text: str, patterns: list[re.Pattern[str]]) -> list[re.Match[str]]:
    """In order; of two that lead to the same words, the one that begins first: it may name the owner."""
    matches = sorted(
        (m for p in patterns for m in p.finditer(text)), key=lambda m: (m.start("task"), m.start())
    )
    kept: list[re.Match[str]] = []
    for match in matches:
        overlaps = kept and match.start() < kept[-1].end() and match.start("task") < kept[-1].end() + 1
        if match.groupdict().get("subject") not in NO_NAMES and not overlaps:
            kept.append(match)
    return kept


def _owner(trigger: re.Match[str], sentence: Sentence) -> str | None:
    """Whom the words name; for `I will` the speaker, when the text says who speaks."""
    groups = trigger.groupdict()
    name = groups.get("subject") or groups.get("owner")
    if name and name not in NO_NAMES:
        return str(name)
    return sentence.speaker if re.match(r"(?:I|ich)\b", trigger[0], re.IGNORECASE) else None
