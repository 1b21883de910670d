"""Talks to Ollama: one question, one validated answer, one repair.

Raises what `scribeline/language_model.py` draws, and Fail(LLM_ANSWER_INVALID) when the answer did not follow
the schema, nor did its repair.
"""

import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import ollama

from analyzer import tokens
from analyzer.answers import Form
from analyzer.prompts import Prompt
from analyzer.pull import Puller
from analyzer.settings import AnalyzerSettings
from analyzer.spending import counted, spend
from analyzer.strict_json import Unusable
from analyzer.threads import in_thread
from scribeline.contracts.codes import Code
from scribeline.contracts.failures import DependencyDown, Fail
from scribeline.contracts.text import most_tokens
from scribeline.language_model import TooLong, Trouble, client, errors, has_model, models, trouble
from scribeline.telemetry.metrics.language_model import LLM_CALLS, LLM_SECONDS, LLM_TRUNCATIONS

T = TypeVar("T")

REPAIR_TOKENS = 1200
"""What a repair adds to the prompt: the answer's beginning and the validator's words."""
HALVINGS = 3
"""Of a text for which the server's context turns out to be too small."""
CUT_OFF = "length"
"""Why a server ended an answer that was longer than it may be."""
CONTENT = 128 * 1024
"""Characters of an answer that are looked at: 8192 tokens have some 40,000."""

_THOUGHTS = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)


@dataclass(frozen=True)
class Reply(Generic[T]):
    answer: T
    prompt_tokens: int | None
    """Of the prompt, as the server counted them (`prompt_eval_count`); None when it did not say."""
    context: int
    """`num_ctx` of the call."""
    at_limit: bool = False
    """The answer to that prompt ended at the limit of tokens, which is counted as a truncation."""


class Llm:
    """One Ollama server and one model. Each call has its own connection, so there is nothing to close."""

    def __init__(self, settings: AnalyzerSettings) -> None:
        self.model = settings.ollama_model
        self._settings = settings
        self._puller = Puller(settings)

    @property
    def room(self) -> int:
        """Tokens a prompt may have, so that its repair and the answer still fit the largest context."""
        return self._settings.ollama_context_max - self.answer_tokens - REPAIR_TOKENS

    @property
    def answer_tokens(self) -> int:
        return self._settings.ollama_answer_tokens

    async def probe(self) -> None:
        """Returns when the server answers, whatever it says; raises DependencyDown while it does not.

        A model that is missing is pulled meanwhile, where the settings say so. The consumer that waits for
        this holds no unit, so that a pull may take its time, and a stop ends it.
        """
        with suppress(Fail, Trouble):
            if not has_model(self._settings, await models(self._settings)) and self._puller.due:
                await self._puller.pull()

    async def unavailable(self) -> str | None:
        """Why the model cannot be asked now; None when it can. Raises DependencyDown for a pull to begin."""
        if self._puller.due and await self._is_missing():
            raise self._puller.awaited
        return await trouble(self._settings)

    async def _is_missing(self) -> bool:
        try:
            return not has_model(self._settings, await models(self._settings))
        except (DependencyDown, Fail, Trouble):
            return False

    async def ask(self, prompt: Prompt, form: Form[T]) -> Reply[T]:
        """Ask once, and once more with the validator's words when the answer is unusable."""
        try:
            return await self._ask(prompt, form)
        except Fail as fault:
            if fault.code is not Code.LLM_MODEL_MISSING:
                raise
            raise (self._puller.awaited if self._puller.due else self._puller.told(fault)) from None

    async def _ask(self, prompt: Prompt, form: Form[T]) -> Reply[T]:
        context = tokens.context_for(
            most_tokens(prompt.text) + self.answer_tokens + REPAIR_TOKENS, self._settings.ollama_context_max
        )
        response = await self._chat(prompt, form.schema, context)
        try:
            answer = await _counted(response, form)
        except Unusable as error:
            repair = prompt.repair(response.message.content or "", str(error))
            answer = await self._last(await self._chat(repair, form.schema, context), form)
        at_limit = response.done_reason == CUT_OFF
        return Reply(answer, counted(response.prompt_eval_count), context, at_limit)

    async def _last(self, response: ollama.ChatResponse, form: Form[T]) -> T:
        try:
            return await _counted(response, form)
        except Unusable as error:
            raise Fail(
                Code.LLM_ANSWER_INVALID,
                f"The answer of {self.model} was unusable, even after one repair: {error}",
            ) from None

    async def _chat(self, prompt: Prompt, schema: dict[str, Any], context: int) -> ollama.ChatResponse:
        seconds = self._settings.ollama_timeout_seconds
        with _call(), LLM_SECONDS.time():
            return await self._said(prompt, schema, context, seconds)

    async def _said(
        self, prompt: Prompt, schema: dict[str, Any], context: int, seconds: float
    ) -> ollama.ChatResponse:
        async with errors(self._settings, seconds), client(self._settings, seconds) as asked:
            response: ollama.ChatResponse = await asked.chat(
                model=self.model,
                messages=prompt.messages,
                format=schema,
                # a model that thinks would spend the answer's tokens on it; others do not mind
                think=False,
                options={"temperature": 0, "num_ctx": context, "num_predict": self.answer_tokens},
            )
        spend(response.prompt_eval_count, response.eval_count)
        return response


async def within(room: int, asked: Callable[[int], Awaitable[T]]) -> T:
    """Ask with so many tokens of text; with half of them when the server says that they are too many.

    Raises Fail(LLM_UNAVAILABLE) when an eighth is too many: waiting would not make its context larger.
    """
    for left in reversed(range(HALVINGS + 1)):
        try:
            return await asked(room)
        except TooLong as error:
            if not left:
                raise Fail(Code.LLM_UNAVAILABLE, f"The model's context is too small. {error}") from error
            room //= 2
    raise AssertionError("the last try has returned or raised")


@contextmanager
def _call() -> Iterator[None]:
    """Counts one that brings no answer; one that does is counted as it is read."""
    try:
        yield
    except DependencyDown:
        LLM_CALLS.labels("down").inc()
        raise
    except (Fail, Trouble):
        LLM_CALLS.labels("failed").inc()
        raise


async def _counted(response: ollama.ChatResponse, form: Form[T]) -> T:
    """Raises Unusable."""
    if response.done_reason == CUT_OFF:
        LLM_TRUNCATIONS.inc()
    try:
        answer = await in_thread(_read, response, form)
    except Unusable:
        LLM_CALLS.labels("invalid").inc()
        raise
    LLM_CALLS.labels("answered").inc()
    return answer


def _read(response: ollama.ChatResponse, form: Form[T]) -> T:
    """Raises Unusable, which says also what the server told of the answer."""
    try:
        return form.read(_content(response))
    except Unusable as error:
        cut = "the answer was too long and was cut off; " if response.done_reason == CUT_OFF else ""
        raise Unusable(f"{cut}{error}") from None


def _content(response: ollama.ChatResponse) -> str:
    """The answer without what some servers and models put around it."""
    said = (response.message.content or "").encode("utf-8", "replace").decode()
    if len(said) > CONTENT:
        raise Unusable(f"the answer has more than {CONTENT} characters")
    if not (content := _THOUGHTS.sub("", said)).strip():
        raise Unusable("the answer was empty")
    return _unfenced(content.strip())


def _unfenced(content: str) -> str:
    """Without Markdown's fence. Not by a pattern: on a loop of line ends one would take for ever."""
    fence, _, inside = content.partition("\n")
    fenced = fence.rstrip() in ("```", "```json") and inside.endswith("```")
    return inside.removesuffix("```") if fenced else content
