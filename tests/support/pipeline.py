"""All services in one process, on real servers and real weights, wired by their own composition roots."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
from fastapi import FastAPI
from pydantic import SecretStr
from uuid_utils.compat import uuid7

from analyzer.main import compose as compose_analyzer
from analyzer.settings import AnalyzerSettings
from deploy.local.ports import free_port
from gateway.app import create_app
from gateway.auth import KeyRing, Scope
from gateway.broker_view import AmqpView
from gateway.context import Gateway
from gateway.records import PostgresRecords
from gateway.settings import GatewaySettings
from notifier.main import compose as compose_notifier
from notifier.settings import NotifierSettings
from result_writer.main import compose as compose_writer
from result_writer.settings import WriterSettings
from scribeline.language_model import trouble
from scribeline.messaging.broker import Broker
from scribeline.messaging.consumer import Consumer
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.service import Runnable
from scribeline.messaging.tap import Tap
from scribeline.relay import Relay
from scribeline.settings import PREFIX
from scribeline.storage.database import Database
from scribeline.storage.models import ApiKeyRow
from scribeline.storage.s3 import S3Store
from tests.support.roles import Unbound, as_gateway
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
    environment: Mapping[str, str] = field(default_factory=dict)
    """What a service that is started as a process needs to be part of it."""
    clients: Sequence[httpx2.AsyncClient] = ()
    """One for each gateway; `client` is the first."""

    async def submit(self, audio: bytes, filename: str = "a.wav", **fields: str) -> str:
        """Upload; returns the job's id."""
        answer = await self.client.post("/v1/jobs", files={"audio": (filename, audio)}, data=fields)
        assert answer.status_code == 202, answer.text
        id_: str = answer.json()["id"]
        assert answer.headers["location"] == f"/v1/jobs/{id_}"
        return id_

    async def submit_until_taken(self, audio: bytes, within: float = 120.0, **fields: str) -> str:
        """As a careful client does: again with the same key until it is answered. Returns the job's id."""
        headers = {"Idempotency-Key": str(uuid4())}
        files = {"audio": ("a.wav", audio)}

        async def taken() -> str | None:
            try:
                answer = await self.client.post("/v1/jobs", files=files, data=fields, headers=headers)
            except httpx2.TransportError:
                return None
            assert answer.status_code in (202, 429, 503), answer.text
            return str(answer.json()["id"]) if answer.status_code == 202 else None

        id_: str = await eventually(taken, within=within, every=0.2)
        return id_

    async def answers(self) -> bool:
        """Its gateway is there: one that is a process may be starting."""
        try:
            return (await self.client.get("/readyz")).status_code == 200
        except httpx2.TransportError:
            return False

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
    servers: Servers,
    broker: Broker,
    database_url: str,
    models_dir: Path,
    *,
    without: Collection[str] = (),
    copies: int = 1,
    **settings: Any,
) -> AsyncIterator[Pipeline]:
    """Start everything, and stop it again.

    Services named in `without` are left to the test, which starts them with `Pipeline.environment`; a
    gateway left out is spoken to at the port that stands there. Of the others there are so many `copies`,
    each with its own relay, publisher and connections to the database.
    """
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
        "webhook_secret": SecretStr(SECRET),
        "models_dir": models_dir,
        "default_model": MODEL,
        "analyzer_engine": "extractive",
        "shutdown_seconds": 10.0,
        "http_port": free_port() if "gateway" in without else 0,
        **settings,
    }
    async with AsyncExitStack() as stack:
        parts = [_Copy(common, broker, database_url, without) for _ in range(copies)]
        for part in parts:
            stack.push_async_callback(part.close)
        consumers = [consumer for part in parts for consumer in await part.consumers()]
        relays = [relay.run for part in parts for relay in part.relays]
        taps = [tap.run for part in parts for tap in part.taps]
        others = [run for part in parts for run in part.others]
        await stack.enter_async_context(
            _running([*(each.run for each in consumers), *relays, *taps, *others])
        )
        for consumer in consumers:
            await eventually(consumer.ready.is_set)
        key = await add_key(parts[0].database, "acme")
        clients = [await stack.enter_async_context(client(part.app(), key)) for part in parts]
        environment = _environment(common)
        yield Pipeline(clients[0], broker, parts[0].database, parts[0].store, environment, clients)


