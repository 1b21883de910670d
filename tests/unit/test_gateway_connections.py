"""What uvicorn's connections tell beside what uvicorn tells."""

import asyncio
from typing import Any

from uvicorn.config import Config
from uvicorn.server import ServerState

from gateway.connections import bounded
from gateway.leaving import LEFT
from tests.support.waiting import eventually


async def test_that_a_client_left_stands_in_its_requests_scope_before_the_body_is_read() -> None:
    seen: dict[str, Any] = {}
    go_on = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.update(before=LEFT in scope, scope=scope)
        await go_on.wait()

    config = Config(app, lifespan="off", log_config=None)
    config.load()
    make = bounded(5)
    server = await asyncio.get_running_loop().create_server(
        lambda: make(config, ServerState(), {}), "127.0.0.1", 0
    )
    async with server:
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"POST /v1/jobs HTTP/1.1\r\nHost: g\r\nContent-Length: 9\r\n\r\nabc")
        await eventually(lambda: "scope" in seen)
        assert not seen["before"]
        writer.close()
        await eventually(lambda: LEFT in seen["scope"])
        go_on.set()
