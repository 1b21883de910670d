"""The messages of the AsyncAPI document: what each tells, and the golden messages as its examples."""

import json
from collections.abc import Iterable
from typing import Any

from docs.event_schemas import REF, SENT, event_name, schemas
from docs.golden import examples

from notifier.content import referring
from scribeline.contracts.catalogue import PINGS, PUBLIC
from scribeline.contracts.envelope import decode

Json = dict[str, Any]

CONTENT_TYPE = "application/cloudevents+json"
WEBHOOK_CONTENT_TYPE = "application/json"
SUFFIXES = {
    "": "The whole message.",
    "brief": "The answer to a job's brief.",
    "confidence": "A text that is too long to be inline, and how sure the model was.",
    "href": "What is left where it is too long to be inline, or where events only refer to what was said.",
    "refs": "As it is sent where events only refer to what was said (`refs`).",
}
"""What a further example shows."""


def message(type_: str) -> Json:
    return {
        "name": type_,
        "title": title(type_),
        "summary": when(type_),
        **({"description": told(type_)} if told(type_) != when(type_) else {}),
        "contentType": CONTENT_TYPE,
        "correlationId": {"$ref": "#/components/correlationIds/subject"},
        "tags": [{"name": type_.partition(".")[0]}],
        "payload": {"$ref": REF + event_name(type_)},
        "examples": list(_examples(type_)),
    }


def any_event() -> Json:
    return {
        "name": "event",
        "title": "Any event",
        "summary": "The messages above, as they were announced.",
        "contentType": CONTENT_TYPE,
        "correlationId": {"$ref": "#/components/correlationIds/subject"},
        "payload": {"oneOf": [{"$ref": REF + event_name(type_)} for type_ in PUBLIC]},
    }


def delivery() -> Json:
    """Any event as a webhook gets it: the same envelope, with headers of Standard Webhooks."""
    text = {"type": "string"}
    headers = {
        "webhook-id": {**text, "description": "The event's id, equal in all tries and replays."},
        "webhook-timestamp": {**text, "description": "Seconds since 1970, of this try."},
        "webhook-signature": {
            **text,
            "description": "`v1,` and the signature in base64; two, with a space between, while a secret is "
            "being replaced.",
        },
    }
    return {
        "name": "delivery",
        "title": "Delivery to a webhook",
        "summary": "Any of the events, signed as Standard Webhooks says.",
        "description": f"All public events, and `{next(iter(PINGS))}`, which goes nowhere else.",
        "contentType": WEBHOOK_CONTENT_TYPE,
        "headers": {"type": "object", "properties": headers, "required": list(headers)},
        "correlationId": {"$ref": "#/components/correlationIds/subject"},
        "tags": [{"name": "webhook"}],
        "payload": {"oneOf": [{"$ref": REF + event_name(type_)} for type_ in SENT]},
        "examples": [_signed(example) for type_ in PINGS for example in _examples(type_)],
    }


def _signed(example: Json) -> Json:
    headers = {
        "webhook-id": example["payload"]["id"],
        "webhook-timestamp": "1795514400",
        "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    }
    return {"name": example["name"], "summary": example["summary"], "headers": headers, **example}


def _examples(type_: str) -> Iterable[Json]:
    for name, payload in examples(type_).items():
        new = name.partition("+")[2]
        yield {"name": name, "summary": SUFFIXES.get(new, f"With {new}."), "payload": payload}
        if not new and (refs := referred(payload)) != payload:
            yield {"name": f"{name}+refs", "summary": SUFFIXES["refs"], "payload": refs}


def referred(payload: Json) -> Json:
    """An event as it is sent where events only refer to what was said."""
    sent: Json = json.loads(referring(decode(json.dumps(payload).encode())).encode())
    return sent


def title(type_: str) -> str:
    """`Action item found`; of a job's own events `Job completed`."""
    kind, _, what = type_.partition(".")
    return what.replace("_", " ").capitalize() if "_" in what else f"{kind} {what}".capitalize()


def told(type_: str) -> str:
    """What its class says of it, in the words of who gets it."""
    return str(schemas()[SENT[type_].__name__]["description"])


def when(type_: str) -> str:
    """The first sentence of that."""
    return told(type_).partition(". ")[0].removesuffix(".") + "."
