"""Uploads in parts: what is open, and sending what is missing of one."""

from typing import Any
from uuid import UUID

from scribeline.client.asking import Resource, W, call, plan
from scribeline.client.errors import Refused, ScribelineError, Unreachable, Unreadable
from scribeline.client.parts import Put, Whole
from scribeline.client.reading import answer, nothing
from scribeline.client.steps import Call, Plan, fields, given, path
from scribeline.client.uploads import Audio
from scribeline.contracts.api.uploads import UploadList, UploadState, UploadView

Which = UploadView | UUID | str
"""An upload, or its id."""
ROUNDS = 3
"""After so many in which nothing arrived it is given up. Each has the attempts of `Retries`."""


class Uploads(Resource[W]):
    """`create` one and keep its id: then `send` goes on with it after a cut, and when your program starts
    again. `jobs.create(upload=..)` makes it a job."""

    @call
    def create(
        self,
        bytes: int,  # noqa: A002 - as in the body
        *,
        filename: str | None = None,
        content_type: str | None = None,
        part_bytes: int | None = None,
        sha256: str | None = None,
    ) -> Call[UploadState]:
        """For a recording of that size."""
        return begin(
            bytes, filename=filename, content_type=content_type, part_bytes=part_bytes, sha256=sha256
        )

    @call
    def get(self, upload: Which, *, after: int | None = None) -> Call[UploadState]:
        """What is there and what is missing, a hundred parts at a time, with addresses to send them to."""
        return look(upload, after)

    @call
    def list(self) -> Call[UploadList]:
        """Those that are open."""
        return Call("GET", path("uploads"), answer(UploadList))

    @call
    def delete(self, upload: Which) -> Call[None]:
        return Call("DELETE", _of(upload), nothing)

    @plan
    def send(self, upload: Which, audio: Audio) -> Plan[UploadState]:
        """Send what is missing of it, out of a path, bytes, or a binary file that can be rewound. Raises
        OSError for a file that cannot be read, and ValueError for one that is not as long as the upload."""
        return send(upload, Whole.of(audio))


def begin(size: int, **told: Any) -> Call[UploadState]:
    """Asked twice, the other one goes by itself."""
    return Call("POST", path("uploads"), answer(UploadState), json=given(bytes=size, **told), again=True)


def look(upload: Which, after: int | None = None) -> Call[UploadState]:
    return Call("GET", _of(upload), answer(UploadState), fields({"after": after}))


def send(upload: Which, whole: Whole) -> Plan[UploadState]:
    """One part after the other, with new addresses when those that were given are too old."""
    state: UploadState = yield look(upload)
    if whole.size != state.bytes:
        raise ValueError(f"the upload is one of {state.bytes} bytes, and this recording has {whole.size}")
    idle = 0
    while state.missing:
        before = state.missing_parts
        trouble: ScribelineError = Unreadable("The object store does not keep what it is sent.")
        try:
            for part in state.missing:
                yield Put(part.url, whole, part.start, part.bytes)
        except (Unreachable, Refused) as error:
            trouble = error
        state = yield look(upload)
        idle = 0 if state.missing_parts < before else idle + 1
        if idle == ROUNDS:
            raise trouble
    return state


def _of(upload: Which) -> str:
    return path("uploads", upload.id if isinstance(upload, UploadView) else upload)
