"""A tenant's rules: which findings of an analysis it wants to be told of by events of their own."""

from fastapi import APIRouter, Request
from pydantic import ConfigDict

from gateway.context import ALWAYS, Context, Reader, TenantWriter
from gateway.json_body import body_of, described
from gateway.problems import documented
from scribeline.contracts.codes import Code
from scribeline.contracts.rules import ActionItemRule, NegativeSentimentRule, TenantRules

router = APIRouter(prefix="/v1/rules", tags=["rules"])


class NewActionItemRule(ActionItemRule):
    model_config = ConfigDict(extra="forbid")


class NewSentimentRule(NegativeSentimentRule):
    model_config = ConfigDict(extra="forbid")


class NewRules(TenantRules):
    """As `TenantRules`, but what is unknown is a mistake."""

    model_config = ConfigDict(extra="forbid")

    action_item_found: NewActionItemRule | None = None
    """Events `analysis.action_item_found`: of everybody's items, or of those of `owners`."""
    sentiment_negative: NewSentimentRule | None = None
    """Events `analysis.sentiment_negative`: of recordings whose score is `at_most` so high."""


EXAMPLE = {"action_item_found": {"owners": ["Ann"]}, "sentiment_negative": {"at_most": -0.5}}


@router.get(
    "",
    response_model=TenantRules,
    operation_id="getRules",
    summary="Your tenant's rules",
    responses=documented(*ALWAYS),
)
async def get(context: Context, principal: Reader) -> TenantRules:
    """A rule that is null makes no events."""
    return await context.records.rules(principal.tenant)


@router.put(
    "",
    response_model=TenantRules,
    operation_id="putRules",
    summary="Replace your tenant's rules",
    responses=documented(Code.INVALID_PARAMETER, Code.UPLOAD_TOO_LARGE, Code.UPLOAD_INCOMPLETE, *ALWAYS),
    openapi_extra=described(NewRules, EXAMPLE),
)
async def put(context: Context, principal: TenantWriter, request: Request) -> TenantRules:
    """A rule that is left out is taken away. Needs a key that is not narrowed to an owner."""
    given = TenantRules(**(await body_of(request, NewRules, context.settings)).model_dump())
    await context.records.put_rules(principal.tenant, given)
    return given
