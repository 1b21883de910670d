"""Spans as a collector gets them, and as little as possible of them where nobody asked."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from scribeline.contracts import routes
from scribeline.messaging.codec import message
from scribeline.messaging.traced import processing_all, sending
from scribeline.settings import TelemetrySettings
from scribeline.telemetry import spans
from scribeline.telemetry.spans import Kind
from scribeline.telemetry.tracing import child_of, new_traceparent, parse, traceparent_in
from tests.support.collector import Collector, Mode
from tests.support.waiting import eventually

ROOT = new_traceparent()


@contextmanager
def exporting(url: str) -> Iterator[None]:
    spans.export("testing", TelemetrySettings(otlp_endpoint=url))
    try:
        yield
    finally:
        spans.close()


def test_a_span_hangs_below_what_its_message_names_and_tells_its_own_name_on() -> None:
    with Collector() as collector:
        with exporting(collector.url), spans.span(Kind.CONSUMER, "outer", ROOT, {"a.b": 1}) as outer:
            assert spans.current() == outer.traceparent
            with spans.span(Kind.PRODUCER, "inner", spans.current()) as inner:
                told = parse(inner.traceparent)
        first, second = sorted(collector.spans, key=lambda span: span.name)
    root = parse(ROOT)
    assert root is not None
    assert told is not None
    assert (first.trace, first.id) == (told.trace_id, told.span_id)
    assert (second.trace, second.parent) == (root.trace_id, root.span_id)
    assert first.parent == second.id
    assert (second.service, second.kind, second.attributes["a.b"]) == ("testing", "consumer", 1)


def test_what_names_no_trace_begins_one_whatever_else_is_under_way() -> None:
    with Collector() as collector:
        with (
            exporting(collector.url),
            spans.span(Kind.SERVER, "one", ROOT),
            spans.span(Kind.SERVER, "two", "not a traceparent"),
        ):
            pass
        by_name = {span.name: span for span in collector.spans}
    assert by_name["two"].parent == ""
    assert by_name["two"].trace != by_name["one"].trace


def test_work_that_raises_failed_and_its_words_stay_here() -> None:
    with Collector() as collector:
        with (
            exporting(collector.url),
            pytest.raises(ValueError, match="secret"),
            spans.span(Kind.CONSUMER, "work", ROOT),
        ):
            raise ValueError("a secret")
        (span,) = collector.spans
    assert (span.failed, span.attributes) == (True, {"error.type": "ValueError"})


def test_a_caller_that_wants_no_trace_gets_none_and_its_wish_goes_on() -> None:
    unsampled = ROOT.removesuffix("01") + "00"
    with Collector() as collector:
        with exporting(collector.url), spans.span(Kind.SERVER, "quiet", unsampled) as span:
            told = parse(span.traceparent)
        assert collector.spans == []
    assert told is not None
    assert (told.trace_id, told.flags) == (parse(child_of(unsampled)).trace_id, 0)  # type: ignore[union-attr]


def taken(traceparent: str) -> Any:
    body = f'{{"traceparent": "{traceparent}"}}'.encode()
    delivery = SimpleNamespace(body=body, headers={}, message_id="one", routing_key="a.b.c")
    return SimpleNamespace(queue=routes.FORWARDER_QUEUE, delivery=delivery, content=None)


def test_events_of_two_jobs_that_are_sent_on_at_once_stay_each_in_its_own_trace() -> None:
    batch = [taken(new_traceparent()), taken(new_traceparent())]
    with Collector() as collector:
        with exporting(collector.url), processing_all(batch):
            for one in batch:
                with sending(routes.PUBLIC, "a.b.c", message(one.delivery.body, "one")):
                    pass
        told = [names_in_trace_of(one.delivery.body, collector) for one in batch]
    assert told == [["process notifier.public", "publish scribeline.public"]] * 2


def names_in_trace_of(body: bytes, collector: Collector) -> list[str]:
    trace = parse(traceparent_in(body))
    assert trace is not None
    return sorted(span.name for span in collector.of_trace(trace.trace_id))


async def test_a_collector_that_hangs_is_left_behind() -> None:
    with Collector(Mode.HANGING) as collector:
        spans.export("testing", TelemetrySettings(otlp_endpoint=collector.url))
        with spans.span(Kind.SERVER, "work", ROOT):
            pass
        closing = threading.Thread(target=spans.close, daemon=True)
        closing.start()
        closing.join(20)  # the SDK would wait for 30
        assert not closing.is_alive()
        assert collector.asked.is_set()
    await eventually(lambda: not any("OtelBatch" in each.name for each in threading.enumerate()))


async def test_that_nothing_is_taken_is_told_once_and_that_it_is_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
    with Collector(Mode.REFUSING) as collector, capture_logs() as logged, exporting(collector.url):

        async def told(what: str) -> bool:
            with spans.span(Kind.SERVER, "work", ROOT):
                pass
            return any(what in each["event"] for each in logged)

        await eventually(lambda: told("not exported"))
        collector.mode = Mode.GOOD
        await eventually(lambda: told("exported again"))
    assert [each["log_level"] for each in logged if "exported" in each["event"]] == ["warning", "info"]


@pytest.mark.parametrize(
    "main", ["gateway.main", "transcriber.main", "analyzer.main", "result_writer.main", "notifier.main"]
)
def test_a_service_without_a_collector_does_not_even_import_the_sdk(main: str) -> None:
    program = (
        f"import sys, {main}\n"
        "from scribeline.settings import TelemetrySettings\n"
        "from scribeline.telemetry import spans\n"
        "spans.export('testing', TelemetrySettings())\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry.sdk')])"
    )
    ran = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert ran.stdout.strip() == "[]"
