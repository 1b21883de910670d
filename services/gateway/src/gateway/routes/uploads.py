"""Uploads in parts, which clients send straight to the object store."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from gateway.context import ALWAYS, Context, Gateway, Writer
from gateway.json_body import body_of, described
from gateway.presigned import rows
from gateway.presigned.beginning import begun, ended
from gateway.presigned.joining import sent
from gateway.presigned.ranges import MOST_PARTS
from gateway.presigned.views import EXAMPLE, NewUpload, upload_state, upload_view
from gateway.problems import documented
from scribeline.contracts.api.uploads import UploadList, UploadState
from scribeline.contracts.codes import Code
from scribeline.storage.models import UploadRow
from scribeline.storage.objects import StoredPart

router = APIRouter(prefix="/v1/uploads", tags=["uploads"])


@router.post(
    "",
    status_code=201,
    response_model=UploadState,
    operation_id="createUpload",
    summary="Begin an upload in parts",
    responses={
        201: {"headers": {"Location": {"description": "The upload.", "schema": {"type": "string"}}}},
        **documented(
            Code.UPLOAD_TOO_LARGE,
            Code.UPLOAD_INCOMPLETE,
            Code.UNSUPPORTED_MEDIA_TYPE,
            Code.INVALID_PARAMETER,
            Code.TOO_MANY_OPEN_UPLOADS,
            Code.QUOTA_EXCEEDED,
            Code.STORE_UNAVAILABLE,
            *ALWAYS,
        ),
    },
    openapi_extra=described(NewUpload, EXAMPLE),
)
async def create(context: Context, principal: Writer, request: Request, response: Response) -> UploadState:
    """`PUT` each part to its address, in any order and as many at a time as you like; then `POST /v1/jobs`
    with `{"upload_id": ..}` and the options."""
    row = await begun(context, principal, await body_of(request, NewUpload, context.settings))
    response.headers["Location"] = f"/v1/uploads/{row.id}"
    return _state(context, row, [])


@router.get(
    "",
    response_model=UploadList,
    operation_id="listUploads",
    summary="Uploads that are open",
    responses=documented(*ALWAYS),
)
async def list_uploads(context: Context, principal: Writer) -> UploadList:
    """The newest first; none that became a job."""
    found = await rows.open_ones(context.database, principal)
    return UploadList(uploads=[upload_view(row) for row in found])


@router.get(
    "/{id}",
    response_model=UploadState,
    operation_id="getUpload",
    summary="What of an upload is there, and what is missing",
    responses=documented(
        Code.NOT_FOUND, Code.INVALID_PARAMETER, Code.UPLOAD_JOINING, Code.STORE_UNAVAILABLE, *ALWAYS
    ),
)
async def get(
    context: Context,
    principal: Writer,
    id: str,  # noqa: A002 - as in the address
    after: Annotated[int, Query(ge=0, le=MOST_PARTS)] = 0,
) -> UploadState:
    """With new addresses for what is missing: so an upload goes on after a cut. It needs the scope
    `jobs:write`, because these can be written to."""
    row = await rows.find(context.database, principal, id)
    stored = await sent(context, row) if row.job is None else []
    return _state(context, row, stored, after)


@router.delete(
    "/{id}",
    status_code=204,
    operation_id="deleteUpload",
    summary="Give up an upload",
    responses=documented(Code.NOT_FOUND, Code.UPLOAD_USED, *ALWAYS),
)
async def delete(context: Context, principal: Writer, id: str) -> Response:  # noqa: A002 - as in the address
    """At once it is not there any more, and what was sent of it goes."""
    await ended(context, await rows.end(context.database, principal, id))
    return Response(status_code=204)


def _state(context: Gateway, row: UploadRow, stored: list[StoredPart] | None, after: int = 0) -> UploadState:
    return upload_state(row, stored, context.part_urls, context.settings.upload_url_seconds, after)
