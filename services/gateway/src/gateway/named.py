"""`POST /v1/jobs` with JSON, which names a recording: its address, or an upload that was sent in parts."""

from starlette.requests import Request

from gateway.context import Gateway
from gateway.fetching.receiving import receive_address
from gateway.json_body import object_of
from gateway.limits.early import check_room
from gateway.lookups import Lookups
from gateway.presigned.receiving import FIELD, receive_upload
from gateway.settings import GatewaySettings
from gateway.uploads import Intake, Received

MOST_BYTES = 768 * 2**10
"""A transcript takes up to 256 KiB of it, more where JSON escapes it."""


async def receive_named(
    request: Request, intake: Intake, *, context: Gateway, settings: GatewaySettings, look_up: Lookups
) -> Received:
    """`settings` are those for this principal. Raises what the one or the other does."""
    given = await object_of(request, settings, MOST_BYTES)
    if given.get(FIELD) is not None:
        return await receive_upload(request, given, context=context, settings=settings, look_up=look_up)
    given.pop(FIELD, None)
    await check_room(request, context, look_up.principal, look_up.repeat_key)
    return await receive_address(
        request, given, intake, settings=settings, look_up=look_up, fetcher=context.fetcher
    )
