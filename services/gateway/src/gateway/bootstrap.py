"""The first API key, from a file: so that somebody can make the others."""

import asyncio
from pathlib import Path

import structlog
from uuid_utils.compat import uuid7

from gateway.auth import HINT, LONGEST, KeyRing, Scope
from gateway.records import Records
from scribeline.storage.models import ApiKeyRow

SHORTEST = 16
TENANT = "default"

log = structlog.get_logger(__name__)


async def add_bootstrap_key(file: Path, records: Records, ring: KeyRing) -> None:
    """Add the file's key, with every scope; one that is there already is left as it is.

    Raises ValueError when the file holds no usable key, OSError when it cannot be read, and
    DependencyDown("database").
    """
    key = (await asyncio.to_thread(file.read_text, encoding="utf-8")).strip()
    if not (SHORTEST <= len(key) <= LONGEST and key.isascii() and key.isprintable() and " " not in key):
        raise ValueError(
            f"{file} must hold one API key of {SHORTEST} to {LONGEST} ASCII characters without spaces"
        )
    await records.add_key(
        ApiKeyRow(
            id=uuid7(),
            tenant=TENANT,
            name="bootstrap",
            digest=ring.digest(key),
            hint=key[: HINT if key.startswith("sl_") else 3],
            scopes=sorted(Scope),
        )
    )
    if await ring.principal(key) is None:
        log.warning("the bootstrap key is revoked")
