"""The parts of an upload made one object, by one request at a time."""

import asyncio
from typing import TYPE_CHECKING

from gateway.presigned.ranges import Layout
from gateway.problems import Problem
from scribeline.contracts.codes import Code
from scribeline.contracts.failures import DependencyDown
from scribeline.storage import uploads
from scribeline.storage.models import UploadRow
from scribeline.storage.objects import ObjectStore, StoredPart

if TYPE_CHECKING:
    from gateway.context import Gateway

AT_ONCE = 3
"""Joined by one gateway at a time: each holds a connection to the database."""
PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.2
NAMED = 10
"""Missing parts that a problem names."""


async def joined(context: "Gateway", row: UploadRow) -> None:
    """The store has the whole of it; once it was joined, that stands.

    Whoever else is at the same upload, here or at another gateway, is waited for: in the midst of it, a store
    may show some of the parts, or neither parts nor object. Raises Problem: UPLOAD_UNFINISHED, NOT_FOUND;
    DependencyDown.
    """
    try:
        async with asyncio.timeout(PATIENCE_SECONDS) as patience, context.joining:
            while True:
                async with context.database.transaction(row.tenant) as session:
                    if await uploads.alone(session, row.id):
                        patience.reschedule(None)
                        await _join(context.store, row)
                        return
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        raise DependencyDown("store", "other uploads are being joined") from None


async def _join(store: ObjectStore, row: UploadRow) -> None:
    parts = await store.parts(row.key, row.store_id)
    if parts is None:
        if not await _is_whole(store, row):
            raise Problem(Code.NOT_FOUND, "The object store has given it up.")
        return
    if not await store.join(row.key, row.store_id, _complete(row, parts)) and not await _is_whole(store, row):
        raise Problem(Code.UPLOAD_UNFINISHED, "A part was sent again meanwhile: send this request again.")


def _complete(row: UploadRow, parts: list[StoredPart]) -> list[StoredPart]:
    layout = Layout(row.bytes, row.part_bytes)
    missing = layout.missing({part.number: part.bytes for part in parts})
    if missing:
        named = ", ".join(map(str, missing[:NAMED])) + (", .." if missing[NAMED:] else "")
        told = f"{len(missing)} of {layout.count} parts are missing or have another size: {named}."
        raise Problem(Code.UPLOAD_UNFINISHED, f"{told} GET /v1/uploads/{row.id} has their addresses.")
    return [part for part in parts if part.number <= layout.count]


async def _is_whole(store: ObjectStore, row: UploadRow) -> bool:
    found = await store.stat(row.key)
    return found is not None and found.bytes == row.bytes
