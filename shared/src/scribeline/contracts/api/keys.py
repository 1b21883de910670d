"""API keys, and what they allow."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import ConfigDict

from scribeline.contracts.api.view import View


class Scope(StrEnum):
    JOBS_WRITE = "jobs:write"
    JOBS_READ = "jobs:read"
    ADMIN = "admin"
    """The operator's, never a tenant's: covers the keys of every tenant of the installation, and can
    create keys with any scope."""
    ACT_AS = "act_as"
    """May set the owner of a request by the header X-Scribeline-Owner."""


class KeyView(View):
    model_config = ConfigDict(use_attribute_docstrings=True, title="Key")

    id: UUID
    name: str
    prefix: str
    """The key's first characters, to recognise it by."""
    tenant: str
    owner: str | None
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class CreatedKey(KeyView):
    model_config = ConfigDict(use_attribute_docstrings=True, title="CreatedKey")

    key: str
    """The key itself. It is shown this once: only a digest is stored."""


class KeyList(View):
    keys: list[KeyView]
