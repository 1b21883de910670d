"""The outbox: messages written in the transaction that decides them, sent afterwards by the relay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from scribeline.contracts.envelope import Envelope
from scribeline.storage.database import Session
from scribeline.storage.models import OutboxRow


@dataclass(frozen=True)
class Outgoing:
    """A message on its way: `exchange` without prefix, `body` already encoded."""

    id: int
    message_id: str
    exchange: str
    routing_key: str
    body: bytes
    claimed_until: datetime
    """Tells this claim from a later one of another relay."""


def post(session: Session, exchange: str, routing_key: str, message: Envelope) -> None:
    """Write one message to the outbox of the transaction in progress."""
    session.add(
        OutboxRow(
            tenant=message.tenant,
            owner=message.owner,
            job=message.subject,
            message_id=message.id,
            exchange=exchange,
            routing_key=routing_key,
            body=message.encode(),
        )
    )


async def claim(session: Session, limit: int, lease: timedelta) -> list[Outgoing]:
    """Take up to `limit` messages that no other relay is sending, oldest first."""
    rows = await session.run(
        text("""
            WITH due AS (
                SELECT id FROM outbox WHERE claimed_until IS NULL OR claimed_until < now()
                ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
            )
            UPDATE outbox SET claimed_until = now() + :lease FROM due WHERE outbox.id = due.id
            RETURNING outbox.id, message_id, exchange, routing_key, body, claimed_until
        """),
        {"limit": limit, "lease": lease},
    )
    return sorted(
        (
            Outgoing(r.id, str(r.message_id), r.exchange, r.routing_key, bytes(r.body), r.claimed_until)
            for r in rows
        ),
        key=lambda message: message.id,
    )


async def sent(session: Session, messages: Sequence[Outgoing]) -> None:
    """The broker confirmed them: forget them, whoever claims them by now."""
    await session.run(text("DELETE FROM outbox WHERE id = ANY(:ids)"), {"ids": [m.id for m in messages]})


async def refused(session: Session, messages: Sequence[Outgoing], again: timedelta) -> None:
    """The broker returned or nacked them: they stay, and are tried again later."""
    await session.run(
        text("""
            UPDATE outbox SET claimed_until = now() + :again, refusals = refusals + 1 WHERE id = ANY(:ids)
        """),
        {"ids": [m.id for m in messages], "again": again},
    )


async def give_back(session: Session, messages: Sequence[Outgoing]) -> None:
    """Unknown outcome: due again at once, with the same id and bytes, unless another relay has them."""
    await session.run(
        text("""
            UPDATE outbox SET claimed_until = NULL
            FROM unnest(CAST(:ids AS bigint[]), CAST(:claims AS timestamptz[])) AS mine(id, claimed_until)
            WHERE outbox.id = mine.id AND outbox.claimed_until = mine.claimed_until
        """),
        {"ids": [m.id for m in messages], "claims": [m.claimed_until for m in messages]},
    )


async def backlog(session: Session) -> tuple[int, float]:
    """Messages waiting, and the age of the oldest in seconds."""
    row = (
        await session.run(
            text(
                "SELECT count(*) AS depth,"
                " greatest(extract(epoch FROM now() - min(created_at)), 0) AS age FROM outbox"
            )
        )
    ).one()
    return int(row.depth), float(row.age)
