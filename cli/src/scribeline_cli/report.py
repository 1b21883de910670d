"""A transcript and its analysis for people: laid out on a terminal, plain lines elsewhere."""

import json
from collections.abc import Iterator
from typing import Any

from rich.console import Console

from scribeline_cli.layout import faint, heading, paragraph, rows, title
from scribeline_cli.views import child, clock, items, number, text

HEADINGS = {
    "chapters": "Chapters",
    "action_items": "Action items",
    "questions": "Questions",
    "dates": "Dates",
}
PARTS = {"questions.answer": "answers to questions"}
"""What `missing` calls by the name of a field within each item."""
GAPS = {
    "no_speech": "no words that could be believed",
    "repetition": "the model repeated itself",
    "truncated": "the file breaks off",
}
"""Reasons of a gap; of silence none is told, and any other is the code of what failed."""


def print_transcript(console: Console, name: str, transcript: dict[str, Any]) -> None:
    """A heading, then a line per segment with its time, then what is missing."""
    engine = child(transcript, "engine")
    confidence = number(transcript, "confidence")
    facts = [
        clock(number(transcript, "duration")),
        text(transcript, "language"),
        " ".join(filter(None, (text(engine, "engine"), text(engine, "model")))),
        "" if confidence is None else f"confidence {confidence:.2f}",
    ]
    title(console, name, " · ".join(fact for fact in facts if fact))
    segments = items(transcript, "segments")
    rows(console, [(clock(number(s, "start")), _said(s)) for s in segments])
    if transcript.get("complete") is False:
        faint(console, "This is not all of it.")
    elif not segments:
        faint(console, "No speech was found.")
    for gap in items(transcript, "gaps"):
        if text(gap, "reason") != "silence":
            faint(console, _missing(gap))


def _said(segment: dict[str, Any]) -> str:
    speaker = text(segment, "speaker")
    return f"{speaker}: {text(segment, 'text').strip()}" if speaker else text(segment, "text").strip()


def _missing(gap: dict[str, Any]) -> str:
    span = f"{clock(number(gap, 'start'))} to {clock(number(gap, 'end'))}"
    speaker, reason = text(gap, "speaker"), text(gap, "reason")
    return f"Missing from {span}{f', {speaker}' if speaker else ''}: {GAPS.get(reason, reason)}"


def print_analysis(console: Console, analysis: dict[str, Any]) -> None:
    """What the report holds; what it lacks is named with the reason."""
    made_by = " ".join(filter(None, (text(analysis, "engine"), text(analysis, "model"))))
    title(console, "Analysis", made_by)
    paragraph(console, text(analysis, "summary"))
    topics = analysis.get("topics")
    if isinstance(topics, list) and topics:
        rows(console, [("Topics", ", ".join(map(str, topics)))])
    if sentiment := child(analysis, "sentiment"):
        score = number(sentiment, "score")
        told = f"{text(sentiment, 'label')}" + (f" ({score:+.2f})" if score is not None else "")
        rows(console, [("Sentiment", told)])
    _print_answer(console, analysis)
    for key, name in HEADINGS.items():
        if found := items(analysis, key):
            heading(console, name)
            rows(console, [(_when(item), _line(item) + _quoted(item, key)) for item in found])
    for remark in _remarks(analysis):
        faint(console, remark)


def _print_answer(console: Console, analysis: dict[str, Any]) -> None:
    """To the job's own question: a text, or what its schema asked for; then the quotes in it."""
    answer = analysis.get("answer")
    if answer is None:
        return
    template = text(analysis, "template")
    heading(console, f"Answer ({template})" if template else "Answer")
    paragraph(
        console, answer if isinstance(answer, str) else json.dumps(answer, indent=2, ensure_ascii=False)
    )
    quotes = [(text(item, "pointer"), child(item, "evidence")) for item in items(analysis, "answer_evidence")]
    if quotes:
        heading(console, "Where it was said")
        rows(
            console, [(_when(said), f"{pointer or '/'}: “{text(said, 'quote')}”") for pointer, said in quotes]
        )


def _quoted(item: dict[str, Any], key: str) -> str:
    """What an item rests on, where the item's words may be the model's own."""
    quote = text(child(item, "evidence"), "quote")
    return f" “{quote}”" if key == "action_items" and quote else ""


def _when(item: dict[str, Any]) -> str:
    return clock(number(child(item, "evidence") or item, "start"))


def _line(item: dict[str, Any]) -> str:
    """The item's own words, and what is known about it in brackets."""
    words = next((value for key in ("task", "text", "title") if (value := text(item, key))), "")
    if summary := text(item, "summary"):
        words = f"{words}: {summary}"
    labels = {"owner": "owner", "due": "due", "asked_by": "asked by", "answer": "answer", "date": "date"}
    known = "; ".join(f"{label}: {value}" for key, label in labels.items() if (value := text(item, key)))
    return f"{words} ({known})" if known else words


def _remarks(analysis: dict[str, Any]) -> Iterator[str]:
    coverage = child(analysis, "coverage")
    read, total = number(coverage, "segments_read"), number(coverage, "segments_total")
    if read is not None and total and read < total:
        yield f"Read {read:.0f} of {total:.0f} segments: {text(coverage, 'reason') or 'no reason given'}"
    if dropped := number(analysis, "dropped"):
        yield f"Left out: {_counted(dropped)} that could not be verified in the transcript"
    if fallback := text(analysis, "fallback"):
        yield f"Made by the fallback engine: {fallback}"
    for name, reason in child(analysis, "missing").items():
        whole, _, part = name.partition(".")
        if not part:
            yield f"Not given: {whole.replace('_', ' ')} ({reason})"
        elif items(analysis, whole):  # what each item lacks, where there are any
            yield f"Not given: {PARTS.get(name, f'{part} of {whole}'.replace('_', ' '))} ({reason})"


def _counted(found: float) -> str:
    return f"{found:.0f} {'item' if found == 1 else 'items'}"
