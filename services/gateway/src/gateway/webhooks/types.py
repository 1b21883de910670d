"""Types of events, as a request names them."""

from collections.abc import Collection
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from scribeline.contracts.catalogue import EVENTS, PINGS, PUBLIC


def _one_of(name: str, known: Collection[str]) -> str:
    if name not in known:
        raise ValueError(f"{name[:100]!r} is none of {', '.join(known)}")
    return name


MOST_TYPES = 50
"""Names in one list."""

EventType = Annotated[
    str,
    AfterValidator(lambda name: _one_of(name, PUBLIC)),
    WithJsonSchema({"type": "string", "enum": list(PUBLIC)}),
]
"""What a webhook can be told of."""
JobEventType = Annotated[
    str,
    AfterValidator(lambda name: _one_of(name, EVENTS)),
    WithJsonSchema({"type": "string", "enum": list(EVENTS)}),
]
"""What a job can."""
SENT = (*PUBLIC, *PINGS)
SentType = Annotated[
    str, AfterValidator(lambda name: _one_of(name, SENT)), WithJsonSchema({"type": "string", "enum": [*SENT]})
]
"""What can stand in the log."""
