"""The result-writer's settings."""

from pydantic import Field

from scribeline.settings import (
    BrokerSettings,
    DatabaseSettings,
    HealthSettings,
    ManagementSettings,
    StoreSettings,
)

SERVICE = "result-writer"


class WriterSettings(HealthSettings, BrokerSettings, ManagementSettings, DatabaseSettings, StoreSettings):
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
    writer_batch: int = Field(default=64, ge=1, le=1000)
    """Most results stored in one transaction."""
