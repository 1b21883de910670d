"""A collector of traces: takes OTLP over HTTP as a real one does, and keeps the spans."""

import gzip
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Message
from opentelemetry.proto.trace.v1.trace_pb2 import Status


class Mode(StrEnum):
    GOOD = "good"
    REFUSING = "refusing"
    HANGING = "hanging"
    """It takes connections and answers nothing until it is closed."""


@dataclass(frozen=True)
class Span:
    """Ids in hexadecimal digits; `parent` empty for the first of a trace."""

    service: str
    name: str
    kind: str
    trace: str
    id: str
    parent: str
    failed: bool
    attributes: dict[str, Any] = field(hash=False)


class Collector:
    """`with Collector() as collector:` listens at `collector.url`."""

    def __init__(self, mode: Mode = Mode.GOOD) -> None:
        self.mode = mode
        self.spans: list[Span] = []
        self.asked = threading.Event()
        self.closed = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closed.set()
        self._server.shutdown()
        self._server.server_close()

    def of_trace(self, trace: str) -> list[Span]:
        return [span for span in self.spans if span.trace == trace]

    def services(self, trace: str) -> set[str]:
        return {span.service for span in self.of_trace(trace)}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = collector._taken(self.path, self.headers, body)
                answer = ExportTraceServiceResponse().SerializeToString()
                self.send_response(status)
                self.send_header("content-type", "application/x-protobuf")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
                """Says nothing."""

        return Handler

    def _taken(self, path: str, headers: Any, body: bytes) -> int:
        self.asked.set()
        if self.mode is Mode.HANGING:
            self.closed.wait()
        if self.mode is not Mode.GOOD:
            return 503
        if (path, headers["content-type"]) != ("/v1/traces", "application/x-protobuf"):
            return 404
        if headers["content-encoding"] == "gzip":
            body = gzip.decompress(body)
        self.spans += _read(ExportTraceServiceRequest.FromString(body))
        return 200


def _read(request: ExportTraceServiceRequest) -> Iterator[Span]:
    for of_service in request.resource_spans:
        service = _plain(of_service.resource.attributes)["service.name"]
        for scope in of_service.scope_spans:
            for span in scope.spans:
                yield Span(
                    service=service,
                    name=span.name,
                    kind=Message.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
                    trace=span.trace_id.hex(),
                    id=span.span_id.hex(),
                    parent=span.parent_span_id.hex(),
                    failed=span.status.code == Status.STATUS_CODE_ERROR,
                    attributes=_plain(span.attributes),
                )


def _plain(attributes: Any) -> dict[str, Any]:
    return {each.key: _value(each) for each in attributes}


def _value(attribute: KeyValue) -> Any:
    kind = attribute.value.WhichOneof("value")
    return getattr(attribute.value, kind) if kind else None
