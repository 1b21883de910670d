"""What a run prints: what ran, two tables, what is missing."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import requires, version
from platform import python_version
from statistics import median

from bench.analysis.pages import Page
from bench.analysis.reading import Reading
from bench.analysis.score import of_page
from bench.analysis.tallies import Score, Share, Tally, total

PAIRS = ("pages", "items: recall", "precision", "owner", "due", "questions: recall", "precision")
FOUND = (*PAIRS, "dates: recall", "precision", "resolved")
REST = ("sentiment", "topics", "chapters: recall", "precision", "quotes stand", "dropped", "read", "seconds")


def printed(readings: Sequence[Reading], *, title: str, markdown: bool) -> str:
    """`title` says which engine was asked for and which pages it read."""
    scores = [(reading.page, of_page(reading.page, reading.report, reading.seconds)) for reading in readings]
    groups = list(_groups(scores))
    draw = _markdown if markdown else _aligned
    blocks = [
        f"{title}\n{_made_by(readings)}",
        draw([("", *FOUND), *((name, *_found(score)) for name, score in groups)]),
        draw([("", *REST), *((name, *_rest(score)) for name, score in groups)]),
        *_notes(readings, total(score for _, score in scores)),
    ]
    return "\n\n".join(blocks)


def _groups(scores: Sequence[tuple[Page, Score]]) -> Iterator[tuple[str, Score]]:
    for language in sorted({page.language for page, _ in scores}):
        yield language, total(score for page, score in scores if page.language == language)
    for kind in sorted({page.kind for page, _ in scores}):
        yield kind, total(score for page, score in scores if page.kind == kind)
    yield "all", total(score for _, score in scores)


def _made_by(readings: Sequence[Reading]) -> str:
    """Engines, models and prompts as the reports themselves name them, and the libraries that matter."""
    made = {
        f"{report.engine}, model {report.model}, prompt {report.prompt_version or 'none'}"
        + (f", fallback: {report.fallback}" if report.fallback else "")
        for reading in readings
        if (report := reading.report)
    }
    names = [
        re.split(r"[^\w.-]", wanted)[0]
        for wanted in requires("scribeline-analyzer") or ()
        if ";" not in wanted
    ]
    packages = ", ".join(f"{name} {version(name)}" for name in ("scribeline-analyzer", *names))
    today = datetime.now(UTC).date().isoformat()
    return f"{'; '.join(sorted(made)) or 'no report'}. {today}, Python {python_version()}, {packages}."


def _found(score: Score) -> list[str]:
    actions, questions, dates = score.actions, score.questions, score.dates
    return [
        str(score.pages),
        *(*_both(actions), _share(score.owners), _share(score.dues)),
        *_both(questions),
        *(*_both(dates), _share(score.resolved)),
    ]


def _rest(score: Score) -> list[str]:
    return [
        _share(score.sentiment),
        _share(score.topics),
        *_both(score.chapters),
        _share(score.verbatim),
        str(score.dropped),
        _share(score.read),
        f"{median(score.seconds):.2f}",
    ]


def _both(tally: Tally) -> tuple[str, str]:
    return _share(Share(tally.hit, tally.marked)), _share(Share(tally.hit, tally.found))


def _share(share: Share) -> str:
    """Never without its counts: few of these are large enough for a percentage alone."""
    return f"{share.right / share.of:.0%} ({share.right}/{share.of})" if share.of else "-"


def _notes(readings: Sequence[Reading], score: Score) -> Iterator[str]:
    if score.missing:
        yield "Not given: " + "; ".join(sorted(set(score.missing)))
    if failed := [f"{reading.page.id} ({reading.problem})" for reading in readings if reading.problem]:
        yield "No report: " + "; ".join(failed)


def _markdown(rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]])


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows
    )
