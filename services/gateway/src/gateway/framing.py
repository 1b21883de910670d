"""Requests whose head is too large, or does not say once where the body ends."""

from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.problems import Answer, Problem, answer_below
from scribeline.contracts.codes import Code

HEAD_MAX = 64 * 2**10
"""Bytes of the address and all headers. h11 bounds only what does not come in one piece."""
BOTH = {b"content-length", b"transfer-encoding"}


class Framing:
    """Answers 400 and closes the connection; below the paths of `others`, as they say."""

    def __init__(self, app: ASGIApp, others: Mapping[str, Answer]) -> None:
        self._app = app
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        told = wrong_with(scope) if scope["type"] == "http" else None
        if told is None:
            await self._app(scope, receive, send)
            return
        problem = Problem(Code.BAD_REQUEST, told, headers={"Connection": "close"})
        await answer_below(self._others, problem, scope["path"][:1000])(scope, receive, send)


def wrong_with(scope: Scope) -> str | None:
    """With both a Content-Length and a Transfer-Encoding, a proxy before us may have read another body than
    we would, and taken the rest for a request of somebody else (RFC 9112, 6.1 and 11.2)."""
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    if {name for name, _ in headers} >= BOTH:
        return "It has both a Content-Length and a Transfer-Encoding."
    size = len(scope.get("raw_path") or b"") + len(scope["query_string"])
    if size + sum(len(name) + len(value) for name, value in headers) > HEAD_MAX:
        return f"Its address and headers have more than {HEAD_MAX} bytes."
    return None
