"""OpenTelemetry's SDK, which batches spans in a thread of its own and sends them by OTLP over HTTP.

Its own variables (`OTEL_*`) hold where they say something that no setting of ours does: headers for a
collector that asks for them, the sampler, attributes of the resource.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version

import structlog
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.trace import Span as Recorded
from opentelemetry.trace.propagation import set_span_in_context

from scribeline.telemetry.spans import Kind, Span, Value
from scribeline.telemetry.tracing import Trace, parse
from scribeline.trust import Certificates

EXPORT_SECONDS = 5.0
"""Of one batch, with all its tries."""
PATH = "/v1/traces"
KINDS = {kind: SpanKind[kind.name] for kind in Kind}

log = structlog.get_logger(__name__)


class Exporting:
    """Implements `spans.Tracer`. What a collector does not take is dropped: the work never waits for it."""

    def __init__(self, service: str, endpoint: str, certificates: Certificates) -> None:
        resource = {
            "service.name": service,
            "service.namespace": "scribeline",
            "service.version": version("scribeline"),
        }
        exporter = OTLPSpanExporter(
            endpoint.rstrip("/") + PATH,
            certificate_file=_text(certificates.ca),
            client_certificate_file=_text(certificates.own),
            client_key_file=_text(certificates.key),
            timeout=EXPORT_SECONDS,
        )
        self._provider = TracerProvider(resource=Resource.create(resource), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(_Told(exporter)))
        self._tracer = self._provider.get_tracer("scribeline")

    @contextmanager
    def span(
        self, kind: Kind, name: str, parent: str | None, attributes: Mapping[str, Value]
    ) -> Iterator[Span]:
        recorded = self._tracer.start_span(name, _context(parent), KINDS[kind], attributes)
        try:
            yield _Exported(recorded, parent)
        finally:
            recorded.end()

    def close(self, seconds: float) -> None:
        """The SDK's own bound is not kept where a collector hangs."""
        closing = threading.Thread(target=self._provider.shutdown, name="spans", daemon=True)
        closing.start()
        closing.join(seconds)


class _Exported(Span):
    def __init__(self, recorded: Recorded, parent: str | None) -> None:
        self._recorded = recorded
        super().__init__(_traceparent(recorded.get_span_context()) or parent)

    def set(self, attributes: Mapping[str, Value]) -> None:
        self._recorded.set_attributes(attributes)

    def rename(self, name: str) -> None:
        self._recorded.update_name(name)

    def failed(self, reason: str) -> None:
        self._recorded.set_attribute("error.type", reason)
        self._recorded.set_status(Status(StatusCode.ERROR, reason))


class _Told(SpanExporter):
    """Says once that a collector takes nothing, and once that it does again."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._taken = True

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._exporter.export(spans)
        taken = result is SpanExportResult.SUCCESS
        if taken is not self._taken:
            self._taken = taken
            if taken:
                log.info("spans are exported again")
            else:
                log.warning("spans are not exported: the collector is away, or refuses them")
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)


def _context(parent: str | None) -> Context:
    """Of the parent alone: what else this process has begun is none."""
    trace = parse(parent)
    if trace is None:
        return Context()
    flags = TraceFlags(trace.flags)
    remote = SpanContext(int(trace.trace_id, 16), int(trace.span_id, 16), is_remote=True, trace_flags=flags)
    return set_span_in_context(NonRecordingSpan(remote), Context())


def _traceparent(context: SpanContext) -> str | None:
    if not context.is_valid:
        return None
    return str(Trace(f"{context.trace_id:032x}", f"{context.span_id:016x}", int(context.trace_flags) & 1))


def _text(path: object) -> str | None:
    return str(path) if path is not None else None
