"""What must be there before the first request is served: the bucket, and the bootstrap key."""

import asyncio

import structlog

from gateway.auth import KeyRing
from gateway.bootstrap import add_bootstrap_key
from gateway.records import Records
from gateway.settings import GatewaySettings
from scribeline.contracts.failures import DependencyDown
from scribeline.storage.s3 import S3Store

AGAIN_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Preparation:
    def __init__(self, settings: GatewaySettings, store: S3Store, records: Records, ring: KeyRing) -> None:
        self._settings, self._store, self._records, self._ring = settings, store, records, ring
        self._awaited: str | None = "store"

    def check(self) -> None:
        """Raises DependencyDown, of what is waited for, until all is there.

        Requests that came earlier would find no bucket, and not know the first key.
        """
        if self._awaited is not None:
            raise DependencyDown(self._awaited, "it is waited for since the start")

    async def run(self) -> None:
        """Returns when all is there. Store and database may start after us, and are waited for.

        Raises what `add_bootstrap_key` does of its file.
        """
        while True:
            try:
                await self._prepare()
            except DependencyDown as down:
                self._awaited = down.dependency
                log.warning("waiting", dependency=down.dependency, reason=str(down))
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                self._awaited = None
                return

    async def _prepare(self) -> None:
        await self._store.ensure_bucket()
        if self._settings.bootstrap_key_file is not None:
            await add_bootstrap_key(self._settings.bootstrap_key_file, self._records, self._ring)
