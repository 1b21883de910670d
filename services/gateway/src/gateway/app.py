"""The web application: routes, problems, health; everything it works with is given to it."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from gateway import problems
from gateway.briefs.template_views import NewTemplate
from gateway.bulk.asked import Bulk
from gateway.context import Gateway
from gateway.drain import Drain
from gateway.framing import Framing
from gateway.limits.rates import RateHeaders
from gateway.measuring import Measuring
from gateway.openai import errors as openai_errors
from gateway.openai.errors import OpenAIError
from gateway.openai.fields import KINDS
from gateway.operator_page import operator_routes
from gateway.presigned.views import NewUpload
from gateway.queue_views import Selection
from gateway.routes import (
    admin,
    bulk,
    callback_secret,
    dead_letters,
    deliveries,
    endings,
    events,
    jobs,
    keys,
    models,
    openai,
    queues,
    results,
    rules,
    runs,
    search,
    subscribers,
    templates,
    tenants,
    timeline,
    uploads,
    usage,
    webhooks,
)
from gateway.tracing import Tracing
from gateway.webhooks.asked import NewWebhook, Replay, Rotation, WebhookChange
from scribeline.contracts.api.problems import ProblemView
from scribeline.telemetry.health import health_routes

DESCRIPTION = """Drop in audio, get a transcript and an analysis.

Every error is an RFC 9457 problem with a stable `code`, below `/v1/audio` in OpenAI's shape.
Keys, jobs and results of others answer 404."""


ROUTERS = (
    jobs.router,
    bulk.router,
    uploads.router,
    endings.router,
    events.router,
    results.router,
    search.router,
    runs.router,
    timeline.router,
    templates.router,
    rules.router,
    webhooks.router,
    deliveries.router,
    callback_secret.router,
    models.router,
    openai.router,
    keys.router,
    admin.router,
    queues.router,
    dead_letters.router,
    tenants.router,
    subscribers.router,
    usage.router,
)
BODIES = (
    keys.NewKey,
    NewTemplate,
    NewUpload,
    rules.NewRules,
    NewWebhook,
    WebhookChange,
    Rotation,
    Replay,
    Bulk,
    Selection,
    admin.Resume,
    tenants.TenantChange,
    tenants.NewTenant,
    subscribers.NewSubscriber,
)
"""Read by `json_body`, so that FastAPI does not know of them."""
UNKNOWN: tuple[type[BaseModel], ...] = (ProblemView, *BODIES, *KINDS.values(), OpenAIError)
"""Nor does it know of what is streamed, and of errors."""


OTHERS = {openai_errors.BASE: openai_errors.answer}
"""How errors are told below these paths."""


def create_app(gateway: Gateway) -> FastAPI:
    app = FastAPI(
        title="Scribeline",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.gateway = gateway
    problems.install(app, gateway.settings.retry_after_seconds, OTHERS)
    for router in ROUTERS:
        app.include_router(router)
    pings = {"database": gateway.records.ping, "store": gateway.store.ping}
    app.router.routes.extend(health_routes({**pings, "start": gateway.check_prepared}))
    app.router.routes.extend(operator_routes())
    app.add_middleware(RateHeaders)
    app.add_middleware(Framing, others=OTHERS)
    app.add_middleware(Drain)
    app.add_middleware(Measuring)
    app.add_middleware(Tracing)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    return app


def _document(app: FastAPI) -> dict[str, Any]:
    """FastAPI's document, with our problem in place of its validation errors."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        schemas = document["components"]["schemas"]
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        for model in UNKNOWN:
            schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(schema.pop("$defs", {}))
            schemas["Problem" if model is ProblemView else model.__name__] = schema
        for operation in (op for path in document["paths"].values() for op in path.values()):
            _without_validation_error(operation["responses"])
        app.openapi_schema = document
    return app.openapi_schema


def _without_validation_error(responses: dict[str, Any]) -> None:
    """FastAPI adds its own 422 to each route that has parameters and documents none."""
    if "HTTPValidationError" in str(responses.get("422")):
        del responses["422"]
