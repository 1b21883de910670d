"""What messaging adds to the tree in `scribeline.contracts.failures`: two kinds of misconfiguration.

Exception
├── Unroutable           no queue takes the message: a binding is missing
└── TopologyMismatch     the broker has something of that name with other arguments
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aio_pika.exceptions import AMQPError, ChannelInvalidStateError, DeliveryError, PublishError

from scribeline.contracts.failures import DependencyDown
from scribeline.trust import refusal


class Unroutable(Exception):
    """The broker returned a mandatory message. It is not lost: whoever holds it keeps it."""


class Refused(DependencyDown):
    """The broker nacked the message: a queue is full or has no leader just now."""


class TopologyMismatch(Exception):
    """The broker has a queue or exchange of ours with other arguments, of another version perhaps.

    An operator must empty and delete it, or choose another SCRIBELINE_AMQP_PREFIX.
    """


AWAY = (AMQPError, ChannelInvalidStateError, OSError, TimeoutError)


@asynccontextmanager
async def reachable() -> AsyncIterator[None]:
    """Turn every way a broker can be away into DependencyDown("broker"), and a return into Unroutable."""
    try:
        yield
    except PublishError as error:
        raise Unroutable(str(error)) from error
    except DeliveryError as error:
        raise Refused("broker", "it refused the message") from error
    except AWAY as error:
        raise DependencyDown("broker", f"{type(error).__name__}: {refusal(error) or error}") from error
    except RuntimeError as error:  # aio_pika's and asyncio's word for a transport that closed meanwhile
        raise DependencyDown("broker", str(error)) from error
    except Exception as error:
        if type(error) is not Exception:
            raise
        # aiormq's word for a call that was under way when the connection went (TaskWrapper)
        raise DependencyDown("broker", "the connection was lost") from error
    except asyncio.CancelledError as error:
        # a connection that dies of a missed heartbeat cancels whoever waits on it, though nobody asked to
        task = asyncio.current_task()
        if task is not None and task.cancelling() == 0:
            raise DependencyDown("broker", "the connection died") from error
        raise
