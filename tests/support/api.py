"""The gateway over a real database and a real object store."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import uuid4

import httpx2
from pydantic import SecretStr
from sqlalchemy import text

from gateway.app import create_app
from gateway.auth import KeyRing, Scope
from gateway.broker_view import AmqpView
from gateway.context import Gateway
from gateway.records import PostgresRecords
from gateway.settings import GatewaySettings
from scribeline.language_model import trouble
from scribeline.messaging.broker import Broker
from scribeline.messaging.topology import topology
from scribeline.storage.database import Database
from scribeline.storage.models import ApiKeyRow
from scribeline.storage.s3 import S3Store
from tests.support.roles import as_gateway

SECRET = "a secret for tests only"
KEY = "sl_integration"
AUDIO = bytes(range(256)) * 4096


class Api:
    """A gateway with its adapters, and a client that holds a key of tenant acme."""

    def __init__(self, store: S3Store, database: Database) -> None:
        self.store, self.database = store, database
        self.settings = GatewaySettings(
            key_secret=SecretStr(SECRET), webhook_secret=SecretStr(SECRET), **store.settings.model_dump()
        )
        self.broker = Broker("amqp://127.0.0.1:9/", topology())
        """Nobody is there, unless a test says otherwise."""
        self.management_url = ""
        self.wakes = 0
        self.records = PostgresRecords(as_gateway(database), window=32, committed=self._wake)
        self.ring = KeyRing(SECRET, self.records.find_key, cache_seconds=0)

    def _wake(self) -> None:
        self.wakes += 1

    async def add_key(self, key: str, **given: Any) -> None:
        row: dict[str, Any] = {"tenant": "acme", "scopes": list(Scope), "hint": key[:9], **given}
        await self.records.add_key(ApiKeyRow(id=uuid4(), digest=self.ring.digest(key), **row))

    @asynccontextmanager
    async def client(self, key: str = KEY) -> AsyncIterator[httpx2.AsyncClient]:
        model = partial(trouble, self.settings)
        broker = AmqpView(self.broker, self.management_url)
        self.gateway = Gateway(
            self.settings,
            self.store,
            self.records,
            self.ring,
            broker,
            model,
            as_gateway(self.database),
            self._wake,
        )
        app = create_app(self.gateway)
        transport = httpx2.ASGITransport(app)
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx2.AsyncClient(transport=transport, base_url="http://g", headers=headers) as client:
            yield client

    async def send(
        self, data: bytes = AUDIO, *, key: str = KEY, idempotency: str | None = None, **fields: Any
    ) -> httpx2.Response:
        headers = {"Idempotency-Key": idempotency} if idempotency is not None else {}
        files = {"audio": ("a.wav", data, "audio/wav")}
        async with self.client(key) as client:
            return await client.post("/v1/jobs", files=files, data=fields, headers=headers)

    async def count(self, table: str) -> int:
        async with self.database.transaction() as session:
            return int((await session.run(text(f"SELECT count(*) FROM {table}"))).scalar_one())

    def stored(self) -> list[str]:
        """The names of all objects. (The S3 gateway of the tests is a file system, and lists folders too.)"""
        objects = self.store._client.list_objects(self.store.bucket, recursive=True)
        return [str(found.object_name) for found in objects if not found.is_dir]
