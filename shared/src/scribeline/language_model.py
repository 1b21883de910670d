"""The language model's server as all services see it: where it is, how it fails, and why it cannot be asked.

Needs the extra `llm`.

Exception
├── DependencyDown("llm")          the server cannot be reached, or refuses our key
├── Fail(LLM_MODEL_MISSING)        it does not have the model
└── Trouble                        anything else it did: late, overloaded, hung up; another try may do better
    └── TooLong                    its context is smaller than what was asked for
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from functools import lru_cache
from http import HTTPStatus

import httpx
import ollama
from pydantic import Field, SecretStr

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import DependencyDown, Fail
from scribeline.settings import TlsSettings
from scribeline.trust import Certificates, refusal

MIB = 2**20
ANSWER_BYTES = 4 * MIB
"""Most that is read of one answer: 8192 tokens and their envelope are far below."""


class EngineChoice(StrEnum):
    AUTO = "auto"
    OLLAMA = "ollama"
    EXTRACTIVE = "extractive"


class LanguageModelSettings(TlsSettings):
    """Of services that ask the language model, or tell whether it can be asked."""

    analyzer_engine: EngineChoice = EngineChoice.AUTO
    """Who makes the report: `ollama` (a language model, never another engine), `extractive` (rules, no model
    needed), or `auto`: the model when it answers, else the rules, with the reason in the report."""
    ollama_url: str = Field(default="http://127.0.0.1:11434", min_length=1)
    """Ollama server, on this or another host. `OLLAMA_HOST` is not looked at."""
    ollama_api_key: SecretStr | None = None
    """Sent as `Authorization: Bearer`, for a server behind a proxy that asks for one."""
    ollama_model: str = Field(default="mistral", min_length=1)
    """Model to ask, by its name in `ollama list`."""
    ollama_connect_seconds: float = Field(default=5.0, gt=0)
    """Longest wait for the server to be reached and to list its models."""


class Trouble(Exception):
    """The language model's server answered late or badly. Worth another try."""


class TooLong(Trouble):
    """It says that the prompt is longer than its context, which is smaller than what was asked for."""


async def trouble(settings: LanguageModelSettings) -> str | None:
    """Why the model cannot be asked now, in a sentence; None when it can. Never raises one of the above."""
    try:
        names = await models(settings)
    except (DependencyDown, Fail, Trouble) as error:
        return str(error)
    return None if has_model(settings, names) else not_pulled(settings.ollama_model)


async def models(settings: LanguageModelSettings) -> set[str]:
    """Names of the models that the server has. Raises what is drawn above."""
    seconds = settings.ollama_connect_seconds
    async with errors(settings, seconds), client(settings, seconds) as asked:
        listed: ollama.ListResponse = await asked.list()
    return {model.model for model in listed.models if model.model}


def has_model(settings: LanguageModelSettings, names: set[str]) -> bool:
    """Whether the model is among these; a name without a tag is that of the latest."""
    return bool({settings.ollama_model, f"{settings.ollama_model}:latest"} & names)


def not_pulled(model: str) -> str:
    return f"The language model {model} is not on the server: run `ollama pull {model}` there."


def client(
    settings: LanguageModelSettings, seconds: float, at_most: int = ANSWER_BYTES
) -> ollama.AsyncClient:
    """A client for one call: `seconds` between two bytes, `at_most` bytes of an answer. Close it."""

    async def bound(response: httpx.Response) -> None:
        # none was asked for, and what unpacks to more than was read would escape the bound
        response.headers.pop("content-encoding", None)
        response.stream = _Bounded(response, at_most)

    key = settings.ollama_api_key
    return ollama.AsyncClient(
        host=settings.ollama_url,
        timeout=httpx.Timeout(seconds, connect=settings.ollama_connect_seconds),
        headers={"Accept-Encoding": "identity"}
        | ({"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}),
        verify=_tls(settings.certificates),
        event_hooks={"response": [bound]},
    )


@asynccontextmanager
async def errors(settings: LanguageModelSettings, seconds: float) -> AsyncIterator[None]:
    """Ollama's and httpx's errors as ours. The client lets most of httpx's pass as they are."""
    try:
        async with asyncio.timeout(seconds):  # httpx's own timeouts start anew with every byte
            yield
    except (ConnectionError, httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise DependencyDown("llm", (refusal(error) or str(error))[:200]) from error
    except (TimeoutError, httpx.TimeoutException) as error:
        raise Trouble(f"The language model did not answer within {seconds:g} s.") from error
    except httpx.RequestError as error:
        raise Trouble(f"The language model's server broke off ({type(error).__name__}).") from error
    except httpx.InvalidURL as error:
        raise DependencyDown("llm", f"SCRIBELINE_OLLAMA_URL is no address: {error}") from error
    except ollama.ResponseError as error:
        raise _refusal(error, settings.ollama_model) from error
    except (ValueError, TypeError, AttributeError, RecursionError) as error:  # not what the client expects
        raise Trouble("What answers at the language model's address does not speak Ollama's API.") from error


def _refusal(error: ollama.ResponseError, model: str) -> Exception:
    """What an HTTP status of 400 or more, or an `error` in place of an answer, means."""
    said = " ".join(str(error.error).split())
    match error.status_code:
        case HTTPStatus.NOT_FOUND if "model" in said:
            return Fail(Code.LLM_MODEL_MISSING, not_pulled(model))
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN as status:
            return DependencyDown("llm", f"it refuses SCRIBELINE_OLLAMA_API_KEY ({status})")
        case HTTPStatus.BAD_REQUEST if "context" in said and "exceed" in said:
            return TooLong(f"The language model's server said: {said[:300]}")
    if said.startswith("<"):
        said = "a page of HTML: a proxy answers in its place"
    status_code = f" ({error.status_code})" if error.status_code > 0 else ""
    return Trouble(f"The language model's server said{status_code}: {said[:300]}")


class _Bounded(httpx.AsyncByteStream):
    """A response's body, given up where it is larger than any answer."""

    def __init__(self, response: httpx.Response, at_most: int) -> None:
        stream = response.stream
        if not isinstance(stream, httpx.AsyncByteStream):
            raise TypeError("the body of an asynchronous response")
        self._stream = stream
        self._left = at_most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._left -= len(chunk)
            if self._left < 0:
                raise Trouble("The language model's server sent more than any answer has.")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


@lru_cache(maxsize=1)
def _tls(certificates: Certificates) -> ssl.SSLContext:
    """Loaded once: httpx would spend 30 ms of the event loop on it for every client."""
    return certificates.context()
