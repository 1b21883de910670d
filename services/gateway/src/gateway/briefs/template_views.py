"""A template as the API takes and shows it."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from gateway.briefs.templates import Template
from scribeline.contracts.api.templates import TemplateView
from scribeline.storage.models import TemplateRow


class NewTemplate(BaseModel):
    """A prompt, a schema, or both."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    description: str = Field(default="", max_length=500)
    """What it is for."""
    prompt: str | None = Field(default=None, max_length=4000)
    """The question, as `analysis_prompt` of a job."""
    analysis_schema: dict[str, Any] | None = None
    """What the answer shall look like, as `analysis_schema` of a job."""

    @field_validator("prompt")
    @classmethod
    def _not_blank(cls, prompt: str | None) -> str | None:
        return (prompt or "").strip() or None

    @model_validator(mode="after")
    def _asks_something(self) -> "NewTemplate":
        if self.prompt is None and self.analysis_schema is None:
            raise ValueError("a template needs a prompt, an analysis_schema, or both")
        return self


EXAMPLE = {
    "description": "Risks of a project review.",
    "prompt": "Which risks were named, and who takes care of them?",
    "analysis_schema": {
        "type": "object",
        "properties": {
            "risks": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "risk": {"type": "string"},
                        "owner": {"type": ["string", "null"]},
                        "quote": {"type": "string"},
                    },
                    "required": ["risk", "owner", "quote"],
                },
            }
        },
        "required": ["risks"],
    },
}


def of_built_in(template: Template) -> TemplateView:
    return TemplateView(
        name=template.name,
        description=template.description,
        built_in=True,
        updated_at=None,
        prompt=template.prompt,
        analysis_schema=template.answer_schema,
        created_at=None,
    )


def of_row(row: TemplateRow) -> TemplateView:
    return TemplateView(
        name=row.name,
        description=row.description,
        built_in=False,
        updated_at=row.updated_at,
        prompt=row.prompt,
        analysis_schema=row.answer_schema,
        created_at=row.created_at,
    )
