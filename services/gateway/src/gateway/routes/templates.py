"""Templates: what an analysis can be asked, by name. Some come with the server, others are a tenant's own."""

import re

from fastapi import APIRouter, Request, Response

from gateway.briefs.schemas import bounded
from gateway.briefs.template_views import (
    EXAMPLE,
    NewTemplate,
    of_built_in,
    of_row,
)
from gateway.briefs.templates import BUILT_IN
from gateway.context import ALWAYS, Context, Reader, TenantWriter
from gateway.json_body import body_of, described
from gateway.options.model import TEMPLATE_NAME
from gateway.problems import Problem, documented, invalid
from scribeline.contracts.api.templates import TemplateList, TemplateSummary, TemplateView
from scribeline.contracts.codes import Code
from scribeline.storage.models import TemplateRow

router = APIRouter(prefix="/v1/templates", tags=["templates"])


@router.get(
    "",
    response_model=TemplateList,
    operation_id="listTemplates",
    summary="List templates",
    responses=documented(*ALWAYS),
)
async def list_templates(context: Context, principal: Reader) -> TemplateList:
    own = await context.records.templates(principal.tenant)
    views = [*map(of_built_in, BUILT_IN.values()), *map(of_row, own)]
    return TemplateList(templates=[TemplateSummary(**view.model_dump()) for view in views])


@router.get(
    "/{name}",
    response_model=TemplateView,
    operation_id="getTemplate",
    summary="One template",
    responses=documented(Code.NOT_FOUND, *ALWAYS),
)
async def get(context: Context, principal: Reader, name: str) -> TemplateView:
    if name in BUILT_IN:
        return of_built_in(BUILT_IN[name])
    row = await context.records.template(principal.tenant, name) if _is_name(name) else None
    if row is None:
        raise Problem(Code.NOT_FOUND)
    return of_row(row)


@router.put(
    "/{name}",
    response_model=TemplateView,
    operation_id="putTemplate",
    summary="Make or replace a template",
    responses=documented(
        Code.INVALID_PARAMETER,
        Code.ANALYSIS_SCHEMA_INVALID,
        Code.TEMPLATE_BUILT_IN,
        Code.TOO_MANY_TEMPLATES,
        Code.UPLOAD_TOO_LARGE,
        Code.UPLOAD_INCOMPLETE,
        *ALWAYS,
    ),
    openapi_extra=described(NewTemplate, EXAMPLE),
)
async def put(context: Context, principal: TenantWriter, name: str, request: Request) -> TemplateView:
    """Needs a key that is not narrowed to an owner. Jobs that were made before keep what they took."""
    _changeable(name)
    if not _is_name(name):
        raise invalid("name", "must be 1 to 64 lower-case letters, digits or hyphens")
    given = await body_of(request, NewTemplate, context.settings)
    if given.analysis_schema is not None:
        bounded(given.analysis_schema)
    row = await context.records.put_template(
        TemplateRow(
            tenant=principal.tenant,
            name=name,
            description=given.description,
            prompt=given.prompt,
            answer_schema=given.analysis_schema,
        ),
        most=context.settings.templates_max,
    )
    if row is None:
        raise Problem(Code.TOO_MANY_TEMPLATES, f"There are {context.settings.templates_max} already.")
    return of_row(row)


@router.delete(
    "/{name}",
    status_code=204,
    operation_id="deleteTemplate",
    summary="Delete a template",
    responses=documented(Code.NOT_FOUND, Code.TEMPLATE_BUILT_IN, *ALWAYS),
)
async def delete(context: Context, principal: TenantWriter, name: str) -> Response:
    """Needs a key that is not narrowed to an owner. Jobs that were made before keep what they took."""
    _changeable(name)
    if not _is_name(name) or not await context.records.delete_template(principal.tenant, name):
        raise Problem(Code.NOT_FOUND)
    return Response(status_code=204)


def _is_name(name: str) -> bool:
    return re.fullmatch(TEMPLATE_NAME, name) is not None


def _changeable(name: str) -> None:
    if name in BUILT_IN:
        raise Problem(Code.TEMPLATE_BUILT_IN)
