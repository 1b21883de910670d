"""Tenants, as an operator sees them: made here or by their first key."""

import re
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator, ConfigDict, model_validator

from gateway import tenants
from gateway.context import ALWAYS, Admin, Context
from gateway.json_body import body_of, described
from gateway.limits.report import Span, usage_of
from gateway.problems import Problem, documented, invalid
from gateway.settings import GatewaySettings
from scribeline.contracts.api.tenants import TenantList, TenantSettings, TenantView
from scribeline.contracts.api.usage import UsageView
from scribeline.contracts.base import Tenant
from scribeline.contracts.codes import Code
from scribeline.storage.models import TenantRow

NAME = re.compile(r"[a-z0-9-]{1,40}", re.ASCII)
router = APIRouter(prefix="/v1/admin/tenants", tags=["admin"])

BODY_PROBLEMS = (
    Code.INVALID_PARAMETER,
    Code.MODEL_NOT_ALLOWED,
    Code.UPLOAD_TOO_LARGE,
    Code.UPLOAD_INCOMPLETE,
)
EXAMPLE = {"retention_days": 30, "jobs_in_flight": 100, "audio_minutes_per_month": 6000}


def _possible(name: str) -> str:
    """Raises Problem(NOT_FOUND) for what no tenant can be called, such as what stands for all of them."""
    if not NAME.fullmatch(name):
        raise Problem(Code.NOT_FOUND)
    return name


Name = Annotated[str, AfterValidator(_possible)]


class TenantChange(TenantSettings):
    """What is not named stays as it is; null is the default again."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"minProperties": 1})

    @model_validator(mode="after")
    def _names_something(self) -> "TenantChange":
        if not self.model_fields_set:
            raise ValueError("names no setting")
        return self


class NewTenant(TenantSettings):
    model_config = ConfigDict(extra="forbid")

    name: Tenant
    """Its name, for ever."""


@router.get(
    "",
    response_model=TenantList,
    operation_id="listTenants",
    summary="All tenants",
    responses=documented(*ALWAYS),
)
async def list_tenants(context: Context, principal: Admin) -> TenantList:  # noqa: ARG001 - asked for its check
    return TenantList(tenants=[_view(row) for row in await tenants.tenants(context.database)])


@router.post(
    "",
    status_code=201,
    response_model=TenantView,
    operation_id="createTenant",
    summary="Make a tenant",
    responses=documented(Code.TENANT_EXISTS, *BODY_PROBLEMS, *ALWAYS),
    openapi_extra=described(NewTenant, {"name": "acme", **EXAMPLE}),
)
async def create(context: Context, principal: Admin, request: Request, response: Response) -> TenantView:  # noqa: ARG001 - see above
    """It has no key yet: see `POST /v1/keys`."""
    given = await body_of(request, NewTenant, context.settings)
    _check_models(given, context.settings)
    settings = given.model_dump(mode="json", exclude={"name"}, exclude_unset=True)
    row = await tenants.make(context.database, given.name, settings)
    if row is None:
        raise Problem(Code.TENANT_EXISTS)
    response.headers["Location"] = f"/v1/admin/tenants/{row.name}"
    return _view(row)


@router.get(
    "/{name}",
    response_model=TenantView,
    operation_id="getTenant",
    summary="One tenant and its settings",
    responses=documented(Code.NOT_FOUND, *ALWAYS),
)
async def get(context: Context, principal: Admin, name: Name) -> TenantView:  # noqa: ARG001 - see above
    return _found(await tenants.tenant(context.database, name))


@router.patch(
    "/{name}",
    response_model=TenantView,
    operation_id="changeTenant",
    summary="Change a tenant's settings",
    responses=documented(Code.NOT_FOUND, *BODY_PROBLEMS, *ALWAYS),
    openapi_extra=described(TenantChange, EXAMPLE),
)
async def change(context: Context, principal: Admin, name: Name, request: Request) -> TenantView:  # noqa: ARG001 - see above
    """What is not named stays as it is, null is the default again. Quotas hold at once, all else within
    `SCRIBELINE_KEY_CACHE_SECONDS`. Jobs that are older than the days that are given go within a minute."""
    given = await body_of(request, TenantChange, context.settings)
    _check_models(given, context.settings)
    row = await tenants.change(context.database, name, given.model_dump(mode="json", exclude_unset=True))
    context.ring.forget()
    return _found(row)


@router.put(
    "/{name}",
    response_model=TenantView,
    operation_id="putTenant",
    summary="As PATCH",
    responses=documented(Code.NOT_FOUND, *BODY_PROBLEMS, *ALWAYS),
    openapi_extra=described(TenantChange, EXAMPLE),
    deprecated=True,
)
async def put(context: Context, principal: Admin, name: Name, request: Request) -> TenantView:
    """The older way: it, too, leaves as it is what is not named."""
    return await change(context, principal, name, request)


@router.get(
    "/{name}/usage",
    response_model=UsageView,
    operation_id="getTenantUsage",
    summary="What a tenant has used, and what is left",
    responses=documented(Code.NOT_FOUND, Code.INVALID_PARAMETER, *ALWAYS),
)
async def usage(context: Context, principal: Admin, name: Name, span: Annotated[Span, Query()]) -> UsageView:  # noqa: ARG001 - see above
    """As `GET /v1/usage`."""
    return await usage_of(context.database, name, span, context.settings)


def _check_models(given: TenantSettings, settings: GatewaySettings) -> None:
    unknown = set(given.models_allowed or ()) - settings.models
    if unknown:
        offered = ", ".join(sorted(settings.models))
        told = f"{min(unknown)} is not offered by this server; choose of {offered}"
        raise invalid("models_allowed", told, Code.MODEL_NOT_ALLOWED)


def _found(row: TenantRow | None) -> TenantView:
    if row is None:
        raise Problem(Code.NOT_FOUND)
    return _view(row)


def _view(row: TenantRow) -> TenantView:
    return TenantView.model_validate(
        {
            **row.limits,
            "name": row.name,
            "retention_days": row.retention_days,
            "created_at": row.created_at,
        }
    )
