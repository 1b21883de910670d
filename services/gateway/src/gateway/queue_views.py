"""Queues and dead letters as the API shows them, and how dead letters are chosen."""

from dataclasses import asdict
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from scribeline.contracts.api.queues import LetterView
from scribeline.messaging.dead_letters import Letter


class Selection(BaseModel):
    """Which letters: all that have everything that is named."""

    model_config = ConfigDict(
        extra="forbid",
        use_attribute_docstrings=True,
        json_schema_extra={
            "oneOf": [
                {
                    "properties": {"all": {"const": False}},
                    "anyOf": [
                        {"required": ["ids"], "properties": {"ids": {"minItems": 1}}},
                        {"required": ["job"], "properties": {"job": {"type": "string"}}},
                        {
                            "required": ["tenant"],
                            "properties": {"tenant": {"type": "string", "minLength": 1}},
                        },
                    ],
                },
                {
                    "required": ["all"],
                    "properties": {
                        "all": {"const": True},
                        "ids": {"maxItems": 0},
                        "job": {"type": "null"},
                        "tenant": {"type": "null"},
                    },
                },
            ]
        },
    )

    ids: list[str] = Field(default=[], max_length=1000)
    """Of messages."""
    job: UUID | None = None
    tenant: str | None = Field(default=None, max_length=40)
    all: bool = False
    """Every letter of the queue."""

    @model_validator(mode="after")
    def _named(self) -> Self:
        if bool(self.ids or self.job or self.tenant) == self.all:
            raise ValueError("name ids, a job or a tenant, or say all")
        return self

    def has(self, letter: Letter) -> bool:
        return (
            (not self.ids or letter.id in self.ids)
            and (self.job is None or letter.job == str(self.job))
            and (self.tenant is None or letter.tenant == self.tenant)
        )


def letter_view(letter: Letter, *, body: Any = None) -> LetterView:
    told = asdict(letter) | {"unit": letter.unit, "body": body}
    return LetterView(**{name: told[name] for name in LetterView.model_fields})
