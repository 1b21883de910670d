"""A gateway without servers: its database is a dictionary, its store another one."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx2
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.routing import BaseRoute, Route
from uuid_utils.compat import uuid7

from gateway.app import create_app
from gateway.auth import KeyRing, Known, Principal, Scope
from gateway.broker_view import Depth
from gateway.context import Gateway
from gateway.filters import Page
from gateway.reads import Heard, Work
from gateway.records import Retried, Words
from gateway.settings import GatewaySettings
from scribeline.contracts.analysis import Analysis
from scribeline.contracts.api.tenants import NO_LIMITS, TenantLimits
from scribeline.contracts.failures import DependencyDown
from scribeline.contracts.job import StageStatus, StageView
from scribeline.contracts.rules import TenantRules
from scribeline.messaging.dead_letters import Decide, Fate, Letter
from scribeline.messaging.management import Held
from scribeline.messaging.subscribers import Subscribers
from scribeline.storage.database import Database
from scribeline.storage.events import Stored
from scribeline.storage.jobs import NewJob
from scribeline.storage.models import ApiKeyRow, JobRow, SegmentRow, TemplateRow
from tests.support.stores import MemoryStore

READY: dict[int, BaseRoute] = {}
"""The included routers, in their places, as the first application made them ready."""
SECRET = "a secret for tests only"


class MemoryRecords:
    """Implements `Records`; words and analyses are what a test puts there."""

    def __init__(self) -> None:
        self.created: list[NewJob] = []
        self.rows: dict[UUID, JobRow] = {}
        self.pauses: dict[str, datetime] = {}
        self.key_rows: dict[bytes, ApiKeyRow] = {}
        self.words_of: dict[UUID, Words] = {}
        self.analyses: dict[UUID, Analysis] = {}
        self.template_rows: dict[tuple[str, str], TemplateRow] = {}
        self.limits_of: dict[str, TenantLimits] = {}
        self.rules_of: dict[str, TenantRules] = {}
        self.retried: dict[tuple[UUID, int], Retried] = {}
        """What becomes of a run that is tried again."""
        self.failure: Exception | None = None
        """Set it to have every call raise it."""
        self.finds = 0
        self.waiting = (0, 0.0)
        """Messages in the outbox, and the age of the oldest in seconds."""

    def _check(self) -> None:
        if self.failure is not None:
            raise self.failure

    async def create(self, new: NewJob) -> JobRow:
        self._check()
        self.created.append(new)
        return self.add(job_row(new.tenant, new.owner, id=new.id, bytes=new.source.bytes))

    def add(self, row: JobRow) -> JobRow:
        self.rows[row.id] = row
        return row

    async def job(self, principal: Principal, id: UUID) -> JobRow | None:  # noqa: A002 - as in Records
        self._check()
        row = self.rows.get(id)
        return row if row is not None and _visible(row, principal) else None

    async def cancel(self, principal: Principal, id: UUID) -> JobRow | None:  # noqa: A002 - as in Records
        return await self.job(principal, id)

    async def retry_failed(self, tenant: str, job: UUID, run: int) -> Retried:
        self._check()
        return self.retried.get((job, run), Retried.NEEDLESS)

    async def resume(self, job: UUID | None) -> int:
        self._check()
        return len([row for row in self.rows.values() if job in (None, row.id)])

    async def work(self) -> dict[str, Work]:
        self._check()
        return {}

    async def delete(self, principal: Principal, id: UUID) -> JobRow | None:  # noqa: A002 - as in Records
        row = await self.job(principal, id)
        return row and self.rows.pop(row.id)

    async def jobs(self, principal: Principal, page: Page) -> list[JobRow]:
        self._check()
        found = [row for row in self.rows.values() if _visible(row, principal)]
        behind = [row for row in found if page.cursor is None or row.id < page.cursor]
        return sorted(behind, key=lambda row: row.id, reverse=True)[: page.limit + 1]

    async def queue_position(self, job: JobRow) -> int | None:
        self._check()
        return sum(row.id < job.id for row in self.rows.values())

    async def words(self, job: JobRow, run: int) -> Words:
        self._check()
        return self.words_of.get(job.id, Words([], [], 0.0))

    async def heard(self, job: JobRow, first: int) -> Heard:
        self._check()
        return Heard(0, [])

    async def analysis(self, job: JobRow, run: int) -> Analysis | None:
        self._check()
        return self.analyses.get(job.id)

    async def templates(self, tenant: str) -> list[TemplateRow]:
        self._check()
        return [row for (owner, _), row in sorted(self.template_rows.items()) if owner == tenant]

    async def template(self, tenant: str, name: str) -> TemplateRow | None:
        self._check()
        return self.template_rows.get((tenant, name))

    async def put_template(self, given: TemplateRow, *, most: int) -> TemplateRow | None:
        self._check()
        key = (given.tenant, given.name)
        if key not in self.template_rows and len(await self.templates(given.tenant)) >= most:
            return None
        row = self.template_rows.setdefault(key, given)
        return row.sqlmodel_update(given.model_dump(exclude={"created_at"}))

    async def delete_template(self, tenant: str, name: str) -> bool:
        self._check()
        return self.template_rows.pop((tenant, name), None) is not None

    async def rules(self, tenant: str) -> TenantRules:
        self._check()
        return self.rules_of.get(tenant, TenantRules())

    async def put_rules(self, tenant: str, given: TenantRules) -> None:
        self._check()
        self.rules_of[tenant] = given

    async def find_key(self, digest: bytes) -> Known | None:
        self._check()
        self.finds += 1
        row = self.key_rows.get(digest)
        return Known(row, self.limits_of.get(row.tenant, NO_LIMITS)) if row else None

    async def keys(self, tenant: str | None) -> list[ApiKeyRow]:
        self._check()
        return [row for row in self.key_rows.values() if tenant in (None, row.tenant)]

    async def add_key(self, row: ApiKeyRow) -> None:
        self._check()
        self.key_rows.setdefault(row.digest, row)

    async def revoke_key(self, id: UUID) -> bool:  # noqa: A002 - as in Records
        self._check()
        for row in self.key_rows.values():
            if row.id == id:
                row.revoked_at = row.revoked_at or datetime.now(UTC)
                return True
        return False

    async def backlog(self) -> tuple[int, float]:
        self._check()
        return self.waiting

    async def pause(self, queue: str) -> None:
        self._check()
        self.pauses.setdefault(queue, datetime(2026, 11, 1, 8, 30, tzinfo=UTC))

    async def end_pause(self, queue: str) -> int:
        self._check()
        return 0 if self.pauses.pop(queue, None) is None else 1

    async def paused(self) -> dict[str, datetime]:
        self._check()
        return dict(self.pauses)

    async def events_of(self, tenant: str, job: UUID, after: UUID | None) -> list[Stored]:
        self._check()
        return []

    async def announced_at(self, tenant: str, event: UUID | None) -> tuple[datetime, datetime | None]:
        self._check()
        return datetime.now(UTC), None

    async def events_since(
        self, principal: Principal, since: datetime, *, after: int, limit: int
    ) -> list[Stored]:
        self._check()
        return []

    async def ping(self) -> None:
        self._check()


class MemoryBroker:
    """Implements `BrokerView`: a broker that has all queues, with a consumer of each, and nothing in them."""

    def __init__(self) -> None:
        self.found: dict[str, Depth | None] = {}
        """What differs from that."""
        self.dead: list[Letter] = []
        self.resent: list[Letter] = []
        self.failure: Exception | None = None
        self.frozen = False
        self.subscribers: Subscribers | None = None

    async def ping(self) -> None:
        if self.failure is not None:
            raise self.failure
        if self.frozen:
            await asyncio.Event().wait()

    async def depths(self, queues: Sequence[str]) -> dict[str, Depth | None]:
        await self.ping()
        return {name: self.found.get(name, Depth(0, 0 if name.endswith(".dead") else 1)) for name in queues}

    async def held(self) -> Mapping[str, Held] | None:
        return None

    async def letters(self, queue: str, most: int) -> list[Letter]:
        await self.ping()
        return [letter for letter in self.dead if letter.queue == queue][:most]

    async def letter(self, queue: str, id: str, most: int) -> Letter | None:  # noqa: A002 - as in BrokerView
        return next((letter for letter in await self.letters(queue, most) if letter.id == id), None)

    async def sort_out(self, queue: str, most: int, decide: Decide) -> None:
        for letter in await self.letters(queue, most):
            fate = await decide(letter)
            if fate is not Fate.KEPT:
                self.dead.remove(letter)
            if fate is Fate.RESENT:
                self.resent.append(letter)


def _visible(row: JobRow, principal: Principal) -> bool:
    return row.tenant == principal.tenant and principal.owner in (None, row.owner)


def job_row(tenant: str = "acme", owner: str | None = None, **changes: Any) -> JobRow:
    """A job as it is born, but for what a test says."""
    stages = [StageView(name=name, status=StageStatus.PENDING) for name in ("transcription", "analysis")]
    born: dict[str, Any] = {
        "id": uuid7(),
        "tenant": tenant,
        "owner": owner,
        "stages": [stage.model_dump(mode="json") for stage in stages],
        "options": {},
        "source_key": "k",
        "bytes": 3,
        "sha256": "0" * 64,
    }
    return JobRow(**{**born, **changes})


def segment_row(number: int, text: str, *, start: float | None = None, seconds: float = 1.0) -> SegmentRow:
    begin = float(number) if start is None else start
    return SegmentRow(
        job=uuid7(),
        run=1,
        piece=number // 3,
        id=number % 3,
        tenant="acme",
        start=begin,
        end=begin + seconds,
        text=text,
        confidence=0.9,
        avg_logprob=-0.1,
        no_speech_prob=0.01,
    )


NO_DATABASE = "postgresql://nobody@127.0.0.1:1/none"
"""Nothing listens there: what a fake does not stand in for has a test with a real database."""


@dataclass
class Desk:
    """A gateway and what it works with."""

    settings: GatewaySettings
    store: MemoryStore = field(default_factory=MemoryStore)
    records: MemoryRecords = field(default_factory=MemoryRecords)
    broker: MemoryBroker = field(default_factory=MemoryBroker)
    model_trouble: str | None = None
    """Why the language model cannot be asked."""

    def __post_init__(self) -> None:
        self.ring = KeyRing(SECRET, self.records.find_key, cache_seconds=self.settings.key_cache_seconds)
        self.app: FastAPI = create_app(
            Gateway(
                self.settings,
                self.store,
                self.records,
                self.ring,
                self.broker,
                self._ask_model,
                Database(NO_DATABASE),
                lambda: None,
            )
        )
        # Routers know nothing of their application, and FastAPI is slow to make them ready for each.
        for i, route in enumerate(self.app.router.routes):
            if not isinstance(route, Route):
                self.app.router.routes[i] = READY.setdefault(i, route)

    async def _ask_model(self) -> str | None:
        return self.model_trouble

    def key(self, name: str = "sl_test", **changes: Any) -> dict[str, str]:
        """Make this key known; returns the header that presents it."""
        row: dict[str, Any] = {
            "id": uuid7(),
            "tenant": "acme",
            "digest": self.ring.digest(name),
            "hint": name[:9],
            "scopes": [Scope.JOBS_WRITE, Scope.JOBS_READ],
        }
        self.records.key_rows[self.ring.digest(name)] = ApiKeyRow(**{**row, **changes})
        return {"Authorization": f"Bearer {name}"}

    @asynccontextmanager
    async def client(self, headers: dict[str, str] | None = None) -> AsyncIterator[httpx2.AsyncClient]:
        transport = httpx2.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://gateway", headers=headers
        ) as client:
            yield client


def settings(**changes: Any) -> GatewaySettings:
    given: dict[str, Any] = {
        "key_secret": SecretStr(SECRET),
        "webhook_secret": SecretStr(SECRET),
        "key_cache_seconds": 0,
        **changes,
    }
    return GatewaySettings(**given)


def desk(**changes: Any) -> Desk:
    return Desk(settings(**changes))


DATABASE_DOWN = DependencyDown("database", "the test says so")
