"""Webhooks: addresses that are told of events."""

from datetime import timedelta

from fastapi import APIRouter, Request, Response
from uuid_utils.compat import uuid7

from gateway.auth import Principal
from gateway.context import ALWAYS, Context, Reader, Writer
from gateway.json_body import body_of, described
from gateway.problems import ResponseDoc, documented
from gateway.tracing import traceparent_of
from gateway.webhooks import rows, sending
from gateway.webhooks.addresses import destination, master_of
from gateway.webhooks.asked import NewWebhook, Replay, Rotation, WebhookChange
from gateway.webhooks.views import delivery_view, webhook_view, with_secret
from scribeline.contracts.api.webhooks import DeliveryView, Replayed, SecretWebhook, WebhookList, WebhookView
from scribeline.contracts.codes import Code
from scribeline.storage.models import WebhookRow

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])

BODY_PROBLEMS = (Code.INVALID_PARAMETER, Code.UPLOAD_TOO_LARGE, Code.UPLOAD_INCOMPLETE)
EXAMPLE = {"url": "https://hooks.example.com/scribeline", "types": ["job.completed", "job.failed"]}
CHANGE = {"types": ["transcript.completed"], "status": "active"}
ROTATION = {"overlap_seconds": 3600}
REPLAY = {"since": "2026-11-21T06:00:00Z", "status": "failed"}
NO_STORE = {"Cache-Control": "no-store"}


@router.get(
    "",
    response_model=WebhookList,
    operation_id="listWebhooks",
    summary="Webhooks",
    responses=documented(*ALWAYS),
)
async def list_webhooks(context: Context, principal: Reader) -> WebhookList:
    """The newest first. Those of single jobs (`webhook_url`) are not among them."""
    found = await rows.listed(context.database, principal)
    return WebhookList(webhooks=[webhook_view(row) for row in found])


CREATED: ResponseDoc = {
    201: {"headers": {"Location": {"description": "The webhook.", "schema": {"type": "string"}}}},
    **documented(
        Code.WEBHOOK_URL_REFUSED, Code.TOO_MANY_WEBHOOKS, Code.WEBHOOKS_OFF, *BODY_PROBLEMS, *ALWAYS
    ),
}


@router.post(
    "",
    status_code=201,
    response_model=SecretWebhook,
    operation_id="createWebhook",
    summary="Make a webhook",
    responses=CREATED,
    openapi_extra=described(NewWebhook, EXAMPLE),
)
async def create(context: Context, principal: Writer, request: Request, response: Response) -> SecretWebhook:
    """Its secret stands in this answer, and in no later one. With a key that is narrowed to an owner, it is
    told of that user's jobs only; one owner has a quarter of a tenant's at most."""
    given = await body_of(request, NewWebhook, context.settings)
    master = master_of(context.settings)
    destination(given.url, context.settings)
    row = _new(given, principal)
    await rows.add(context.database, row, context.settings.webhooks_max)
    response.headers.update({"Location": f"/v1/webhooks/{row.id}", **NO_STORE})
    return with_secret(row, master)


def _new(given: NewWebhook, principal: Principal) -> WebhookRow:
    id_ = uuid7()
    return WebhookRow(
        id=id_, tenant=principal.tenant, owner=principal.owner, lane=str(id_), **given.model_dump(mode="json")
    )


@router.get(
    "/{id}",
    response_model=WebhookView,
    operation_id="getWebhook",
    summary="One webhook",
    responses=documented(Code.NOT_FOUND, *ALWAYS),
)
async def get(context: Context, principal: Reader, id: str) -> WebhookView:  # noqa: A002 - as in the address
    return webhook_view(await rows.find(context.database, principal, id))


@router.patch(
    "/{id}",
    response_model=WebhookView,
    operation_id="changeWebhook",
    summary="Change a webhook, or disable, enable or resume it",
    responses=documented(Code.NOT_FOUND, Code.WEBHOOK_URL_REFUSED, *BODY_PROBLEMS, *ALWAYS),
    openapi_extra=described(WebhookChange, CHANGE),
)
async def change(
    context: Context,
    principal: Writer,
    id: str,  # noqa: A002 - as in the address
    request: Request,
) -> WebhookView:
    """What is not named stays as it is. What is under way is sent to the new address, too."""
    given = await body_of(request, WebhookChange, context.settings)
    if given.url is not None:
        destination(given.url, context.settings)
    changes = given.model_dump(mode="json", exclude_none=True)
    return webhook_view(await rows.change(context.database, principal, id, changes))


@router.delete(
    "/{id}",
    status_code=204,
    operation_id="deleteWebhook",
    summary="Delete a webhook",
    responses=documented(Code.NOT_FOUND, *ALWAYS),
)
async def delete(context: Context, principal: Writer, id: str) -> Response:  # noqa: A002 - as in the address
    """With what is still to be sent, and the log."""
    await rows.delete(context.database, principal, id)
    return Response(status_code=204)


@router.post(
    "/{id}/rotate",
    response_model=SecretWebhook,
    operation_id="rotateWebhookSecret",
    summary="Give a webhook a new secret",
    responses=documented(Code.NOT_FOUND, Code.WEBHOOKS_OFF, *BODY_PROBLEMS, *ALWAYS),
    openapi_extra=described(Rotation, ROTATION, may_lack=True),
)
async def rotate(
    context: Context,
    principal: Writer,
    id: str,  # noqa: A002 - as in the address
    request: Request,
    response: Response,
) -> SecretWebhook:
    """The secrets before sign as well for `overlap_seconds`, a day by default."""
    given = await body_of(request, Rotation, context.settings, may_lack=True)
    master = master_of(context.settings)
    overlap = timedelta(seconds=given.overlap_seconds)
    row = await rows.rotate(context.database, principal, id, overlap)
    response.headers.update(NO_STORE)
    return with_secret(row, master)


@router.post(
    "/{id}/test",
    status_code=202,
    response_model=DeliveryView,
    operation_id="testWebhook",
    summary="Send a webhook a ping",
    responses=documented(Code.NOT_FOUND, Code.WEBHOOK_DISABLED, Code.WEBHOOKS_OFF, *ALWAYS),
)
async def test(
    context: Context,
    principal: Writer,
    id: str,  # noqa: A002 - as in the address
    request: Request,
) -> DeliveryView:
    """An event `webhook.ping`, whatever types it is told of. `GET /v1/deliveries/{id}` tells whether it
    arrived. It is sent to one that is paused, too."""
    master_of(context.settings)
    return delivery_view(await sending.ping(context.database, principal, id, traceparent_of(request)))


@router.post(
    "/{id}/replay",
    status_code=202,
    response_model=Replayed,
    operation_id="replayWebhook",
    summary="Send a webhook again what was told before",
    responses=documented(Code.NOT_FOUND, Code.WEBHOOK_DISABLED, Code.WEBHOOKS_OFF, *BODY_PROBLEMS, *ALWAYS),
    openapi_extra=described(Replay, REPLAY),
)
async def replay(
    context: Context,
    principal: Writer,
    id: str,  # noqa: A002 - as in the address
    request: Request,
) -> Replayed:
    """With the same ids as before. Events from before it was made are sent, too; what is still to be sent is
    left as it is."""
    asked = await body_of(request, Replay, context.settings)
    master_of(context.settings)
    return Replayed(deliveries=await sending.replay(context.database, principal, id, asked))
