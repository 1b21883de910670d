"""What tenants have used. It outlives their jobs."""

from datetime import date

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class UsageRow(SQLModel, table=True):
    """What a tenant used on one day (UTC)."""

    __tablename__ = "usage"
    tenant: str = Field(primary_key=True, max_length=40, foreign_key="tenant.name", ondelete="CASCADE")
    day: date = Field(primary_key=True)
    jobs: int = Field(default=0, sa_type=BigInteger)
    """Made that day."""
    bytes: int = Field(default=0, sa_type=BigInteger)
    """Of the recordings of those jobs."""
    audio_seconds: float = 0.0
    """Decoded that day."""
    prompt_tokens: int = Field(default=0, sa_type=BigInteger)
    completion_tokens: int = Field(default=0, sa_type=BigInteger)
