"""A question of one's own: a language model answers it in place of the report, or it fails with a reason."""

from collections.abc import Sequence

import pytest

from analyzer.briefs import REPORT
from analyzer.llm import Llm
from analyzer.main import engine_of
from analyzer.settings import AnalyzerSettings
from scribeline.contracts.analysis import Analysis, AnswerEvidence, Brief, Coverage, Evidence
from scribeline.contracts.codes import Code
from scribeline.contracts.failures import DependencyDown, Fail
from scribeline.language_model import EngineChoice, Trouble
from tests.support.analyses import DECISIONS, MEETING, TEXT, an_object, merge_of, part_of, settings_for
from tests.support.ollama import FakeOllama, Mode, nobody

TALK = Brief(prompt="Who was friendly?")
ANYTHING = Brief(answer_schema={"type": "object", "properties": {}})
WISHES = Brief(prompt="What is wished?", answer_schema=an_object(charity=an_object(quote=TEXT)))


async def answer(
    settings: AnalyzerSettings, brief: Brief = DECISIONS, texts: Sequence[str] = MEETING
) -> Analysis:
    return await engine_of(settings, Llm(settings)).analyze(part_of(texts, brief=brief))


async def united(server: FakeOllama, *parts: Analysis, brief: Brief = DECISIONS, **more: int) -> Analysis:
    settings = settings_for(server.url)
    return await engine_of(settings, Llm(settings)).merge(merge_of(*parts, brief=brief, **more))


async def test_the_answer_takes_the_reports_place() -> None:
    with FakeOllama() as server:
        made = await answer(settings_for(server.url))

    assert made.template == "decisions"
    assert [getattr(made, name) for name in REPORT] == [None] * 7
    assert made.missing["summary"] == "a question of its own was asked"
    assert len(made.answer["decisions"]) == 15
    assert made.answer_evidence is not None
    assert [(e.pointer, e.evidence.segment) for e in made.answer_evidence][:2] == [
        ("/decisions/0", 10),
        ("/decisions/1", 11),
    ]
    assert (made.coverage.segments_read, made.engine, made.fallback) == (15, "ollama", None)
    (chat,) = server.chats
    assert chat["format"] == DECISIONS.answer_schema
    assert "What was decided" in chat["messages"][1]["content"]


async def test_without_a_schema_the_answer_is_a_text() -> None:
    with FakeOllama() as server:
        made = await answer(settings_for(server.url), TALK)

    assert made.answer == MEETING[0]
    assert made.answer_evidence is None


async def test_an_answer_that_does_not_follow_its_schema_is_repaired_with_the_validators_words() -> None:
    with FakeOllama(Mode.GARBAGE, Mode.GOOD) as server:
        made = await answer(settings_for(server.url))

    assert len(made.answer["decisions"]) == 15
    assert "Invalid JSON" in server.chats[1]["messages"][3]["content"]


@pytest.mark.parametrize("engine", [EngineChoice.OLLAMA, EngineChoice.AUTO])
async def test_an_answer_that_stays_unusable_fails_with_the_validators_words(engine: EngineChoice) -> None:
    with FakeOllama(Mode.CUT_OFF) as server, pytest.raises(Fail) as failure:
        await answer(settings_for(server.url, engine))

    assert failure.value.code is Code.LLM_ANSWER_INVALID
    assert "cut off" in failure.value.message
    assert "Invalid JSON" in failure.value.message
    assert len(server.chats) == 2, "one repair, and no further try"


async def test_rules_answer_no_questions() -> None:
    with nobody() as url, pytest.raises(Fail) as failure:
        await answer(settings_for(url, EngineChoice.EXTRACTIVE))

    assert failure.value.code is Code.ANALYSIS_NEEDS_LLM


async def test_auto_tells_that_the_model_is_away_and_makes_no_report_instead() -> None:
    with nobody() as url, pytest.raises(Fail, match="unreachable") as failure:
        await answer(settings_for(url, EngineChoice.AUTO))

    assert failure.value.code is Code.LLM_UNAVAILABLE


async def test_auto_tries_a_stumbling_model_again_before_it_gives_up() -> None:
    with FakeOllama(Mode.ERROR, Mode.OVERLOADED, Mode.GOOD) as server:
        assert (await answer(settings_for(server.url, EngineChoice.AUTO))).answer
    with FakeOllama(Mode.ERROR) as server, pytest.raises(Fail, match="ran out of memory") as failure:
        await answer(settings_for(server.url, EngineChoice.AUTO))

    assert failure.value.code is Code.LLM_UNAVAILABLE
    assert len(server.chats) == 4


