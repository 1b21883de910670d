"""The gateway over a real database and a real object store."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from gateway.app import create_app
from gateway.auth import KeyRing, Scope
from gateway.context import Gateway
from gateway.records import PostgresRecords
from gateway.settings import GatewaySettings
from result_writer.handler import Rules, store_results
from scribeline.contracts.failures import DependencyDown
from scribeline.contracts.transcription import Gap
from scribeline.contracts.unit import Stage
from scribeline.storage.database import Database
from scribeline.storage.models import ApiKeyRow
from scribeline.storage.s3 import S3Store
from tests.support import births
from tests.support.births import born

SECRET = "a secret for tests only"
KEY = "sl_integration"
AUDIO = bytes(range(256)) * 4096


class Api:
    """A gateway with its adapters, and a client that holds a key of tenant acme."""

    def __init__(self, store: S3Store, database: Database) -> None:
        self.store, self.database = store, database
        self.wakes = 0
        self.records = PostgresRecords(database, window=32, committed=self._wake)
        self.ring = KeyRing(SECRET, self.records.find_key, cache_seconds=0)

    def _wake(self) -> None:
        self.wakes += 1

    async def add_key(self, key: str, **given: Any) -> None:
        row: dict[str, Any] = {"tenant": "acme", "scopes": list(Scope), "hint": key[:9], **given}
        await self.records.add_key(ApiKeyRow(id=uuid4(), digest=self.ring.digest(key), **row))

    @asynccontextmanager
    async def client(self, key: str = KEY) -> AsyncIterator[httpx2.AsyncClient]:
        settings = GatewaySettings(key_secret=SecretStr(SECRET))
        app = create_app(Gateway(settings, self.store, self.records, self.ring))
        transport = httpx2.ASGITransport(app)
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx2.AsyncClient(transport=transport, base_url="http://g", headers=headers) as client:
            yield client

    async def send(self, data: bytes = AUDIO, **fields: Any) -> httpx2.Response:
        async with self.client() as client:
            return await client.post("/v1/jobs", files={"audio": ("a.wav", data, "audio/wav")}, data=fields)

    async def count(self, table: str) -> int:
        async with self.database.transaction() as session:
            return int((await session.run(text(f"SELECT count(*) FROM {table}"))).scalar_one())

    def stored(self) -> list[str]:
        """The names of all objects. (The S3 gateway of the tests is a file system, and lists folders too.)"""
        objects = self.store._client.list_objects(self.store.bucket, recursive=True)
        return [str(found.object_name) for found in objects if not found.is_dir]


@pytest.fixture
async def api(store: S3Store, database: Database) -> Api:
    await store.ensure_bucket()
    api = Api(store, database)
    await store.remove(api.stored())
    await api.add_key(KEY)
    return api


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
    async def transaction(self) -> AsyncIterator[Any]:
        first, self._lost = not self._lost, True
        async with self._real.transaction() as session:
            yield session
            if first and not self._commits:
                await session.rollback()
        if first:
            raise DependencyDown("database", "lost around the commit")


@pytest.mark.parametrize(("commits", "status"), [(True, 202), (False, 503)])
async def test_a_commit_that_was_not_heard_of_never_loses_a_recording(
    api: Api, commits: bool, status: int
) -> None:
    api.records = PostgresRecords(Unheard(api.database, commits=commits), window=32, committed=lambda: None)
    answer = await api.send()
    assert (answer.status_code, len(api.stored())) == (status, 1)
    assert await api.count("job") == int(commits)


async def test_what_the_writer_stores_is_what_the_gateway_reads(api: Api) -> None:
    job = await born(api.database)

    async def write(*messages: Any) -> None:
        await store_results(messages, database=api.database, rules=Rules(), committed=lambda: None)

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
    assert (ready.status_code, ready.json()["checks"]) == (200, {"database": "ok", "store": "ok"})
