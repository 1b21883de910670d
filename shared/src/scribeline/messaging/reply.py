"""The one result of a unit, as a message."""

from typing import cast

from aio_pika import Message
from aio_pika.abc import AbstractIncomingMessage

from scribeline.contracts.catalogue import COMMANDS, TYPE_OF
from scribeline.contracts.codes import MEANINGS, Code
from scribeline.contracts.envelope import Envelope, Unreadable, message_id, wrap
from scribeline.contracts.unit import Command, Error, Outcome, UnitFailed
from scribeline.messaging.codec import death_of, message, read

MAX_RESULT = 256 * 1024
"""Bytes of an encoded result: results carry the data itself, and stay small."""


def failure(command: Command, error: Error) -> UnitFailed:
    """The outcome that says why the unit cannot be done."""
    return UnitFailed(unit=command.unit, error=error.model_copy(update={"stage": command.unit.stage}))


def reply(command: Envelope, outcome: Outcome, source: str) -> Envelope:
    """The result's envelope: the command's job, tenant, owner and trace; an id that follows from the unit."""
    return wrap(
        outcome,
        id=message_id(command.subject, TYPE_OF[type(outcome)], unit=outcome.unit),
        job=command.subject,
        tenant=command.tenant,
        owner=command.owner,
        source=source,
        traceparent=command.traceparent,
    )


def obituary(delivery: AbstractIncomingMessage) -> Envelope | None:
    """The failure of a unit whose command died; None when no unit can be told from the message.

    (An unreadable message stays in its queue's dead letters; nothing waits for it.)
    """
    try:
        command = read(delivery, COMMANDS.values())
    except Unreadable:
        return None
    unit = cast(Command, command.data).unit
    reason = f"{MEANINGS[Code.UNIT_DIED].sentence} ({death_of(delivery)})"
    error = Error.of(Code.UNIT_DIED, reason, stage=unit.stage)
    return reply(command, UnitFailed(unit=unit, error=error), "dead-letters")


def reply_message(command: Envelope, outcome: Outcome, source: str) -> Message:
    """Encoded; a result over the limit becomes a failure that says so."""
    envelope = reply(command, outcome, source)
    body = envelope.encode()
    if len(body) > MAX_RESULT:
        error = Error.of(
            Code.RESULT_TOO_LARGE, f"The result has {len(body)} bytes.", stage=outcome.unit.stage
        )
        envelope = reply(command, UnitFailed(unit=outcome.unit, error=error), source)
        body = envelope.encode()
    return message(body, str(envelope.id))
