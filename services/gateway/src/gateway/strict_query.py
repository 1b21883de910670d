"""A query parameter that means nothing here, or is given twice, is told: it may be a mistyped one."""

from fastapi import Request
from fastapi._compat import ModelField
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from gateway.problems import invalid


def refuse_unknown(request: Request) -> None:
    """Raises Problem, naming it. A route that takes its parameters as one model, or reads them itself (then
    they are in its `openapi_extra`), does so by itself."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute) or "parameters" in (route.openapi_extra or {}):
        return
    fields = _fields(route.dependant)
    if any(_is_model(field.field_info.annotation) for field in fields):
        return
    known = {field.alias: field for field in fields}
    for name in request.query_params:
        if name not in known:
            raise invalid(name[:100], "is no parameter of this address")
        several = len(request.query_params.getlist(name)) > 1
        if several and "list" not in str(known[name].field_info.annotation):
            raise invalid(name, "is given more than once")


def _fields(dependant: Dependant) -> list[ModelField]:
    """Also of what it depends on."""
    return [*dependant.query_params, *(field for each in dependant.dependencies for field in _fields(each))]


def _is_model(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
