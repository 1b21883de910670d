"""The check that every fault test ends with notices each thing that it promises to notice."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from scribeline.contracts import routes
from scribeline.messaging.broker import Broker
from scribeline.messaging.codec import message
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.topology import dead_queue, retry_exchange
from scribeline.storage import keys
from tests.support.audio import jfk, joined, silence, wav_file
from tests.support.brokers import take_all
from tests.support.checker import nothing_was_lost
from tests.support.pipeline import Pipeline, pipeline
from tests.support.servers import Servers

TABLES = ("unit", "segment", "analysis")
MEDDLED = {
    "a unit is open": "UPDATE unit SET status = 'released' WHERE stage = 'chunk' AND index = 0",
    "a piece has no unit": "DELETE FROM unit WHERE stage = 'chunk' AND index = 0",
    "a segment is lost": "DELETE FROM segment WHERE piece = 0 AND id = 0",
    "a piece's words are lost": "DELETE FROM segment WHERE piece = 1",
    "words stand twice": """INSERT INTO segment
        SELECT job, run, piece, id + 1000, tenant, owner, start, "end", text, confidence, avg_logprob,
               no_speech_prob, words, speaker FROM segment WHERE piece = 0""",
    "words of a piece that failed": "UPDATE unit SET status = 'failed' WHERE stage = 'chunk' AND index = 0",
    "an analysis is lost": "DELETE FROM analysis",
    "no analysis is the final one": "UPDATE analysis SET final = false",
}


@asynccontextmanager
async def changed(system: Pipeline, statement: str) -> AsyncIterator[None]:
    """Something is changed by hand, and put back."""
    async with system.database.transaction() as session:
        for table in TABLES:
            await session.run(text(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}"))
        assert (await session.run(text(statement))).rowcount  # type: ignore[attr-defined]  # a CursorResult
    yield
    async with system.database.transaction() as session:
        for table in TABLES:
            await session.run(text(f"DELETE FROM {table}"))
            await session.run(text(f"INSERT INTO {table} SELECT * FROM kept_{table}"))
            await session.run(text(f"DROP TABLE kept_{table}"))


@pytest.mark.thorough
async def test_whatever_is_lost_doubled_or_left_over_is_noticed(
    servers: Servers, broker: Broker, publisher: Publisher, database_url: str, models_dir: Path
) -> None:
    long = pipeline(servers, broker, database_url, models_dir, short_max_bytes=1000, piece_seconds=20.0)
    async with long as system:
        job = await system.submit(wav_file(joined(jfk(), silence(3), jfk(), silence(3), jfk())))
        assert (await system.ended(job))["status"] == "completed"
        await nothing_was_lost(system, [job])
        for what, statement in MEDDLED.items():
            async with changed(system, statement):
                await noticed(system, job, what)
        await nothing_was_lost(system, [job])
        await recordings_are_noticed(system, job)
        await messages_are_noticed(system, job, publisher)


async def noticed(system: Pipeline, job: str, what: str) -> None:
    try:
        await nothing_was_lost(system, [job])
    except AssertionError:
        return
    raise AssertionError(f"not noticed: {what}")


async def recordings_are_noticed(system: Pipeline, job: str) -> None:
    source, audio = keys.recordings_of("acme", UUID(job), 1)
    kept = await system.store.read(source)
    await system.store.put(source, bytes(len(kept)))
    await noticed(system, job, "another recording of the same size")
    await system.store.put(source, kept)
    await nothing_was_lost(system, [job])
    await system.store.remove([audio])
    await noticed(system, job, "the normalised recording is gone")
    await system.store.put(audio, b"there")


async def messages_are_noticed(system: Pipeline, job: str, publisher: Publisher) -> None:
    hour = retry_exchange(3600)
    await publisher.publish(hour, routes.SHORT_QUEUE, message(b"waits for an hour", None))
    await noticed(system, job, "a message was set aside")
    assert len(await take_all(system.broker, hour)) == 1
    await publisher.publish(routes.DEAD, routes.DEATHS_QUEUE, message(b"dead", None))
    await nothing_was_lost(system, [job], dead={dead_queue(routes.DEATHS_QUEUE): 1})
    await noticed(system, job, "a dead letter")
