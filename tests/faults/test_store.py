"""The object store is away, refuses, or loses what it holds: around an upload, and within a unit."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from scribeline.contracts import routes
from scribeline.messaging.broker import Broker
from scribeline.messaging.topology import dead_queue
from scribeline.storage import keys
from scribeline.storage.database import Database
from scribeline.storage.s3 import S3Store
from tests.support.audio import jfk, wav_file
from tests.support.brokers import depth
from tests.support.checker import nothing_was_lost
from tests.support.pipeline import Pipeline, pipeline
from tests.support.proxy import Mode
from tests.support.refusing_store import BROKEN, FORBIDDEN, FULL, SLOW_DOWN, Door, Refusal, door_to
from tests.support.servers import Servers
from tests.support.waiting import eventually

MIB = 2**20


@asynccontextmanager
async def behind_a_door(
    servers: Servers, broker: Broker, database_url: str, models_dir: Path, **given: Any
) -> AsyncIterator[tuple[Pipeline, Door]]:
    async with door_to(servers.s3_endpoint) as (door, address):
        through = replace(servers, s3_endpoint=address)
        async with pipeline(through, broker, database_url, models_dir, **given) as system:
            yield system, door


@pytest.fixture
async def behind(
    servers: Servers, broker: Broker, database_url: str, models_dir: Path
) -> AsyncIterator[tuple[Pipeline, Door]]:
    async with behind_a_door(servers, broker, database_url, models_dir) as both:
        yield both


def down(door: Door) -> None:
    door.mode = Mode.DOWN
    door.cut()


def listed(store: S3Store) -> set[str]:
    """Keys of all objects of tenant acme, and of uploads that were begun and not ended."""
    objects = store._client.list_objects(store.bucket, "acme/", recursive=True)
    uploads = store._client._list_multipart_uploads(store.bucket).uploads  # there is no public call for it
    return {str(each.object_name) for each in (*objects, *uploads) if str(each.object_name)[:5] == "acme/"}


async def jobs_there(database: Database) -> int:
    async with database.transaction() as session:
        return int((await session.run(text("SELECT count(*) FROM job"))).scalar_one())


async def upload(system: Pipeline, body: bytes | AsyncIterator[bytes]) -> httpx2.Response:
    return await system.client.post(
        "/v1/jobs?analyze=false", content=body, headers={"content-type": "audio/wav"}
    )


def counted(outcome: str, queue: str = routes.SHORT_QUEUE) -> float:
    """Messages of a queue that came to this so far, in this process."""
    labels = {"queue": queue, "outcome": outcome}
    return REGISTRY.get_sample_value("scribeline_messages_total", labels) or 0.0


def refused_clearly(answer: httpx2.Response) -> None:
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")
    assert "retry-after" in answer.headers


REFUSALS = [
    pytest.param(FULL, id="full"),
    pytest.param(FORBIDDEN, marks=pytest.mark.thorough, id="credentials changed"),
    pytest.param(SLOW_DOWN, marks=pytest.mark.thorough, id="slow down"),
    pytest.param(BROKEN, marks=pytest.mark.thorough, id="broken"),
]


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_a_store_that_takes_nothing_refuses_uploads_and_leaves_none(
    refusal: Refusal, behind: tuple[Pipeline, Door]
) -> None:
    system, door = behind
    before = await asyncio.to_thread(listed, system.store)
    door.refusal = refusal
    refused_clearly(await upload(system, wav_file(jfk())))
    assert door.refused
    door.refusal = None
    assert await jobs_there(system.database) == 0
    assert await asyncio.to_thread(listed, system.store) == before
    answer = await upload(system, wav_file(jfk()))
    assert answer.status_code == 202
    await system.ended(answer.json()["id"])
    await nothing_was_lost(system, [answer.json()["id"]])


@pytest.mark.thorough
async def test_a_store_that_is_down_before_an_upload_refuses_it(behind: tuple[Pipeline, Door]) -> None:
    system, door = behind
    down(door)
    refused_clearly(await upload(system, wav_file(jfk())))
    assert await jobs_there(system.database) == 0


async def parts_until(
    middle: Callable[[], Awaitable[Any] | Any], size: int = 40 * MIB
) -> AsyncIterator[bytes]:
    """A recording of several parts; `middle` is called when half of it was sent."""
    for sent in range(0, size, MIB):
        if sent == size // 2:
            told = middle()
            if asyncio.iscoroutine(told):
                await told
        yield bytes(MIB)


async def test_a_store_that_fails_during_an_upload_refuses_it_and_keeps_no_part_of_it(
    behind: tuple[Pipeline, Door],
) -> None:
    system, door = behind
    before = await asyncio.to_thread(listed, system.store)

    def no_more_parts() -> None:
        door.refusal = replace(FULL, to=frozenset({"PUT"}))

    refused_clearly(await upload(system, parts_until(no_more_parts)))
    assert door.refused
    assert await jobs_there(system.database) == 0
    assert await asyncio.to_thread(listed, system.store) == before


@pytest.mark.thorough
async def test_a_store_that_goes_away_during_an_upload_refuses_it(behind: tuple[Pipeline, Door]) -> None:
    """What it holds of it then nobody can remove: that is for the sweep of stale uploads."""
    system, door = behind
    refused_clearly(await upload(system, parts_until(lambda: down(door))))
    door.mode = Mode.PASS
    assert await jobs_there(system.database) == 0


async def test_a_store_that_goes_away_between_the_last_byte_and_the_commit_stops_no_job(
    behind: tuple[Pipeline, Door],
) -> None:
    system, door = behind
    async with system.database.transaction() as session:
        await session.run(text("LOCK TABLE job IN EXCLUSIVE MODE"))
        committing = asyncio.create_task(upload(system, wav_file(jfk())))
        await eventually(lambda: waiting_for_the_lock(system.database))
        down(door)
    answer = await committing
    assert answer.status_code == 202
    before = counted("pause"), counted("retry")
    await eventually(lambda: counted("pause") > before[0])
    door.mode = Mode.PASS
    assert (await system.ended(answer.json()["id"]))["status"] == "completed"
    assert counted("retry") == before[1], "that a store is away is no attempt"
    await nothing_was_lost(system, [answer.json()["id"]])


async def waiting_for_the_lock(database: Database) -> bool:
    async with database.transaction() as session:
        found = await session.run(
            text("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'job'::regclass")
        )
        return bool(found.scalar_one())


MIDDLES = [("HEAD", b"/cancelled"), ("GET", b"/source"), ("PUT", b"/audio.wav")]


@pytest.mark.thorough
@pytest.mark.parametrize(("method", "of"), MIDDLES, ids=["marker", "recording", "normalised recording"])
async def test_a_store_that_refuses_in_the_middle_of_a_unit_costs_no_attempt(
    method: str, of: bytes, behind: tuple[Pipeline, Door]
) -> None:
    system, door = behind
    paused, retried = counted("pause"), counted("retry")
    door.refusal = replace(SLOW_DOWN, to=frozenset({method}), of=of)
    answer = await upload(system, wav_file(jfk()))
    await eventually(lambda: counted("pause") >= paused + 3, within=60)
    door.refusal = None
    assert (await system.ended(answer.json()["id"]))["status"] == "completed"
    assert counted("retry") == retried
    await nothing_was_lost(system, [answer.json()["id"]])


Meddle = Callable[[S3Store, str], Awaitable[None]]


async def ended_after(behind: tuple[Pipeline, Door], store: S3Store, meddle: Meddle) -> dict[str, Any]:
    """A job whose recording was meddled with before its unit began."""
    system, door = behind
    paused, retried = counted("pause"), counted("retry")
    door.refusal = replace(SLOW_DOWN, to=frozenset({"HEAD"}), of=b"/cancelled")
    job = (await upload(system, wav_file(jfk()))).json()["id"]
    await eventually(lambda: counted("pause") > paused)
    await meddle(store, keys.source("acme", UUID(job)))
    door.refusal = None
    ended = await system.ended(job, within=30)
    assert counted("retry") == retried, "it would be the same at every attempt"
    assert await depth(system.broker, dead_queue(routes.SHORT_QUEUE)) == 0
    return ended


async def test_a_recording_that_somebody_removed_fails_its_job_at_once_and_says_so(
    behind: tuple[Pipeline, Door], store: S3Store
) -> None:
    ended = await ended_after(behind, store, lambda store, key: store.remove([key]))
    assert (ended["status"], ended["error"]["code"]) == ("failed", "audio_missing")


@pytest.mark.parametrize(
    "instead",
    [
        pytest.param(bytes(len(wav_file(jfk()))), id="same size"),
        pytest.param(b"not the whole", id="another size", marks=pytest.mark.thorough),
    ],
)
async def test_a_recording_that_somebody_changed_fails_its_job_at_once_and_is_not_transcribed(
    instead: bytes, behind: tuple[Pipeline, Door], store: S3Store
) -> None:
    ended = await ended_after(behind, store, lambda store, key: store.put(key, instead))
    assert (ended["status"], ended["error"]["code"]) == ("failed", "audio_missing")
    assert "not the one that was uploaded" in ended["error"]["message"]


@pytest.mark.thorough
async def test_a_bucket_that_is_gone_is_waited_for_and_fails_no_job(
    behind: tuple[Pipeline, Door], store: S3Store
) -> None:
    """Its objects are not there either, but an operator who mounts it again brings them back."""
    system, door = behind
    retried = counted("retry")
    door.refusal = Refusal(404, "NoSuchBucket", frozenset({"HEAD"}))
    job = (await upload(system, wav_file(jfk()))).json()["id"]
    await eventually(lambda: door.refused >= 3)
    door.refusal = None
    assert (await system.ended(job))["status"] == "completed"
    assert counted("retry") == retried
    await nothing_was_lost(system, [job])
