"""A model that is missing is pulled where the settings say so, and units wait for it."""

import asyncio

import pytest

from analyzer.llm import Llm
from analyzer.main import engine_of
from analyzer.settings import AnalyzerSettings
from scribeline.contracts.codes import Code
from scribeline.contracts.failures import DependencyDown, Fail
from scribeline.language_model import EngineChoice
from tests.support.analyses import DECISIONS, MEETING, part_of, settings_for
from tests.support.ollama import FakeOllama, Pull, nobody
from tests.support.waiting import eventually

PART = part_of(MEETING)


def pulling(
    server: FakeOllama, engine: EngineChoice = EngineChoice.OLLAMA, seconds: float = 20.0
) -> AnalyzerSettings:
    return settings_for(server.url, engine).model_copy(
        update={"ollama_pull": True, "ollama_pull_seconds": seconds}
    )


@pytest.mark.parametrize("engine", [EngineChoice.OLLAMA, EngineChoice.AUTO])
@pytest.mark.parametrize("part", [PART, part_of(MEETING, brief=DECISIONS)], ids=["report", "brief"])
async def test_a_unit_waits_until_the_model_is_there(engine: EngineChoice, part: type[object]) -> None:
    with FakeOllama(models=()) as server:
        llm = Llm(pulling(server, engine))
        with pytest.raises(DependencyDown, match="mistral is to be pulled"):
            await engine_of(pulling(server, engine), llm).analyze(part)  # type: ignore[arg-type] # a part
        await llm.probe()
        report = await engine_of(pulling(server, engine), llm).analyze(part)  # type: ignore[arg-type]

    assert (report.engine, report.fallback) == ("ollama", None)
    assert server.pulls == ["mistral"]


async def test_nothing_is_pulled_unless_the_settings_say_so() -> None:
    with FakeOllama(models=()) as server:
        llm = Llm(settings_for(server.url))
        await llm.probe()
        with pytest.raises(Fail, match="ollama pull mistral") as failure:
            await engine_of(settings_for(server.url), llm).analyze(PART)

    assert failure.value.code is Code.LLM_MODEL_MISSING
    assert server.pulls == []


async def test_a_model_that_is_there_is_not_pulled() -> None:
    with FakeOllama() as server:
        await Llm(pulling(server)).probe()

    assert server.pulls == []


async def test_a_model_that_nobody_has_fails_units_with_the_servers_words() -> None:
    with FakeOllama(models=(), pull=Pull.UNKNOWN) as server:
        llm = Llm(pulling(server))
        await llm.probe()
        with pytest.raises(Fail, match="file does not exist") as failure:
            await engine_of(pulling(server), llm).analyze(PART)
        await llm.probe()

    assert failure.value.code is Code.LLM_MODEL_MISSING
    assert server.pulls == ["mistral"], "not again at once"


async def test_auto_takes_the_rules_when_the_model_cannot_be_pulled() -> None:
    with FakeOllama(models=(), pull=Pull.UNKNOWN) as server:
        llm = Llm(pulling(server, EngineChoice.AUTO))
        await llm.probe()
        report = await engine_of(pulling(server, EngineChoice.AUTO), llm).analyze(PART)

    assert report.engine == "extractive"
    assert "ollama pull mistral" in (report.fallback or "")


async def test_a_pull_without_an_end_is_given_up() -> None:
    with FakeOllama(models=(), pull=Pull.ENDLESS) as server:
        llm = Llm(pulling(server, seconds=0.3))
        await llm.probe()
        with pytest.raises(Fail, match=r"Pulling it failed: .* within 0.3 s"):
            await engine_of(pulling(server), llm).analyze(PART)


async def test_a_server_that_goes_away_while_it_pulls_is_waited_for() -> None:
    with nobody() as url:
        settings = settings_for(url).model_copy(update={"ollama_pull": True})
        with pytest.raises(DependencyDown):
            await Llm(settings).probe()


async def test_a_pull_ends_when_the_service_stops() -> None:
    with FakeOllama(models=(), pull=Pull.ENDLESS) as server:
        waiting = asyncio.create_task(Llm(pulling(server)).probe())
        await eventually(lambda: server.pulls == ["mistral"])
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
