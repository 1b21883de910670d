"""The gateway over a real database and a real object store."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from gateway.auth import KeyRing, Scope
from gateway.broker_view import AmqpView, Depth
from gateway.records import PostgresRecords
from result_writer.handler import Rules, store_results
from scribeline.contracts.failures import DependencyDown
from scribeline.contracts.transcription import Gap
from scribeline.contracts.unit import Stage
from scribeline.language_model import EngineChoice
from scribeline.messaging.broker import Broker
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.topology import topology
from scribeline.relay import Relay
from scribeline.storage.database import Database
from tests.support import births
from tests.support.api import AUDIO, KEY, SECRET, Api
from tests.support.births import born
from tests.support.ollama import FakeOllama
from tests.support.roles import as_gateway, as_writer
from tests.support.waiting import eventually


async def test_a_202_means_that_bytes_job_unit_and_messages_are_durable(api: Api) -> None:
    answer = await api.send(language="en", metadata='{"ticket": "ä"}', tags="a,b")
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert await api.store.read(f"acme/{job['id']}/source") == AUDIO
    assert (job["sha256"], job["bytes"]) == (hashlib.sha256(AUDIO).hexdigest(), len(AUDIO))
    assert [await api.count(table) for table in ("job", "unit", "outbox")] == [1, 1, 2]
    assert api.wakes == 1
    async with api.client() as client:
        read = (await client.get(answer.headers["location"])).json()
    assert read == {**job, "queue_position": 0}
    assert (read["metadata"], read["tags"], read["status"]) == ({"ticket": "ä"}, ["a", "b"], "queued")


async def test_a_large_upload_goes_to_the_store_in_parts_and_to_the_long_lane(api: Api) -> None:
    data = AUDIO * 20
    job = (await api.send(data)).json()
    info = await api.store.stat(f"acme/{job['id']}/source")
    assert info is not None
    assert info.bytes == len(data) > 16 * 2**20
    async with api.database.transaction() as session:
        stage = (await session.run(text("SELECT stage FROM unit"))).scalar_one()
    assert stage == Stage.PLAN


async def test_uploads_at_the_same_time_all_become_jobs(api: Api) -> None:
    answers = await asyncio.gather(*(api.send() for _ in range(8)))
    assert [answer.status_code for answer in answers] == [202] * 8
    assert len({answer.json()["id"] for answer in answers}) == await api.count("job") == 8


async def test_a_refused_upload_leaves_nothing_in_store_or_database(api: Api) -> None:
    answer = await api.send(AUDIO * 20, model="huge")
    assert answer.json()["code"] == "model_not_allowed"
    assert (api.stored(), await api.count("job")) == ([], 0)


async def test_without_a_database_the_recording_is_taken_out_of_the_store_again(api: Api) -> None:
    find_key = api.records.find_key
    away = Database("postgresql://127.0.0.1:9/none")
    api.records = PostgresRecords(away, window=32, committed=lambda: None)
    api.ring = KeyRing(SECRET, find_key, cache_seconds=0)
    answer = await api.send()
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert api.stored() == []
    await away.close()


class Unheard(Database):
    """Loses the connection around a commit: after it, or before."""

    def __init__(self, real: Database, *, commits: bool) -> None:
        self._real = real
        self._commits = commits
        self._lost = False

    @asynccontextmanager
    async def transaction(self, tenant: str | None = None) -> AsyncIterator[Any]:
        first, self._lost = not self._lost, True
        async with self._real.transaction(tenant) as session:
            yield session
            if first and not self._commits:
                await session.rollback()
        if first:
            raise DependencyDown("database", "lost around the commit")


@pytest.mark.parametrize(("commits", "status"), [(True, 202), (False, 503)])
async def test_a_commit_that_was_not_heard_of_never_loses_a_recording(
    api: Api, commits: bool, status: int
) -> None:
    api.records = PostgresRecords(
        Unheard(as_gateway(api.database), commits=commits), window=32, committed=lambda: None
    )
    answer = await api.send()
    assert (answer.status_code, len(api.stored())) == (status, 1)
    assert await api.count("job") == int(commits)


async def test_what_the_writer_stores_is_what_the_gateway_reads(api: Api) -> None:
    job = await born(api.database)

    async def write(*messages: Any) -> None:
        await store_results(messages, database=as_writer(api.database), rules=Rules(), committed=lambda: None)

    async with api.client() as client:
        here = f"/v1/jobs/{job.id}"
        await write(births.planned(job.id, 3, (Gap(start=90, end=95, reason="silence"),)))
        await write(births.chunk(job.id, 2, "the end"))
        early = await client.get(f"{here}/transcript")
        partial = (await client.get(f"{here}/transcript?partial=true")).json()
        halfway = (await client.get(here)).json()
        await write(births.chunk(job.id, 0, "It begins", "and"), births.failed(job.id, Stage.CHUNK, 1))
        whole = (await client.get(f"{here}/transcript")).json()
        srt = (await client.get(f"{here}/transcript?format=srt")).text
        waiting = await client.get(f"{here}/analysis")
        await write(births.analyzed(job.id))
        report = (await client.get(f"{here}/analysis")).json()
        ended = (await client.get(here)).json()

    assert (early.status_code, early.json()["code"]) == (409, "not_ready")
    assert (partial["complete"], partial["text"]) == (False, "the end")
    assert (halfway["status"], halfway["queue_position"]) == ("transcribing", None)
    assert whole["text"] == "It begins and the end"
    assert [(s["id"], s["start"]) for s in whole["segments"]] == [(0, 0.0), (1, 1.0), (2, 60.0)]
    assert [gap["reason"] for gap in whole["gaps"]] == ["unit_died", "silence"]
    assert srt.startswith("1\n00:00:00,000 --> 00:00:01,000\nIt begins\n\n2\n")
    assert waiting.json()["code"] == "not_ready"
    assert report["summary"] == "Part 0."
    assert (ended["status"], ended["progress"], ended["current_step"]) == ("completed", 100, None)


async def test_the_place_in_the_queue_counts_the_tenants_own_who_came_before(api: Api) -> None:
    await born(api.database, Stage.SHORT, tenant="other")
    await born(api.database, Stage.PLAN)
    released = await born(api.database, Stage.SHORT, window=1)
    waiting = await born(api.database, Stage.SHORT, window=1)
    mine = await born(api.database, Stage.SHORT, window=1)
    await born(api.database, Stage.SHORT, window=1)
    async with api.client() as client:
        places = [
            (await client.get(f"/v1/jobs/{job.id}")).json()["queue_position"]
            for job in (released, waiting, mine)
        ]
    assert places == [0, 1, 2]


async def test_others_jobs_are_not_there(api: Api) -> None:
    await api.add_key("sl_other", tenant="other")
    await api.add_key("sl_ann", owner="ann", scopes=[Scope.JOBS_READ, Scope.JOBS_WRITE])
    shared = (await api.send()).json()["id"]
    async with api.client() as client:
        mine = await client.post(
            "/v1/jobs",
            content=b"x",
            headers={"X-Scribeline-Owner": "ann", "content-type": "audio/wav"},
        )
    seen: dict[str, list[str]] = {}
    for key in (KEY, "sl_ann", "sl_other"):
        async with api.client(key) as client:
            seen[key] = [job["id"] for job in (await client.get("/v1/jobs")).json()["jobs"]]
            codes = [(await client.get(f"/v1/jobs/{id_}")).status_code for id_ in (shared, mine.json()["id"])]
        assert codes == [200 if id_ in seen[key] else 404 for id_ in (shared, mine.json()["id"])]
    assert seen == {KEY: [mine.json()["id"], shared], "sl_ann": [mine.json()["id"]], "sl_other": []}


async def test_pages_of_jobs_follow_each_other(api: Api) -> None:
    made = [str((await born(api.database)).id) for _ in range(5)]
    async with api.client() as client:
        first = (await client.get("/v1/jobs?limit=3")).json()
        second = (await client.get(f"/v1/jobs?limit=3&cursor={first['next']}")).json()
    assert [job["id"] for job in first["jobs"] + second["jobs"]] == made[::-1]
    assert second["next"] is None


async def test_keys_are_made_listed_and_revoked(api: Api) -> None:
    async with api.client() as client:
        made = (await client.post("/v1/keys", json={"tenant": "fresh", "scopes": ["jobs:read"]})).json()
        listed = (await client.get("/v1/keys?tenant=fresh")).json()["keys"]
        async with api.client(made["key"]) as fresh:
            before = (await fresh.get("/v1/jobs")).status_code
            gone = [(await client.delete(f"/v1/keys/{made['id']}")).status_code for _ in range(2)]
            after = (await fresh.get("/v1/jobs")).status_code
        unknown = (await client.delete(f"/v1/keys/{uuid4()}")).status_code
    assert listed == [{name: value for name, value in made.items() if name != "key"}]
    assert (before, gone, after, unknown) == (200, [204, 204], 401, 404)
    async with api.database.transaction() as session:
        kept = (await session.run(text("SELECT digest, hint FROM api_key"))).all()
    assert all(made["key"].encode() not in row.digest and made["key"] != row.hint for row in kept)


@pytest.mark.parametrize(
    "path",
    ["/v1/jobs/%00", "/v1/jobs?cursor=%00", "/v1/jobs/%ff%fe/transcript", "/v1/keys?tenant=%00"],
)
async def test_hostile_addresses_never_reach_the_database_as_they_are(api: Api, path: str) -> None:
    async with api.client() as client:
        assert (await client.get(path)).status_code in (404, 422)


async def test_it_is_ready_while_database_and_store_are(api: Api) -> None:
    async with api.client() as client:
        ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["checks"]) == (
        200,
        dict.fromkeys(("database", "store", "start"), "ok"),
    )


SCHEMA = {"type": "object", "properties": {"zeta": {"type": "string"}, "a": {"type": "number"}}}
TEMPLATE = {"description": "Risks \u00e4", "prompt": "Which risks?", "analysis_schema": SCHEMA}


async def test_templates_are_kept_and_others_do_not_have_them(api: Api) -> None:
    await api.add_key("sl_other", tenant="other")
    async with api.client() as client, api.client("sl_other") as theirs:
        made = (await client.put("/v1/templates/risks", json=TEMPLATE)).json()
        read = (await client.get("/v1/templates/risks")).json()
        again = (await client.put("/v1/templates/risks", json={"prompt": "Which?"})).json()
        others = [
            (await theirs.get("/v1/templates/risks")).status_code,
            (await theirs.delete("/v1/templates/risks")).status_code,
        ]
        own = (await theirs.put("/v1/templates/risks", json={"prompt": "Mine"})).json()
        names = [t["name"] for t in (await client.get("/v1/templates")).json()["templates"]]
        gone = [(await client.delete("/v1/templates/risks")).status_code for _ in range(2)]
        kept = (await theirs.get("/v1/templates/risks")).json()
    assert read == made
    assert {name: read[name] for name in TEMPLATE} == TEMPLATE
    assert (again["prompt"], again["analysis_schema"]) == ("Which?", None)
    assert again["created_at"] == made["created_at"] < again["updated_at"]
    assert (others, gone) == ([404, 404], [204, 404])
    assert names == ["call", "interview", "lecture", "meeting", "risks"]
    assert kept == own


async def test_templates_made_at_the_same_time_do_not_pass_the_limit(api: Api) -> None:
    api.settings = api.settings.model_copy(update={"templates_max": 3})
    async with api.client() as client:
        answers = await asyncio.gather(*(client.put(f"/v1/templates/t{i}", json=TEMPLATE) for i in range(8)))
        again = await client.put("/v1/templates/t0", json=TEMPLATE)
    assert sorted(answer.status_code for answer in answers) == [200] * 3 + [409] * 5
    assert again.status_code == answers[0].status_code
    assert await api.count("template") == 3


async def test_the_same_template_made_twice_at_once_is_one(api: Api) -> None:
    async with api.client() as client:
        answers = await asyncio.gather(*(client.put("/v1/templates/t", json=TEMPLATE) for _ in range(6)))
    assert [answer.status_code for answer in answers] == [200] * 6
    assert await api.count("template") == 1


async def test_a_job_keeps_what_it_was_asked_when_its_template_changes(api: Api) -> None:
    async with api.client() as client:
        await client.put("/v1/templates/risks", json=TEMPLATE)
        sent = await api.send(
            analysis_template="risks", recorded_at="2026-11-20T10:00:00-08:00", channels="split", start="1:00"
        )
        await client.put("/v1/templates/risks", json={"prompt": "Another"})
        job = (await client.get(sent.headers["location"])).json()
    assert job == {**sent.json(), "queue_position": 0}
    assert (job["brief"]["template"], job["brief"]["prompt"]) == ("risks", "Which risks?")
    assert job["brief"]["answer_schema"]["properties"]["zeta"] == {"type": "string", "maxLength": 300}
    assert job["recorded_at"] == "2026-11-20T10:00:00-08:00"
    assert (job["options"]["channels"], job["options"]["start"]) == ("split", 60.0)
    assert (job["channels"], job["confidence"]) == (1, None)


async def test_a_template_that_is_not_there_leaves_nothing_in_store_or_database(api: Api) -> None:
    await api.add_key("sl_other", tenant="other")
    async with api.client("sl_other") as theirs:
        await theirs.put("/v1/templates/risks", json=TEMPLATE)
    answer = await api.send(analysis_template="risks")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "analysis_template")
    assert (api.stored(), await api.count("job")) == ([], 0)


async def test_rules_are_a_tenants_own(api: Api) -> None:
    await api.add_key("sl_other", tenant="other")
    rules = {"action_item_found": {"owners": ["Zo\u00eb"]}, "sentiment_negative": None}
    async with api.client() as client, api.client("sl_other") as theirs:
        before = (await client.get("/v1/rules")).json()
        put = (await client.put("/v1/rules", json=rules)).json()
        read = (await client.get("/v1/rules")).json()
        others = (await theirs.get("/v1/rules")).json()
    assert before == others == {"action_item_found": None, "sentiment_negative": None}
    assert put == read == rules


async def test_the_status_tells_what_lies_in_the_queues_of_a_real_broker(api: Api, broker: Broker) -> None:
    api.broker = broker
    await api.send()
    relay_stop = asyncio.Event()
    relay = Relay(as_gateway(api.database), Publisher(broker, "gateway"))
    running = asyncio.create_task(relay.run(relay_stop))
    await eventually(lambda: _nothing_to_send(api))
    async with api.client() as client:
        found = (await client.get("/v1/admin/status")).json()
    relay_stop.set()
    await running
    queues = {queue["name"]: queue for queue in found["queues"]}
    assert (found["checks"]["database"]["status"], found["checks"]["broker"]["status"]) == ("ok", "ok")
    assert (queues["transcriber.short"]["messages"], queues["transcriber.short"]["consumers"]) == (1, 0)
    assert queues["transcriber.short"]["status"] == found["status"] == "degraded"
    assert queues["analyzer"] == {
        "name": "analyzer", "status": "ok", "messages": 0, "consumers": 0, "dead_letters": 0, "detail": None,
    }  # fmt: skip
    assert found["outbox"]["messages"] == 0


async def _nothing_to_send(api: Api) -> bool:
    return await api.count("outbox") == 0


async def test_a_queue_that_was_deleted_is_told_and_does_not_hide_the_others(broker: Broker) -> None:
    view = AmqpView(broker)
    await view.ping()
    connection = await broker.connect("test")
    async with connection:
        channel = await connection.channel()
        await channel.queue_delete(broker.topology.name("analyzer"))
    assert await view.depths(["analyzer", "transcriber.plan"]) == {
        "analyzer": None,
        "transcriber.plan": Depth(0, 0),
    }


async def test_without_a_broker_the_status_answers_and_tells_what_waits(api: Api) -> None:
    await api.send()
    async with api.client() as client:
        found = (await client.get("/v1/admin/status")).json()
    assert (found["status"], found["checks"]["broker"]["status"]) == ("degraded", "down")
    assert (found["queues"], found["outbox"]["messages"]) == ([], 2)
    assert found["checks"]["store"]["status"] == found["checks"]["database"]["status"] == "ok"


async def test_a_broker_that_takes_connections_and_says_nothing_does_not_hold_up_the_status(api: Api) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        api.broker = Broker(f"amqp://127.0.0.1:{port}/", topology())
        async with api.client() as client, asyncio.timeout(20):
            found = (await client.get("/v1/admin/status")).json()
    assert found["checks"]["broker"]["status"] == "down"
    assert found["checks"]["broker"]["detail"] == "It did not answer within 3 s."
    assert found["checks"]["database"]["status"] == "ok"


async def test_a_language_model_that_is_missing_on_its_server_is_told(api: Api) -> None:
    with FakeOllama(models=("other:latest",)) as server:
        update = {"ollama_url": server.url, "analyzer_engine": EngineChoice.OLLAMA}
        api.settings = api.settings.model_copy(update=update)
        async with api.client() as client:
            missing = (await client.get("/v1/admin/status")).json()["checks"]["language_model"]
            server.models = {"mistral:latest"}
            there = (await client.get("/v1/admin/status")).json()["checks"]["language_model"]
    assert missing["status"] == "down"
    assert "ollama pull mistral" in missing["detail"]
    assert (there["status"], there["detail"]) == ("ok", None)
