"""How long a message waited, and which messages only seem to have."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aio_pika.abc import AbstractIncomingMessage

from scribeline.messaging.codec import ATTEMPT, REASON, REDRIVE, waited


def delivery(headers: dict[str, Any], *, redelivered: bool = False) -> AbstractIncomingMessage:
    return cast(AbstractIncomingMessage, SimpleNamespace(headers=headers, redelivered=redelivered))


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


def test_a_message_waited_since_it_was_written() -> None:
    assert waited(delivery({}), ago(60)) == pytest.approx(60, abs=30)


def test_a_writer_whose_clock_is_ahead_made_nobody_wait() -> None:
    assert waited(delivery({}), ago(-600)) == 0


@pytest.mark.parametrize("header", [ATTEMPT, REDRIVE])
def test_what_was_set_aside_on_purpose_did_not_wait_for_a_worker(header: str) -> None:
    assert waited(delivery({header: 2}), ago(3600)) is None
    assert waited(delivery({REASON: "a foreign header"}), ago(3600)) is not None


def test_what_a_worker_had_in_hand_before_it_died_waited_for_no_worker_meanwhile() -> None:
    assert waited(delivery({}, redelivered=True), ago(3600)) is None
