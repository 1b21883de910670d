"""A quota that is used up is told before gigabytes are sent for nothing."""

from fastapi import Request

from gateway.auth import Principal
from gateway.body import announced
from gateway.context import Gateway
from gateway.limits.quotas import check
from gateway.problems import Problem
from gateway.uploads import envelope_max
from scribeline.storage.database import Database
from scribeline.storage.idempotency import is_taken


async def check_room(
    request: Request, context: Gateway, principal: Principal, repeat_key: str | None
) -> None:
    """Refuse before gigabytes are sent what would be refused in the end. Raises Problem.

    A request that was sent before may be about a job that is there: that one shows when its bytes are known.
    """
    least = (announced(request) or 0) - envelope_max(context.settings)
    await check_bytes(context.database, principal, repeat_key, max(1, least))


async def check_bytes(database: Database, principal: Principal, repeat_key: str | None, size: int) -> None:
    """The same for a recording of at least so many bytes."""
    if not principal.limits.has_quota:
        return
    async with database.transaction(principal.tenant) as session:
        try:
            await check(session, principal.tenant, size=size)
        except Problem:
            if not repeat_key or not await is_taken(session, principal.tenant, principal.owner, repeat_key):
                raise
