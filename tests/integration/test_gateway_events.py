"""Following events: what was missed comes from the database, what is new from the hub; real database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Any
from uuid import UUID

import pytest
from fastapi.sse import KEEPALIVE_COMMENT
from sqlalchemy import event as hooks
from sqlalchemy import text
from uuid_utils.compat import uuid7

from gateway import event_stream, streams
from gateway.auth import Principal, Scope
from gateway.context import Gateway
from gateway.openai.streaming import Spoken, spoken
from gateway.openai.waiting import Waiter
from gateway.routes import events
from gateway.waiting import when_ended
from result_writer.handler import Rules, store_results
from result_writer.retention import Retention
from scribeline.contracts.envelope import Envelope, decode, wrap
from scribeline.contracts.failures import DependencyDown
from scribeline.contracts.job import JobEvent
from scribeline.contracts.unit import Stage
from scribeline.contracts.webhook import WebhookEvent, WebhookPaused, WebhookPing
from scribeline.storage.database import EVERYBODY
from scribeline.storage.events import record
from tests.support import births
from tests.support.api import Api
from tests.support.outboxes import announced
from tests.support.roles import as_notifier, as_writer
from tests.support.sse import Sent, read
from tests.support.waiting import eventually

PRINCIPAL = Principal("acme", None, frozenset(Scope), None)
ANN = Principal("acme", "ann", frozenset(Scope), None)


async def write(api: Api, *batch: Envelope) -> None:
    await store_results(batch, database=as_writer(api.database), rules=Rules(), committed=lambda: None)


async def told(api: Api) -> list[Envelope]:
    """Every public event that was announced, in the outbox still."""
    return [each for each in await announced(api.database) if isinstance(each.data, JobEvent)]


class Client:
    """Reads a stream piece by piece."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces

    async def next(self) -> Sent:
        """The next event; comments are passed over."""
        async with asyncio.timeout(10):
            async for piece in self._pieces:
                if found := read(piece.decode()):
                    return found
        raise AssertionError("the stream is over")

    async def rest(self) -> list[Sent]:
        """Events until the stream ends."""
        async with asyncio.timeout(10):
            return [found async for piece in self._pieces if (found := read(piece.decode()))]

    async def silent(self) -> bool:
        """Nothing comes but the heartbeat."""
        async with asyncio.timeout(10):
            return await anext(self._pieces) == KEEPALIVE_COMMENT


@pytest.fixture
def quick_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT_SECONDS", 0.2)


@pytest.fixture
async def gateway(api: Api) -> Gateway:
    async with api.client():
        return api.gateway


async def a_job(api: Api, owner: str | None = None) -> UUID:
    key = f"sl_{owner}"
    await api.add_key(key, owner=owner)
    return UUID((await api.send(key=key, analyze="false")).json()["id"])


async def test_a_followed_job_begins_with_what_was_missed_and_goes_on_with_what_comes(
    api: Api, gateway: Gateway
) -> None:
    job = await a_job(api)
    client = Client(streams.of_job(gateway, PRINCIPAL, job, None))
    assert (await client.next()).data["queue_position"] == 0
    assert (await client.next()).type == "job.accepted"

    await write(api, births.short(job, "Hello."))
    _, *rest = await told(api)
    for event in rest:
        gateway.hub.hear(event)

    assert [(e.type, e.id) for e in await client.rest()] == [(e.type, str(e.id)) for e in rest]
    assert rest[-1].type == "job.completed"


async def test_a_gap_is_filled_from_the_database_and_a_repetition_is_not_sent(
    api: Api, gateway: Gateway
) -> None:
    job = await a_job(api)
    client = Client(streams.of_job(gateway, PRINCIPAL, job, None))
    await client.next()
    await client.next()

    await write(api, births.short(job, "Hello."))
    accepted, transcript, completed = await told(api)
    gateway.hub.hear(accepted)
    gateway.hub.hear(completed)  # the transcript's event was missed
    gateway.hub.hear(transcript)

    assert [e.id for e in await client.rest()] == [str(transcript.id), str(completed.id)]


