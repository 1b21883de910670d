"""Talks to Ollama: one question, one validated answer, one repair.

Exception
├── DependencyDown("llm")          the server cannot be reached
├── Fail(LLM_UNAVAILABLE)          it does not have the model
├── Fail(LLM_ANSWER_INVALID)       the answer did not follow the schema, nor did its repair
└── Trouble                        anything else it did: late, overloaded, hung up; another try may do better
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Generic, TypeVar

import httpx
import ollama
from pydantic import ValidationError

from analyzer import tokens
from analyzer.answers import Answer
from analyzer.prompts import Prompt
from analyzer.settings import AnalyzerSettings
from scribeline.contracts.codes import Code
from scribeline.contracts.failures import DependencyDown, Fail
from scribeline.contracts.text import most_tokens

A = TypeVar("A", bound=Answer)

REPAIR_TOKENS = 1200
"""What a repair adds to the prompt: the answer's beginning and the validator's words."""


class Trouble(Exception):
    """The language model's server answered late or badly. Worth another try."""


@dataclass(frozen=True)
class Reply(Generic[A]):
    answer: A
    prompt_tokens: int | None
    """Of the prompt, as the server counted them (`prompt_eval_count`); None when it did not say."""
    context: int
    """`num_ctx` of the call."""


class Llm:
    """One Ollama server and one model. Each call has its own connection, so there is nothing to close."""

    def __init__(self, settings: AnalyzerSettings) -> None:
        self.model = settings.ollama_model
        self._settings = settings

    def _client(self) -> ollama.AsyncClient:
        key = self._settings.ollama_api_key
        return ollama.AsyncClient(
            host=self._settings.ollama_url,
            timeout=httpx.Timeout(
                self._settings.ollama_timeout_seconds, connect=self._settings.ollama_connect_seconds
            ),
            headers={"Authorization": f"Bearer {key.get_secret_value()}"} if key else {},
            verify=_certificates(),
        )

    @property
    def room(self) -> int:
        """Tokens a prompt may have, so that its repair and the answer still fit the largest context."""
        return self._settings.ollama_context_max - self._settings.ollama_answer_tokens - REPAIR_TOKENS

    async def probe(self) -> None:
        """Returns when the server answers, whatever it says; raises DependencyDown while it does not."""
        with suppress(Fail, Trouble):
            await self._models()

    async def unavailable(self) -> str | None:
        """Why the model cannot be asked now; None when it can."""
        try:
            names = await self._models()
        except (DependencyDown, Fail, Trouble) as error:
            return str(error)
        if self.model in names or f"{self.model}:latest" in names:
            return None
        return self._not_pulled()

    async def _models(self) -> set[str]:
        async with self._errors(self._settings.ollama_connect_seconds), self._client() as client:
            listed: ollama.ListResponse = await client.list()
        return {model.model for model in listed.models if model.model}

    async def ask(self, prompt: Prompt, shape: type[A]) -> Reply[A]:
        """Ask once, and once more with the validator's words when the answer is unusable.

        Raises what the module's docstring draws.
        """
        context = tokens.context_for(
            most_tokens(prompt.text) + self._settings.ollama_answer_tokens + REPAIR_TOKENS,
            self._settings.ollama_context_max,
        )
        response = await self._chat(prompt, shape, context)
        content = _content(response)
        try:
            answer = shape.model_validate_json(content)
        except ValidationError as error:
            repaired = await self._chat(prompt.repair(content, _words(error, response)), shape, context)
            answer = self._validated(repaired, shape)
        return Reply(answer, response.prompt_eval_count, context)

    def _validated(self, response: ollama.ChatResponse, shape: type[A]) -> A:
        try:
            return shape.model_validate_json(_content(response))
        except ValidationError as error:
            raise Fail(
                Code.LLM_ANSWER_INVALID,
                f"The answer of {self.model} was unusable, even after one repair: {_words(error, response)}",
            ) from None

    async def _chat(self, prompt: Prompt, shape: type[A], context: int) -> ollama.ChatResponse:
        async with self._errors(self._settings.ollama_timeout_seconds), self._client() as client:
            response: ollama.ChatResponse = await client.chat(
                model=self.model,
                messages=prompt.messages,
                format=shape.model_json_schema(),
                options={
                    "temperature": 0,
                    "num_ctx": context,
                    "num_predict": self._settings.ollama_answer_tokens,
                },
            )
        return response

    @asynccontextmanager
    async def _errors(self, seconds: float) -> AsyncIterator[None]:
        """Ollama's and httpx's errors as ours. The client lets most of httpx's pass as they are."""
        try:
            async with asyncio.timeout(seconds):  # httpx's own timeouts start anew with every byte
                yield
        except (ConnectionError, httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise DependencyDown("llm", str(error)[:200]) from error
        except (TimeoutError, httpx.TimeoutException) as error:
            raise Trouble(f"The language model did not answer within {seconds:g} s.") from error
        except httpx.RequestError as error:
            raise Trouble(f"The language model's server broke off ({type(error).__name__}).") from error
        except ollama.ResponseError as error:
            if error.status_code == HTTPStatus.NOT_FOUND and "model" in str(error.error):
                raise Fail(Code.LLM_UNAVAILABLE, self._not_pulled()) from error
            raise Trouble(f"The language model's server said: {str(error)[:300]}") from error
        except (
            ValueError,
            TypeError,
            AttributeError,
        ) as error:  # not JSON, or not the JSON the client expects
            raise Trouble(
                "What answers at the language model's address does not speak Ollama's API."
            ) from error

    def _not_pulled(self) -> str:
        return f"The language model {self.model} is not on the server: run `ollama pull {self.model}` there."


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    """Loaded once: httpx would spend 30 ms of the event loop on it for every client."""
    return httpx.create_ssl_context()


def _content(response: ollama.ChatResponse) -> str:
    return (response.message.content or "").encode("utf-8", "replace").decode()


def _words(error: ValidationError, response: ollama.ChatResponse) -> str:
    """What the validator said, for the model and for people; never the answer itself."""
    cut = "the answer was too long and was cut off; " if response.done_reason == "length" else ""
    faults = error.errors(include_url=False, include_input=False, include_context=False)[:5]
    return cut + "; ".join(f"{'.'.join(map(str, e['loc'])) or 'answer'}: {e['msg']}" for e in faults)
