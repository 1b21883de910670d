"""The transcription models that a job may name, in the shape of OpenAI's list."""

from fastapi import APIRouter

from gateway.context import ALWAYS, Context, Reader
from gateway.options.model import WHISPER_1
from gateway.options.rules import ENGLISH_ONLY
from gateway.problems import Problem, documented
from gateway.settings import GatewaySettings
from scribeline.contracts.api.models import ModelList, ModelView
from scribeline.contracts.codes import Code

router = APIRouter(prefix="/v1/models", tags=["models"])


@router.get(
    "",
    response_model=ModelList,
    operation_id="listModels",
    summary="List transcription models",
    responses=documented(*ALWAYS),
)
async def list_models(context: Context, principal: Reader) -> ModelList:
    settings = context.settings_for(principal)
    names = sorted(settings.models, key=lambda name: (name != settings.default_model, name))
    return ModelList(data=[_view(name, settings) for name in (*names, WHISPER_1)])


@router.get(
    "/{id}",
    response_model=ModelView,
    operation_id="getModel",
    summary="One transcription model",
    responses=documented(Code.NOT_FOUND, *ALWAYS),
)
async def get(context: Context, principal: Reader, id: str) -> ModelView:  # noqa: A002 - as in the address
    settings = context.settings_for(principal)
    if id not in settings.models | {WHISPER_1}:
        raise Problem(Code.NOT_FOUND)
    return _view(id, settings)


def _view(name: str, settings: GatewaySettings) -> ModelView:
    known_as = settings.default_model if name == WHISPER_1 else name
    english_only = known_as.endswith(ENGLISH_ONLY)
    return ModelView(
        id=name, default=name == settings.default_model, languages=["en"] if english_only else None
    )
