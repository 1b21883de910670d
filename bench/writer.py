"""Rows per second of the result-writer against SQLModel with one row per commit, same table, same server.

    . .scribeline/env
    python bench/writer.py            # in a database of its own, which is dropped again

The writer does all of its work: it locks jobs, counts units, decides what comes next, derives states and
writes events. The reference only inserts segments.
"""

import argparse
import asyncio
import os
import secrets
import time

from result_writer.handler import Rules, store_results
from scribeline.contracts.envelope import Envelope
from scribeline.storage.database import Database
from scribeline.storage.migrate import migrate
from scribeline.storage.models import SegmentRow
from tests.support import databases
from tests.support.births import born, chunk, planned
from tests.support.roles import as_writer

PIECES = 60
SEGMENTS = 12
"""Of a piece of a minute."""
BATCH = 64
RULES = Rules(window=1000)


async def ours(database: Database, jobs: int) -> float:
    """Rows per second: segments of `jobs` hours of speech, results of all jobs mixed."""
    ids = [(await born(database, analyze=False, window=1000)).id for _ in range(jobs)]
    await _store(database, [planned(id_, PIECES) for id_ in ids])
    results = [
        chunk(id_, index, *(f"Sentence {n} of piece {index}." for n in range(SEGMENTS)))
        for index in range(PIECES)
        for id_ in ids
    ]
    began = time.monotonic()
    for first in range(0, len(results), BATCH):
        await _store(database, results[first : first + BATCH])
    return len(results) * SEGMENTS / (time.monotonic() - began)


async def _store(database: Database, batch: list[Envelope]) -> None:
    await store_results(batch, database=as_writer(database), rules=RULES, committed=lambda: None)


async def theirs(database: Database, rows: int) -> float:
    """Rows per second, one per commit."""
    job = await born(database)
    began = time.monotonic()
    for n in range(rows):
        async with database.transaction() as session:
            session.add(
                SegmentRow(
                    job=job.id,
                    run=1,
                    piece=n,
                    id=0,
                    tenant=job.tenant,
                    start=n,
                    end=n + 1,
                    text=f"Sentence {n}.",
                    confidence=0.9,
                    avg_logprob=-0.1,
                    no_speech_prob=0.0,
                )
            )
    return rows / (time.monotonic() - began)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--jobs", type=int, default=8)
    given = parser.parse_args()
    server, name = os.environ["SCRIBELINE_DATABASE_URL"], f"bench_{secrets.token_hex(4)}"
    await databases.create(server, name)
    url = databases.named(server, name)
    try:
        await migrate(url)
        database = Database(url)
        reference = await theirs(database, 1000)
        rate = await ours(database, given.jobs)
        await database.close()
    finally:
        await databases.drop(server, name)
    print(f"one row per commit   {reference:8.0f} rows/s")
    print(f"result-writer        {rate:8.0f} rows/s   {rate / reference:.1f}x")


if __name__ == "__main__":
    asyncio.run(main())
