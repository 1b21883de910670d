"""What belongs to a tenant: its settings, templates and keys."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from scribeline.storage.models.columns import json, moment, now, ordered_json


class TenantRow(SQLModel, table=True):
    """Its row lock orders whoever opens or fills the tenant's windows."""

    __tablename__ = "tenant"
    name: str = Field(primary_key=True, max_length=40)
    rules: dict[str, Any] = json(default_factory=dict)
    """`TenantRules`."""
    retention_days: int | None = None
    """How long its jobs are kept after they have ended, where that is not as everywhere."""
    limits: dict[str, Any] = json(default_factory=dict)
    """`TenantLimits`."""
    callback_generation: int = 1
    """Of the secret that signs what is sent to the `webhook_url` of its jobs; see `scribeline.signing`."""
    callback_oldest_generation: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    """Of the former ones that sign as well."""
    callback_previous_until: datetime | None = moment(default=None)
    """Until then they do."""
    created_at: datetime = moment(default_factory=now)


class TemplateRow(SQLModel, table=True):
    """A brief by name, as a tenant wrote it."""

    __tablename__ = "template"
    tenant: str = Field(primary_key=True, max_length=40, foreign_key="tenant.name", ondelete="CASCADE")
    name: str = Field(primary_key=True, max_length=64)
    description: str = Field(default="", max_length=500)
    prompt: str | None = Field(default=None, max_length=4000)
    answer_schema: dict[str, Any] | None = ordered_json(default=None)
    """As the tenant gave it; its bounds are added when a job takes it."""
    created_at: datetime = moment(default_factory=now)
    updated_at: datetime = moment(default_factory=now)


class ApiKeyRow(SQLModel, table=True):
    """An API key; only its keyed digest is stored."""

    __tablename__ = "api_key"
    id: UUID = Field(primary_key=True)
    tenant: str = Field(max_length=40, foreign_key="tenant.name", ondelete="CASCADE", index=True)
    owner: str | None = Field(default=None, max_length=128)
    name: str = Field(default="", max_length=100)
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    """HMAC-SHA256 of the key under the installation's key secret."""
    hint: str = Field(default="", max_length=16)
    """The key's first characters, to recognise it by."""
    scopes: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(Text), nullable=False))
    created_at: datetime = moment(default_factory=now)
    expires_at: datetime | None = moment(default=None)
    revoked_at: datetime | None = moment(default=None)
