"""Connections to the broker, and what can be wrong with them. Needs the extra `events`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aio_pika
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import (
    AMQPError,
    AuthenticationError,
    ChannelInvalidStateError,
    ChannelNotFoundEntity,
    ConnectionClosed,
    ProbableAuthenticationError,
)
from aiormq.exceptions import ChannelAccessRefused
from yarl import URL

from scribeline.client.errors import NotSubscribed
from scribeline.client.patience import Away

CONNECT_SECONDS = 10.0
CLOSE_SECONDS = 5.0
HEARTBEAT = 30
"""Seconds, where the address says nothing else."""

NOT_ALLOWED = 530
NO_QUEUE = "there is no such queue"
REFUSALS = (AuthenticationError, ProbableAuthenticationError, ChannelAccessRefused)


async def connect(url: str, name: str) -> AbstractConnection:
    """A plain connection: when it is lost, its owner makes another one. `name` is shown to operators."""
    address = URL(url)
    if "heartbeat" not in address.query:
        address = address.update_query(heartbeat=HEARTBEAT)
    return await aio_pika.connect(
        address, timeout=CONNECT_SECONDS, client_properties={"connection_name": name}
    )


async def hang_up(connection: AbstractConnection) -> None:
    """Whatever state it is in. A dead one must not hold up whoever closes it."""
    with suppress(Exception):  # it is closed then, or the broker will find out
        async with asyncio.timeout(CLOSE_SECONDS):
            await connection.close()


@asynccontextmanager
async def reachable(queue: str) -> AsyncIterator[None]:
    """Every way in which a broker can be away becomes Away, and what stays so NotSubscribed."""
    try:
        yield
    except Exception as error:
        told = str(error) or type(error).__name__
        if (why := _refusal(error)) is not None:
            raise NotSubscribed(queue, why) from error
        if not _passing(error):
            raise
        raise Away(told) from error
    except asyncio.CancelledError as error:
        # a connection that dies of a missed heartbeat cancels whoever waits on it, though nobody asked to
        task = asyncio.current_task()
        if task is not None and task.cancelling() == 0:
            raise Away("the connection died") from error
        raise


def _refusal(error: Exception) -> str | None:
    """Why trying again would not help, if so."""
    told = str(error)
    if isinstance(error, ChannelNotFoundEntity):
        # of a queue whose node is down it says "not found", too
        return NO_QUEUE if "no queue" in told else None
    not_allowed = isinstance(error, ConnectionClosed) and NOT_ALLOWED in error.args
    if isinstance(error, REFUSALS) or (not_allowed and "is down" not in told):
        return f"the broker refuses: {told.rstrip('.')}"
    return None


def _passing(error: Exception) -> bool:
    """RuntimeError is aio_pika's and asyncio's word for a transport that closed meanwhile, a bare Exception
    aiormq's for a call that was under way when the connection went."""
    known = isinstance(error, AMQPError | ChannelInvalidStateError | OSError | TimeoutError | RuntimeError)
    return known or type(error) is Exception
