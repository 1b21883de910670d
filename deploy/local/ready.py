"""Whether a server really answers: a login, a query, a request; not only an open port."""

import asyncio
import http.client
import socket
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import aio_pika
import asyncpg
import urllib3.exceptions
from minio.error import MinioException

PROBE_SECONDS = 10
NOT_YET = (
    OSError,
    TimeoutError,
    http.client.HTTPException,
    aio_pika.exceptions.AMQPError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    urllib3.exceptions.HTTPError,
    MinioException,
)
"""What a probe raises while its server is starting, away or being replaced."""


class NotReady(Exception):
    """It did not answer in time, or ended. The message says what the last probe met."""


def until(probe: Callable[[], object], seconds: float, alive: Callable[[], bool] = lambda: True) -> None:
    """Repeat `probe` until it does not raise. Raises NotReady after `seconds`, or when not `alive()`."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            probe()
        except NOT_YET as error:
            if time.monotonic() > deadline or not alive():
                raise NotReady(f"{type(error).__name__}: {error}".strip(": ")) from error
            time.sleep(0.1)
        else:
            return


def connect(host: str, port: int) -> None:
    """Open and close a TCP connection."""
    socket.create_connection((host, port), PROBE_SECONDS).close()


def log_in(amqp_url: str) -> None:
    """Connect to RabbitMQ and open a channel."""

    async def probe() -> None:
        async with asyncio.timeout(PROBE_SECONDS):
            connection = await aio_pika.connect(amqp_url, timeout=PROBE_SECONDS)
            async with connection:
                await connection.channel()

    # aio-pika logs each refusal; one that nobody listens to is found out quietly.
    parts = urlsplit(amqp_url)
    connect(parts.hostname or "localhost", parts.port or (5671 if parts.scheme == "amqps" else 5672))
    _run(probe)


def select_one(database_url: str) -> None:
    """Connect to PostgreSQL and run a query."""

    scheme, _, rest = database_url.partition("://")

    async def probe() -> None:
        # An address may name a driver, as SQLAlchemy's do: postgresql+asyncpg://
        connection = await asyncpg.connect(f"{scheme.split('+')[0]}://{rest}", timeout=PROBE_SECONDS)
        try:
            await connection.fetchval("select 1", timeout=PROBE_SECONDS)
        finally:
            connection.terminate()

    _run(probe)


def get(url: str) -> None:
    """GET; anything but a 2xx raises. Never goes through a proxy: what we ask is on this machine."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PROBE_SECONDS)
    try:
        connection.request("GET", parts.path or "/")
        answer = connection.getresponse()
        body = answer.read(500)
    finally:
        connection.close()
    if answer.status // 100 != 2:
        said = body.decode(errors="replace")
        raise http.client.HTTPException(f"{url} answered {answer.status}: {said}")


def _run(probe: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """In a thread, because the caller's may already run an event loop."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(probe())).result()
