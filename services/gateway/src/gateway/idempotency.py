"""`Idempotency-Key`: who does not know whether an upload arrived sends it again with the same key."""

import json
from hashlib import sha256
from typing import Annotated

from fastapi import Header

from gateway.uploads import Received
from scribeline.storage.idempotency import Repeatable

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Yours to choose, such as a UUID. The same request with the same key, within 24 hours,"
        " answers with the job that the first one made.",
    ),
]
REPLAYED = "Idempotency-Replayed"
"""`true` on an answer that is about an earlier request's job."""
LATER = {"webhook_url", "webhook_events"}
"""Options that older gateways do not know: they count only where they are asked for, so that a request
without them is the same to all."""


def repeatable(key: str | None, owner: str | None, received: Received) -> Repeatable | None:
    """None without a key."""
    return Repeatable(key, owner, fingerprint(received)) if key else None


def fingerprint(received: Received) -> str:
    """The same for the same options and the same bytes, whichever way they were sent; but an upload in parts
    is nothing but itself: nobody here has read it."""
    unasked = LATER if received.options.webhook_url is None else None
    asked = received.options.model_dump(mode="json", exclude=unasked)
    recording = f"upload {received.upload.id}" if received.upload else received.audio.sha256
    parts = json.dumps([asked, recording], sort_keys=True)
    return sha256(parts.encode()).hexdigest()
