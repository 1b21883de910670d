"""A span around each try, by OpenTelemetry's conventions for HTTP clients. Receivers' own hang below it."""

from dataclasses import replace
from urllib.parse import urlsplit

from notifier.outgoing import Answer, Outgoing, Send
from scribeline.telemetry import spans
from scribeline.telemetry.spans import Kind, Value


async def traced(send: Send, outgoing: Outgoing) -> Answer:
    """What `send` brings."""
    if not spans.on():
        return await send(outgoing)
    with spans.span(Kind.CLIENT, "POST", outgoing.traceparent, _told(outgoing)) as span:
        answer = await send(replace(outgoing, traceparent=span.traceparent))
        if answer.status is not None:
            span.set({"http.response.status_code": answer.status})
        if not answer.ok:
            span.failed(str(answer.status or "no answer"))
        return answer


def _told(outgoing: Outgoing) -> dict[str, Value]:
    """Without the path and the query, which may hold a secret of the receiver's."""
    address = urlsplit(outgoing.url)
    told: dict[str, Value] = {
        "http.request.method": "POST",
        "url.scheme": address.scheme,
        "server.address": address.hostname or "",
        "scribeline.type": outgoing.type,
        "messaging.message.id": outgoing.id,
    }
    if address.port is not None:
        told["server.port"] = address.port
    return told
