"""The one result of a unit, as a message."""

import json

from aio_pika import Message
from aio_pika.abc import AbstractIncomingMessage

from scribeline.contracts.catalogue import COMMANDS, TYPE_OF
from scribeline.contracts.codes import MEANINGS, Code
from scribeline.contracts.envelope import Envelope, message_id, wrap
from scribeline.contracts.unit import Command, Error, Handled, Outcome, UnitFailed, UnitRef
from scribeline.messaging.codec import attempt_of, death_of, message, put_off_at

MAX_RESULT = 256 * 1024
"""Bytes of an encoded result: results carry the data itself, and stay small."""


def failure(command: Command, error: Error, handled: Handled | None = None) -> UnitFailed:
    """The outcome that says why the unit cannot be done."""
    placed = error.model_copy(update={"stage": command.unit.stage})
    return UnitFailed(unit=command.unit, error=placed, handled=handled)


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
    """The failure of the unit whose command or result died; None when no unit can be told from it.

    Read leniently: a message that nobody understands, of a version to come perhaps, still names its unit.
    """
    try:
        dead = json.loads(delivery.body)
        unit = UnitRef.model_validate(dead["data"]["unit"])
        reason = f"{MEANINGS[Code.UNIT_DIED].sentence} ({death_of(delivery)})"
        error = Error.of(Code.UNIT_DIED, reason, stage=unit.stage)
        # the attempts of a result that died are not its unit's
        tried = Handled(attempt=attempt_of(delivery), put_off_at=put_off_at(delivery))
        failed = UnitFailed(unit=unit, error=error, handled=tried if dead["type"] in COMMANDS else None)
        return wrap(
            failed,
            id=message_id(unit.job, TYPE_OF[UnitFailed], unit=unit),
            job=unit.job,
            tenant=dead["tenant"],
            owner=None,
            source="dead-letters",
            traceparent=dead.get("traceparent"),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def reply_message(command: Envelope, outcome: Outcome, source: str) -> Message:
    """Encoded; a result over the limit becomes a failure that says so."""
    envelope = reply(command, outcome, source)
    body = envelope.encode()
    if len(body) > MAX_RESULT:
        error = Error.of(
            Code.RESULT_TOO_LARGE, f"The result has {len(body)} bytes.", stage=outcome.unit.stage
        )
        failed = UnitFailed(unit=outcome.unit, error=error, handled=outcome.handled)
        envelope = reply(command, failed, source)
        body = envelope.encode()
    return message(body, str(envelope.id))
