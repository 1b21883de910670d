"""Settings of the analyzer."""

from typing import Self

from pydantic import Field, model_validator

from scribeline.language_model import LanguageModelSettings
from scribeline.settings import BrokerSettings, HealthSettings


class AnalyzerSettings(LanguageModelSettings, HealthSettings, BrokerSettings):
    ollama_timeout_seconds: float = Field(default=60.0, gt=0)
    """Longest wait for one answer of the model."""
    ollama_pull: bool = False
    """Have the server pull the model when it is missing; units wait meanwhile. Otherwise they fail with
    `llm_model_missing` until somebody pulls it (with `auto`, the rules step in)."""
    ollama_pull_seconds: float = Field(default=3600.0, gt=0)
    """Longest that pulling the model may take. One that was cut off goes on where it ended."""
    ollama_retries: int = Field(default=3, ge=0, le=10)
    """With `auto`: further tries after a late or unusable answer, within one unit, before the rules step in.
    With `ollama` a late answer takes the broker's retry ladder, which begins with 2, 4 and 6 s."""
    ollama_retry_seconds: float = Field(default=2.0, ge=0)
    """The first retry waits this long, the second twice, the third three times."""
    ollama_context_max: int = Field(default=16384, ge=4352)
    """Most tokens of context to ask for; memory grows with it. Text that does not fit is not read, and the
    report's coverage says so."""
    ollama_answer_tokens: int = Field(default=2048, ge=256, le=8192)
    """Most tokens of one answer."""
    analyzer_slots: int = Field(default=1, ge=1, le=64)
    """Units one process works on at once: as many as the language model's server answers in parallel."""

    @model_validator(mode="after")
    def _room_to_read(self) -> Self:
        if self.ollama_context_max < self.ollama_answer_tokens + 4096:
            raise ValueError("ollama_context_max must be at least 4096 more than ollama_answer_tokens")
        return self

    @property
    def ollama_delays(self) -> tuple[float, ...]:
        """Seconds before each retry: 2, 4, 6."""
        return tuple(self.ollama_retry_seconds * n for n in range(1, self.ollama_retries + 1))

    @property
    def longest_unit(self) -> float:
        """Seconds the slowest unit may take: every try late twice, its repair too, and the rules at last."""
        tries = 2 * self.ollama_timeout_seconds + self.ollama_connect_seconds
        return (self.ollama_retries + 1) * tries + sum(self.ollama_delays) + 60.0
