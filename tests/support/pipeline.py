"""All services in one process, on real servers and real weights, wired by their own composition roots."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
from pydantic import SecretStr
from uuid_utils.compat import uuid7

from analyzer.main import compose as compose_analyzer
from analyzer.settings import AnalyzerSettings
from gateway.app import create_app
from gateway.auth import KeyRing, Scope
from gateway.broker_view import AmqpView
from gateway.context import Gateway
from gateway.records import PostgresRecords
from gateway.settings import GatewaySettings
from result_writer.main import compose as compose_writer
from result_writer.settings import WriterSettings
from scribeline.language_model import trouble
from scribeline.messaging.broker import Broker
from scribeline.messaging.consumer import Consumer
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.service import Runnable
from scribeline.relay import Relay
from scribeline.storage.database import Database
from scribeline.storage.models import ApiKeyRow
from scribeline.storage.s3 import S3Store
from tests.support.servers import Servers
from tests.support.waiting import eventually
from transcriber.main import build as build_transcriber
from transcriber.settings import TranscriberSettings

SECRET = "a secret for tests only"
MODEL = "tiny.en"


@dataclass
class Pipeline:
    """A running system. `client` speaks to its gateway as tenant acme."""

    client: httpx2.AsyncClient
    broker: Broker
    database: Database
    store: S3Store

    async def submit(self, audio: bytes, filename: str = "a.wav", **fields: str) -> str:
        """Upload; returns the job's id."""
        answer = await self.client.post("/v1/jobs", files={"audio": (filename, audio)}, data=fields)
        assert answer.status_code == 202, answer.text
        id_: str = answer.json()["id"]
        assert answer.headers["location"] == f"/v1/jobs/{id_}"
        return id_

    async def job(self, id_: str) -> dict[str, Any]:
        answer = await self.client.get(f"/v1/jobs/{id_}")
        assert answer.status_code == 200, answer.text
        job: dict[str, Any] = answer.json()
        return job

    async def ended(self, id_: str, within: float = 120.0) -> dict[str, Any]:
        """The job, once it is in a terminal state."""

        async def look() -> dict[str, Any] | None:
            job = await self.job(id_)
            return job if job["status"] in ("completed", "failed", "cancelled") else None

        job: dict[str, Any] = await eventually(look, within=within)
        return job

    async def transcript(self, id_: str, **query: str) -> httpx2.Response:
        return await self.client.get(f"/v1/jobs/{id_}/transcript", params=query)


@asynccontextmanager
async def pipeline(
    servers: Servers, broker: Broker, database_url: str, models_dir: Path, **settings: Any
) -> AsyncIterator[Pipeline]:
    """Start everything, and stop it again."""
    common: dict[str, Any] = {
        "amqp_url": SecretStr(servers.amqp_url),
        "amqp_prefix": broker.topology.prefix,
        "amqp_heartbeat": broker.heartbeat,
        "database_url": SecretStr(database_url),
        "s3_endpoint": servers.s3_endpoint,
        "s3_access_key": SecretStr(servers.s3_access_key),
        "s3_secret_key": SecretStr(servers.s3_secret_key),
        "s3_bucket": servers.s3_bucket,
        "key_secret": SecretStr(SECRET),
        "models_dir": models_dir,
        "default_model": MODEL,
        "analyzer_engine": "extractive",
        "shutdown_seconds": 10.0,
        **settings,
    }
    database = Database(database_url)
    store = S3Store(GatewaySettings(**common))
    writer, writers_relay = compose_writer(WriterSettings(**common), broker, database)
    transcribers, _ = await build_transcriber(TranscriberSettings(**common), store)
    analyzer = compose_analyzer(AnalyzerSettings(**common), broker)
    gateways_relay = Relay(database, Publisher(broker, "gateway"))
    consumers: Sequence[Consumer] = [writer, analyzer, *transcribers]
    async with AsyncExitStack() as stack:
        stack.callback(store.close)
        stack.push_async_callback(database.close)
        runs = [consumer.run for consumer in consumers] + [writers_relay.run, gateways_relay.run]
        await stack.enter_async_context(_running(runs))
        for consumer in consumers:
            await eventually(consumer.ready.is_set)
        gateway = _gateway(GatewaySettings(**common), store, database, broker, gateways_relay)
        client = await stack.enter_async_context(_client(gateway))
        yield Pipeline(client, broker, database, store)


def _gateway(
    settings: GatewaySettings, store: S3Store, database: Database, broker: Broker, relay: Relay
) -> Gateway:
    records = PostgresRecords(database, window=settings.window, committed=relay.wake)
    ring = KeyRing(settings.key_secret.get_secret_value(), records.find_key, cache_seconds=3)
    return Gateway(settings, store, records, ring, AmqpView(broker), partial(trouble, settings))


@asynccontextmanager
async def _client(gateway: Gateway) -> AsyncIterator[httpx2.AsyncClient]:
    key = "sl_of_the_test"
    row = ApiKeyRow(id=uuid7(), tenant="acme", digest=gateway.ring.digest(key), scopes=list(Scope))
    await gateway.records.add_key(row)
    transport = httpx2.ASGITransport(create_app(gateway))
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway", headers=headers) as client:
        yield client


@asynccontextmanager
async def _running(runs: Sequence[Runnable]) -> AsyncIterator[None]:
    stop = asyncio.Event()
    tasks = [asyncio.ensure_future(run(stop)) for run in runs]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)
