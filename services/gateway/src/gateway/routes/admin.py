"""What an operator asks."""

from fastapi import APIRouter, Response

from gateway.context import ALWAYS, Admin, Context
from gateway.problems import documented
from gateway.status import StatusView, status_of

router = APIRouter(prefix="/v1/admin", tags=["admin"])


@router.get(
    "/status",
    response_model=StatusView,
    operation_id="getStatus",
    summary="How the installation is",
    responses=documented(*ALWAYS),
)
async def status(context: Context, principal: Admin, response: Response) -> StatusView:  # noqa: ARG001 - asked for its check
    """Answers within a few seconds whatever is away, and with 200 also when something is. (Without a database
    no key can be checked, so that the answer is a 503 then.)"""
    response.headers["Cache-Control"] = "no-store"
    return await status_of(context)
