"""A recording sent as OpenAI's clients send it, on its way into the store."""

from fastapi import Request

from gateway.forms import Fields
from gateway.openai.fields import FILE, REPEATED, TranslationRequest, names_of, parse
from gateway.problems import Problem
from gateway.settings import GatewaySettings
from gateway.uploads import FORM, OCTETS, Intake, Received, filename_of, media_type, read_form
from scribeline.contracts.codes import Code
from scribeline.contracts.transcription import Task


class FormUpload:
    """One request's form; `asked` is what it says, once it was read."""

    asked: TranslationRequest

    def __init__(self, task: Task, settings: GatewaySettings) -> None:
        self._task = task
        self._settings = settings

    async def read(self, request: Request, intake: Intake) -> Received:
        """See `births.Read`. Raises Problem, DependencyDown("store")."""
        if media_type(request.headers.get("content-type", OCTETS)) != FORM:
            raise Problem(Code.UNSUPPORTED_MEDIA_TYPE, f"Send {FORM}, with the recording as `{FILE}`.")
        names = names_of(self._task)
        form = await read_form(
            request, intake, self._settings, check=self._check, file=FILE, names=names, lists=REPEATED
        )
        self.asked, options = parse(form.fields, self._task, self._settings, complete=True)
        return Received(await intake.finish(), options, None, filename_of(form), intake.content_type)

    async def _check(self, so_far: Fields) -> None:
        parse(so_far, self._task, self._settings, complete=False)
