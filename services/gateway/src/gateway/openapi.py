"""The API's description, made without any server or database: for `docs/openapi.json`."""

from typing import Any, cast

from pydantic import SecretStr

from gateway.app import create_app
from gateway.auth import KeyRing
from gateway.broker_view import BrokerView
from gateway.context import Gateway
from gateway.records import Records
from gateway.settings import GatewaySettings
from scribeline.storage.database import Database
from scribeline.storage.objects import ObjectStore


class _Absent:
    """Stands in for what describing the API never calls."""

    async def ping(self) -> None: ...

    async def find_key(self, digest: bytes) -> None: ...


def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document; the same for every installation."""
    absent = _Absent()
    settings = GatewaySettings.model_construct(key_secret=SecretStr(""), retry_after_seconds=1)
    gateway = Gateway(
        settings=settings,
        store=cast(ObjectStore, absent),
        records=cast(Records, absent),
        ring=KeyRing("", absent.find_key, cache_seconds=0),
        broker=cast(BrokerView, absent),
        language_model=absent.ping,
        database=cast(Database, absent),
        committed=lambda: None,
    )
    return create_app(gateway).openapi()
