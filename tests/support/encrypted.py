"""Servers that speak TLS: RabbitMQ by itself, the others behind a proxy that does it for them.

(The PostgreSQL of the tests' wheel is built without it.)
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from ssl import SSLContext
from urllib.parse import urlsplit

from deploy.local import ready
from deploy.local.ports import free_port
from deploy.local.rabbitmq import USER, RabbitMQ
from tests.support.certificates import Authority
from tests.support.excuses import need_rabbitmq
from tests.support.proxy import Proxy, reset, serving
from tests.support.servers import Server

HOST = "localhost"
SSL_REQUEST = bytes.fromhex("0000000804d2162f")
"""https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-SSLREQUEST"""


@dataclass(frozen=True)
class TlsRabbitMQ(RabbitMQ):
    """RabbitMQ and its management API. They listen without TLS, too, for the probe of their start."""

    authority: Authority
    tls_port: int
    tls_management_port: int

    @property
    def amqps_url(self) -> str:
        return f"amqps://{USER}:{self.password}@{HOST}:{self.tls_port}/"

    @property
    def https_url(self) -> str:
        return f"https://{USER}:{self.password}@{HOST}:{self.tls_management_port}"

    def _configuration(self) -> str:
        certificate, key = self.authority.files(HOST)
        files = {"cacertfile": self.authority.ca_file, "certfile": certificate, "keyfile": key}
        return super()._configuration() + "\n".join(
            [
                f"listeners.ssl.1 = 127.0.0.1:{self.tls_port}",
                "management.ssl.ip = 127.0.0.1",
                f"management.ssl.port = {self.tls_management_port}",
                *(f"ssl_options.{name} = {file}" for name, file in files.items()),
                *(f"management.ssl.{name} = {file}" for name, file in files.items()),
                "",
            ]
        )


@contextmanager
def tls_rabbitmq(directory: Path, authority: Authority) -> Iterator[TlsRabbitMQ]:
    """Running."""
    need_rabbitmq(directory / "install.log")
    ports: list[int] = []
    while len(ports) < 7:
        ports.append(free_port(frozenset(ports)))
    password = token_hex(12)
    node = TlsRabbitMQ(
        directory / "rabbitmq",
        password,
        port=ports[0],
        management_port=ports[1],
        distribution_port=ports[2],
        epmd_port=ports[3],
        authority=authority,
        tls_port=ports[4],
        tls_management_port=ports[5],
        prometheus_port=ports[6],
    )
    node.prepare()
    probes = [lambda: ready.connect("127.0.0.1", node.epmd_port), lambda: ready.log_in(node.url)]
    running = [
        Server(program, directory / f"{program.name}.log", probe)
        for program, probe in zip(node.programs(), probes, strict=True)
    ]
    try:
        for server in running:
            server.start()
        yield node
    finally:
        for server in reversed(running):
            server.stop()


class PostgresProxy(Proxy):
    """TLS as PostgreSQL begins it. Whoever does not ask for it is let in nowhere."""

    def __init__(self, host: str, port: int, tls: SSLContext) -> None:
        super().__init__(host, port)
        self._tls = tls

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.read(len(SSL_REQUEST)) != SSL_REQUEST:
            reset(writer)
            return
        writer.write(b"S")
        try:
            await writer.start_tls(self._tls)
        except OSError:  # it does not like our certificate
            return
        await super().serve(reader, writer)


def front(url: str, tls: SSLContext) -> AbstractAsyncContextManager[str]:
    """The server's address behind a proxy that speaks TLS, under the name `localhost`."""
    return _postgres(url, tls) if url.startswith("postgresql:") else _any(url, tls)


@asynccontextmanager
async def _postgres(url: str, tls: SSLContext) -> AsyncIterator[str]:
    host, port = _place(url)
    async with serving(PostgresProxy(host, port, tls)) as proxy:
        yield _moved(url, proxy.port)


@asynccontextmanager
async def _any(url: str, tls: SSLContext) -> AsyncIterator[str]:
    host, port = _place(url)
    async with serving(Proxy(host, port), tls) as proxy:
        scheme, _, rest = _moved(url, proxy.port).partition("://")
        yield f"{scheme}s://{rest}"


def _place(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


def _moved(url: str, port: int) -> str:
    host, there = _place(url)
    return url.replace(f"{host}:{there}", f"{HOST}:{port}")
