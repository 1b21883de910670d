"""Uploads in parts, which clients send straight to the object store."""

from datetime import datetime
from uuid import UUID

from pydantic import ConfigDict

from scribeline.contracts.api.view import View


class StoredPartView(View):
    """A part that is in the store."""

    model_config = ConfigDict(use_attribute_docstrings=True, title="StoredPart")

    number: int
    bytes: int
    etag: str | None
    """As the store says: mostly the part's MD5, in quotes. Null once the parts were made one object."""


class MissingPartView(View):
    """A part that is still to be sent."""

    model_config = ConfigDict(use_attribute_docstrings=True, title="MissingPart")

    number: int
    """From 1."""
    start: int
    """The first of its bytes in the recording, counted from 0."""
    bytes: int
    """How many: a body of another length is refused by the store."""
    url: str
    """`PUT` the bytes there, without your key: whoever has the address can send this part, and nothing
    else."""


class UploadView(View):
    model_config = ConfigDict(use_attribute_docstrings=True, title="Upload")

    id: UUID
    bytes: int
    part_bytes: int
    parts: int
    """How many there are."""
    content_type: str
    filename: str | None
    sha256: str | None
    owner: str | None
    created_at: datetime
    expires_at: datetime
    """When it is given up, unless it became a job."""
    job: UUID | None
    """What it became."""


class UploadList(View):
    uploads: list[UploadView]


class UploadState(UploadView):
    model_config = ConfigDict(use_attribute_docstrings=True, title="UploadState")

    stored: list[StoredPartView]
    """What is there, with its right size; nothing more once it is a job."""
    missing: list[MissingPartView]
    """What is to be sent: the first 100 parts, `after` the one that was asked for."""
    missing_parts: int
    """How many there are in all."""
    urls_expire_at: datetime
    """Until when these addresses are good; `GET` gives new ones."""
