"""One service as a process of its own, beside a pipeline that was started without it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from deploy.local.services import MODULES
from tests.support.waiting import eventually

END_SECONDS = 60.0


class Service:
    """May be started again after its death; all its lives write one log."""

    def __init__(self, name: str, environment: Mapping[str, str], directory: Path) -> None:
        self.name = name
        self.log = directory / f"{name}.log"
        self.mark = directory / "mark"
        self._environment = {**os.environ, **environment}
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Of its present life."""
        assert self._process is not None
        return self._process.pid

    async def start(self, *, dying: str | None = None) -> None:
        """With the point of `failpoints` at which it is to die, if any."""
        module = MODULES[self.name]
        armed = ["tests.support.failpoints", self.name, dying, str(self.mark)] if dying else [module]
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", *armed, env=self._environment, stdout=log, stderr=log
            )

    async def died(self) -> None:
        """Returns once it killed itself at its point."""
        assert self._process is not None
        process = self._process
        await eventually(lambda: process.returncode is not None, within=END_SECONDS)
        assert process.returncode == -signal.SIGKILL, self.log.read_text()
        assert self.mark.exists()

    async def ended(self) -> int:
        """Its exit status, once it has ended by itself."""
        assert self._process is not None
        return await asyncio.wait_for(self._process.wait(), END_SECONDS)

    async def kill(self) -> None:
        """SIGKILL, now; returns once it is gone."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def leave(self) -> None:
        """SIGTERM; it must end by itself, and well."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            status = await asyncio.wait_for(self._process.wait(), END_SECONDS)
        except TimeoutError:
            self._process.kill()
            raise
        assert status == 0, self.log.read_text()


@asynccontextmanager
async def beside(name: str, environment: Mapping[str, str], directory: Path) -> AsyncIterator[Service]:
    """The service, not yet started; it has ended afterwards."""
    service = Service(name, environment, directory)
    try:
        yield service
    finally:
        await service.leave()
