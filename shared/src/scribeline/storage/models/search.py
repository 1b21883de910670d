"""What full-text search looks at."""

from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field, SQLModel

from scribeline.storage.models.columns import json, of_job


class PassageRow(SQLModel, table=True):
    """Some segments in a row of a complete transcript, about a minute: see `storage.passages`."""

    __tablename__ = "passage"
    __table_args__ = (
        of_job(),
        Index("passage_by_words", "words", postgresql_using="gin"),
        Index("passage_by_config", "tenant", "config"),
    )
    job: UUID = Field(primary_key=True)
    first: int = Field(primary_key=True)
    """Number of its first segment, counted through the whole transcript."""
    tenant: str = Field(max_length=40)
    owner: str | None = Field(default=None, max_length=128)
    run: int
    """Whose transcript it is of: the newest that is complete."""
    config: str = Field(max_length=40)
    """PostgreSQL's text search configuration of its language."""
    lines: list[Any] = json()
    """`[start, end, speaker]` of each segment."""
    body: str
    """Their texts, a line each."""
    words: str = Field(sa_column=Column(TSVECTOR, nullable=False))
