"""Subscribers: services that take events from a queue of their own on the broker. An operator's."""

from typing import Annotated, Self

import structlog
from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from gateway import tenants
from gateway.context import ALWAYS, Admin, Context
from gateway.json_body import body_of, described
from gateway.problems import Problem, documented, invalid
from gateway.routes.tenants import NAME
from gateway.subscribers import changing, reading, secret_view, view
from scribeline.contracts.api.subscribers import SecretSubscriber, SubscriberList, SubscriberView
from scribeline.contracts.base import Tenant
from scribeline.contracts.catalogue import PUBLIC
from scribeline.contracts.codes import Code
from scribeline.messaging.subscribers import Taken

MOST_MESSAGES = 10_000_000
MOST_BYTES = 2**40
BROKER = (Code.BROKER_UNAVAILABLE, *ALWAYS)
EXAMPLE = {"name": "billing", "tenant": "acme", "types": ["transcript.completed", "job.failed"]}

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/v1/admin/subscribers", tags=["admin"])


def _possible(name: str) -> str:
    """Raises Problem(NOT_FOUND) for what no subscriber can be called."""
    if not NAME.fullmatch(name):
        raise Problem(Code.NOT_FOUND)
    return name


Name = Annotated[str, AfterValidator(_possible)]


def _public(type_: str) -> str:
    if type_ not in PUBLIC:
        raise ValueError(f"is not one of {', '.join(PUBLIC)}")
    return type_


PublicType = Annotated[str, AfterValidator(_public), Field(json_schema_extra={"enum": list(PUBLIC)})]


class NewSubscriber(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        use_attribute_docstrings=True,
        json_schema_extra={
            "oneOf": [
                {
                    "required": ["tenant"],
                    "properties": {"tenant": {"type": "string"}, "all_tenants": {"const": False}},
                },
                {
                    "required": ["all_tenants"],
                    "properties": {"tenant": {"type": "null"}, "all_tenants": {"const": True}},
                },
            ]
        },
    )

    name: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    """Its name, for ever; one of its kind in the whole installation."""
    tenant: Tenant | None = None
    """Whose events it is given."""
    all_tenants: bool = False
    """It is given every tenant's: for a service of the operator's own."""
    types: list[PublicType] = Field(default=[], max_length=100)
    """Of events; empty: all."""
    max_length: int = Field(default=100_000, ge=1, le=MOST_MESSAGES)
    """Messages that wait in its queue; of more, the oldest are dropped."""
    max_bytes: int = Field(default=256 * 2**20, ge=1, le=MOST_BYTES)
    """As `max_length`, of all of them together."""

    @model_validator(mode="after")
    def _of_whom(self) -> Self:
        if (self.tenant is not None) == self.all_tenants:
            raise ValueError("name a tenant, or say all_tenants")
        return self


@router.get(
    "",
    response_model=SubscriberList,
    operation_id="listSubscribers",
    summary="All subscribers, by name",
    responses=documented(*BROKER),
)
async def list_subscribers(context: Context, principal: Admin) -> SubscriberList:  # noqa: ARG001 - asked for its check
    async with reading(context) as subscribers:
        return SubscriberList(subscribers=[view(found) for found in await subscribers.all()])


@router.post(
    "",
    status_code=201,
    response_model=SecretSubscriber,
    operation_id="createSubscriber",
    summary="Make a subscriber: a queue, and a broker user who may read it",
    responses=documented(
        Code.SUBSCRIBER_EXISTS,
        Code.INVALID_PARAMETER,
        Code.UPLOAD_TOO_LARGE,
        Code.UPLOAD_INCOMPLETE,
        *BROKER,
    ),
    openapi_extra=described(NewSubscriber, EXAMPLE),
)
async def create(
    context: Context, principal: Admin, request: Request, response: Response
) -> SecretSubscriber:
    """Its queue is given the events from now on. The address is shown now, and not again: see rotating. Where
    making it is cut short, ask again."""
    new = await body_of(request, NewSubscriber, context.settings)
    if new.tenant is not None and await tenants.tenant(context.database, new.tenant) is None:
        raise invalid("tenant", "there is no such tenant")
    async with changing(context) as subscribers:
        try:
            made = await subscribers.make(new.tenant, new.name, new.types, new.max_length, new.max_bytes)
        except Taken as taken:
            raise Problem(Code.SUBSCRIBER_EXISTS, str(taken) or None) from None
    log.warning("subscriber made", subscriber=new.name, tenant=new.tenant, key=str(principal.key))
    response.headers["Location"] = f"/v1/admin/subscribers/{new.name}"
    response.headers["Cache-Control"] = "no-store"
    return secret_view(context, subscribers, made)


@router.get(
    "/{name}",
    response_model=SubscriberView,
    operation_id="getSubscriber",
    summary="One subscriber, and what waits in its queue",
    responses=documented(Code.NOT_FOUND, *BROKER),
)
async def get(context: Context, principal: Admin, name: Name) -> SubscriberView:  # noqa: ARG001 - asked for its check
    async with reading(context) as subscribers:
        found = await subscribers.find(name)
    if found is None:
        raise Problem(Code.NOT_FOUND)
    return view(found)


@router.post(
    "/{name}/rotate",
    response_model=SecretSubscriber,
    operation_id="rotateSubscriber",
    summary="Give a subscriber another password",
    responses=documented(Code.NOT_FOUND, *BROKER),
)
async def rotate(context: Context, principal: Admin, name: Name, response: Response) -> SecretSubscriber:
    """The old one is of no use any more, and its connections are closed. Its queue keeps what waits."""
    async with changing(context) as subscribers:
        rotated = await subscribers.rotate(name)
    if rotated is None:
        raise Problem(Code.NOT_FOUND, "There is none, or making it was cut short: make it again.")
    log.warning("subscriber rotated", subscriber=name, key=str(principal.key))
    response.headers["Cache-Control"] = "no-store"
    return secret_view(context, subscribers, rotated)


@router.delete(
    "/{name}",
    status_code=204,
    operation_id="removeSubscriber",
    summary="Remove a subscriber, with what waits in its queue",
    responses=documented(Code.NOT_FOUND, *BROKER),
)
async def remove(context: Context, principal: Admin, name: Name) -> Response:
    """Its connections are closed. The log of its tenant goes with the last one who could read it."""
    async with changing(context) as subscribers:
        found = await subscribers.remove(name)
    if not found:
        raise Problem(Code.NOT_FOUND)
    log.warning("subscriber removed", subscriber=name, key=str(principal.key))
    return Response(status_code=204)
