"""How fast each API key may ask this process.

It costs no query: what a tenant is allowed comes with its key.
"""

from typing import Any

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.auth import Principal
from gateway.limits.buckets import Buckets, Rate, Verdict, retry_after
from gateway.problems import Problem
from gateway.settings import GatewaySettings
from scribeline.contracts.codes import Code

KEYS = 10_000
"""Buckets in memory, of 200 bytes."""
TOLD = "scribeline.rate"
"""In the scope: the headers of the answer."""


class Rates:
    def __init__(self, settings: GatewaySettings, buckets: Buckets | None = None) -> None:
        self._settings = settings
        self._buckets = buckets or Buckets(KEYS)

    def count(self, request: Request, principal: Principal) -> None:
        """Raises Problem(RATE_LIMITED)."""
        rate = self.rate_of(principal)
        if rate is None:
            return
        verdict = self._buckets.take(principal.key, rate)
        request.scope.get(TOLD, {}).update(headers_of(rate, verdict))
        if not verdict.allowed:
            told = f"This key may ask {rate.per_second:g} times a second, and {rate.burst} times at once."
            raise Problem(Code.RATE_LIMITED, told, headers={"Retry-After": retry_after(verdict)})

    def rate_of(self, principal: Principal) -> Rate | None:
        """The tenant's own, else the server's; None is without bound."""
        limits, settings = principal.limits, self._settings
        own = limits.requests_per_second
        per_second = settings.rate_limit_per_second if own is None else own
        return Rate(per_second, limits.requests_burst or settings.rate_limit_burst) if per_second else None


def headers_of(rate: Rate, verdict: Verdict) -> dict[str, str]:
    """As of draft-ietf-httpapi-ratelimit-headers-10: whole seconds, rounded up."""
    return {
        "RateLimit-Policy": f'"key";q={rate.burst};w={_up(rate.window)}',
        "RateLimit": f'"key";r={verdict.left};t={_up(verdict.full_in)}',
    }


def _up(seconds: float) -> int:
    return max(1, -int(-seconds // 1))


class RateHeaders:
    """Puts them on every answer that was counted, also on errors and streams."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        told: dict[str, Any] = {}
        scope[TOLD] = told

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(told)
            await send(message)

        await self._app(scope, receive, answer)
