"""Recordings on their way, in parts that clients send straight to the object store."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from scribeline.storage.models.columns import moment, now, of_job


class UploadRow(SQLModel, table=True):
    """A multipart upload that a client was given; once it is a job's recording, it goes with the job."""

    __tablename__ = "upload"
    __table_args__ = (
        of_job(),
        Index("upload_open", "tenant", "expires_at", postgresql_where=text("job IS NULL")),
        Index("upload_by_expiry", "expires_at", postgresql_where=text("job IS NULL")),
        Index("upload_of_job", "tenant", "job", postgresql_where=text("job IS NOT NULL")),
    )
    id: UUID = Field(primary_key=True)
    tenant: str = Field(max_length=40, foreign_key="tenant.name")
    owner: str | None = Field(default=None, max_length=128)
    key: str
    """Of the object, below a folder named by this upload."""
    store_id: str
    """What the object store calls it."""
    bytes: int = Field(sa_type=BigInteger)
    part_bytes: int = Field(sa_type=BigInteger)
    sha256: str | None = Field(default=None, max_length=64)
    """As the client says."""
    filename: str | None = Field(default=None, max_length=255)
    content_type: str = Field(max_length=255)
    created_at: datetime = moment(default_factory=now)
    expires_at: datetime = moment()
    """From then on it is not there, unless it became a job."""
    job: UUID | None = None
    """What it became."""
    fingerprint: str | None = Field(default=None, max_length=64)
    """Of all that was asked of the job."""
