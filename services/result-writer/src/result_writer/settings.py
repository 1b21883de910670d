"""The result-writer's settings."""

from pydantic import Field

from scribeline.settings import BrokerSettings, DatabaseSettings, HealthSettings

SERVICE = "result-writer"


class WriterSettings(HealthSettings, BrokerSettings, DatabaseSettings):
    window: int = Field(default=32, ge=1, le=10_000)
    """Most units of one tenant in each work queue at a time; its others wait in the database, its jobs
    in turn."""
    analysis_part_characters: int = Field(default=12_000, ge=500, le=100_000)
    """Most characters of a transcript that one analysis unit reads; longer ones are read in parts."""
    writer_batch: int = Field(default=64, ge=1, le=1000)
    """Most results stored in one transaction."""
