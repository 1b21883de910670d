"""What an engine missed and what it made up, page by page: for whoever works on an engine."""

from collections.abc import Iterator, Sequence

from bench.analysis.matching import Pairing
from bench.analysis.reading import Reading
from bench.analysis.score import action_pairs, date_pairs, question_pairs
from scribeline.contracts.analysis import Evidence


def listed(readings: Sequence[Reading]) -> str:
    return "\n".join(line for reading in readings for line in _of(reading))


def _of(reading: Reading) -> Iterator[str]:
    gold, report = reading.page.gold, reading.report
    yield f"\n{reading.page.id}"
    if report is None:
        yield f"  no report: {reading.problem}"
        return
    acts = [(mark.segment, mark.quote) for mark in gold.action_items]
    asked = [(mark.segment, mark.quote) for mark in gold.questions]
    when = [(mark.segment, f"{mark.text} = {mark.date}") for mark in gold.dates]
    days = [(date.evidence.segment, f"{date.text} = {date.date}") for date in report.dates or ()]
    tasks, questions = report.action_items or (), report.questions or ()
    yield from _lines("item", acts, [_place(i.evidence) for i in tasks], action_pairs(reading.page, report))
    yield from _lines(
        "question", asked, [_place(q.evidence) for q in questions], question_pairs(reading.page, report)
    )
    yield from _lines("date", when, days, date_pairs(reading.page, report))


def _place(evidence: Evidence) -> tuple[int, str]:
    return evidence.segment, evidence.quote


def _lines(
    what: str, marks: Sequence[tuple[int, str]], finds: Sequence[tuple[int, str]], pairing: Pairing
) -> Iterator[str]:
    for segment, text in (marks[m] for m in pairing.missed):
        yield f"  {what} missed  {segment:3}  {text}"
    for segment, text in (finds[f] for f in pairing.wrong):
        yield f"  {what} wrong   {segment:3}  {text}"
