"""What a tenant has used, for itself."""

from typing import Annotated

from fastapi import APIRouter, Query

from gateway.context import ALWAYS, Context, TenantReader
from gateway.limits.report import Span, usage_of
from gateway.problems import documented
from scribeline.contracts.api.usage import UsageView
from scribeline.contracts.codes import Code

router = APIRouter(prefix="/v1/usage", tags=["usage"])


@router.get(
    "",
    response_model=UsageView,
    operation_id="getUsage",
    summary="What your tenant has used, by day, and what is left",
    responses=documented(Code.INVALID_PARAMETER, *ALWAYS),
)
async def get(context: Context, principal: TenantReader, span: Annotated[Span, Query()]) -> UsageView:
    """It counts what was done, whether the jobs are still there or not."""
    return await usage_of(context.database, principal.tenant, span, context.settings)