async def test_a_missing_model_is_told_by_its_own_code() -> None:
    with FakeOllama(models=()) as server, pytest.raises(Fail) as failure:
        await answer(settings_for(server.url, EngineChoice.AUTO))

    assert failure.value.code is Code.LLM_MODEL_MISSING


async def test_the_engine_ollama_waits_for_its_server() -> None:
    with nobody() as url, pytest.raises(DependencyDown):
        await answer(settings_for(url))


async def test_a_quote_that_the_schema_needs_and_nobody_said_is_no_answer() -> None:
    text = ["We agreed on nothing."]
    with FakeOllama() as server:
        made = await answer(settings_for(server.url), WISHES, text)
    assert made.answer == {"charity": {"quote": "We agreed on nothing."}}

    with FakeOllama() as server, pytest.raises(Fail) as failure:
        await answer(settings_for(server.url), WISHES, [])

    assert failure.value.code is Code.LLM_ANSWER_INVALID
    assert "'charity' is a required property" in failure.value.message


def partial(quote: str, segment: int, *, segments: int = 10, **more: str) -> Analysis:
    return Analysis(
        answer={"decisions": [{"line": segment, "quote": quote, "what": more.get("what", "to buy")}]},
        answer_evidence=(
            AnswerEvidence(
                pointer="/decisions/0",
                evidence=Evidence(segment=segment, start=float(segment), quote=quote),
            ),
        ),
        template="decisions",
        dropped=1,
        coverage=Coverage(segments_total=segments, segments_read=segments),
        engine="ollama",
        model="mistral",
    )


async def test_answers_of_parts_become_one_with_the_evidence_they_had() -> None:
    parts = [partial("we buy the red one", 3), partial("and sell the blue one", 14)]
    with FakeOllama() as server:
        made = await united(server, *parts, lines_total=25)

    assert [one["quote"] for one in made.answer["decisions"]] == [
        "we buy the red one",
        "and sell the blue one",
    ]
    assert [(e.pointer, e.evidence) for e in made.answer_evidence or ()] == [
        (f"/decisions/{n}", part.answer_evidence[0].evidence)
        for n, part in enumerate(parts)
        if part.answer_evidence
    ]
    assert (made.dropped, made.template) == (2, "decisions")
    assert (made.coverage.segments_total, made.coverage.segments_read) == (25, 20)
    assert "5 segments were in parts" in (made.coverage.reason or "")


async def test_what_stood_in_no_part_does_not_stand_in_the_whole() -> None:
    unchecked = partial("nobody checked that", 3).model_copy(update={"answer_evidence": ()})
    with FakeOllama() as server:
        made = await united(server, unchecked, partial("we buy it", 14))

    assert [one["quote"] for one in made.answer["decisions"]] == ["we buy it"]
    assert made.dropped == 3


async def test_a_merge_of_one_answer_asks_nobody() -> None:
    with FakeOllama() as server:
        part = partial("we buy it", 3)
        made = await united(server, part, lines_total=10)

    assert (made.answer, made.answer_evidence, made.dropped) == (part.answer, part.answer_evidence, 1)
    assert server.chats == []


async def test_five_answers_of_full_length_have_room_in_one_merge() -> None:
    long = "warum nicht 那么好吧 " * 400  # some 2048 tokens
    parts = [partial("we buy it", 3 * n, what=long[:6000]) for n in range(5)]
    with FakeOllama() as server:
        made = await united(server, *parts, brief=ANYTHING)

        assert server.text.count("we buy it") == 5
    assert (made.coverage.segments_total, made.coverage.segments_read) == (50, 50)


async def test_answers_without_room_are_told_as_a_shortfall() -> None:
    parts = [partial("we buy it", 3 * n, what="word " * 1500) for n in range(25)]
    with FakeOllama() as server:
        made = await united(server, *parts, brief=ANYTHING)

        sent = server.text.count("we buy it")
    assert made.coverage.segments_total == 250
    assert made.coverage.segments_read == 10 * sent < 250
    assert "no room for the answers of all parts" in (made.coverage.reason or "")


async def test_a_merge_that_stays_unusable_fails() -> None:
    with FakeOllama(Mode.GARBAGE) as server, pytest.raises(Fail) as failure:
        await united(server, partial("a b", 1), partial("c d", 2))

    assert failure.value.code is Code.LLM_ANSWER_INVALID


async def test_a_merge_on_a_stumbling_server_is_worth_another_try() -> None:
    with FakeOllama(Mode.DYING) as server, pytest.raises(Trouble):
        await united(server, partial("a b", 1), partial("c d", 2))
