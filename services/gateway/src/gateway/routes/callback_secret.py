"""The secret of jobs' own webhooks (`webhook_url`)."""

from datetime import timedelta

from fastapi import APIRouter, Request, Response

from gateway.context import ALWAYS, Context, TenantWriter
from gateway.json_body import body_of, described
from gateway.problems import documented
from gateway.webhooks import callbacks
from gateway.webhooks.addresses import master_of
from gateway.webhooks.asked import Rotation
from scribeline.contracts.api.webhooks import CallbackSecret
from scribeline.contracts.codes import Code

router = APIRouter(prefix="/v1/callback-secret", tags=["webhooks"])


@router.get(
    "",
    response_model=CallbackSecret,
    operation_id="getCallbackSecret",
    summary="The secret that signs what is sent to jobs' webhook_url",
    responses=documented(Code.WEBHOOKS_OFF, *ALWAYS),
)
async def get(context: Context, principal: TenantWriter, response: Response) -> CallbackSecret:
    """One for all jobs of your tenant. Needs a key that is not narrowed to an owner."""
    response.headers["Cache-Control"] = "no-store"
    return await callbacks.secret_of(context.database, principal.tenant, master_of(context.settings))


@router.post(
    "/rotate",
    response_model=CallbackSecret,
    operation_id="rotateCallbackSecret",
    summary="Make a new one",
    responses=documented(
        Code.WEBHOOKS_OFF, Code.INVALID_PARAMETER, Code.UPLOAD_TOO_LARGE, Code.UPLOAD_INCOMPLETE, *ALWAYS
    ),
    openapi_extra=described(Rotation, {"overlap_seconds": 3600}, may_lack=True),
)
async def rotate(
    context: Context, principal: TenantWriter, request: Request, response: Response
) -> CallbackSecret:
    """The secrets before sign as well for `overlap_seconds`, a day by default. Needs a key that is not
    narrowed to an owner."""
    given = await body_of(request, Rotation, context.settings, may_lack=True)
    master = master_of(context.settings)
    response.headers["Cache-Control"] = "no-store"
    overlap = timedelta(seconds=given.overlap_seconds)
    return await callbacks.rotate(context.database, principal.tenant, master, overlap)
