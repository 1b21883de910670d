"""Takes events from a subscriber's queue: each at least once, acknowledged after the work."""

import asyncio
import os
import sys
from datetime import timedelta

from scribeline.client import NotSubscribed, PublicEvent, subscribe
from scribeline.contracts.job import JobFailed, TranscriptCompleted


async def handle(event: PublicEvent) -> None:
    """Your work. An event may come again, with the same id, after a crash: that must do no harm."""
    match event.data:
        case TranscriptCompleted(text=text, href=href):  # long texts are not inside: GET them at `href`
            print(event.id, event.type, event.subject, text or href, flush=True)
        case JobFailed(error=error):
            print(event.id, event.type, event.subject, error.code, flush=True)
        case _:
            print(event.id, event.type, event.subject, event.tenant, event.time, flush=True)


async def main() -> None:
    """`SUBSCRIBER_URL` is what making the subscriber printed, `SINCE_HOURS` how far to read back at first."""
    url = os.environ.get("SUBSCRIBER_URL") or sys.exit(
        "Set SUBSCRIBER_URL: making the subscriber printed it."
    )
    hours = os.environ.get("SINCE_HOURS")
    since = timedelta(hours=float(hours)) if hours else None
    async for event in subscribe(url, since=since):
        await handle(event)


try:
    asyncio.run(main())
except NotSubscribed as error:  # a wrong password, no such queue: trying again would not help
    sys.exit(str(error))
except KeyboardInterrupt:
    sys.exit(130)
