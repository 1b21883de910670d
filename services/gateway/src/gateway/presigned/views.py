"""What is asked for an upload in parts, and what is answered of it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field, StrictInt, field_validator

from gateway.presigned.ranges import LARGEST, SMALLEST, Layout
from scribeline.contracts.api.uploads import MissingPartView, StoredPartView, UploadState, UploadView
from scribeline.storage.models import UploadRow
from scribeline.storage.objects import StoredPart
from scribeline.storage.s3_presign import PartUrls

PAGE = 100
"""Addresses in one answer."""


class NewUpload(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    bytes: StrictInt = Field(ge=1)
    """Of the whole recording."""
    content_type: str | None = Field(default=None, max_length=255)
    """Such as `audio/mpeg`. What is clearly no recording is refused."""
    filename: str | None = Field(default=None, max_length=1000)
    """Only ever shown."""
    part_bytes: StrictInt | None = Field(default=None, ge=SMALLEST, le=LARGEST)
    """Of each part but the last, at least 5 MiB; at most 10,000 parts make the whole. Left out, the server
    chooses: 8 MiB or more."""
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-fA-F]{64}$")
    """Of the whole recording, in hex, if you know it: it is then checked before it is transcribed."""

    @field_validator("sha256")
    @classmethod
    def _as_we_write_it(cls, given: str | None) -> str | None:
        return given.lower() if given else None


EXAMPLE = {"bytes": 734_003_200, "content_type": "audio/wav", "filename": "board-meeting.wav"}


def upload_view(row: UploadRow) -> UploadView:
    return UploadView(**_fields(row))


def upload_state(
    row: UploadRow, stored: Sequence[StoredPart] | None, urls: PartUrls, url_seconds: int, after: int = 0
) -> UploadState:
    """`stored` is None where all parts are there, and were joined."""
    layout = Layout(row.bytes, row.part_bytes)
    there = _whole(layout) if stored is None else _fitting(layout, stored)
    missing = layout.missing({part.number: part.bytes for part in there}) if row.job is None else []
    now = datetime.now(UTC)
    seconds = max(1, min(url_seconds, int((row.expires_at - now).total_seconds())))
    return UploadState(
        **_fields(row),
        stored=there,
        missing=[
            MissingPartView(
                number=number,
                start=layout.start(number),
                bytes=layout.size(number),
                url=urls.url(row.key, row.store_id, number, length=layout.size(number), seconds=seconds),
            )
            for number in [number for number in missing if number > after][:PAGE]
        ],
        missing_parts=len(missing),
        urls_expire_at=now + timedelta(seconds=seconds),
    )


def _fitting(layout: Layout, stored: Sequence[StoredPart]) -> list[StoredPartView]:
    return [
        StoredPartView(number=part.number, bytes=part.bytes, etag=part.etag)
        for part in stored
        if part.number <= layout.count and part.bytes == layout.size(part.number)
    ]


def _whole(layout: Layout) -> list[StoredPartView]:
    return [
        StoredPartView(number=number, bytes=layout.size(number), etag=None)
        for number in range(1, layout.count + 1)
    ]


def _fields(row: UploadRow) -> dict[str, object]:
    told = row.model_dump(include=set(UploadView.model_fields) - {"parts"})
    return {**told, "parts": Layout(row.bytes, row.part_bytes).count}
