"""The gateway as a process of its own."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2

from deploy.local.ports import free_port
from tests.support.waiting import eventually

KEY = "sl_process_for_tests"
"""Its bootstrap key: tenant `default`, every scope."""


class Process:
    def __init__(self, process: asyncio.subprocess.Process, port: int, log: Path) -> None:
        self.process, self.port, self.log = process, port, log

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def ready(self) -> bool:
        return await self._well("/readyz")

    async def alive(self) -> bool:
        return await self._well("/healthz")

    async def _well(self, path: str) -> bool:
        assert self.process.returncode is None, self.log.read_text()
        async with httpx2.AsyncClient() as client:
            try:
                return (await client.get(f"{self.url}{path}")).status_code == 200
            except httpx2.TransportError:
                return False


@asynccontextmanager
async def gateway_process(
    environment: Mapping[str, str],
    directory: Path,
    *,
    until: Callable[[Process], Awaitable[bool]] = Process.ready,
) -> AsyncIterator[Process]:
    """Started, ready (or what is asked for), and killed at the end if it has not ended by itself."""
    (directory / "key").write_text(KEY)
    log, port = directory / "log", free_port()
    settings = {
        **os.environ,
        "SCRIBELINE_HTTP_PORT": str(port),
        "SCRIBELINE_KEY_SECRET": "a secret for tests only",
        "SCRIBELINE_WEBHOOK_SECRET": "a secret for tests only",
        "SCRIBELINE_BOOTSTRAP_KEY_FILE": str(directory / "key"),
        "SCRIBELINE_SHUTDOWN_SECONDS": "1",
        **environment,
    }
    with log.open("wb") as out:
        started = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway.main", env=settings, stdout=out, stderr=out
        )
    process = Process(started, port, log)
    try:
        await eventually(lambda: until(process), within=90.0)
        yield process
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()
