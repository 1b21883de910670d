"""What is told of the language model: each call by how it ended, its tokens, and what was cut."""

import pytest

from analyzer.llm import Llm
from analyzer.reader import LlmEngine
from scribeline.contracts.failures import DependencyDown, Fail
from scribeline.language_model import Trouble
from tests.support.analyses import MEETING, part_of, settings_for
from tests.support.ollama import FakeOllama, Mode, nobody
from tests.support.scrapes import sample

TRUNCATIONS = "scribeline_llm_truncations_total"
PROMPT_TOKENS = 'scribeline_llm_tokens_total{kind="prompt"}'


def calls(outcome: str) -> float:
    return sample(f'scribeline_llm_calls_total{{outcome="{outcome}"}}')


async def ask(url: str) -> None:
    await LlmEngine(Llm(settings_for(url))).analyze(part_of(MEETING))


async def test_an_answer_is_counted_with_its_tokens_and_its_time() -> None:
    before = calls("answered"), sample(PROMPT_TOKENS), sample("scribeline_llm_seconds_count")
    with FakeOllama() as server:
        await ask(server.url)
    after = calls("answered"), sample(PROMPT_TOKENS), sample("scribeline_llm_seconds_count")
    assert (after[0], after[2]) == (before[0] + 1, before[2] + 1)
    assert after[1] > before[1] + 100


async def test_an_answer_that_is_no_answer_and_its_repair_are_two_calls() -> None:
    before = calls("invalid")
    with FakeOllama(Mode.GARBAGE) as server, pytest.raises(Fail):
        await ask(server.url)
    assert calls("invalid") == before + 2


async def test_answers_that_were_cut_off_are_counted() -> None:
    before = sample(TRUNCATIONS)
    with FakeOllama(Mode.CUT_OFF) as server, pytest.raises(Fail):
        await ask(server.url)
    assert sample(TRUNCATIONS) == before + 2


async def test_a_prompt_that_the_server_cut_is_counted() -> None:
    before = sample(TRUNCATIONS)
    with FakeOllama(Mode.TRUNCATED) as server:
        await ask(server.url)
    assert sample(TRUNCATIONS) == before + 1


async def test_an_answer_at_its_limit_to_a_prompt_that_was_cut_is_one_truncation() -> None:
    before = sample(TRUNCATIONS)
    with FakeOllama(Mode.CROWDED) as server:
        await ask(server.url)
    assert sample(TRUNCATIONS) == before + 1


async def test_a_server_that_is_away_and_one_that_breaks_off_are_told_apart() -> None:
    down, failed = calls("down"), calls("failed")
    with pytest.raises(DependencyDown), nobody() as url:
        await ask(url)
    assert (calls("down"), calls("failed")) == (down + 1, failed)
    with FakeOllama(Mode.HUGE) as server, pytest.raises(Trouble):
        await ask(server.url)
    assert (calls("down"), calls("failed")) == (down + 1, failed + 1)
