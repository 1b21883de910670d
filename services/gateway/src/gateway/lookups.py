"""What a job's options name and the database has: a template, an earlier job."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from gateway.auth import Principal
from gateway.briefs.frozen import brief_of
from gateway.options.model import JobOptions
from gateway.problems import invalid
from gateway.templates_and_rules import TemplatesAndRules
from scribeline.contracts.analysis import Brief
from scribeline.storage import continuing
from scribeline.storage.database import Database
from scribeline.storage.models import IdempotencyRow, TemplateRow

LookUp = Callable[[JobOptions], Awaitable[Brief | None]]
"""Raises Problem where something is named that is not there; gives what the analysis is asked."""


@dataclass(frozen=True)
class Lookups:
    """For one request, whose `Idempotency-Key` is `repeat_key`."""

    tenants: TemplatesAndRules
    database: Database
    principal: Principal
    repeat_key: str | None

    async def __call__(self, options: JobOptions) -> Brief | None:
        """A `LookUp`. Also raises DependencyDown("database")."""
        if options.continues is not None:
            await self._continued(options.continues)
        return await brief_of(options, self._template)

    async def _template(self, name: str) -> TemplateRow | None:
        return await self.tenants.template(self.principal.tenant, name)

    async def _continued(self, job: UUID) -> None:
        """Told before gigabytes are sent. Looked at once more when the job is born."""
        tenant, owner = self.principal.tenant, self.principal.owner
        async with self.database.transaction(tenant) as session:
            if self.repeat_key is not None:
                known = await session.get(IdempotencyRow, (tenant, owner or "", self.repeat_key))
                if known is not None:  # its answer is that request's job, whatever became of the earlier one
                    return
            trouble = await continuing.trouble(session, job, tenant=tenant, owner=owner)
        if trouble is not None:
            raise invalid("continues", trouble)
