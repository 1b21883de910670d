"""One trace for each request, from its `traceparent` or begun here: on the job and in all its log lines."""

import time
from contextlib import AbstractContextManager
from http import HTTPStatus

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scribeline.telemetry import spans
from scribeline.telemetry.logging import bound
from scribeline.telemetry.metrics.requests import METHODS
from scribeline.telemetry.spans import Kind, Span
from scribeline.telemetry.tracing import child_of, parse

log = structlog.get_logger(__name__)
QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked every few seconds, by those who look after us."""


def traceparent_of(request: Request) -> str:
    """What a job made by this request carries through every queue."""
    found: str = request.scope["scribeline.traceparent"]
    return found


class Tracing:
    """Binds `trace_id` to the logs, answers it as `X-Request-Id`, and logs each request once."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("traceparent")
        with _span(scope, given) as span:
            traceparent = span.traceparent or child_of(given)
            await self._traced(scope, receive, send, traceparent, span)

    async def _traced(self, scope: Scope, receive: Receive, send: Send, traceparent: str, span: Span) -> None:
        trace = parse(traceparent)
        trace_id = trace.trace_id if trace else ""
        scope["scribeline.traceparent"] = traceparent
        begun, status = time.monotonic(), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = trace_id
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        with bound(trace_id=trace_id):
            try:
                await self._app(scope, receive, answer)
            finally:
                _answered(span, scope, status)
                if scope["path"] not in QUIET:
                    took = round(time.monotonic() - begun, 4)
                    log.info(
                        "request", method=scope["method"], path=scope["path"], status=status, seconds=took
                    )


def _span(scope: Scope, given: str | None) -> AbstractContextManager[Span]:
    """By OpenTelemetry's conventions for HTTP servers. Its id is in the `traceparent` of the job."""
    if not spans.on() or scope["path"] in QUIET:
        return spans.NOBODY
    attributes: dict[str, spans.Value] = {
        "http.request.method": _method(scope),
        "url.path": scope["path"],
        "url.scheme": scope.get("scheme", "http"),
    }
    return spans.span(Kind.SERVER, _method(scope), given, attributes)


def _answered(span: Span, scope: Scope, status: int) -> None:
    route = getattr(scope.get("route"), "path", None)
    if route is not None:
        span.rename(f"{_method(scope)} {route}")
        span.set({"http.route": route})
    if status:
        span.set({"http.response.status_code": status})
    if not status or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        span.failed(str(status or "no answer"))


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in METHODS else "_OTHER"
