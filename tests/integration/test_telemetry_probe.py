"""A container's health check, run as the engine runs it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from deploy.local.ports import free_port
from scribeline.contracts.failures import DependencyDown
from scribeline.telemetry.health import Check, health_app, serve_health


async def hangs() -> None:
    raise DependencyDown("engine", "stands still")


@asynccontextmanager
async def served(alive: Mapping[str, Check]) -> AsyncIterator[int]:
    bound: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    app = health_app({}, alive)
    serving = asyncio.create_task(serve_health(app, "127.0.0.1", 0, bound=bound.set_result))
    yield await bound
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


async def probed(port: int) -> tuple[int | None, str]:
    """Exit code and complaint."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "scribeline.telemetry.probe"),
        env={**os.environ, "SCRIBELINE_HEALTH_HOST": "0.0.0.0", "SCRIBELINE_HEALTH_PORT": str(port)},
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    return process.returncode, said.decode()


async def test_a_container_is_healthy_while_its_process_says_so() -> None:
    async with served({}) as port:
        assert await probed(port) == (0, "")


async def test_a_container_whose_process_stands_still_is_unhealthy_and_tells_why() -> None:
    async with served({"engine": hangs}) as port:
        code, said = await probed(port)

    assert code == 1
    assert "/healthz answers 503" in said
    assert "failed: DependencyDown" in said


async def test_a_container_in_which_nothing_listens_is_unhealthy() -> None:
    code, said = await probed(free_port())
    assert code == 1
    assert "does not answer: ConnectionRefusedError" in said


async def test_a_port_that_nobody_knows_is_said_to_be_the_reason() -> None:
    code, said = await probed(0)
    assert code == 1
    assert "SCRIBELINE_HEALTH_PORT is 0" in said
