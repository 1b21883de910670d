"""What the routes work with, and who may call them."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPBearer

from gateway.auth import KeyRing, Principal, Scope, allowed, authenticate
from gateway.broker_view import BrokerView
from gateway.fetching.fetcher import Fetcher
from gateway.hub import Hub
from gateway.limits.guesses import Guesses
from gateway.limits.rates import Rates
from gateway.places import Places
from gateway.presigned.joining import AT_ONCE
from gateway.problems import Problem
from gateway.records import Records
from gateway.settings import GatewaySettings
from gateway.strict_query import refuse_unknown
from gateway.turns import Turns
from scribeline.contracts.codes import Code
from scribeline.storage.database import Database
from scribeline.storage.models import JobRow
from scribeline.storage.objects import ObjectStore
from scribeline.storage.s3_presign import PartUrls


@dataclass(frozen=True)
class Gateway:
    settings: GatewaySettings
    store: ObjectStore
    records: Records
    ring: KeyRing
    broker: BrokerView
    language_model: Callable[[], Coroutine[Any, Any, str | None]]
    """Why it cannot be asked; None when it can."""
    database: Database
    """For what stands in a module of its own; `records` is what most routes share."""
    committed: Callable[[], None]
    """Called after a commit that left something to send."""
    prepared: Callable[[], None] = lambda: None
    """Raises DependencyDown while something that every request needs is not there yet."""

    @cached_property
    def hub(self) -> Hub:
        most, again = self.settings.streams_max, self.settings.retry_after_seconds
        return Hub(Places(most, Code.TOO_MANY_STREAMS, again))

    @cached_property
    def fetcher(self) -> Fetcher:
        return Fetcher.of(self.settings)

    @cached_property
    def places(self) -> Places:
        """For uploads: each may hold three parts of 8 MiB in memory."""
        return Places(self.settings.uploads_max, Code.TOO_MANY_UPLOADS, self.settings.retry_after_seconds)

    @cached_property
    def searches(self) -> Turns:
        settings = self.settings
        return Turns(settings.database_pool, Code.TOO_MANY_SEARCHES, settings.retry_after_seconds)

    @cached_property
    def rates(self) -> Rates:
        return Rates(self.settings)

    @cached_property
    def guesses(self) -> Guesses:
        return Guesses(self.settings)

    def settings_for(self, principal: Principal) -> GatewaySettings:
        """With the models that its tenant may use."""
        return self.settings.offering(principal.limits.models_allowed)

    @cached_property
    def joining(self) -> asyncio.Semaphore:
        return asyncio.Semaphore(AT_ONCE)

    @cached_property
    def changing_subscribers(self) -> asyncio.Lock:
        return asyncio.Lock()

    @cached_property
    def part_urls(self) -> PartUrls:
        """For where clients reach the store, which may be elsewhere than where we do."""
        public = self.settings.s3_public_endpoint or self.settings.s3_endpoint
        return PartUrls(self.settings.model_copy(update={"s3_endpoint": public}))

    async def check_prepared(self) -> None:
        """For `/readyz`."""
        self.prepared()

    async def job(self, principal: Principal, id: str) -> JobRow:  # noqa: A002 - as in the address
        """Raises Problem(NOT_FOUND), also for what is no id at all."""
        return await self.changed(self.records.job, principal, id)

    async def changed(
        self,
        change: Callable[[Principal, UUID], Awaitable[JobRow | None]],
        principal: Principal,
        id: str,  # noqa: A002 - as in the address
    ) -> JobRow:
        """The job that a method of the records gives. Raises as `job`."""
        try:
            row = await change(principal, UUID(id))
        except ValueError:
            row = None
        if row is None:
            raise Problem(Code.NOT_FOUND)
        return row


async def gateway(request: Request) -> Gateway:
    """A coroutine, or FastAPI would ask it in a thread."""
    found: Gateway = request.app.state.gateway
    return found


Context = Annotated[Gateway, Depends(gateway)]

_bearer = HTTPBearer(auto_error=False, description="An API key: `Authorization: Bearer KEY`.")
_header = APIKeyHeader(name="X-API-Key", auto_error=False, description="An API key.")


def requires(scope: Scope) -> Callable[..., object]:
    """A dependency that gives the principal, or answers 401, 403 or 429."""

    async def principal(
        request: Request,
        context: Context,
        _b: Annotated[object, Security(_bearer)],
        _h: Annotated[object, Security(_header)],
    ) -> Principal:
        context.prepared()
        known = await authenticate(request, context.ring, context.guesses)
        context.rates.count(request, known)
        found = allowed(request, known, scope)
        refuse_unknown(request)
        return found

    return principal


Writer = Annotated[Principal, Depends(requires(Scope.JOBS_WRITE))]
Reader = Annotated[Principal, Depends(requires(Scope.JOBS_READ))]


def _for_all_of_it(principal: Principal) -> Principal:
    if principal.owner is not None:
        raise Problem(Code.FORBIDDEN, "This needs a key that is not narrowed to an owner.")
    return principal


async def _whole_tenant(principal: Writer) -> Principal:
    """Templates and rules are the tenant's: a key of one of its users does not change them."""
    return _for_all_of_it(principal)


async def _whole_tenant_read(principal: Reader) -> Principal:
    """What all of its users did together is not for one of them."""
    return _for_all_of_it(principal)


TenantWriter = Annotated[Principal, Depends(_whole_tenant)]
TenantReader = Annotated[Principal, Depends(_whole_tenant_read)]
Admin = Annotated[Principal, Depends(requires(Scope.ADMIN))]

ALWAYS = (
    Code.INVALID_PARAMETER,
    Code.UNAUTHENTICATED,
    Code.FORBIDDEN,
    Code.RATE_LIMITED,
    Code.DATABASE_UNAVAILABLE,
    Code.INTERNAL_ERROR,
)
"""Problems that any route of ours may answer with."""
