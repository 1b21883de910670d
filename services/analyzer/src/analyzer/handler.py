"""What the analyzer can do: one report of a part of a transcript, and one report out of many."""

from time import perf_counter
from typing import Protocol

from analyzer.bounds import fit
from analyzer.spending import metered
from scribeline.contracts.analysis import Analysis, AnalysisMerged, AnalyzePart, MergeAnalysis, PartAnalyzed


class Engine(Protocol):
    """Makes reports. Its lists and strings are bounded by the contract; `coverage` tells what it read."""

    async def analyze(self, part: AnalyzePart) -> Analysis: ...

    async def merge(self, parts: MergeAnalysis) -> Analysis: ...


async def analyze_part(command: AnalyzePart, *, engine: Engine) -> PartAnalyzed:
    """Read one part. The result is at most 256 KiB once encoded."""
    started = perf_counter()
    with metered() as spent:
        analysis = fit(await engine.analyze(command))
    seconds = perf_counter() - started
    return PartAnalyzed(unit=command.unit, analysis=analysis, tokens=spent.tokens, processing_seconds=seconds)


async def merge_analysis(command: MergeAnalysis, *, engine: Engine) -> AnalysisMerged:
    """Unite the reports of the parts. The result is at most 256 KiB once encoded."""
    started = perf_counter()
    with metered() as spent:
        analysis = fit(await engine.merge(command))
    seconds = perf_counter() - started
    return AnalysisMerged(
        unit=command.unit, analysis=analysis, tokens=spent.tokens, processing_seconds=seconds
    )


async def handle(command: AnalyzePart | MergeAnalysis, *, engine: Engine) -> PartAnalyzed | AnalysisMerged:
    """All that the analyzer can be asked."""
    match command:
        case AnalyzePart():
            return await analyze_part(command, engine=engine)
        case MergeAnalysis():
            return await merge_analysis(command, engine=engine)
