"""Server-sent events as a client reads them."""

from dataclasses import dataclass
from typing import Any

import httpx2
from pydantic import TypeAdapter

_JSON: TypeAdapter[Any] = TypeAdapter(Any)


@dataclass(frozen=True)
class Sent:
    """One event."""

    type: str
    id: str | None
    data: Any


def sent(answer: httpx2.Response) -> list[Sent]:
    """The events of a stream that is over."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    return [event for block in answer.text.split("\n\n") if (event := read(block)) is not None]


def read(block: str) -> Sent | None:
    """One event; None for a comment."""
    fields: dict[str, list[str]] = {}
    for line in block.splitlines():
        name, _, value = line.partition(":")
        fields.setdefault(name, []).append(value.removeprefix(" "))
    if "data" not in fields:
        return None
    data = _JSON.validate_json("\n".join(fields["data"]))
    return Sent(fields["event"][0], fields.get("id", [None])[0], data)
