"""From an event to one delivery for each webhook that wants it."""

from collections.abc import Callable, Sequence
from datetime import datetime

from scribeline.contracts.envelope import Envelope
from scribeline.storage import callbacks, deliveries
from scribeline.storage.database import EVERYBODY, Database


async def fan_out(
    events: Sequence[Envelope],
    *,
    database: Database,
    clock: Callable[[], datetime],
    committed: Callable[[], None],
) -> None:
    """All deliveries in one transaction; `committed` is called after one that made something to send. What
    comes twice makes nothing more. What deleted jobs had of their own goes in a transaction after it."""
    async with database.transaction(EVERYBODY) as session:
        new = await deliveries.spread(session, events, clock())
    if new:
        committed()
    if any(event.type == callbacks.LAST for event in events):
        async with database.transaction(EVERYBODY) as session:
            await callbacks.forget(session, events)
