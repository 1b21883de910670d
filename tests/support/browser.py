"""A real browser without a window, told what to do over a pipe: Chrome's DevTools Protocol."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.support.excuses import lacking
from tests.support.waiting import eventually

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")
LINE = 64 * 2**20
WITH_PIPES = """import os, sys
for given, high in zip(sys.argv[1:3], (103, 104)):
    os.dup2(int(given), high)
os.dup2(103, 3), os.dup2(104, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""It reads from 3 and writes to 4. First out of the way: those that are given may be just these."""


class Page:
    """One tab."""

    def __init__(self, answers: asyncio.StreamReader, write_to: int) -> None:
        self._answers, self._write_to = answers, write_to
        self._session: str | None = None
        self._number = 0

    async def call(self, method: str, **params: Any) -> Any:
        """Raises AssertionError where the browser refuses."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._write_to, json.dumps(message).encode() + b"\0")
        while True:
            told = json.loads((await self._answers.readuntil(b"\0"))[:-1])
            if told.get("id") == self._number:
                assert "error" not in told, told["error"]
                return told["result"]

    async def open(self, url: str) -> None:
        target = (await self.call("Target.createTarget", url="about:blank"))["targetId"]
        attached = await self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        await self.call("Page.navigate", url=url)

    async def tell(self, expression: str) -> Any:
        """What an expression of JavaScript is."""
        told = await self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    async def until(self, expression: str) -> None:
        async def holds() -> bool:
            return bool(await self.tell(expression))

        await eventually(holds)

    async def click(self, selector: str) -> None:
        await self.until(f"document.querySelector({json.dumps(selector)}) !== null")
        await self.tell(f"document.querySelector({json.dumps(selector)}).click()")


@asynccontextmanager
async def browser(profile: Path) -> AsyncIterator[Page]:
    """Skips at a desk that has none."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        lacking("There is no Chromium here: apt-get install chromium.")
    its_in, ours_out = os.pipe()
    ours_in, its_out = os.pipe()
    told = [program, *FLAGS, f"--user-data-dir={profile}", "--remote-debugging-pipe"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WITH_PIPES, str(its_in), str(its_out), *told,
        pass_fds=(its_in, its_out), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    os.close(its_in)
    os.close(its_out)
    answers = asyncio.StreamReader(limit=LINE)
    pipe = os.fdopen(ours_in, "rb")
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(answers), pipe
    )
    page = Page(answers, ours_out)
    try:
        yield page
    finally:
        process.kill()
        await process.wait()
        os.close(ours_out)
        transport.close()
