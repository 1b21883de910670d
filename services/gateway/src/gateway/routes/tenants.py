"""Tenants, as an operator sees them. They are made by their first key."""

from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from gateway.context import ALWAYS, Admin, Context
from gateway.json_body import body_of, described
from gateway.problems import Problem, documented
from scribeline.contracts.api.view import View
from scribeline.contracts.codes import Code
from scribeline.storage.models import TenantRow

router = APIRouter(prefix="/v1/admin/tenants", tags=["admin"])


class TenantChange(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    retention_days: int | None = Field(ge=0, le=36_500)
    """Days after its end that a job is kept, where its client does not say (`delete_after`); null is as
    everywhere (`SCRIBELINE_RETENTION_DAYS`)."""


class TenantView(View):
    model_config = ConfigDict(use_attribute_docstrings=True, title="Tenant")

    name: str
    retention_days: int | None
    created_at: datetime


class TenantList(View):
    tenants: list[TenantView]


@router.get(
    "",
    response_model=TenantList,
    operation_id="listTenants",
    summary="All tenants",
    responses=documented(*ALWAYS),
)
async def list_tenants(context: Context, principal: Admin) -> TenantList:  # noqa: ARG001 - asked for its check
    return TenantList(tenants=[_view(row) for row in await context.records.tenants()])


@router.put(
    "/{name}",
    response_model=TenantView,
    operation_id="putTenant",
    summary="How long a tenant's jobs are kept",
    responses=documented(Code.NOT_FOUND, Code.INVALID_PARAMETER, *ALWAYS),
    openapi_extra=described(TenantChange, {"retention_days": 30}),
)
async def put(context: Context, principal: Admin, name: str, request: Request) -> TenantView:  # noqa: ARG001 - see above
    """Jobs that are older already go within a minute."""
    given = await body_of(request, TenantChange, context.settings)
    row = await context.records.put_retention(name, given.retention_days)
    if row is None:
        raise Problem(Code.NOT_FOUND)
    return _view(row)


def _view(row: TenantRow) -> TenantView:
    return TenantView(name=row.name, retention_days=row.retention_days, created_at=row.created_at)
