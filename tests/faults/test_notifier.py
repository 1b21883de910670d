"""A notifier that is killed amid deliveries: each of them arrives, and what came twice has the same id."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from scribeline.messaging.broker import Broker
from tests.support.pipeline import Pipeline, pipeline
from tests.support.processes import Service, beside
from tests.support.receivers import Received, Receiver, receiver
from tests.support.servers import Servers
from tests.support.sites import Page, head
from tests.support.waiting import eventually

EVENTS, WEBHOOKS = 50, 4
DELIVERIES = EVENTS * WEBHOOKS
MIDDLE = DELIVERIES // 3
PER_ENDPOINT = 4
"""As by default: so many of each webhook's may be under way when the notifier dies."""
ANSWER_SECONDS = 0.02


@dataclass(frozen=True)
class Scene:
    system: Pipeline
    hook: Receiver
    folder: Path

    @property
    def arrived(self) -> Counter[tuple[str, str]]:
        """How often each event came to each webhook."""
        return Counter((each.path, each.id) for each in self.hook.received)

    @asynccontextmanager
    async def notifier(self, name: str = "one", dying: str | None = None) -> AsyncIterator[Service]:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        async with beside("notifier", self.system.environment, folder) as service:
            await service.start(dying=dying)
            yield service

    async def amid(self) -> None:
        await eventually(lambda: len(self.hook.received) >= MIDDLE, within=90, every=0.01)
        assert len(self.hook.received) < DELIVERIES

    async def leases_end(self) -> None:
        """What the dead one had claimed is another's from now on; else that takes a minute."""
        async with self.system.database.transaction() as session:
            await session.run(
                text("UPDATE delivery SET claimed_until = now() WHERE claimed_until IS NOT NULL")
            )

    async def log(self) -> list[dict[str, Any]]:
        """All of it, as its owner sees it."""
        found: list[dict[str, Any]] = []
        query: dict[str, Any] = {"limit": 100}
        while True:
            answer = await self.system.client.get("/v1/deliveries", params=query)
            assert answer.status_code == 200, answer.text
            found += answer.json()["deliveries"]
            query["cursor"] = answer.json()["next_cursor"]
            if not query["cursor"]:
                return found

    async def all_delivered(self) -> bool:
        log = await self.log()
        return len(log) == DELIVERIES and {each["status"] for each in log} == {"delivered"}

    async def nothing_is_missing(self, *, twice: int) -> None:
        """Or came more often than at most `twice` deliveries may have."""
        await eventually(self.all_delivered, within=120, every=0.5)
        arrived = self.arrived
        assert len(arrived) == DELIVERIES
        assert set(arrived.values()) <= {1, 2}
        assert arrived.total() - DELIVERIES <= twice
        bodies = {(each.path, each.id, each.body) for each in self.hook.received}
        assert len(bodies) == DELIVERIES, "what came again was the same"
        for each in await self.log():
            assert [told["status"] for told in each["tries"]][-1:] == [204], each


def slow(_: Received) -> Page:
    """Long enough that some are always under way."""

    async def send(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(ANSWER_SECONDS)
        writer.write(head("204 No Content"))
        await writer.drain()

    return send


@pytest.fixture
async def scene(
    servers: Servers, broker: Broker, database_url: str, models_dir: Path, tmp_path: Path
) -> AsyncIterator[Scene]:
    """Four webhooks, and fifty events that wait for a notifier."""
    without = {"notifier", "transcriber", "analyzer"}
    settings: dict[str, Any] = {"webhook_hosts_allowed": ("127.0.0.1",), "shutdown_seconds": 5.0}
    running = pipeline(servers, broker, database_url, models_dir, without=without, **settings)
    async with receiver(slow) as hook, running as system:
        for number in range(WEBHOOKS):
            given = {"url": hook.url(f"/{number}"), "types": ["job.accepted"]}
            assert (await system.client.post("/v1/webhooks", json=given)).status_code == 201
        await asyncio.gather(*(system.submit(bytes(100)) for _ in range(EVENTS)))
        yield Scene(system, hook, tmp_path)


async def test_of_two_notifiers_one_is_killed_amid_200_deliveries_and_the_other_sends_the_rest(
    scene: Scene,
) -> None:
    async with scene.notifier("one") as one, scene.notifier("two"):
        await scene.amid()
        await one.kill()
        await scene.leases_end()
        await scene.nothing_is_missing(twice=2 * PER_ENDPOINT * WEBHOOKS)


@pytest.mark.thorough
async def test_a_notifier_that_is_killed_amid_200_deliveries_is_continued_by_the_next(scene: Scene) -> None:
    async with scene.notifier() as service:
        await scene.amid()
        await service.kill()
        before = len(scene.hook.received)
        assert before < DELIVERIES
        await scene.leases_end()
        await service.start()
        await scene.nothing_is_missing(twice=PER_ENDPOINT * WEBHOOKS)


@pytest.mark.thorough
@pytest.mark.timeout(300)
async def test_what_a_dead_notifier_had_claimed_is_sent_when_its_lease_ends(scene: Scene) -> None:
    """Nobody helps: it takes the minute that it takes."""
    async with scene.notifier() as service:
        await scene.amid()
        await service.kill()
        await service.start()
        await scene.nothing_is_missing(twice=PER_ENDPOINT * WEBHOOKS)


@pytest.mark.thorough
async def test_a_notifier_that_dies_before_it_writes_down_an_answer_sends_that_again(scene: Scene) -> None:
    async with scene.notifier(dying="after_answer_before_settling") as service:
        await service.died()
        await scene.leases_end()
        await service.start()
        await scene.nothing_is_missing(twice=PER_ENDPOINT * WEBHOOKS)
        assert scene.arrived.total() > DELIVERIES


@pytest.mark.thorough
async def test_a_notifier_that_is_told_to_end_sends_nothing_twice(scene: Scene) -> None:
    async with scene.notifier() as service:
        await scene.amid()
        await service.leave()
        await service.start()
        await scene.nothing_is_missing(twice=0)
