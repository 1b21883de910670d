"""Connections that do not wait for ever.

uvicorn bounds the silence between two requests, but not how slowly a request's head may come.
"""

import asyncio
from typing import Any, ClassVar, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from gateway.leaving import LEFT


class Connection(H11Protocol):
    """Closed when the head of a request is not complete in time: since the connection was made, or since the
    first byte of a further request. So is one whose client goes on with a body after its answer. That it was
    lost stands in the scope of the request that is under way."""

    head_seconds: ClassVar[float]
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self._late = self.loop.call_later(self.head_seconds, self._give_up)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY:
            self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        self._in_time()
        if self.cycle is not None:
            cast(dict[str, Any], self.cycle.scope)[LEFT] = True
        super().connection_lost(exc)

    def _look(self) -> None:
        if not self._waits:
            self._in_time()
        elif self._late is None:
            self._late = self.loop.call_later(self.head_seconds, self._give_up)

    @property
    def _waits(self) -> bool:
        """For a head; or for the rest of a body that nobody reads, as its request is answered."""
        answered = self.cycle is not None and self.cycle.response_complete
        return self.conn.their_state is h11.IDLE or (answered and self.conn.their_state is h11.SEND_BODY)

    def _in_time(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _give_up(self) -> None:
        self._late = None
        self.timeout_keep_alive_handler()


def bounded(head_seconds: float) -> type[H11Protocol]:
    """For uvicorn's `http`."""
    return type("BoundedConnection", (Connection,), {"head_seconds": head_seconds})
