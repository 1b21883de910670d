"""Where the models are kept."""

import os
from pathlib import Path

from pydantic import Field, field_validator

from scribeline.settings import Settings


def default_models_dir() -> Path:
    """`$XDG_CACHE_HOME/scribeline/models`, else below `~/.cache` (XDG Base Directory Specification)."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    cache = Path(given) if Path(given).is_absolute() else Path.home() / ".cache"
    return cache / "scribeline" / "models"


class WeightsSettings(Settings):
    models_dir: Path = Field(default_factory=default_models_dir)
    """Folder of the transcription models; by default `scribeline/models` in the user's cache directory."""

    @field_validator("models_dir")
    @classmethod
    def _absolute(cls, given: Path) -> Path:
        return given.expanduser().absolute()
