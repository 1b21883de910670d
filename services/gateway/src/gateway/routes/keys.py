"""API keys: made, listed and revoked by an operator."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from uuid_utils.compat import uuid7

from gateway.auth import HINT, OWNER_MAX, is_owner, new_key
from gateway.context import ALWAYS, Admin, Context
from gateway.json_body import body_of, described
from gateway.moments import Moment
from gateway.problems import Problem, documented
from scribeline.contracts.api.keys import CreatedKey, KeyList, KeyView, Scope
from scribeline.contracts.base import Tenant
from scribeline.contracts.codes import Code
from scribeline.storage.models import ApiKeyRow

router = APIRouter(prefix="/v1/keys", tags=["keys"])


class NewKey(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    name: str = Field(default="", max_length=100)
    """What it is for."""
    tenant: Tenant | None = None
    """Whose jobs it reaches; made when it is new. By default the tenant of the asking key."""
    owner: str | None = Field(default=None, max_length=OWNER_MAX)
    """Narrows the key to one user's jobs."""
    scopes: list[Scope] = Field(default=[Scope.JOBS_WRITE, Scope.JOBS_READ], min_length=1, max_length=10)
    """`jobs:write` and `jobs:read`, and `act_as` to name the owner of each request, are for tenants'
    applications. `admin` is the operator's: it covers the keys of every tenant of the installation and can
    create keys with any scope."""
    expires_at: Moment | None = None
    """When it stops to work, with its time zone."""

    @field_validator("name")
    @classmethod
    def _printable(cls, name: str) -> str:
        if not name.isprintable():
            raise ValueError("may hold printable characters only")
        return name

    @field_validator("owner")
    @classmethod
    def _is_owner(cls, owner: str | None) -> str | None:
        if owner is not None and not is_owner(owner):
            raise ValueError("may hold printable characters only, and no space at its ends")
        return owner

    @field_validator("expires_at")
    @classmethod
    def _to_come(cls, moment: datetime | None) -> datetime | None:
        if moment is not None and moment <= datetime.now(UTC):
            raise ValueError("is in the past")
        return moment

    @model_validator(mode="after")
    def _operators_own_nothing(self) -> "NewKey":
        if self.owner is not None and Scope.ADMIN in self.scopes:
            raise ValueError("a key with the scope admin reaches everyone's: it cannot have an owner")
        return self


class KeyFilter(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tenant: Tenant | None = None


@router.post(
    "",
    status_code=201,
    response_model=CreatedKey,
    operation_id="createKey",
    summary="Make an API key",
    responses=documented(Code.INVALID_PARAMETER, Code.UPLOAD_TOO_LARGE, Code.UPLOAD_INCOMPLETE, *ALWAYS),
    openapi_extra=described(NewKey, {"name": "app", "tenant": "acme", "scopes": ["jobs:write", "jobs:read"]}),
)
async def create(context: Context, principal: Admin, request: Request, response: Response) -> CreatedKey:
    new = await body_of(request, NewKey, context.settings)
    key = new_key()
    row = ApiKeyRow(
        id=uuid7(),
        tenant=new.tenant or principal.tenant,
        owner=new.owner,
        name=new.name,
        digest=context.ring.digest(key),
        hint=key[:HINT],
        scopes=sorted({str(scope) for scope in new.scopes}),
        expires_at=new.expires_at,
    )
    await context.records.add_key(row)
    response.headers["Location"] = f"/v1/keys/{row.id}"
    response.headers["Cache-Control"] = "no-store"
    return CreatedKey(**_view(row).model_dump(), key=key)


@router.get(
    "",
    response_model=KeyList,
    operation_id="listKeys",
    summary="List API keys, newest first",
    responses=documented(Code.INVALID_PARAMETER, *ALWAYS),
)
async def list_keys(
    context: Context,
    principal: Admin,  # noqa: ARG001 - asked for its check
    narrow: Annotated[KeyFilter, Query()],
) -> KeyList:
    return KeyList(keys=[_view(row) for row in await context.records.keys(narrow.tenant)])


@router.delete(
    "/{id}",
    status_code=204,
    operation_id="revokeKey",
    summary="Revoke an API key",
    responses=documented(Code.NOT_FOUND, *ALWAYS),
)
async def revoke(context: Context, principal: Admin, id: str) -> Response:  # noqa: A002, ARG001 - as in the address; asked for its check
    """Other gateways believe it for `SCRIBELINE_KEY_CACHE_SECONDS` more. Again is no error."""
    try:
        found = await context.records.revoke_key(UUID(id))
    except ValueError:
        found = False
    if not found:
        raise Problem(Code.NOT_FOUND)
    context.ring.forget()
    return Response(status_code=204)


def _view(row: ApiKeyRow) -> KeyView:
    return KeyView(**row.model_dump(exclude={"digest", "hint"}), prefix=row.hint)
