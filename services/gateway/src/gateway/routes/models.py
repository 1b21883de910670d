"""The transcription models that a job may name, in the shape of OpenAI's list."""

from typing import Literal

from fastapi import APIRouter
from pydantic import ConfigDict

from gateway.context import ALWAYS, Context, Reader
from gateway.options.model import WHISPER_1
from gateway.options.rules import ENGLISH_ONLY
from gateway.problems import Problem, documented
from gateway.settings import GatewaySettings
from gateway.views import View
from scribeline.contracts.codes import Code

router = APIRouter(prefix="/v1/models", tags=["models"])


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


@router.get(
    "",
    response_model=ModelList,
    operation_id="listModels",
    summary="List transcription models",
    responses=documented(*ALWAYS),
)
async def list_models(context: Context, principal: Reader) -> ModelList:  # noqa: ARG001 - asked for its check
    settings = context.settings
    names = sorted(settings.models, key=lambda name: (name != settings.default_model, name))
    return ModelList(data=[_view(name, settings) for name in (*names, WHISPER_1)])


@router.get(
    "/{id}",
    response_model=ModelView,
    operation_id="getModel",
    summary="One transcription model",
    responses=documented(Code.NOT_FOUND, *ALWAYS),
)
async def get(context: Context, principal: Reader, id: str) -> ModelView:  # noqa: A002, ARG001 - as in the address; asked for its check
    if id not in context.settings.models | {WHISPER_1}:
        raise Problem(Code.NOT_FOUND)
    return _view(id, context.settings)


def _view(name: str, settings: GatewaySettings) -> ModelView:
    known_as = settings.default_model if name == WHISPER_1 else name
    english_only = known_as.endswith(ENGLISH_ONLY)
    return ModelView(
        id=name, default=name == settings.default_model, languages=["en"] if english_only else None
    )
