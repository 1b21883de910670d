"""Answers that no careful server would give: each ends as a clear failure or cleaned, whoever asked."""

import json

import pytest

from analyzer.llm import Llm
from analyzer.main import engine_of
from scribeline.contracts.analysis import Analysis, Brief
from scribeline.contracts.codes import Code
from scribeline.contracts.failures import DependencyDown, Fail
from scribeline.language_model import EngineChoice, Trouble
from tests.support.analyses import DECISIONS, MEETING, part_of, settings_for
from tests.support.ollama import FakeOllama, Mode

ABSURD = {
    Mode.INFINITE: "1e400 is not a finite number",
    Mode.NOT_A_NUMBER: "NaN is not a finite number",
    Mode.DIGITS: "is too large",
    Mode.TWICE: "has the name 'line' twice",
    Mode.DEEP: "nested too deeply",
    Mode.LINE_ENDS: "Invalid JSON",
}
UNUSABLE = (*ABSURD, Mode.GARBAGE, Mode.CUT_OFF, Mode.LOOPING, Mode.EMPTY, Mode.THOUGHTS)
STUMBLING = (
    *(Mode.ERROR, Mode.OVERLOADED, Mode.PROXY, Mode.NESTED, Mode.HUGE),
    *(Mode.DYING, Mode.HANG_UP, Mode.FOREIGN, Mode.SLOW, Mode.TRICKLE),
)
SECONDS = {Mode.SLOW: 0.2, Mode.TRICKLE: 0.2}
"""Longest wait where the server would use all of it."""


async def made(
    server: FakeOllama, engine: EngineChoice = EngineChoice.OLLAMA, brief: Brief | None = None
) -> Analysis:
    settings = settings_for(server.url, engine, SECONDS.get(server.modes[0], 20.0))
    return await engine_of(settings, Llm(settings)).analyze(part_of(MEETING, brief=brief))


@pytest.mark.parametrize("brief", [None, DECISIONS], ids=["report", "brief"])
@pytest.mark.parametrize(("mode", "words"), ABSURD.items(), ids=ABSURD)
async def test_an_absurd_answer_is_no_answer(mode: Mode, words: str, brief: Brief | None) -> None:
    with FakeOllama(mode) as server, pytest.raises(Fail) as failure:
        await made(server, brief=brief)

    assert failure.value.code is Code.LLM_ANSWER_INVALID
    assert words in failure.value.message
    assert len(failure.value.message) < 1000
    assert words in server.chats[1]["messages"][3]["content"], "the repair is told too"


@pytest.mark.parametrize("brief", [None, DECISIONS], ids=["report", "brief"])
async def test_words_that_nothing_can_store_are_cleaned(brief: Brief | None) -> None:
    with FakeOllama(Mode.UNSENDABLE) as server:
        analysis = await made(server, brief=brief)

        assert len(server.chats) == 1
    written = analysis.model_dump_json()
    assert "\\u0000" not in written
    assert json.loads(written.encode()) == analysis.model_dump(mode="json")
    told = analysis.answer["decisions"][0]["what"] if brief else analysis.summary
    assert str(told).strip().startswith("? ")


async def test_a_count_of_tokens_that_is_none_says_nothing_of_what_was_read() -> None:
    with FakeOllama(Mode.MISCOUNTED) as server:
        analysis = await made(server)

    assert analysis.coverage.ratio == 1.0
    assert analysis.coverage.reason is None


@pytest.mark.parametrize("mode", [*UNUSABLE, *STUMBLING])
async def test_the_engine_ollama_never_falls_back(mode: Mode) -> None:
    with FakeOllama(mode) as server, pytest.raises((Fail, Trouble, DependencyDown)):
        await made(server)


@pytest.mark.parametrize("mode", [*UNUSABLE, *STUMBLING])
async def test_auto_tries_again_and_then_has_the_rules_make_the_report(mode: Mode) -> None:
    with FakeOllama(mode) as server:
        report = await made(server, EngineChoice.AUTO)

    assert report.engine == "extractive"
    assert report.fallback
    assert report.coverage.ratio == 1.0
    assert len(server.chats) == (8 if mode in UNUSABLE else 4), "three further tries; a repair in each"
