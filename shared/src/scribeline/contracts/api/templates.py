"""What an analysis can be asked, by name."""

from datetime import datetime
from typing import Any

from pydantic import ConfigDict

from scribeline.contracts.api.view import View


class TemplateSummary(View):
    name: str
    description: str
    built_in: bool
    """Comes with the server, and can be neither changed nor deleted."""
    updated_at: datetime | None
    """Null for what is built in."""


class TemplateView(TemplateSummary):
    model_config = ConfigDict(use_attribute_docstrings=True, title="Template")

    prompt: str | None
    analysis_schema: dict[str, Any] | None
    """As it was given; a job that takes it adds the bounds."""
    created_at: datetime | None


class TemplateList(View):
    templates: list[TemplateSummary]
    """Those built in, then your tenant's own, by name."""
