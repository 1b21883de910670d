"""What a tenant has used, and what is left of its limits."""

from datetime import date, datetime

from pydantic import ConfigDict, Field

from scribeline.contracts.api.view import View


class Counted(View):
    jobs: int
    """That were made."""
    bytes: int
    """Of their recordings."""
    audio_seconds: float
    """That were decoded: again, when a job is transcribed anew."""
    prompt_tokens: int
    """That a language model read."""
    completion_tokens: int
    """That it wrote."""


class DayView(Counted):
    model_config = ConfigDict(title="UsageOfDay")

    day: date


class QuotaView(View):
    model_config = ConfigDict(use_attribute_docstrings=True, title="Quota")

    used: float
    allowed: float | None
    """Null is without bound."""
    left: float | None


class LimitsView(View):
    model_config = ConfigDict(use_attribute_docstrings=True, title="Limits")

    audio_minutes_per_month: QuotaView
    bytes_per_month: QuotaView
    jobs_in_flight: QuotaView
    resets_at: datetime
    """When the next month begins."""
    models_allowed: list[str]
    """Transcription models that jobs may use."""


class UsageView(View):
    model_config = ConfigDict(use_attribute_docstrings=True, title="Usage")

    tenant: str
    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    days: list[DayView]
    """Those on which there was something, in UTC."""
    total: Counted
    """Of these days."""
    limits: LimitsView
