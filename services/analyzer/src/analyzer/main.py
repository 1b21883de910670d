"""The analyzer: one consumer for both of its commands."""

from collections.abc import Sequence
from functools import partial

from analyzer.choice import AutoEngine, RulesOnly
from analyzer.extractive import ExtractiveEngine
from analyzer.handler import Engine, handle
from analyzer.llm import Llm
from analyzer.reader import LlmEngine
from analyzer.settings import AnalyzerSettings
from scribeline.contracts.analysis import AnalyzePart, MergeAnalysis
from scribeline.contracts.routes import ANALYZER_QUEUE
from scribeline.language_model import EngineChoice
from scribeline.messaging.broker import Broker
from scribeline.messaging.consumer import Consumer
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.retry import LLM_LADDER
from scribeline.messaging.service import Runnable, run_service
from scribeline.messaging.worker import Step, Worker
from scribeline.settings import load

SERVICE = "analyzer"


def engine_of(settings: AnalyzerSettings, llm: Llm) -> Engine:
    """The engine that the settings choose."""
    match settings.analyzer_engine:
        case EngineChoice.EXTRACTIVE:
            return RulesOnly(ExtractiveEngine())
        case EngineChoice.OLLAMA:
            return LlmEngine(llm)
        case EngineChoice.AUTO:
            return AutoEngine(
                LlmEngine(llm),
                ExtractiveEngine(),
                unavailable=llm.unavailable,
                delays=settings.ollama_delays,
            )


def compose(settings: AnalyzerSettings, broker: Broker) -> Worker:
    """The consumer; tests compose it with other services in one process."""
    llm = Llm(settings)
    step = Step(
        ANALYZER_QUEUE,
        (AnalyzePart, MergeAnalysis),
        prefetch=settings.analyzer_slots,
        soft_deadline=settings.longest_unit,
        hard_deadline=settings.longest_unit + 120.0,
        retries=LLM_LADDER,
    )
    return Worker(
        step,
        partial(handle, engine=engine_of(settings, llm)),
        service=SERVICE,
        broker=broker,
        publisher=Publisher(broker, SERVICE),
        probes={"llm": llm.probe},
        shutdown_seconds=settings.shutdown_seconds,
    )


def main() -> None:
    settings = load(AnalyzerSettings)

    async def build() -> tuple[Sequence[Consumer], Sequence[Runnable]]:
        return [compose(settings, Broker.of(settings, SERVICE))], ()

    run_service(SERVICE, settings, build)


if __name__ == "__main__":
    main()
