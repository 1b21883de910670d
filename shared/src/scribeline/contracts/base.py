"""The base of every message and the few types they all use."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints


class Frozen(BaseModel):
    """Immutable; unknown fields are ignored, so that a newer sender never breaks an older reader."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True, allow_inf_nan=False)


Tenant = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
Owner = Annotated[str, StringConstraints(min_length=1, max_length=128)]
LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
"""A Whisper language code: ISO 639-1 where one exists, else ISO 639-3 (`haw`, `yue`)."""