async def test_who_may_have_missed_something_looks_again(api: Api, gateway: Gateway) -> None:
    job = await a_job(api)
    client = Client(streams.of_job(gateway, PRINCIPAL, job, None))
    await client.next()
    await client.next()

    await write(api, births.short(job, "Hello."))
    gateway.hub.missed()

    assert [event.type for event in await client.rest()] == ["transcript.completed", "job.completed"]


async def test_a_job_tried_again_is_followed_through_its_next_run(api: Api, gateway: Gateway) -> None:
    job = await a_job(api)
    await write(api, births.failed(job, Stage.SHORT))
    await write(api, births.retry(job))
    client = Client(streams.of_job(gateway, PRINCIPAL, job, None))
    seen = [(await client.next()).type for _ in range(3)]
    assert seen == ["job", "job.accepted", "job.failed"]

    await write(api, births.in_run(2, births.short(job, "Hello.")))
    gateway.hub.missed()

    assert [event.type for event in await client.rest()] == ["transcript.completed", "job.completed"]


async def test_all_jobs_are_followed_from_now_on_and_a_user_hears_of_that_users_alone(
    api: Api, gateway: Gateway, quick_heartbeat: None
) -> None:
    everyone = Client(streams.of_tenant(gateway, PRINCIPAL, None, frozenset()))
    ann = Client(streams.of_tenant(gateway, ANN, None, frozenset()))
    assert await everyone.silent()
    assert await ann.silent()

    jobs = [await a_job(api, owner) for owner in ("ann", "bob")]
    for event in await told(api):
        gateway.hub.hear(event)
        gateway.hub.hear(event)

    assert [(await everyone.next()).data["subject"] for _ in jobs] == [str(job) for job in jobs]
    assert (await ann.next()).data["subject"] == str(jobs[0])
    assert await everyone.silent()
    assert await ann.silent()


async def test_events_of_webhooks_are_not_among_those_of_jobs(
    api: Api, gateway: Gateway, quick_heartbeat: None
) -> None:
    """They are on the events' exchange and stored as jobs' are, for those who subscribe to them."""
    id_ = (await api.send()).json()["id"]
    [accepted] = await told(api)
    notices = [_notice(WebhookPaused, reason="x", failing_since=accepted.time), _notice(WebhookPing)]
    async with as_notifier(api.database).transaction(EVERYBODY) as session:
        for notice in notices:
            record(session, notice)
    every = Client(streams.of_tenant(gateway, PRINCIPAL, accepted.id, frozenset()))
    one = Client(streams.of_job(gateway, PRINCIPAL, UUID(id_), None))
    assert [(await every.next()).id, (await one.next()).type] == [str(accepted.id), "job"]
    assert (await one.next()).id == str(accepted.id)
    for notice in notices:
        gateway.hub.hear(notice)
    assert [await every.silent(), await one.silent()] == [True, True]
    await write(api, births.short(UUID(id_), "said"))
    for event in await told(api):
        gateway.hub.hear(event)
    assert (await every.next()).type == (await one.next()).type == "transcript.completed"


def _notice(kind: type[WebhookEvent], **told: Any) -> Envelope:
    data = kind(webhook=(id_ := uuid7()), **({"url": "https://x.example"} | told if told else {}))
    return wrap(data, id=uuid7(), job=id_, tenant="acme", owner=None, source="notifier")


async def test_who_was_away_gets_every_event_since_and_only_of_the_types_asked_for(
    api: Api, gateway: Gateway
) -> None:
    jobs = [await a_job(api) for _ in range(3)]
    await write(api, *[births.short(job, "Hello.") for job in jobs])
    every = await told(api)
    after = every[0].id

    everything = Client(streams.of_tenant(gateway, PRINCIPAL, after, frozenset()))
    ends = Client(streams.of_tenant(gateway, PRINCIPAL, after, frozenset({"job.completed"})))

    assert {(await everything.next()).id for _ in every} == {str(event.id) for event in every}
    assert {(await ends.next()).data["subject"] for _ in jobs} == {str(job) for job in jobs}


