"""The result-writer's settings."""

from pydantic import AwareDatetime, Field

from scribeline.settings import (
    BrokerSettings,
    DatabaseSettings,
    HealthSettings,
    ManagementSettings,
    StoreSettings,
)
from scribeline.storage.roles import WRITER

SERVICE = "result-writer"


class WriterSettings(HealthSettings, BrokerSettings, ManagementSettings, DatabaseSettings, StoreSettings):
    database_role: str = Field(default=WRITER, max_length=63)
    """Role that the result-writer takes in the database, where row-level security shows it all tenants' rows.
    Migrating lets the login of `SCRIBELINE_DATABASE_URL` take it. Empty: that login keeps its own rights, as
    one that is the writer's alone and a member of `scribeline_writer`."""
    window: int = Field(default=32, ge=1, le=10_000)
    """Most units of one tenant in each work queue at a time; its others wait in the database, its jobs
    in turn."""
    analysis_part_tokens: int = Field(default=4000, ge=250, le=60_000)
    """Most of a transcript that one analysis unit reads, in tokens by the estimate of analyzer and writer
    (about 2500 words of English); longer ones are read in parts. `SCRIBELINE_OLLAMA_CONTEXT_MAX` must have
    room for it, some 4000 tokens above it."""
    retention_days: int | None = Field(default=None, ge=0, le=36_500)
    """Days after its end that a job is kept with all that is stored of it, where neither its client
    (`delete_after`) nor its tenant says otherwise. Not set: for ever."""
    sweep_hours: int = Field(default=24, ge=0, le=8760)
    """Hours after which what no job owns is removed from the bucket, which must be this installation's alone:
    recordings whose gateway died before it made the job, and uploads that have not ended, be it because they
    are that slow. 0 removes nothing: set it before a database is restored from a backup, until the jobs that
    the backup lacks are sent again or given up."""
    sweep_confirmed: AwareDatetime | None = None
    """Where many recordings have no job, or several that were begun one after the other, the database is
    probably older than the bucket: they are kept, and an error in the log says so. Recordings without a job
    that were begun before this moment (as `2026-01-31T18:00:00Z`) are removed all the same."""
    writer_batch: int = Field(default=64, ge=1, le=1000)
    """Most results stored in one transaction."""
