"""Publishing: own connection, mandatory, confirmed. A timeout is an unknown outcome: same id again."""

import asyncio
from time import monotonic

from aio_pika import Message
from aio_pika.abc import AbstractChannel, AbstractConnection

from scribeline.contracts import routes
from scribeline.contracts.failures import DependencyDown
from scribeline.messaging.broker import Broker, hang_up
from scribeline.messaging.errors import Refused, Unroutable, reachable
from scribeline.messaging.traced import sending
from scribeline.telemetry.metrics.publishing import PUBLISH_FAILURES, UNROUTABLE

CONFIRM_SECONDS = 20.0
OPEN_SECONDS = 10.0
PING_SECONDS = 5.0
AGAIN_SECONDS = 0.25
"""How long a failed attempt to connect stands for those that were waiting for it."""
NOWHERE = "ping"
"""A routing key that no queue is bound with: confirmed, and gone."""


class Publisher:
    """Connects when first used and after each loss, declaring the topology each time.

    Its connection is its own, because acks stall on a publishing one under an alarm. Several may share
    it: each uses it as a context manager, and the last one to leave closes it.
    """

    def __init__(self, broker: Broker, name: str, *, refusals_stand: float = 0.0) -> None:
        """`refusals_stand`: seconds for which a channel that was refused something is used on. Where others'
        queues refuse for hours, a new connection after each refusal would cost more than all the rest."""
        self._broker = broker
        self._name = f"{name} publisher"
        self._refusals_stand = refusals_stand
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._opening = asyncio.Lock()
        self._users = 0
        self._under_way = 0
        self._failed = (float("-inf"), "")
        self._refused = float("inf")
        """When this channel was first refused something."""

    async def __aenter__(self) -> "Publisher":
        self._users += 1
        return self

    async def __aexit__(self, *_: object) -> None:
        self._users -= 1
        if self._users == 0:
            await self.close()

    async def publish(
        self,
        exchange: str,
        key: str,
        message: Message,
        *,
        mandatory: bool = True,
        seconds: float = CONFIRM_SECONDS,
    ) -> None:
        """Returns once the broker has the message safely, within so many seconds. Names are without prefix.

        Raises Unroutable (it is mandatory, and no queue takes it) or DependencyDown("broker") (unknown
        outcome or refused).
        """
        channel = await self._open()
        self._under_way += 1
        try:
            with sending(exchange, key, message):
                async with reachable():
                    await self._send(channel, exchange, key, message, seconds, mandatory=mandatory)
        except Unroutable:
            UNROUTABLE.inc()
            raise
        except Refused:
            PUBLISH_FAILURES.labels("refused").inc()
            self._refused = min(self._refused, monotonic())
            raise
        except DependencyDown as down:
            timed_out = isinstance(down.__cause__, TimeoutError)
            PUBLISH_FAILURES.labels("timeout" if timed_out else "lost").inc()
            if channel is self._channel:
                await self.close()  # the next publish starts on a fresh connection
            raise
        finally:
            self._under_way -= 1
            await self._forget_refusal()

    async def _forget_refusal(self) -> None:
        """A channel that was told a queue is full is not told when the limit itself goes: take another one,
        once nobody waits on this one."""
        if self._under_way == 0 and monotonic() - self._refused >= self._refusals_stand:
            await self.close()

    async def _send(
        self,
        channel: AbstractChannel,
        exchange: str,
        key: str,
        message: Message,
        seconds: float,
        *,
        mandatory: bool,
    ) -> None:
        table = self._broker.topology
        target = channel.default_exchange
        if exchange:
            target = await channel.get_exchange(table.name(exchange), ensure=False)
        # under 3 heartbeats, after which a dead connection cancels whoever waits
        timeout = min(seconds, self._broker.heartbeat * 2)
        await target.publish(message, table.key(exchange, key), mandatory=mandatory, timeout=timeout)

    async def ping(self) -> None:
        """Raises DependencyDown("broker") when it confirms nothing: away, frozen, or under an alarm.

        Asked of the one exchange that every service may write to.
        (A connection is blocked only by its first publish: that it opens says nothing.)
        """
        channel = await self._open()
        async with reachable():
            target = await channel.get_exchange(self._broker.topology.name(routes.DEAD), ensure=False)
            await target.publish(Message(b""), NOWHERE, mandatory=False, timeout=PING_SECONDS)

    async def close(self) -> None:
        connection, self._connection, self._channel = self._connection, None, None
        self._refused = float("inf")
        if connection is not None:
            await hang_up(connection)

    async def _open(self) -> AbstractChannel:
        async with self._opening:
            if self._channel is not None and not self._channel.is_closed:
                return self._channel
            when, why = self._failed
            if monotonic() - when < AGAIN_SECONDS:
                raise DependencyDown("broker", why)  # hundreds that wait for a connection need one attempt
            try:
                return await self._connect()
            except DependencyDown as down:
                self._failed = (monotonic(), str(down))
                raise

    async def _connect(self) -> AbstractChannel:
        await self.close()
        connection = await self._broker.connect(self._name)
        self._connection = connection
        async with reachable(), asyncio.timeout(OPEN_SECONDS):
            channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
            await self._broker.keep(channel)
        self._channel = channel
        return channel
