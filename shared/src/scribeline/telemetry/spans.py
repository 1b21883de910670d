"""Spans of work, for a collector that speaks OpenTelemetry's protocol (OTLP).

While none is named, nothing is made and OpenTelemetry is not imported. A span's parent is what the message
or request carries as its `traceparent`, never something that only this process knows: so the spans of all
services make one trace, whatever dies in between.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from enum import StrEnum
from typing import Protocol

from scribeline.settings import TelemetrySettings

Value = str | int | float | bool
CLOSE_SECONDS = 3.0
"""What is not exported by then, when a service stops, is lost."""


class Kind(StrEnum):
    SERVER = "server"
    CLIENT = "client"
    PRODUCER = "producer"
    CONSUMER = "consumer"


class Span:
    """One that nobody hears of: `traceparent` is its parent's."""

    def __init__(self, traceparent: str | None) -> None:
        self.traceparent = traceparent
        """For what is caused by this span."""

    def set(self, attributes: Mapping[str, Value]) -> None:
        """What shows only within the span."""

    def rename(self, name: str) -> None:
        """For one whose name shows late."""

    def failed(self, reason: str) -> None:
        """A short word for why: a class, a status."""


NOBODY = nullcontext(Span(None))
"""In place of a span while nobody hears of it."""


class Tracer(Protocol):
    def span(
        self, kind: Kind, name: str, parent: str | None, attributes: Mapping[str, Value]
    ) -> AbstractContextManager[Span]: ...

    def close(self, seconds: float) -> None: ...


_tracer: Tracer | None = None
_current: ContextVar[str | None] = ContextVar("traceparent", default=None)


def export(service: str, settings: TelemetrySettings) -> None:
    """From now on, if a collector is named. Never fails for one that is away."""
    global _tracer  # noqa: PLW0603 - one for each process, as its log
    if settings.otlp_endpoint:
        from scribeline.telemetry.otlp import Exporting  # noqa: PLC0415 - 100 ms that nobody else needs

        _tracer = Exporting(service, settings.otlp_endpoint, settings.certificates)


def close() -> None:
    """Send what there is and stop; takes at most `CLOSE_SECONDS`."""
    global _tracer
    tracer, _tracer = _tracer, None
    if tracer is not None:
        tracer.close(CLOSE_SECONDS)


def on() -> bool:
    """Whether anybody hears of spans: what is costly to tell need not be told."""
    return _tracer is not None


def current() -> str | None:
    """The traceparent of the span that this task is in, if any."""
    return _current.get()


@contextmanager
def span(
    kind: Kind,
    name: str,
    parent: str | None,
    attributes: Mapping[str, Value] | None = None,
    *,
    shared: bool = False,
) -> Iterator[Span]:
    """A span around the block, which is the `current` one; not where spans of several traces share the block,
    as what is done within belongs to one of them only. It failed where the block raises."""
    if _tracer is None:
        yield Span(parent)
        return
    with _tracer.span(kind, name, parent, attributes or {}) as made:
        token = _current.set(None if shared else made.traceparent)
        try:
            yield made
        except BaseException as error:
            made.failed(type(error).__name__)
            raise
        finally:
            _current.reset(token)
