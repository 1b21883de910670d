"""Problems as OpenAI's API tells of them, so that its clients raise what their users catch."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from gateway.problems import Problem, ProblemResponse, ResponseDoc
from scribeline.contracts.codes import MEANINGS, Code

BASE = "/v1/audio"
"""Below it, every error looks so, also that of an address that does not exist."""
OPENAI_CODES = {Code.UNAUTHENTICATED: "invalid_api_key", Code.MODEL_NOT_ALLOWED: "model_not_found"}
"""Ours that have a well-known name there; the others keep their own."""
OPENAI_STATUSES = {415: 400, 422: 400}
"""It answers 400 to whatever is wrong with the request itself."""
SHOULD_RETRY = "X-Should-Retry"
"""OpenAI's clients obey it, and else send whatever failed with a 409 or a 5xx again, twice."""


class ErrorDetail(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    message: str
    type: str
    """`invalid_request_error`, `rate_limit_error` or `server_error`."""
    param: str | None
    """Which field is wrong."""
    code: str
    """A code of `docs/errors.md`, but `invalid_api_key` and `model_not_found` by OpenAI's names."""


class OpenAIError(BaseModel):
    error: ErrorDetail


class OpenAIErrorResponse(ProblemResponse):
    media_type = "application/json"


def answer(problem: Problem, path: str) -> OpenAIErrorResponse:
    """The response that tells of a problem."""
    told = body(problem).model_dump()
    if problem.code is Code.NOT_FOUND and problem.detail is None:
        told["error"]["message"] = f"There is nothing at {path}."
    again = {SHOULD_RETRY: str(MEANINGS[problem.code].retryable).lower()}
    return OpenAIErrorResponse(told, _status(problem.code, problem.status), {**again, **problem.headers})


def body(problem: Problem) -> OpenAIError:
    detail = ErrorDetail(
        message=problem.detail or MEANINGS[problem.code].sentence,
        type=_type(_status(problem.code, problem.status)),
        param=problem.errors[0].field if problem.errors else None,
        code=OPENAI_CODES.get(problem.code, problem.code.value),
    )
    return OpenAIError(error=detail)


def _status(code: Code, ours: int) -> int:
    return 404 if code is Code.MODEL_NOT_ALLOWED else OPENAI_STATUSES.get(ours, ours)


def _type(status: int) -> str:
    if status == 429:
        return "rate_limit_error"
    return "server_error" if status >= 500 else "invalid_request_error"


def documented(*codes: Code) -> ResponseDoc:
    """As `problems.documented`, for a route below `BASE`."""
    told: dict[int, list[str]] = {}
    for code in codes:
        name = OPENAI_CODES.get(code, code.value)
        told.setdefault(_status(code, MEANINGS[code].status), []).append(
            f"`{name}`: {MEANINGS[code].sentence}"
        )
    schema: dict[str, Any] = {"schema": {"$ref": f"#/components/schemas/{OpenAIError.__name__}"}}
    return {
        status: {"description": " ".join(sentences), "content": {"application/json": schema}}
        for status, sentences in told.items()
    }
