"""The result-writer alone, on a real broker and a real database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from sqlalchemy import text

from result_writer.handler import Rules, store_results
from result_writer.main import read_result
from scribeline.contracts import routes
from scribeline.contracts.envelope import Envelope, decode
from scribeline.messaging.batch_worker import BatchWorker
from scribeline.messaging.broker import Broker
from scribeline.messaging.codec import message
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.reply import obituary
from scribeline.messaging.retry import RetryPolicy
from scribeline.storage.database import EVERYBODY, Database
from tests.support.roles import as_writer
from tests.support.waiting import eventually


@asynccontextmanager
async def writing(
    database: Database, broker: Broker, publisher: Publisher
) -> AsyncIterator[BatchWorker[Envelope]]:
    """It consumes until the block ends. What it cannot store is dead at once: no ladder."""
    stop = asyncio.Event()
    writer = BatchWorker(
        {routes.RESULTS_QUEUE: read_result, routes.DEATHS_QUEUE: obituary},
        partial(store_results, database=as_writer(database), rules=Rules(), committed=lambda: None),
        service="result-writer",
        broker=broker,
        publisher=publisher,
        retries=RetryPolicy(()),
    )
    task = asyncio.create_task(writer.run(stop))
    try:
        await eventually(writer.ready.is_set)
        yield writer
    finally:
        stop.set()
        await task


async def hear(database: Database) -> int:
    """Let the writer hear what waits for it in the outbox, as if the broker brought it; how much it was."""
    async with database.transaction(EVERYBODY) as session:
        taken = "DELETE FROM outbox WHERE exchange = 'scribeline.results' RETURNING body"
        found = [decode(bytes(row.body)) for row in await session.run(text(taken))]
    for envelope in found:
        await store_results([envelope], database=as_writer(database), rules=Rules(), committed=lambda: None)
    return len(found)


async def deliver(publisher: Publisher, *results: Envelope | bytes) -> None:
    """Publish results, or bytes that claim to be some, as a worker does."""
    for result in results:
        body = result if isinstance(result, bytes) else result.encode()
        await publisher.publish(routes.RESULTS, routes.RESULTS_QUEUE, message(body, None))
