"""The wall clock of a service jumps: nothing that waits, ends or is kept goes by it."""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prometheus_client import REGISTRY
from sqlmodel import col, select, update
from uuid_utils.compat import uuid7

from gateway.records import PostgresRecords
from result_writer.handler import Rules, store_results
from scribeline.contracts import routes
from scribeline.contracts.failures import DependencyDown
from scribeline.contracts.transcription import AudioObject, TranscriptionOptions
from scribeline.contracts.unit import Stage
from scribeline.messaging.broker import Broker
from scribeline.storage import removal
from scribeline.storage.database import Database
from scribeline.storage.idempotency import Repeatable
from scribeline.storage.jobs import NewJob
from scribeline.storage.models import JobRow
from scribeline.storage.s3 import S3Store
from tests.support.audio import jfk, wav_file
from tests.support.births import born, cancel, short
from tests.support.checker import nothing_was_lost
from tests.support.clocks import WallClock
from tests.support.pipeline import pipeline
from tests.support.roles import as_gateway, as_writer
from tests.support.servers import Servers
from tests.support.waiting import eventually

JUMPS = [1.0, -1.5]
"""Hours. A signed address is good for one: a clock behind by less still makes some that are."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> WallClock:
    return WallClock(monkeypatch)


@pytest.mark.parametrize("hours", [1.0, pytest.param(-1.5, marks=[pytest.mark.thorough])])
async def test_while_the_clock_is_wrong_uploads_are_refused_with_the_reason_and_jobs_wait(
    hours: float, servers: Servers, broker: Broker, database_url: str, models_dir: Path, clock: WallClock
) -> None:
    tried_again = handed("retry")
    async with pipeline(servers, broker, database_url, models_dir) as system:
        jobs = [await system.submit(wav_file(jfk())) for _ in range(4)]
        held_back = handed("pause")
        clock.jump(hours)
        await eventually(partial(more_than, held_back, "pause"))
        refused = await system.client.post("/v1/jobs", files={"audio": ("a.wav", wav_file(jfk()))})
        assert (refused.status_code, refused.json()["code"]) == (503, "store_unavailable")
        assert (await system.client.get("/readyz")).status_code == 503
        assert "our clock says" in (await system.client.get("/v1/admin/status")).text
        clock.jump(0)
        jobs.append(await system.submit(wav_file(jfk())))
        for job in jobs:
            assert (await system.ended(job))["status"] == "completed"
        await nothing_was_lost(system, jobs)
    assert handed("retry") == tried_again


@pytest.mark.parametrize("hours", JUMPS)
@pytest.mark.parametrize("call", ["stat", "read", "put", "ping", "remove"])
async def test_a_store_that_refuses_our_clock_is_away_and_both_clocks_are_named(
    hours: float, call: str, store: S3Store, clock: WallClock
) -> None:
    await store.ensure_bucket()
    await store.put("clocks/there", b"x")
    calls: dict[str, Callable[[], Awaitable[Any]]] = {
        "stat": partial(store.stat, "clocks/there"),
        "read": partial(store.read, "clocks/there"),
        "put": partial(store.put, "clocks/new", b"x"),
        "ping": store.ping,
        "remove": partial(store.remove, ["clocks/there"]),
    }
    clock.jump(hours)
    with pytest.raises(DependencyDown, match=r"store is unreachable.*our clock says .* and the store's"):
        await calls[call]()
    clock.jump(0)
    await calls[call]()


async def test_a_job_never_ends_before_it_began_whatever_the_clocks_say(
    database: Database, clock: WallClock
) -> None:
    clock.jump(1)
    job = await born(database, Stage.SHORT, analyze=False)
    clock.jump(-1)
    await stored(database, short(job.id, "a"))
    ended = await row(database, job.id)
    assert ended.started_at is not None
    assert ended.transcribed_at is not None
    assert ended.finished_at is not None
    assert ended.created_at <= ended.started_at <= ended.transcribed_at <= ended.finished_at


@pytest.mark.parametrize(("at_its_end", "later"), [(0.0, 1.0), (-1.0, 0.0)])
async def test_a_deleted_job_is_not_forgotten_while_a_worker_may_still_write(
    at_its_end: float, later: float, database: Database, clock: WallClock
) -> None:
    job = await born(database, Stage.SHORT)
    clock.jump(at_its_end)
    await stored(database, cancel(job.id))
    async with database.transaction() as session:
        gone = {"deleted_at": await session.clock(), "wiped_at": await session.clock()}
        await session.run(update(JobRow).where(col(JobRow.id) == job.id).values(gone))
    clock.jump(later)
    async with database.transaction() as session:
        assert await removal.next_to_forget(session) is None


@pytest.mark.parametrize(("first", "second"), [(0.0, 25.0), (-25.0, 0.0)])
async def test_an_upload_sent_again_makes_one_job_also_where_two_gateways_disagree_on_the_day(
    first: float, second: float, database: Database, clock: WallClock
) -> None:
    records = PostgresRecords(as_gateway(database), window=32, committed=lambda: None)
    clock.jump(first)
    one = await records.create(repeatable())
    clock.jump(second)
    again = await records.create(repeatable())
    assert again.id == one.id


def handed(outcome: str) -> float:
    """How many short units ended so, or went back, in this process."""
    labels = {"queue": routes.SHORT_QUEUE, "outcome": outcome}
    return REGISTRY.get_sample_value("scribeline_messages_total", labels) or 0.0


def more_than(before: float, outcome: str) -> bool:
    return handed(outcome) > before


def repeatable() -> NewJob:
    id_ = uuid7()
    return NewJob(
        id=id_,
        tenant="acme",
        owner=None,
        source=AudioObject(key=f"acme/{id_}/source", bytes=3, sha256="0" * 64),
        stage=Stage.SHORT,
        options=TranscriptionOptions(),
        repeatable=Repeatable("key", None, "f" * 64),
    )


async def stored(database: Database, *results: Any) -> None:
    await store_results(results, database=as_writer(database), rules=Rules(), committed=lambda: None)


async def row(database: Database, job: UUID) -> JobRow:
    async with database.transaction() as session:
        return (await session.exec(select(JobRow).where(col(JobRow.id) == job))).one()
