"""Every error answer: RFC 9457 problem+json with a stable code of `scribeline.contracts.codes`.

Problem          an answer decided here
Fail             the input's fault, of any layer below
DependencyDown   the store or the database is away: 503 with Retry-After
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from json import dumps
from typing import Any, Literal

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from gateway.sentences import sentence_of
from scribeline.contracts.api.problems import FieldError, ProblemView
from scribeline.contracts.codes import MEANINGS, Code
from scribeline.contracts.failures import DependencyDown, Fail

MEDIA_TYPE = "application/problem+json"
_DOWN = {
    "store": Code.STORE_UNAVAILABLE,
    "database": Code.DATABASE_UNAVAILABLE,
    "broker": Code.BROKER_UNAVAILABLE,
}
_OF_STATUS = {
    400: Code.BAD_REQUEST,
    401: Code.UNAUTHENTICATED,
    403: Code.FORBIDDEN,
    404: Code.NOT_FOUND,
    405: Code.METHOD_NOT_ALLOWED,
    413: Code.UPLOAD_TOO_LARGE,
    415: Code.UNSUPPORTED_MEDIA_TYPE,
    422: Code.INVALID_PARAMETER,
}


class Problem(Exception):
    """Answer the request with this code, and its status if no other is given. `detail` is for the user."""

    def __init__(
        self,
        code: Code,
        detail: str | None = None,
        *,
        errors: list[FieldError] | None = None,
        headers: dict[str, str] | None = None,
        status: int | None = None,
    ) -> None:
        self.code = code
        self.status = status or MEANINGS[code].status
        self.detail = detail
        self.errors = errors or []
        self.headers = headers or {}
        super().__init__(f"{code}: {detail or ''}")


def invalid(field: str, message: str, code: Code = Code.INVALID_PARAMETER) -> Problem:
    """A 422 that names its field."""
    return Problem(code, f"{field}: {message}", errors=[FieldError(field=field, message=message)])


class ProblemResponse(JSONResponse):
    media_type = MEDIA_TYPE

    def render(self, content: Any) -> bytes:
        # ASCII, because a hostile name may hold what UTF-8 cannot: lone surrogates.
        return dumps(content, ensure_ascii=True, separators=(",", ":")).encode()


def answer(problem: Problem, path: str | None = None) -> ProblemResponse:
    """The response that tells of a problem."""
    meaning = MEANINGS[problem.code]
    view = ProblemView(
        type=f"/errors/{problem.code}",
        title=meaning.sentence,
        status=problem.status,
        code=problem.code,
        detail=problem.detail,
        instance=path,
        retryable=meaning.retryable,
        errors=problem.errors,
    )
    body = {name: value for name, value in view.model_dump().items() if value not in (None, [])}
    return ProblemResponse(body, status_code=view.status, headers=problem.headers)


def problem_of(error: DependencyDown | Fail, retry_after: int) -> Problem:
    """A failure of a lower layer as its answer."""
    if isinstance(error, Fail):
        return Problem(error.code, error.message)
    code = _DOWN.get(error.dependency, Code.INTERNAL_ERROR)
    return Problem(code, headers={"Retry-After": str(retry_after)})


Answer = Callable[[Problem, str], Response]


def answer_below(others: Mapping[str, Answer], problem: Problem, path: str) -> Response:
    """The response that tells of a problem; below the paths of `others`, as they say."""
    say = next((others[base] for base in others if f"{path}/".startswith(f"{base}/")), answer)
    return say(problem, path)


def install(app: FastAPI, retry_after: int, others: Mapping[str, Answer]) -> None:
    """Let every exception end as problem+json; below the paths of `others`, as they say."""

    def answered(problem: Problem, request: Request) -> Response:
        return answer_below(others, problem, request.url.path)

    @app.exception_handler(Problem)
    async def _problem(request: Request, error: Problem) -> Response:
        return answered(error, request)

    @app.exception_handler(Fail)
    @app.exception_handler(DependencyDown)
    async def _below(request: Request, error: Fail | DependencyDown) -> Response:
        return answered(problem_of(error, retry_after), request)

    @app.exception_handler(HTTPException)
    async def _framework(request: Request, error: HTTPException) -> Response:
        code = _OF_STATUS.get(error.status_code, Code.BAD_REQUEST)
        told = error.detail if error.detail != HTTPStatus(error.status_code).phrase else None
        headers = dict(error.headers or {})
        if code is Code.METHOD_NOT_ALLOWED:
            headers["Allow"] = ", ".join(_known_methods(app, request))
        problem = Problem(code, told, headers=headers, status=error.status_code)
        return answered(problem, request)

    @app.exception_handler(RequestValidationError)
    async def _validation(request: Request, error: RequestValidationError) -> Response:
        return answered(of_validation(error.errors()), request)

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> Response:  # noqa: ARG001 - logged by the server
        return answered(Problem(Code.INTERNAL_ERROR), request)


def _known_methods(app: FastAPI, request: Request) -> list[str]:
    """Of this address. (Starlette names only those of the first route there.)"""
    return [
        method
        for method in ("DELETE", "GET", "PATCH", "POST", "PUT")
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in app.routes)
    ]


def of_validation(found: Any) -> Problem:
    """Pydantic's findings, without the values that were sent."""
    errors = [
        FieldError(
            field=".".join(
                str(step)[:100] for step in item["loc"] if step not in ("body", "query", "header")
            ),
            message=sentence_of(item),
        )
        for item in found[:20]
    ]
    detail = "; ".join(f"{e.field}: {e.message}" if e.field else e.message for e in errors[:3])
    return Problem(Code.INVALID_PARAMETER, detail, errors=errors)


ResponseDoc = dict[int | str, dict[str, Any]]


def documented(*codes: Code) -> ResponseDoc:
    """For a route's `responses=`: the problems it may answer with, by status."""
    docs: ResponseDoc = {}
    for code in dict.fromkeys(codes):
        status = MEANINGS[code].status
        before: str | Literal[""] = docs[status]["description"] + " " if status in docs else ""
        docs[status] = {
            "description": f"{before}`{code}`: {MEANINGS[code].sentence}",
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    return docs
