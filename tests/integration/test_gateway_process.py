"""The gateway as a process: real sockets, signals, and its relay to the broker."""

import asyncio
import signal
import socket

import httpx2
import openai
import pytest
from openai import AsyncOpenAI
from sqlalchemy import text

from scribeline.contracts import routes
from scribeline.messaging.broker import Broker
from scribeline.storage import keys
from scribeline.storage.database import Database
from scribeline.storage.s3 import S3Store
from tests.support.brokers import take_all
from tests.support.gateway_process import KEY, Process
from tests.support.sites import head, silent, site
from tests.support.waiting import eventually

MIB = 2**20


def open_uploads(store: S3Store) -> list[str]:
    listed = store._client._list_multipart_uploads(store.bucket)  # there is no public call for it
    return [str(upload.object_name) for upload in listed.uploads if str(upload.object_name)[:8] == "default/"]


async def begin_upload(gateway: Process, sent: int) -> socket.socket:
    """A client that announces 100 MiB and sends so many bytes of them."""
    client = socket.create_connection(("127.0.0.1", gateway.port))
    head = (
        f"POST /v1/jobs HTTP/1.1\r\nHost: g\r\nX-API-Key: {KEY}\r\n"
        f"Content-Type: audio/wav\r\nContent-Length: {100 * MIB}\r\n\r\n"
    )
    await asyncio.to_thread(client.sendall, head.encode() + bytes(sent))
    return client


async def count_jobs(database: Database) -> int:
    async with database.transaction() as session:
        return int((await session.run(text("SELECT count(*) FROM job"))).scalar_one())


async def test_an_upload_reaches_the_queue_with_the_clients_trace(gateway: Process, broker: Broker) -> None:
    trace = "a" * 32
    async with httpx2.AsyncClient(base_url=gateway.url) as client:
        answer = await client.post(
            "/v1/jobs",
            files={"audio": ("a.wav", b"not really", "audio/wav")},
            headers={"Authorization": f"Bearer {KEY}", "traceparent": f"00-{trace}-{'b' * 16}-01"},
        )
    assert answer.status_code == 202, answer.text

    async def taken() -> list[bytes]:
        return [message.body for message in await take_all(broker, routes.SHORT_QUEUE)]

    [body] = await eventually(taken)
    assert answer.json()["id"].encode() in body
    assert trace.encode() in body


async def test_a_client_that_hangs_up_half_way_leaves_nothing(
    gateway: Process, store: S3Store, database: Database
) -> None:
    client = await begin_upload(gateway, 20 * MIB)
    await eventually(lambda: open_uploads(store))
    client.close()
    await eventually(lambda: not open_uploads(store))
    assert await count_jobs(database) == 0


async def test_a_shutdown_in_the_middle_of_an_upload_leaves_nothing(
    gateway: Process, store: S3Store, database: Database
) -> None:
    client = await begin_upload(gateway, 20 * MIB)
    await eventually(lambda: open_uploads(store))
    gateway.process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(gateway.process.wait(), 60) == 0, gateway.log.read_text()
    assert open_uploads(store) == []
    assert await count_jobs(database) == 0
    client.close()


async def test_a_shutdown_in_the_middle_of_a_fetch_leaves_nothing(
    gateway: Process, store: S3Store, database: Database
) -> None:
    half = silent(head(content_length=str(100 * MIB)) + bytes(20 * MIB))
    async with site({"/a.wav": half}) as web, httpx2.AsyncClient(base_url=gateway.url) as client:
        body = {"audio_url": web.url("/a.wav")}
        asking = asyncio.create_task(client.post("/v1/jobs", json=body, headers={"X-API-Key": KEY}))
        await eventually(lambda: open_uploads(store))
        gateway.process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(gateway.process.wait(), 60) == 0, gateway.log.read_text()
        assert open_uploads(store) == []
        await asyncio.gather(asking, return_exceptions=True)
    assert await count_jobs(database) == 0


async def test_a_refusal_is_seen_by_a_client_that_is_still_sending(gateway: Process) -> None:
    async with httpx2.AsyncClient(base_url=gateway.url) as client:
        answers = [
            await client.post("/v1/jobs", content=bytes(3 * MIB), headers={"content-type": kind, **key})
            for kind, key in (("image/png", {"X-API-Key": KEY}), ("audio/wav", {}))
        ]
    assert [answer.status_code for answer in answers] == [415, 401]


async def test_a_shutdown_answers_who_waits_for_a_transcript_and_its_job_is_cancelled(
    gateway: Process, store: S3Store, database: Database
) -> None:
    async with AsyncOpenAI(base_url=f"{gateway.url}/v1", api_key=KEY, max_retries=0) as client:
        waiting = asyncio.ensure_future(
            client.audio.transcriptions.create(model="whisper-1", file=("a.wav", b"not really"))
        )
        await eventually(lambda: count_jobs(database))
        gateway.process.send_signal(signal.SIGTERM)
        with pytest.raises(openai.InternalServerError) as stopping:
            await waiting
    assert stopping.value.status_code == 503
    assert await asyncio.wait_for(gateway.process.wait(), 60) == 0, gateway.log.read_text()
    async with database.transaction() as session:
        job = (await session.run(text("SELECT id FROM job"))).scalar_one()
    assert await store.stat(keys.cancelled(keys.prefix("default", job), 1)) is not None


async def test_it_leaves_cleanly_when_asked(gateway: Process) -> None:
    gateway.process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(gateway.process.wait(), 60) == 0, gateway.log.read_text()
