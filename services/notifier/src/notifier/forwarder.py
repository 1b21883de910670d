"""From the events' exchange to the public one, where others bind queues of their own."""

import asyncio
from typing import Literal

from aio_pika.abc import AbstractIncomingMessage

from notifier.announcement import Announcement
from notifier.content import referring
from notifier.settings import SERVICE
from notifier.strangers import Strangers
from scribeline.contracts import routes
from scribeline.contracts.catalogue import PUBLIC
from scribeline.messaging.batch_worker import BatchWorker
from scribeline.messaging.broker import Broker
from scribeline.messaging.codec import message, read
from scribeline.messaging.publisher import Publisher

Content = Literal["full", "refs"]


class Forwarder(BatchWorker[Announcement]):
    """Its publisher is for what concerns our own queues; others' are sent to over another connection."""

    def __init__(self, broker: Broker, content: Content, size: int) -> None:
        name = f"{SERVICE} forwarder"
        publisher = Publisher(broker, name)
        self._strangers = Strangers(broker, f"{SERVICE} public", publisher.ping)
        super().__init__(
            {routes.FORWARDER_QUEUE: in_full if content == "full" else in_references},
            self._strangers.send,
            service=name,
            broker=broker,
            publisher=publisher,
            size=size,
        )

    async def run(self, stop: asyncio.Event) -> None:
        async with self._strangers:
            await super().run(stop)


def in_full(delivery: AbstractIncomingMessage) -> Announcement:
    """The bytes as they came, with what a newer writer put there and we do not know. Raises Unreadable."""
    event = read(delivery, list(PUBLIC.values()))
    return Announcement(f"{event.type}.{event.tenant}", message(delivery.body, str(event.id)), event.time)


def in_references(delivery: AbstractIncomingMessage) -> Announcement:
    """Without what was said, so that nothing that we do not know goes through either. Raises Unreadable."""
    event = referring(read(delivery, list(PUBLIC.values())))
    return Announcement(f"{event.type}.{event.tenant}", message(event.encode(), str(event.id)), event.time)