async def add_key(database: Database, tenant: str) -> str:
    """A new API key of that tenant, with every scope."""
    records = PostgresRecords(as_gateway(database), window=1, committed=lambda: None)
    key = f"sl_of_{tenant}_{uuid4().hex}"
    digest = KeyRing(SECRET, records.find_key, cache_seconds=0).digest(key)
    await records.add_key(ApiKeyRow(id=uuid7(), tenant=tenant, digest=digest, scopes=list(Scope)))
    return key


class _Copy:
    """One of each service, wired by its own composition root."""

    def __init__(
        self, common: Mapping[str, Any], broker: Broker, database_url: str, without: Collection[str]
    ) -> None:
        self._common = common
        self._broker = broker
        self._without = without
        self.database = Unbound(database_url)
        self.store = S3Store(GatewaySettings(**common))
        self.relays: list[Relay] = []
        self.taps: list[Tap] = []
        self.others: list[Runnable] = []
        if "gateway" not in without:
            self.relays.append(Relay(self.database.gateway, Publisher(broker, "gateway")))
            self._gateway = self._new_gateway()
            self.taps.append(Tap(broker, "gateway", self._gateway.hub.hear, self._gateway.hub.missed))

    async def consumers(self) -> Sequence[Consumer]:
        """The workers; the writer's relay is then among `relays`."""
        made: list[Consumer] = []
        if "result-writer" not in self._without:
            writer, relay = compose_writer(WriterSettings(**self._common), self._broker, self.database.writer)
            made.append(writer)
            self.relays.append(relay)
        if "notifier" not in self._without:
            settings = NotifierSettings(**self._common)
            parts = compose_notifier(settings, self._broker, self.database.notifier)
            made += parts.consumers
            self.others += parts.others
        if "analyzer" not in self._without:
            made.append(compose_analyzer(AnalyzerSettings(**self._common), self._broker))
        if "transcriber" not in self._without:
            made += (await build_transcriber(TranscriberSettings(**self._common), self.store))[0]
        return made

    def app(self) -> FastAPI | str:
        """The gateway's application, or where the one is that was left out."""
        if "gateway" in self._without:
            return f"http://127.0.0.1:{self._common['http_port']}"
        return create_app(self._gateway)

    def _new_gateway(self) -> Gateway:
        settings, database = GatewaySettings(**self._common), self.database.gateway
        records = PostgresRecords(database, window=settings.window, committed=self.relays[0].wake)
        ring = KeyRing(SECRET, records.find_key, cache_seconds=3)
        view = AmqpView(self._broker)
        model, wake = partial(trouble, settings), self.relays[0].wake
        return Gateway(settings, self.store, records, ring, view, model, database, wake)

    async def close(self) -> None:
        await self.database.close()
        self.store.close()


def client(app: FastAPI | str, key: str) -> httpx2.AsyncClient:
    headers = {"Authorization": f"Bearer {key}"}
    if isinstance(app, str):
        return httpx2.AsyncClient(base_url=app, headers=headers, timeout=60)
    transport = httpx2.ASGITransport(app)
    return httpx2.AsyncClient(transport=transport, base_url="http://gateway", headers=headers)


def _environment(common: Mapping[str, Any]) -> dict[str, str]:
    return {f"{PREFIX}{name.upper()}": _as_text(value) for name, value in common.items()}


def _as_text(value: Any) -> str:
    match value:
        case SecretStr():
            return value.get_secret_value()
        case tuple():
            return ",".join(value)
    return str(value)


@asynccontextmanager
async def _running(runs: Sequence[Runnable]) -> AsyncIterator[None]:
    stop = asyncio.Event()
    tasks = [asyncio.ensure_future(run(stop)) for run in runs]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*tasks)
