"""Tenants, and what an operator allows them."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from scribeline.contracts.api.view import View

ModelName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
SLOWEST = 0.001
"""Requests a second: with the largest burst its window is 10⁹ s, in which microseconds still count."""


def _measurable(per_second: float) -> float:
    if 0 < per_second < SLOWEST:
        raise ValueError(f"must be 0 or at least {SLOWEST}")
    return per_second


PerSecond = Annotated[float, Field(ge=0), AfterValidator(_measurable)]
"""0 is without bound."""


class TenantLimits(BaseModel):
    """Null is no limit, or that of the server."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)

    audio_minutes_per_month: float | None = Field(default=None, ge=0, le=1e9)
    """Minutes of audio that are decoded in a calendar month (UTC). Known only then: the job that reaches it
    is still done as a whole."""
    bytes_per_month: int | None = Field(default=None, ge=0, le=10**15)
    """Bytes of recordings that are taken in in a calendar month (UTC)."""
    jobs_in_flight: int | None = Field(default=None, ge=0, le=10**9)
    """Jobs that have not ended yet."""
    models_allowed: tuple[ModelName, ...] | None = Field(default=None, min_length=1, max_length=100)
    """Those of the server's transcription models that jobs may use; all, when null."""
    requests_per_second: PerSecond | None = Field(default=None, le=1e6)
    """Of each of its keys, at each gateway, in place of `SCRIBELINE_RATE_LIMIT_PER_SECOND`: 0.001 or
    more; 0 is without bound."""
    requests_burst: int | None = Field(default=None, ge=1, le=10**6)
    """Most requests of a key at once, in place of `SCRIBELINE_RATE_LIMIT_BURST`."""

    @property
    def has_quota(self) -> bool:
        return not (self.audio_minutes_per_month is self.bytes_per_month is self.jobs_in_flight is None)


NO_LIMITS = TenantLimits()


class TenantSettings(TenantLimits):
    retention_days: int | None = Field(default=None, ge=0, le=36_500)
    """Days after its end that a job is kept, where its client does not say (`delete_after`); null is as
    everywhere (`SCRIBELINE_RETENTION_DAYS`)."""


class TenantView(TenantSettings):
    model_config = ConfigDict(title="Tenant")

    name: str
    created_at: datetime


class TenantList(View):
    tenants: list[TenantView]
