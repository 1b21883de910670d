"""OpenAI's face over a real database: whom it waits for, how long, and what becomes of the job."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import openai
import pytest
from fastapi.sse import KEEPALIVE_COMMENT
from openai import AsyncOpenAI

from gateway.app import create_app
from gateway.auth import Principal, Scope
from gateway.context import Gateway
from gateway.filters import Page
from gateway.openai import streaming
from gateway.openai.streaming import Spoken, spoken
from gateway.openai.waiting import Waiter
from gateway.problems import Problem
from result_writer.handler import Rules, store_results
from scribeline.contracts.envelope import Envelope
from scribeline.contracts.unit import Stage
from scribeline.storage import keys
from tests.support import births
from tests.support.api import AUDIO, KEY, Api
from tests.support.openai_client import inside
from tests.support.waiting import eventually

PRINCIPAL = Principal("acme", None, frozenset(Scope), None)
FILE = ("a.wav", AUDIO)


class Face:
    """A gateway whose workers are the test."""

    def __init__(self, api: Api, gateway: Gateway, client: AsyncOpenAI) -> None:
        self.api, self.gateway, self.client = api, gateway, client

    async def job(self) -> UUID:
        """The only one, once it is there and waited for."""
        await eventually(lambda: len(self.gateway.hub._everyone()) == 1)
        [row] = await self.api.records.jobs(PRINCIPAL, Page())
        return row.id

    async def write(self, *batch: Envelope) -> None:
        """Results of workers; whoever waits looks."""
        await store_results(batch, database=self.api.database, rules=Rules(), committed=lambda: None)
        self.gateway.hub.missed()

    def cancelled(self, job: UUID) -> bool:
        """Whether its workers are told so."""
        return keys.cancelled(keys.prefix("acme", job), 1) in self.api.stored()

    async def waiter(self, *, may_return: bool = False) -> Waiter:
        answer = await self.api.send(analyze="false")
        row = await self.gateway.job(PRINCIPAL, answer.json()["id"])
        return Waiter(self.gateway, PRINCIPAL, row, may_return=may_return)


@pytest.fixture
def changes() -> dict[str, Any]:
    """Settings that a test wants otherwise."""
    return {}


@pytest.fixture
async def face(api: Api, changes: dict[str, Any]) -> AsyncIterator[Face]:
    api.settings = api.settings.model_copy(update={"short_max_bytes": 0, **changes})
    async with api.client(), inside(create_app(api.gateway), KEY, max_retries=1) as client:
        yield Face(api, api.gateway, client)


async def events(pieces: AsyncIterator[bytes]) -> list[dict[str, Any]]:
    async with asyncio.timeout(10):
        return [json.loads(piece.partition(b"data: ")[2]) async for piece in pieces if b"data: " in piece]


async def delta(pieces: AsyncIterator[bytes]) -> str:
    async with asyncio.timeout(10):
        while (piece := await anext(pieces)) == KEEPALIVE_COMMENT:
            pass
    return str(json.loads(piece.partition(b"data: ")[2])["delta"])


async def test_text_comes_as_soon_as_nothing_before_it_is_missing(face: Face) -> None:
    waiter = await face.waiter()
    job, pieces = waiter.row.id, spoken(waiter)
    first = asyncio.ensure_future(delta(pieces))
    await face.job()
    await face.write(births.planned(job, 4))
    await face.write(births.chunk(job, 1, " two", " three"))
    await face.write(births.chunk(job, 0, " One,"))
    assert await first == "One, two three"

    await face.write(births.failed(job, Stage.CHUNK, 2))
    await face.write(births.chunk(job, 3, " five."))
    *rest, done = await events(pieces)
    assert [event["delta"] for event in rest] == [" five."]
    assert done == {"type": "transcript.text.done", "text": "One, two three five."}


async def test_a_stream_that_is_silent_is_kept_alive(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "HEARTBEAT_SECONDS", 0.05)
    pieces = spoken(await face.waiter())
    async with asyncio.timeout(10):
        assert await anext(pieces) == KEEPALIVE_COMMENT
    await pieces.aclose()


async def test_what_fails_after_the_first_text_is_the_last_event(face: Face) -> None:
    waiter = await face.waiter()
    job, pieces = waiter.row.id, spoken(waiter)
    first = asyncio.ensure_future(anext(pieces))
    await face.job()
    await face.write(births.planned(job, 2))
    await face.write(births.chunk(job, 0, " One"))
    answer = Spoken(waiter, await first, pieces, {})
    face.gateway.hub.close()

    told = await events(answer.body_iterator)  # type: ignore[arg-type]  # they are bytes
    assert told[0]["delta"] == "One"
    assert (told[1]["error"]["code"], told[1]["error"]["type"]) == ("not_ready", "server_error")


async def leave(answer: Spoken) -> None:
    """A client that goes away as soon as the first text was sent."""
    begun = asyncio.Event()

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            begun.set()

    async def receive() -> dict[str, str]:
        await begun.wait()
        return {"type": "http.disconnect"}

    async with asyncio.timeout(10):
        await answer({"type": "http", "asgi": {"spec_version": "2.3"}}, receive, send)


@pytest.mark.parametrize("may_return", [False, True])
async def test_who_leaves_in_the_middle_of_a_text_cancels_the_job_unless_coming_back(
    face: Face, may_return: bool
) -> None:
    waiter = await face.waiter(may_return=may_return)
    await leave(Spoken(waiter, KEEPALIVE_COMMENT, spoken(waiter), {}))
    assert face.cancelled(waiter.row.id) is not may_return
    assert not face.gateway.hub._everyone()


@pytest.mark.parametrize("changes", [{"openai_wait_seconds": 0.3}])
async def test_who_waited_long_enough_is_told_the_job_which_goes_on(face: Face) -> None:
    with pytest.raises(openai.InternalServerError) as late:
        await face.client.audio.transcriptions.create(model="whisper-1", file=FILE)
    [row] = await face.api.records.jobs(PRINCIPAL, Page())  # and was not tried again
    assert (late.value.status_code, late.value.code) == (504, "not_ready")
    assert late.value.response.headers["x-scribeline-job"] == str(row.id)
    assert f"GET /v1/jobs/{row.id}/transcript" in late.value.message
    assert not face.cancelled(row.id)


async def test_a_server_that_stops_says_so_and_the_job_is_not_done_for_nobody(face: Face) -> None:
    client = face.client.with_options(max_retries=0)
    waiting = asyncio.ensure_future(client.audio.transcriptions.create(model="whisper-1", file=FILE))
    job = await face.job()
    face.gateway.hub.close()
    with pytest.raises(openai.InternalServerError) as stopping:
        await waiting
    assert (stopping.value.status_code, stopping.value.response.headers["x-should-retry"]) == (503, "true")
    assert face.cancelled(job)


@pytest.mark.parametrize("changes", [{"short_max_bytes": len(AUDIO)}])
async def test_one_key_makes_one_job_and_all_who_give_it_get_its_words(face: Face) -> None:
    create = face.client.audio.transcriptions.with_raw_response.create
    headers = {"Idempotency-Key": "again"}
    waiting = asyncio.ensure_future(create(model="whisper-1", file=FILE, extra_headers=headers))
    job = await face.job()
    await face.write(births.short(job, "Hello."))
    first = await waiting
    again = await create(model="whisper-1", file=FILE, extra_headers=headers, response_format="text")
    other = face.client.audio.transcriptions.create(
        model="whisper-1", file=FILE, extra_headers=headers, language="en"
    )
    with pytest.raises(openai.BadRequestError) as reused:
        await other
    assert [first.headers.get(name) for name in ("x-scribeline-job", "idempotency-replayed")] == [
        str(job),
        None,
    ]
    assert (again.headers["x-scribeline-job"], again.headers["idempotency-replayed"]) == (str(job), "true")
    assert again.text == "Hello.\n"
    assert reused.value.code == "idempotency_key_reused"


async def test_a_job_that_someone_cancels_ends_the_waiting_for_good(face: Face) -> None:
    waiting = asyncio.ensure_future(face.client.audio.transcriptions.create(model="whisper-1", file=FILE))
    job = await face.job()
    await face.write(births.cancel(job))
    with pytest.raises(openai.ConflictError) as ended:
        await waiting
    assert (ended.value.code, ended.value.response.headers["x-should-retry"]) == ("cancelled", "false")


async def test_a_job_that_failed_is_an_error_with_its_own_code(face: Face) -> None:
    waiter = await face.waiter()
    await face.write(births.failed(waiter.row.id, Stage.PLAN))
    with pytest.raises(Problem) as failed:
        await anext(spoken(waiter))
    row = await face.gateway.job(PRINCIPAL, str(waiter.row.id))
    assert row.error is not None
    assert failed.value.code == row.error["code"]
