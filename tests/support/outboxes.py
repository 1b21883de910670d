"""What stands in an outbox."""

from datetime import timedelta

from scribeline.contracts.envelope import Envelope, decode
from scribeline.storage import outbox
from scribeline.storage.database import EVERYBODY, Database


async def announced(database: Database) -> list[Envelope]:
    """Every event in the outbox, in the order it was decided."""
    async with database.transaction(EVERYBODY) as session:
        sent = await outbox.claim(session, 1000, timedelta(0))
    return [decode(row.body) for row in sent if row.exchange == "scribeline.events"]
