"""The log of what was sent to webhooks."""

from typing import Annotated

from fastapi import APIRouter, Query

from gateway.context import ALWAYS, Context, Reader, Writer
from gateway.problems import documented
from gateway.webhooks import log
from gateway.webhooks.addresses import master_of
from gateway.webhooks.asked import DeliveryFilter
from gateway.webhooks.views import delivery_view
from scribeline.contracts.api.webhooks import DeliveryList, DeliveryView
from scribeline.contracts.codes import Code

router = APIRouter(prefix="/v1/deliveries", tags=["webhooks"])


@router.get(
    "",
    response_model=DeliveryList,
    operation_id="listDeliveries",
    summary="What was sent to webhooks",
    responses=documented(*ALWAYS),
)
async def list_deliveries(
    context: Context, principal: Reader, asked: Annotated[DeliveryFilter, Query()]
) -> DeliveryList:
    """One for each event and webhook, with its tries; also those of jobs' `webhook_url`."""
    found = await log.page(context.database, principal, asked)
    more = len(found) > asked.limit
    shown = [delivery_view(row) for row in found[: asked.limit]]
    return DeliveryList(deliveries=shown, next_cursor=str(shown[-1].id) if more else None)


@router.get(
    "/{id}",
    response_model=DeliveryView,
    operation_id="getDelivery",
    summary="One delivery",
    responses=documented(Code.NOT_FOUND, *ALWAYS),
)
async def get(context: Context, principal: Reader, id: str) -> DeliveryView:  # noqa: A002 - as in the address
    return delivery_view(await log.find(context.database, principal, id))


@router.post(
    "/{id}/replay",
    status_code=202,
    response_model=DeliveryView,
    operation_id="replayDelivery",
    summary="Send it again",
    responses=documented(Code.NOT_FOUND, Code.WEBHOOK_DISABLED, Code.EVENT_GONE, Code.WEBHOOKS_OFF, *ALWAYS),
)
async def replay(context: Context, principal: Writer, id: str) -> DeliveryView:  # noqa: A002 - as in the address
    """With the same `webhook-id` and body as before. One that has not ended is due at once."""
    master_of(context.settings)
    return delivery_view(await log.replay(context.database, principal, id))
