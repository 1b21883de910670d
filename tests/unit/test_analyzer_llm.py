"""What a model or its server puts around an answer, and what it says of the prompt."""

import ollama
import pytest

from analyzer.llm import _content
from analyzer.spending import counted as count_of


def response(content: str, counted: int | None = None) -> ollama.ChatResponse:
    message = ollama.Message(role="assistant", content=content)
    return ollama.ChatResponse(message=message, prompt_eval_count=counted)


@pytest.mark.parametrize(
    "content",
    [
        "{}",
        " {} \n",
        "```json\n{}\n```",
        "```\n{}```",
        "\n ```json \n{}\n ```\n",
        "<think>a\n{b}</think>\n{}",
    ],
)
def test_an_answer_is_what_stands_inside(content: str) -> None:
    assert _content(response(content)).strip() == "{}"


@pytest.mark.parametrize("content", ["```json\n" + "\n" * 100_000, "<think>" * 15_000, "`" * 100_000])
def test_what_is_no_frame_stays_as_it_is_at_once(content: str) -> None:
    assert _content(response(content)).strip() == content.strip()


@pytest.mark.parametrize(
    ("told", "counted"), [(None, None), (0, None), (-5, None), (10**4000, None), (1, 1), (4096, 4096)]
)
def test_what_cannot_be_a_count_of_tokens_says_nothing(told: int | None, counted: int | None) -> None:
    assert count_of(response("{}", told).prompt_eval_count) == counted
