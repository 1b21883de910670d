"""How many of the marks an engine's report holds, and how much of the report was marked. Pure."""

from collections.abc import Sequence
from datetime import datetime
from itertools import product

from bench.analysis.matching import Mark, Pairing, Place, folded, pair
from bench.analysis.pages import GoldAction, GoldDate, Page
from bench.analysis.tallies import Score, Share, Tally
from scribeline.contracts.analysis import ActionItem, Analysis, MentionedDate

CHAPTER_TOLERANCE = 3
"""Segments by which a chapter's start may be off: people place them differently by about that."""

NOBODY = frozenset({
    "i", "me", "we", "us", "you", "he", "she", "they", "someone", "somebody", "anyone", "everyone", "speaker",
    "unknown", "none", "ich", "mir", "mich", "wir", "uns", "du", "ihr", "sie", "er", "man", "jemand", "einer",
})  # fmt: skip
"""Owners that name nobody: as good as none."""


def of_page(page: Page, report: Analysis | None, seconds: float = 0.0) -> Score:
    """`report` is None when there is none: everything is missed."""
    actions, questions, dates = (
        action_pairs(page, report),
        question_pairs(page, report),
        date_pairs(page, report),
    )
    found = (report and report.action_items) or ()
    when = (report and report.dates) or ()
    return Score(
        pages=1,
        failed=int(report is None),
        actions=_tally(actions),
        owners=Share.among(owner_right(page.gold.action_items[m], found[f]) for m, f in actions.hits),
        dues=Share.among(due_right(page.gold.action_items[m], found[f]) for m, f in actions.hits),
        questions=_tally(questions),
        dates=_tally(dates),
        resolved=Share.among(resolved_right(page.gold.dates[m], when[f]) for m, f in dates.hits),
        sentiment=Share(int(_label(report) == page.gold.sentiment), 1),
        topics=Share.among(topic_named(words, report) for words in page.gold.topics),
        chapters=chapters(page, report),
        verbatim=Share.among(stands(page, place) for place in _quoted(report)),
        read=Share(report.coverage.segments_read if report else 0, len(page.segments)),
        dropped=report.dropped if report else 0,
        seconds=(seconds,),
        missing=tuple(f"{field} ({page.language}): {why}" for field, why in report.missing.items())
        if report
        else (),
    )


def action_pairs(page: Page, report: Analysis | None) -> Pairing:
    marks = [
        Mark(tuple(Place(at.segment, at.quote) for at in (item, *item.again)), counted=not item.optional)
        for item in page.gold.action_items
    ]
    found = (report and report.action_items) or ()
    return pair(marks, [Place(item.evidence.segment, item.evidence.quote) for item in found])


def question_pairs(page: Page, report: Analysis | None) -> Pairing:
    marks = [Mark((Place(q.segment, q.quote),), counted=not q.rhetorical) for q in page.gold.questions]
    found = (report and report.questions) or ()
    return pair(marks, [Place(question.evidence.segment, question.evidence.quote) for question in found])


def date_pairs(page: Page, report: Analysis | None) -> Pairing:
    """By the date's own words: its quote may be the whole sentence, which can name two."""
    marks = [Mark((Place(date.segment, date.text),), counted=not date.optional) for date in page.gold.dates]
    found = (report and report.dates) or ()
    return pair(marks, [Place(date.evidence.segment, date.text) for date in found])


def owner_right(marked: GoldAction, found: ActionItem) -> bool:
    """One name holds all words of the other ("Frau Lorenz", "Lorenz"); both name nobody."""
    given = _named(found.owner)
    names = [_named(name) for name in (marked.owner, *marked.owner_also)]
    return any(name <= given or given <= name if name and given else name == given for name in names)


def due_right(marked: GoldAction, found: ActionItem) -> bool:
    """The same day, month or year; where there is none, the same words; where nothing was said, nothing."""
    if found.due is None or marked.due is None:
        return found.due is None and marked.due is None
    if marked.due_date is not None:
        return _day(found.due) in (marked.due_date, *marked.due_also)
    said, given = set(folded(marked.due).split()), set(folded(found.due).split())
    return 2 * len(said & given) >= min(len(said), len(given))


def resolved_right(marked: GoldDate, found: MentionedDate) -> bool:
    return (found.date and _day(found.date)) in (marked.date, *marked.also)


def topic_named(words: Sequence[str], report: Analysis | None) -> bool:
    """Whether some topic of the report holds one of the words."""
    given = (report and report.topics) or ()
    return any(f" {folded(word)} " in f" {folded(topic)} " for word, topic in product(words, given))


def stands(page: Page, place: Place) -> bool:
    """Whether the quote is said in that segment, in whole words. Case, marks and spacing do not matter."""
    if not 0 <= place.segment < len(page.segments) or not folded(place.text):
        return False
    return f" {folded(place.text)} " in f" {folded(page.segments[place.segment].text)} "


def chapters(page: Page, report: Analysis | None) -> Tally:
    """Starts within the tolerance of each other, nearest first. The recording's own start is none."""
    marked = [chapter.segment for chapter in page.gold.chapters if chapter.segment > CHAPTER_TOLERANCE]
    given = (report and report.chapters) or ()
    found = [c.evidence.segment for c in given if c.evidence.segment > CHAPTER_TOLERANCE]
    hits: dict[int, int] = {}
    for m, f in sorted(
        product(range(len(marked)), range(len(found))), key=lambda p: abs(marked[p[0]] - found[p[1]])
    ):
        if abs(marked[m] - found[f]) <= CHAPTER_TOLERANCE and m not in hits and f not in hits.values():
            hits[m] = f
    return Tally(len(marked), len(found), len(hits))


def _tally(pairing: Pairing) -> Tally:
    hits = len(pairing.hits)
    return Tally(marked=hits + len(pairing.missed), found=hits + len(pairing.wrong), hit=hits)


def _label(report: Analysis | None) -> str | None:
    return report.sentiment.label if report and report.sentiment else None


def _quoted(report: Analysis | None) -> list[Place]:
    """Every piece of evidence in the report."""
    if report is None:
        return []
    said = [report.action_items, report.questions, report.dates, report.chapters]
    evidence = [item.evidence for items in said for item in items or ()]
    if report.sentiment and report.sentiment.evidence:
        evidence.append(report.sentiment.evidence)
    return [Place(each.segment, each.quote) for each in evidence]


def _named(owner: str | None) -> frozenset[str]:
    """The words of a name, or nothing."""
    words = frozenset(folded(owner or "").split())
    return frozenset() if words <= NOBODY else words


def _day(text: str) -> str:
    """Without the time of day, when there is one."""
    try:
        return datetime.fromisoformat(text).date().isoformat() if "T" in text else text
    except ValueError:
        return text
