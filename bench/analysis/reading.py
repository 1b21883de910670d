"""Has an engine read pages, as the analyzer would have it read them."""

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from uuid import UUID

from analyzer.handler import Engine, handle
from bench.analysis.pages import Page
from result_writer.follow_ups import cut_parts
from scribeline.contracts.analysis import CHAPTERS_FROM, Analysis, AnalyzePart, Line, MergeAnalysis
from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from scribeline.contracts.unit import Stage, UnitRef
from scribeline.language_model import Trouble

JOB = UUID("019a0000-0000-7000-8000-00000000be4c")


@dataclass(frozen=True)
class Reading:
    page: Page
    report: Analysis | None
    seconds: float
    problem: str | None = None
    """Why there is no report."""


async def read(page: Page, engine: Engine, part_tokens: int) -> Reading:
    """One report of the page; in parts of at most `part_tokens` and a merge when it is longer than that.

    A page that the engine cannot do has no report. Raises DependencyDown when the engine's server is away and
    Fail(LLM_MODEL_MISSING): neither is the page's fault.
    """
    began = perf_counter()
    try:
        report, problem = await _report(page, engine, part_tokens), None
    except (Fail, Trouble) as error:
        if isinstance(error, Fail) and error.code is Code.LLM_MODEL_MISSING:
            raise
        report, problem = None, f"{type(error).__name__}: {error}"
    return Reading(page, report, perf_counter() - began, problem)


async def _report(page: Page, engine: Engine, part_tokens: int) -> Analysis:
    reports = [(await handle(command, engine=engine)).analysis for command in commands(page, part_tokens)]
    if len(reports) == 1:
        return reports[0]
    merge = MergeAnalysis(
        unit=UnitRef(job=JOB, stage=Stage.MERGE),
        analyses=tuple(reports),
        lines_total=len(page.segments),
        language=page.language,
    )
    return (await handle(merge, engine=engine)).analysis


def commands(page: Page, part_tokens: int) -> Iterator[AnalyzePart]:
    lines = [
        Line(number=number, start=segment.start, text=segment.text, speaker=segment.speaker)
        for number, segment in enumerate(page.segments)
    ]
    parts = cut_parts(lines, part_tokens)
    for index, part in enumerate(parts):
        yield AnalyzePart(
            unit=UnitRef(job=JOB, stage=Stage.ANALYZE, index=index),
            lines=part,
            part=index,
            parts=len(parts),
            language=page.language,
            recorded_at=page.recorded_at,
            chapters=page.seconds >= CHAPTERS_FROM,
        )
