"""What the notifier makes of stored events, and of their deliveries, without one that sends."""

from datetime import UTC, datetime
from json import dumps

from sqlalchemy import text

from scribeline.contracts.envelope import Envelope, decode
from scribeline.storage import deliveries
from scribeline.storage.database import EVERYBODY
from tests.support.api import Api
from tests.support.roles import as_notifier


async def stored(api: Api) -> list[Envelope]:
    """The events, but for those that were forgotten."""
    async with api.database.transaction() as session:
        rows = await session.run(text("SELECT body FROM event WHERE body <> '' ORDER BY position"))
        return [decode(bytes(row.body)) for row in rows]


async def spread(api: Api) -> int:
    """All job events heard, by the notifier; returns how many deliveries are new."""
    heard = [event for event in await stored(api) if not event.type.startswith("webhook.")]
    async with as_notifier(api.database).transaction(EVERYBODY) as session:
        return await deliveries.spread(session, heard, datetime.now(UTC))


async def settle(api: Api, status: str, where: str = "true") -> None:
    """Deliveries that were pending end so."""
    tried = dumps([{"at": "2026-11-22T00:00:00Z", "status": 500, "error": "x", "body": "no", "seconds": 1}])
    async with as_notifier(api.database).transaction(EVERYBODY) as session:
        await session.run(
            text(f"""
                UPDATE delivery SET status = :status, reason = 'told', attempts = 10, ended_at = now(),
                    tries = CAST(:tried AS jsonb) WHERE status = 'pending' AND {where}
            """),
            {"status": status, "tried": tried},
        )
