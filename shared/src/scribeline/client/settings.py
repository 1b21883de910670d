"""What a tenant sets for its jobs, and what the server offers."""

from collections.abc import Mapping
from typing import Any

from scribeline.client.asking import Resource, W, call
from scribeline.client.reading import answer, nothing
from scribeline.client.steps import Call, given, path
from scribeline.contracts.api.models import ModelList, ModelView
from scribeline.contracts.api.templates import TemplateList, TemplateView
from scribeline.contracts.rules import TenantRules


class Templates(Resource[W]):
    """What an analysis can be asked, by name."""

    @call
    def list(self) -> Call[TemplateList]:
        return Call("GET", path("templates"), answer(TemplateList))

    @call
    def get(self, name: str) -> Call[TemplateView]:
        return Call("GET", path("templates", name), answer(TemplateView))

    @call
    def put(
        self,
        name: str,
        *,
        description: str = "",
        prompt: str | None = None,
        analysis_schema: Mapping[str, Any] | None = None,
    ) -> Call[TemplateView]:
        """Make or replace it."""
        body = given(description=description, prompt=prompt, analysis_schema=analysis_schema)
        return Call("PUT", path("templates", name), answer(TemplateView), json=body)

    @call
    def delete(self, name: str) -> Call[None]:
        """Jobs that took it keep it."""
        return Call("DELETE", path("templates", name), nothing)


class Rules(Resource[W]):
    """Which findings of an analysis become events of their own."""

    @call
    def get(self) -> Call[TenantRules]:
        return Call("GET", path("rules"), answer(TenantRules))

    @call
    def put(self, rules: TenantRules) -> Call[TenantRules]:
        """Replace them all."""
        return Call("PUT", path("rules"), answer(TenantRules), json=rules.model_dump(mode="json"))


class Models(Resource[W]):
    """Transcription models that the server offers."""

    @call
    def list(self) -> Call[ModelList]:
        return Call("GET", path("models"), answer(ModelList))

    @call
    def get(self, name: str) -> Call[ModelView]:
        return Call("GET", path("models", name), answer(ModelView))
