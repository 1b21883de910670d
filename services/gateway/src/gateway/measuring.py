"""Counts each request by the template of its route, so that no path that a client invents is a label."""

from http import HTTPStatus
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.tracing import QUIET
from scribeline.telemetry.metrics.requests import HTTP_REQUEST_SECONDS, HTTP_REQUESTS, METHODS, NO_ROUTE

LEFT = 499
"""Of a client that went before it was answered: no status was sent (nginx has this number for it)."""
STREAM = b"text/event-stream"


class Measuring:
    """Around everything that answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in QUIET:
            await self._app(scope, receive, send)
            return
        began, status, streams = perf_counter(), LEFT, False

        async def answer(message: Message) -> None:
            nonlocal status, streams
            if message["type"] == "http.response.start":
                status = message["status"]
                streams = dict(message.get("headers", ())).get(b"content-type", b"").startswith(STREAM)
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except Exception:
            status = HTTPStatus.INTERNAL_SERVER_ERROR if status == LEFT else status  # Starlette answers it
            raise
        finally:
            method = scope["method"] if scope["method"] in METHODS else METHODS[-1]
            route = _template(scope) if status != HTTPStatus.METHOD_NOT_ALLOWED else NO_ROUTE
            HTTP_REQUESTS.labels(method, route, str(int(status))).inc()
            if not streams:
                HTTP_REQUEST_SECONDS.labels(method, route).observe(perf_counter() - began)


def _template(scope: Scope) -> str:
    """Known once it was found: this is the scope that the router fills. A page that is none of FastAPI's is
    found by who answers it."""
    if "endpoint" in scope and "route" not in scope:
        answers = scope["endpoint"]
        pages = (page for page in scope["app"].routes if getattr(page, "endpoint", None) is answers)
        return getattr(next(pages, None), "path", NO_ROUTE)
    return getattr(scope.get("route"), "path", NO_ROUTE)
