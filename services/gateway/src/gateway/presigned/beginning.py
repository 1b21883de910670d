"""A new upload in parts: begun in the store and committed, or nothing is left of it."""

from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from uuid_utils.compat import uuid7

from gateway.auth import Principal
from gateway.body import too_large
from gateway.context import Gateway
from gateway.presigned import rows
from gateway.presigned.ranges import MOST_PARTS, Layout, usual_part_bytes
from gateway.presigned.views import NewUpload
from gateway.problems import Problem, invalid
from gateway.uploads import OCTETS, clean_filename, is_media, media_type
from scribeline.contracts.codes import Code
from scribeline.contracts.failures import DependencyDown
from scribeline.storage import keys
from scribeline.storage.models import UploadRow
from scribeline.storage.objects import Unfinished

log = structlog.get_logger(__name__)


async def begun(context: Gateway, principal: Principal, given: NewUpload) -> UploadRow:
    """Raises Problem, DependencyDown."""
    settings = context.settings
    layout, content_type = _layout(given, settings.upload_max_bytes), _content_type(given)
    await rows.check_room(context.database, principal, layout.bytes, settings.uploads_open_max)
    id_ = uuid7()
    key = keys.source(principal.tenant, id_)
    row = UploadRow(
        id=id_,
        tenant=principal.tenant,
        owner=principal.owner,
        key=key,
        store_id=await context.store.begin_parts(key, content_type),
        bytes=layout.bytes,
        part_bytes=layout.part_bytes,
        sha256=given.sha256,
        filename=clean_filename(given.filename),
        content_type=content_type,
    )
    try:
        keep = timedelta(hours=settings.upload_keep_hours)
        await rows.add(context.database, row, keep, settings.uploads_open_max)
    except (Problem, DependencyDown, SQLAlchemyError):
        await ended(context, row)
        raise
    log.info("upload begun", upload=id_, bytes=row.bytes, parts=layout.count)
    return row


async def ended(context: Gateway, row: UploadRow) -> None:
    """Nothing of it stays in the store, as far as that can be done now: retention and sweep do it again."""
    try:
        await context.store.abort(Unfinished(row.key, row.store_id, row.created_at))
        await context.store.remove([row.key])
    except DependencyDown as down:
        log.warning("an upload's parts stay for a while", upload=row.id, reason=str(down))


def _layout(given: NewUpload, most: int) -> Layout:
    if given.bytes > most:
        raise too_large(most)
    layout = Layout(given.bytes, given.part_bytes or usual_part_bytes(given.bytes))
    if layout.count > MOST_PARTS:
        raise invalid("part_bytes", f"makes {layout.count} parts, and {MOST_PARTS} are the most")
    return layout


def _content_type(given: NewUpload) -> str:
    kind = media_type(given.content_type or OCTETS)
    if not is_media(kind):
        raise Problem(Code.UNSUPPORTED_MEDIA_TYPE, f"{kind} is no recording.")
    return kind