async def test_more_than_a_page_is_read_page_by_page(
    api: Api, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "PAGE", 2)
    for _ in range(5):
        await a_job(api)
    every = await told(api)
    client = Client(streams.of_tenant(gateway, PRINCIPAL, every[0].id, frozenset()))
    assert [(await client.next()).id for _ in every] == [str(event.id) for event in every]


async def test_what_was_said_in_a_deleted_job_is_not_told_any_more(api: Api, gateway: Gateway) -> None:
    kept, gone = await a_job(api), await a_job(api)
    await write(api, births.short(kept, "Kept."), births.short(gone, "Gone."))
    first = (await told(api))[0]
    _, since = await api.records.announced_at("acme", first.id)
    async with api.client() as client:
        assert (await client.delete(f"/v1/jobs/{gone}")).status_code == 204
    stored = await api.records.events_since(PRINCIPAL, since, after=0, limit=100)  # type: ignore[arg-type]  # it is known
    assert not [each for each in stored if b"Gone." in each.body]

    await Retention(as_writer(api.database), api.store, lambda: None).remove_deleted()

    async with api.database.transaction() as session:
        told_of = text("SELECT type FROM event WHERE job = :job AND body <> ''")
        left = (await session.run(told_of, {"job": gone})).all()
    assert [row.type for row in left] == ["job.deleted"]


async def test_who_last_heard_of_a_job_that_is_gone_goes_on_behind_it(api: Api, gateway: Gateway) -> None:
    gone = await a_job(api)
    await write(api, births.short(gone, "Gone."))
    last = (await told(api))[-1]
    async with api.client() as client:
        await client.delete(f"/v1/jobs/{gone}")
    await Retention(as_writer(api.database), api.store, lambda: None).remove_deleted()
    kept = await a_job(api)

    behind = Client(streams.of_tenant(gateway, PRINCIPAL, last.id, frozenset()))

    assert {(await behind.next()).data["subject"] for _ in range(2)} == {str(gone), str(kept)}


async def test_who_follows_all_jobs_misses_none_while_nothing_was_heard(api: Api, gateway: Gateway) -> None:
    """Also who began without a last event, and has got none."""
    client = Client(streams.of_tenant(gateway, PRINCIPAL, None, frozenset()))
    assert await client.silent()
    job = await a_job(api)

    gateway.hub.missed()

    assert (await client.next()).data["subject"] == str(job)


async def test_the_end_that_comes_between_two_looks_closes_the_stream(api: Api, gateway: Gateway) -> None:
    job = await a_job(api)
    client = Client(streams.of_job(gateway, PRINCIPAL, job, None))
    await client.next()
    await write(api, births.short(job, "Hello."))  # after the job was read, before its events are

    assert [event.type for event in await client.rest()][-1] == "job.completed"


