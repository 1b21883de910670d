"""What came back over the wire: an answer, or which error it is."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from pydantic import BaseModel, Field, ValidationError

from scribeline.client.errors import (
    NotAllowed,
    NotFound,
    NotReady,
    Refused,
    ServerTrouble,
    TooMany,
    Unreachable,
    Unreadable,
)
from scribeline.client.retries import TRY_AGAIN
from scribeline.contracts.api.problems import FieldError
from scribeline.contracts.codes import Code


class _Problem(BaseModel):
    """`contracts.api.problems.ProblemView` as far as it is told: a proxy may answer with one, too."""

    title: str | None = None
    detail: str | None = None
    code: str | None = None
    retryable: bool = False
    errors: list[FieldError] = Field(default_factory=list)


_OF_STATUS = {401: NotAllowed, 403: NotAllowed, 404: NotFound, 410: NotFound, 429: TooMany}


@contextmanager
def in_our_words(url: str) -> Iterator[None]:
    """What httpx raises, as errors of ours."""
    try:
        yield
    except (httpx2.SSEError, httpx2.DecodingError) as error:
        raise Unreadable(f"{url} does not answer like a Scribeline server: {error}") from error
    except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
        raise Unreachable(url) from error
    except httpx2.TransportError as error:
        raise Unreachable(url, str(error) or type(error).__name__) from error


@contextmanager
def readable(url: str) -> Iterator[None]:
    """What cannot be read of an answer, as an error of ours."""
    try:
        yield
    except ValidationError as error:
        what = "; ".join(".".join(map(str, each["loc"])) or each["msg"] for each in error.errors()[:3])
        raise Unreadable(f"{url} does not answer like a Scribeline server: {what}.") from None
    except ValueError:
        raise Unreadable(f"{url} does not answer like a Scribeline server.") from None


def refusal(response: httpx2.Response) -> Refused:
    """The server's own sentence and code (RFC 9457), or the status of whoever stands before it."""
    status = response.status_code
    try:
        problem = _Problem.model_validate_json(response.content)
    except ValidationError:
        problem = _Problem(retryable=status in TRY_AGAIN)
    return _kind(status, problem.code)(
        status,
        problem.detail or problem.title or f"{response.url.host} answered {status} {response.reason_phrase}.",
        problem.code,
        retryable=problem.retryable,
        errors=problem.errors,
        retry_after=_after(response),
    )


def _kind(status: int, code: str | None) -> type[Refused]:
    if code == Code.NOT_READY and status == 409:
        return NotReady
    return _OF_STATUS.get(status, ServerTrouble if status >= 500 else Refused)


def _after(response: httpx2.Response) -> float | None:
    """Seconds. (A proxy's date counts as if nothing was said.)"""
    told = response.headers.get("Retry-After", "")
    return float(told) if told.isdecimal() else None
