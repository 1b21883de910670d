"""`POST /v1/jobs` with an upload that was sent in parts: they are joined, and are the job's recording.

Whatever fails in between, the same request sent again goes on from there: the store tells whether the parts
were joined, the upload's row whether the job was made.
"""

from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from gateway.limits.early import check_bytes
from gateway.lookups import Lookups
from gateway.options.fields import parse_options
from gateway.options.json_fields import fields_of
from gateway.presigned import rows
from gateway.presigned.joining import joined
from gateway.problems import invalid
from gateway.settings import GatewaySettings
from gateway.uploads import Received, options_of
from scribeline.contracts.transcription import AudioObject

if TYPE_CHECKING:
    from gateway.context import Gateway

FIELD = "upload_id"


async def receive_upload(
    request: Request,
    given: dict[str, Any],
    *,
    context: "Gateway",
    settings: GatewaySettings,
    look_up: Lookups,
) -> Received:
    """The store has the whole of it in the end. Raises Problem: INVALID_PARAMETER and what else is wrong with
    the options, TOO_MANY_JOBS, QUOTA_EXCEEDED, NOT_FOUND, UPLOAD_UNFINISHED, UPLOAD_JOINING;
    DependencyDown."""
    id_ = given.pop(FIELD)
    if not isinstance(id_, str):
        raise invalid(FIELD, "must be a text")
    if given.get("audio_url") is not None:
        raise invalid(FIELD, "cannot be given together with audio_url")
    fields = fields_of({k: v for k, v in given.items() if k != "audio_url"}, settings.field_max_bytes)
    options = parse_options([*options_of(request), *fields], settings)
    row = await rows.find(context.database, look_up.principal, id_)
    brief = None
    if row.job is None:  # else the answer is that job, whatever became of what its options name
        brief = await look_up(options)
        await check_bytes(context.database, look_up.principal, look_up.repeat_key, row.bytes)
        await joined(context, row)
    audio = AudioObject(key=row.key, bytes=row.bytes, sha256=row.sha256)
    return Received(audio, options, brief, row.filename, row.content_type, row)
