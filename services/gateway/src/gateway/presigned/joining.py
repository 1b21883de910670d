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
LOST = "Come back in a moment. Where it stays so for minutes, the store has lost them: begin another upload."
NAMED = 10
"""Missing parts that a problem names."""


async def joined(context: "Gateway", row: UploadRow) -> None:
    """The store has the whole of it; once it was joined, that stands.

    Whoever else is at the same upload, here or at another gateway, is waited for: in the midst of it, a store
    may show some of the parts, or neither parts nor object. Raises Problem: UPLOAD_UNFINISHED,
    UPLOAD_JOINING; DependencyDown.
    """
    try:
        async with asyncio.timeout(PATIENCE_SECONDS) as patience, context.joining:
            while True:
                async with context.database.transaction(row.tenant) as session:
                    if await uploads.alone(session, row.id):
                        patience.reschedule(None)
                        await _join(context, row)
                        return
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        raise DependencyDown("store", "other uploads are being joined") from None


async def sent(context: "Gateway", row: UploadRow) -> list[StoredPart] | None:
    """The parts that are in the store; None when all of them are, and were joined.

    Raises Problem(UPLOAD_JOINING) where it shows neither them nor the whole: it may be joining them for a
    gateway that died meanwhile, or have given them up, and nobody can tell. DependencyDown.
    """
    parts = await context.store.parts(row.key, row.store_id)
    if parts is None and not await _is_whole(context.store, row):
        again = {"Retry-After": str(context.settings.retry_after_seconds)}
        raise Problem(Code.UPLOAD_JOINING, LOST, headers=again)
    return parts


async def _join(context: "Gateway", row: UploadRow) -> None:
    parts, store = await sent(context, row), context.store
    if parts is None:
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
