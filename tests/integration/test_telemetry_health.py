"""A health server that really listens."""

import asyncio
import signal
import socket

import httpx2
import pytest
from starlette.applications import Starlette

from scribeline.telemetry.health import health_app, serve_health


class Served:
    """A running health server."""

    def __init__(self, app: Starlette) -> None:
        self.port = asyncio.get_running_loop().create_future()
        self.task = asyncio.create_task(serve_health(app, "127.0.0.1", 0, bound=self.port.set_result))

    async def stop(self) -> None:
        self.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await self.task


async def test_port_0_takes_a_free_port_serves_and_gives_it_back() -> None:
    served = Served(health_app({}))
    port = await served.port
    async with httpx2.AsyncClient() as client:  # its connection stays open over the stop
        assert (await client.get(f"http://127.0.0.1:{port}/healthz")).status_code == 200
        await served.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


async def test_the_process_keeps_its_own_signal_handlers() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    served = Served(health_app({}))
    async with httpx2.AsyncClient() as client:
        await client.get(f"http://127.0.0.1:{await served.port}/healthz")
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before
    await served.stop()


async def test_a_server_stopped_at_once_leaves_no_task_behind() -> None:
    served = Served(health_app({}))
    await served.port
    await served.stop()
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "health"]


async def test_a_port_in_use_is_an_error_that_names_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=str(port)):
            await serve_health(health_app({}), "127.0.0.1", port)
