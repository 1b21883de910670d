"""A transcript and its analysis for people: laid out on a terminal, plain lines elsewhere."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from scribeline_cli.screen import plain
from scribeline_cli.views import child, clock, items, number, text

HEADINGS = {
    "action_items": "Action items",
    "questions": "Questions",
    "dates": "Dates",
    "chapters": "Chapters",
}
PARTS = {"questions.answer": "answers to questions"}
"""What `missing` calls by the name of a field within each item."""


def print_transcript(console: Console, name: str, transcript: dict[str, Any]) -> None:
    """A heading, then a line per segment with its time."""
    engine = child(transcript, "engine")
    facts = [
        clock(number(transcript, "duration")),
        text(transcript, "language"),
        " ".join(filter(None, (text(engine, "engine"), text(engine, "model")))),
    ]
    _title(console, name, " · ".join(fact for fact in facts if fact))
    segments = items(transcript, "segments")
    _rows(console, [(clock(number(s, "start")), text(s, "text").strip()) for s in segments])
    if not segments:
        _faint(console, "No speech was found.")
    for gap in items(transcript, "gaps"):
        if text(gap, "reason") != "silence":
            span = f"{clock(number(gap, 'start'))} to {clock(number(gap, 'end'))}"
            _faint(console, f"Missing from {span}: {text(gap, 'reason')}")


def print_analysis(console: Console, analysis: dict[str, Any]) -> None:
    """What the report holds; what it lacks is named with the reason."""
    made_by = " ".join(filter(None, (text(analysis, "engine"), text(analysis, "model"))))
    _title(console, "Analysis", made_by)
    if summary := text(analysis, "summary"):
        _print(
            console, Padding(Text(plain(summary)), (0, 0, 0, 2)) if console.is_terminal else plain(summary)
        )
    topics = analysis.get("topics")
    if isinstance(topics, list) and topics:
        _rows(console, [("Topics", ", ".join(map(str, topics)))])
    if sentiment := child(analysis, "sentiment"):
        score = number(sentiment, "score")
        told = f"{text(sentiment, 'label')}" + (f" ({score:+.2f})" if score is not None else "")
        _rows(console, [("Sentiment", told)])
    for key, heading in HEADINGS.items():
        if found := items(analysis, key):
            _print(console, Text(heading, style="bold"))
            _rows(console, [(_when(item), _line(item)) for item in found])
    for remark in _remarks(analysis):
        _faint(console, remark)


def _when(item: dict[str, Any]) -> str:
    return clock(number(child(item, "evidence"), "start") or number(item, "start"))


def _line(item: dict[str, Any]) -> str:
    """The item's own words, and what is known about it in brackets."""
    words = next((value for key in ("task", "text", "title") if (value := text(item, key))), "")
    labels = {"owner": "owner", "due": "due", "asked_by": "asked by", "answer": "answer", "date": "date"}
    known = "; ".join(f"{label}: {value}" for key, label in labels.items() if (value := text(item, key)))
    return f"{words} ({known})" if known else words


def _remarks(analysis: dict[str, Any]) -> Iterator[str]:
    coverage = child(analysis, "coverage")
    read, total = number(coverage, "segments_read"), number(coverage, "segments_total")
    if read is not None and total and read < total:
        yield f"Read {read:.0f} of {total:.0f} segments: {text(coverage, 'reason') or 'no reason given'}"
    if fallback := text(analysis, "fallback"):
        yield f"Made by the fallback engine: {fallback}"
    for name, reason in child(analysis, "missing").items():
        whole, _, part = name.partition(".")
        if not part:
            yield f"Not given: {whole.replace('_', ' ')} ({reason})"
        elif items(analysis, whole):  # what each item lacks, where there are any
            yield f"Not given: {PARTS.get(name, f'{part} of {whole}'.replace('_', ' '))} ({reason})"


def _title(console: Console, title: str, facts: str) -> None:
    line = Text(plain(title), style="bold")
    if facts:
        line.append(f"  {plain(facts)}", style="not bold dim")
    _print(console, "")
    _print(console, line)


def _rows(console: Console, rows: list[tuple[str, str]]) -> None:
    if not console.is_terminal:
        for left, right in rows:
            _print(console, f"{left}  {plain(right)}")
        return
    table = Table.grid(padding=(0, 2))
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for left, right in rows:
        table.add_row(Text(f"  {left}"), Text(plain(right)))
    console.print(table)


def _faint(console: Console, line: str) -> None:
    _print(console, Text(plain(line), style="dim italic"))


def _print(console: Console, what: Any) -> None:
    console.print(what, soft_wrap=not console.is_terminal)
