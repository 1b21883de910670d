"""The transcription models that a job may name, in the shape of OpenAI's list."""

from typing import Literal

from pydantic import ConfigDict

from scribeline.contracts.api.view import View


class ModelView(View):
    """A model by OpenAI's fields, and three of our own."""

    model_config = ConfigDict(use_attribute_docstrings=True, title="Model")

    id: str
    """What `model` of a job names."""
    object: Literal["model"] = "model"
    created: int = 0
    """Seconds since 1970; always 0: when a model was made is not known."""
    owned_by: Literal["scribeline"] = "scribeline"
    """Who offers it: this installation."""
    default: bool
    """Used where a job names none."""
    languages: list[str] | None
    """`en` for a model that knows English only; null where it knows all of Whisper's languages, or it is not
    known which."""


class ModelList(View):
    model_config = ConfigDict(use_attribute_docstrings=True, title="ModelList")

    object: Literal["list"] = "list"
    data: list[ModelView]
    """By name, the default one first; last `whisper-1`, which is another name of it."""
