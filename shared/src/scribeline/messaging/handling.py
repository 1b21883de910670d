"""How long a unit was in a worker's hands: measured around its handler, told with its outcome."""

import time
from datetime import UTC, datetime

from aio_pika.abc import AbstractIncomingMessage

from scribeline.contracts.unit import Handled
from scribeline.messaging.codec import attempt_of, put_off_at


class Stopwatch:
    """Runs from when it is made."""

    def __init__(self, delivery: AbstractIncomingMessage) -> None:
        self._delivery = delivery
        self._began_at, self._began = datetime.now(UTC), time.monotonic()

    def read(self) -> Handled:
        return Handled(
            attempt=attempt_of(self._delivery),
            began_at=self._began_at,
            seconds=round(time.monotonic() - self._began, 3),
            put_off_at=put_off_at(self._delivery),
        )