async def test_a_stream_ends_quietly_when_the_database_is_away_and_something_was_missed(
    api: Api, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise DependencyDown("database", "gone")

    job = await a_job(api)
    client = Client(streams.of_job(gateway, PRINCIPAL, job, None))
    await client.next()
    await client.next()
    monkeypatch.setattr(api.records, "events_of", away)
    gateway.hub.missed()

    assert await client.rest() == []


async def test_an_accepted_upload_is_told_so_even_if_nobody_can_wait_for_it(api: Api) -> None:
    async with api.client() as client:
        held = [api.gateway.hub.all(f"tenant{n}", None) for n in range(api.settings.streams_max)]
        with ExitStack() as places:
            for each in held:
                places.enter_context(each)
            files = {"audio": ("a.wav", b"RIFF", "audio/wav")}
            answer = await client.post("/v1/jobs?wait=5", files=files)
            reading = await client.get(answer.headers["location"] + "?wait=5")
    assert (answer.status_code, reading.status_code) == (202, 429)
    assert await api.count("job") == 1


async def test_questions_that_make_no_sense_are_told_so(api: Api) -> None:
    job = await a_job(api)
    await api.add_key("sl_other", tenant="other")
    await api.add_key("sl_writer", scopes=["jobs:write"])
    async with api.client() as client:
        for path, headers, field in (
            (f"/v1/jobs/{job}/events", {"Last-Event-ID": "x"}, "Last-Event-ID"),
            ("/v1/events", {"Last-Event-ID": str(uuid7())}, "Last-Event-ID"),
            ("/v1/events?type=job.exploded", {}, "type"),
            (f"/v1/jobs/{job}?wait=61", {}, "wait"),
            (f"/v1/jobs/{job}?wait=nan", {}, "wait"),
        ):
            answer = await client.get(path, headers=headers)
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), path
        assert (await client.get(f"/v1/jobs/{uuid7()}/events")).status_code == 404
    for key, status in (("sl_other", 404), ("sl_writer", 403)):
        async with api.client(key) as client:
            assert (await client.get(f"/v1/jobs/{job}/events")).status_code == status
            assert (await client.get(f"/v1/jobs/{job}?wait=1")).status_code == status


async def test_fifty_who_wait_ask_the_database_twice_each_and_not_again(api: Api, gateway: Gateway) -> None:
    job = await a_job(api)
    reads: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "FROM job" in statement:
            reads.append(statement)

    async with asyncio.TaskGroup() as group:
        waiting = [group.create_task(when_ended(gateway, PRINCIPAL, job, 30)) for _ in range(50)]
        await eventually(lambda: len(gateway.hub._everyone()) == 50)
        await write(api, births.short(job, "Hello."))
        hooks.listen(api.database.engine.sync_engine, "before_cursor_execute", count)
        for each in await told(api):
            gateway.hub.hear(each)
    hooks.remove(api.database.engine.sync_engine, "before_cursor_execute", count)

    assert {task.result().status for task in waiting} == {"completed"}
    assert len(reads) <= 50 + 2 * 50


async def test_who_waits_is_answered_when_the_process_ends(api: Api, gateway: Gateway) -> None:
    job = await a_job(api)
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(when_ended(gateway, PRINCIPAL, job, 30))
        await eventually(lambda: len(gateway.hub._everyone()) == 1)
        gateway.hub.close()
    assert waiting.result().status == "queued"


async def never(*_: object) -> Any:
    await asyncio.Event().wait()


SCOPE = {"type": "http", "asgi": {"spec_version": "2.3"}}


async def test_a_client_that_does_not_read_is_cut_off_and_leaves_its_place(
    api: Api, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "READ_SECONDS", 0.1)
    job = await a_job(api)
    answer = await events._stream(streams.of_job(gateway, PRINCIPAL, job, None))

    async with asyncio.timeout(10):
        await answer(SCOPE, never, never)

    assert not gateway.hub._everyone()


async def test_an_openai_client_that_does_not_read_gives_its_job_up(
    api: Api, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "READ_SECONDS", 0.1)
    job = await a_job(api)
    row = await api.records.job(PRINCIPAL, job)
    assert row is not None
    waiter = Waiter(gateway, PRINCIPAL, row, may_return=False)

    async with asyncio.timeout(10):
        await Spoken(waiter, KEEPALIVE_COMMENT, spoken(waiter), {})(SCOPE, never, never)

    async with api.database.transaction() as session:
        rows = (await session.run(text("SELECT body FROM outbox WHERE job = :job"), {"job": job})).all()
    assert [e.type for row in rows if (e := decode(bytes(row.body))).type.endswith("cancel_job")]
