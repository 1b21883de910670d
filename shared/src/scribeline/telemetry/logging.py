"""One JSON object per line on stdout, for our own events and for every library's.

Keys: timestamp, level, event, service, logger, and what is bound: job, unit, trace_id, tenant. A failure
adds `exception`, its traceback as text. Secrets are masked last, so that nothing goes round them.
"""

import logging
import math
import re
import sys
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any, TextIO

import structlog

from scribeline.contracts.envelope import Envelope
from scribeline.contracts.unit import Command, Outcome

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
MASK = "***"

_CHATTY = ("httpx", "httpcore", "httpx2", "urllib3", "faster_whisper")
"""Libraries that tell of every request at INFO."""
_NEVER_MORE = ("httpcore2",)
"""At DEBUG it tells all that a server answers, such as redirects with a signature in their address."""
_SAID_BY_US = ("aiormq.connection", "opentelemetry")
"""Each attempt to connect that fails is an error to them; we tell what is waited for."""

_SECRET_NAME = re.compile(
    r"(^|[_-])(api_?key|key|secret|password|passwd|token|authorization|cookie|credentials?)$", re.IGNORECASE
)
_PLAIN_NAMES = frozenset({"key", "routing_key", "idempotency_key", "object_key"})
"""End like a secret's name and are none: an object's key, a queue's, a client's."""

_SECRET_TEXT = (
    (re.compile(r"(://[^\s/:@]*:)[^\s/]+@"), rf"\1{MASK}@"),  # a URL's password, also one that holds an @
    (re.compile(r"(?i)\b(bearer\s+)[\w.~+/=-]{8,}"), rf"\1{MASK}"),
    (re.compile(r"(?i)\b(x-amz-(?:signature|credential|security-token)=)[^&\s'\"]+"), rf"\1{MASK}"),
)


def configure(service: str, level: str = "INFO") -> None:
    """Send every log line of this process, structlog's and the standard library's, to stdout as JSON.

    May be called again; the last call counts. Raises ValueError for an unknown level.
    """
    known = level.strip().upper()
    if known not in LEVELS:
        raise ValueError(f"log level must be one of {', '.join(LEVELS)}, not {level!r}")

    def name_service(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        first = {key: event.pop(key) for key in ("timestamp", "level", "event") if key in event}
        return {**first, "service": service, **event}  # what people look for stands first

    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = _Stdout()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                name_service,
                mask,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    _install(handler, known)


def _install(handler: logging.Handler, level: str) -> None:
    root = logging.getLogger()
    for former in [h for h in root.handlers if isinstance(h, _Stdout)]:
        root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(level)
    for name in _CHATTY:
        logging.getLogger(name).setLevel("DEBUG" if level == "DEBUG" else "WARNING")
    for name in _SAID_BY_US:
        logging.getLogger(name).setLevel("CRITICAL")
    for name in _NEVER_MORE:
        logging.getLogger(name).setLevel("WARNING")
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True


class _Stdout(logging.StreamHandler[TextIO]):
    """Writes to whatever sys.stdout is at the time, as logging.lastResort does with stderr."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]  # a plain attribute in the base class
        return sys.stdout


@contextmanager
def bound(**context: object) -> Iterator[None]:
    """Add keys to every line logged inside, in this task and those it starts. None adds nothing."""
    known = {key: str(value) for key, value in context.items() if value is not None}
    with structlog.contextvars.bound_contextvars(**known):
        yield


def context_of(envelope: Envelope) -> dict[str, str | None]:
    """What to bind while a message is worked on: `with bound(**context_of(envelope)):`."""
    data = envelope.data
    unit = data.unit if isinstance(data, Command | Outcome) else None
    return {
        "job": str(envelope.subject),
        "unit": f"{unit.stage}/{unit.index}/{unit.run}" if unit else None,
        "trace_id": envelope.trace_id,
        "tenant": envelope.tenant,
    }


def mask(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace secrets by `***`: values of keys that name one; passwords, tokens and signatures in texts."""
    return {key: _masked(key, value) for key, value in event.items()}


def _masked(name: str, value: object) -> object:
    if value is not None and name not in _PLAIN_NAMES and _SECRET_NAME.search(name):
        return MASK
    return _plain(value)


def _plain(value: object) -> object:
    """As JSON knows it, with texts masked; what JSON does not know becomes its text."""
    match value:
        case bool() | int() | None:
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case Mapping():
            return {str(key): _masked(str(key), item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(item) for item in value]
        case BaseException():
            return mask_text(f"{type(value).__name__}: {value}")
        case _:
            return mask_text(str(value))


def mask_text(text: str) -> str:
    """A text without the passwords in its URLs, bearer tokens and signatures."""
    for pattern, replacement in _SECRET_TEXT:
        text = pattern.sub(replacement, text)
    return text
