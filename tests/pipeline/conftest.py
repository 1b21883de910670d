"""Every pipeline test runs twice: each message delivered once, and each message delivered twice."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from scribeline.messaging.broker import Broker
from scribeline.messaging.publisher import Publisher
from tests.support.pipeline import Pipeline, pipeline
from tests.support.servers import Servers


@pytest.fixture(params=["once", "twice"])
def deliveries(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """`twice` publishes every message a second time, as a broker may deliver it."""
    if request.param == "twice":
        send = Publisher._send

        async def twice(self: Publisher, *message: Any, mandatory: bool) -> None:
            await send(self, *message, mandatory=mandatory)
            await send(self, *message, mandatory=mandatory)

        monkeypatch.setattr(Publisher, "_send", twice)
    return str(request.param)


@pytest.fixture
async def system(
    servers: Servers, broker: Broker, database_url: str, models_dir: Path, deliveries: str
) -> AsyncIterator[Pipeline]:
    models = ("base", "not-installed")
    async with pipeline(
        servers, broker, database_url, models_dir, piece_seconds=15.0, models_allowed=models
    ) as running:
        yield running
