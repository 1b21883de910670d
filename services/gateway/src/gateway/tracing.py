"""One trace for each request, from its `traceparent` or begun here: on the job and in all its log lines."""

import time

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scribeline.telemetry.logging import bound
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
        traceparent = child_of(Headers(scope=scope).get("traceparent"))
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
                if scope["path"] not in QUIET:
                    took = round(time.monotonic() - begun, 4)
                    log.info(
                        "request", method=scope["method"], path=scope["path"], status=status, seconds=took
                    )
