"""W3C Trace Context (w3.org/TR/trace-context): one `traceparent` follows a job through every queue.

Only the identity travels (`version-traceid-spanid-flags`): a message that is sent again has the same bytes,
so that it names the request that the job came with, and nothing of its own way. `tracestate` is not passed
on. Spans are made in `spans.py`.
"""

import json
import re
import secrets
from dataclasses import dataclass

_FORMAT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


@dataclass(frozen=True)
class Trace:
    """A parsed traceparent: 32 and 16 lower-case hex digits, neither all zeros, and the flags byte."""

    trace_id: str
    span_id: str
    flags: int = 1

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.flags:02x}"


def parse(traceparent: str | None) -> Trace | None:
    """None for what is absent or not valid: the standard says to start a new trace then."""
    match = _FORMAT.fullmatch(traceparent.strip()) if traceparent else None
    if match is None:
        return None
    version, trace_id, span_id, flags, more = match.groups()
    if version == "ff" or (version == "00" and more) or not int(trace_id, 16) or not int(span_id, 16):
        return None
    # a later version may define more flags and fields; only the sampled bit is known to all of them
    return Trace(trace_id, span_id, int(flags, 16) & 1)


def new_traceparent() -> str:
    """The root of a new, sampled trace."""
    return str(Trace(secrets.token_hex(16), secrets.token_hex(8)))


def child_of(traceparent: str | None) -> str:
    """The same trace with a span of its own; a new trace when the parent is absent or not valid."""
    parent = parse(traceparent)
    if parent is None:
        return new_traceparent()
    return str(Trace(parent.trace_id, secrets.token_hex(8), parent.flags))


def traceparent_in(body: bytes) -> str | None:
    """Of an encoded message, whatever else it is; None where there is none that is valid."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    given = told.get("traceparent") if isinstance(told, dict) else None
    return given if isinstance(given, str) and parse(given) else None
