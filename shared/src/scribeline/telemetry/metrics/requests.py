"""What clients ask of the gateway."""

from scribeline.telemetry.metrics.family import GATEWAY, counter, gauge, histogram

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other")
NO_ROUTE = "unknown"
_ROUTE = f"the route's template, such as /v1/jobs/{{id}}; `{NO_ROUTE}` for every other path or method"

HTTP_REQUESTS = counter(
    "http_requests",
    "HTTP requests by what they were answered. Not those of health checks and scrapes.",
    (GATEWAY,),
    method=METHODS,
    route=_ROUTE,
    status="the answer's number; 499 when the client left before one",
)
HTTP_REQUEST_SECONDS = histogram(
    "http_request_seconds",
    "Time from a request's head to the end of its answer, with its body. Streams of events do not count.",
    (GATEWAY,),
    (0.01, 0.05, 0.1, 0.25, 1, 5, 30, 300),  # few: they are there for each route
    method=METHODS,
    route=_ROUTE,
)
STREAM_CLIENTS = gauge(
    "stream_clients",
    "Clients that follow a job: event streams, and requests that wait for its end.",
    (GATEWAY,),
)
UPLOADS_IN_FLIGHT = gauge("uploads_in_flight", "Uploads that are being received.", (GATEWAY,))
UPLOADS = counter(
    "uploads",
    "Uploads by how they ended. repeated: answered with the job of an earlier one, by its Idempotency-Key.",
    (GATEWAY,),
    outcome=("accepted", "repeated", "refused", "disconnected", "failed"),
)
UPLOAD_BYTES = counter("upload_bytes", "Bytes of audio received.", (GATEWAY,))
