"""The real RabbitMQ, PostgreSQL and S3 gateway of one test session, started by the code of `make up`.

Given ones are used instead: SCRIBELINE_TEST_AMQP_URL, SCRIBELINE_TEST_DATABASE_URL and
SCRIBELINE_TEST_S3_ENDPOINT (with .._S3_ACCESS_KEY and .._S3_SECRET_KEY). SCRIBELINE_TEST_BROKER=4.3 starts a
RabbitMQ of that version instead of the machine's (see `broker_trees`). RabbitMQ is installed where we may;
where we may not, its tests are skipped at a desk and fail where CI=true. A server that is installed and does
not start fails them everywhere.
"""

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from deploy.local import ready
from deploy.local.objectstore import ObjectStore
from deploy.local.ports import free_port
from deploy.local.postgres import Postgres
from deploy.local.program import CannotRun, Program
from deploy.local.rabbitmq import RabbitMQ
from tests.support import broker_trees
from tests.support.excuses import need_rabbitmq

START_SECONDS = 90
STOP_SECONDS = 30


class Server:
    """One running server and what a fault test may do to it. Every method returns when it is so."""

    def __init__(self, program: Program, log: Path, probe: Callable[[], object]) -> None:
        self.program = program
        self.log = log
        self._probe = probe
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it answers. A start right after a kill may need several tries."""
        if not self.is_running():
            ready.until(self._probe_started, START_SECONDS)

    def stop(self) -> None:
        """End gracefully, as `make down` does."""
        self._end(getattr(signal, f"SIG{self.program.stop_signal}"))

    def kill(self) -> None:
        """`kill -9` of the server and its children, as a lost machine would."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def freeze(self) -> None:
        """SIGSTOP: connections stay open, nothing answers."""
        self._process_of_ours().send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process_of_ours().send_signal(signal.SIGCONT)
        ready.until(self._probe, START_SECONDS)

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _probe_started(self) -> None:
        if not self.is_running():
            self._spawn()
        self._probe()

    def _spawn(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.program.argv,
                env=dict(self.program.environment),
                cwd=self.program.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _end(self, how: signal.Signals) -> None:
        if not self.is_running():
            return
        process = self._process_of_ours()
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(how)
        process.send_signal(signal.SIGCONT)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(STOP_SECONDS)
        for child in children:
            if child.is_running():
                child.kill()
        psutil.wait_procs(children, STOP_SECONDS)

    def _process_of_ours(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, f"{self.program.name} was never started"
        return self._process


@dataclass
class Servers:
    """Where the three servers are. The handles are None for a server that was given."""

    amqp_url: str
    management_url: str
    """HTTP API of RabbitMQ with user and password; empty where the plugin is not installed."""
    database_url: str
    s3_endpoint: str
    s3_access_key: str
    s3_secret_key: str
    s3_bucket: str
    broker_metrics: str = ""
    """Host and port of RabbitMQ's `/metrics`; empty without its plugin, or where the broker was given."""
    broker: Server | None = None
    database: Server | None = None
    store: Server | None = None
    port_mapper: Server | None = None

    def environment(self) -> dict[str, str]:
        """What a service started as a process needs to find them."""
        return {
            "SCRIBELINE_AMQP_URL": self.amqp_url,
            "SCRIBELINE_DATABASE_URL": self.database_url,
            "SCRIBELINE_S3_ENDPOINT": self.s3_endpoint,
            "SCRIBELINE_S3_ACCESS_KEY": self.s3_access_key,
            "SCRIBELINE_S3_SECRET_KEY": self.s3_secret_key,
            "SCRIBELINE_S3_BUCKET": self.s3_bucket,
        }

    def stop(self) -> None:
        for server in (self.broker, self.port_mapper, self.database, self.store):
            if server is not None:
                server.stop()


def start_servers(directory: Path) -> Servers:
    """Start what is not given, and wait until all of it answers. Raises CannotRun or ready.NotReady."""
    given = os.environ
    servers = Servers(
        amqp_url=given.get("SCRIBELINE_TEST_AMQP_URL", ""),
        management_url=given.get("SCRIBELINE_TEST_AMQP_MANAGEMENT_URL", ""),
        database_url=given.get("SCRIBELINE_TEST_DATABASE_URL", ""),
        s3_endpoint=given.get("SCRIBELINE_TEST_S3_ENDPOINT", ""),
        s3_access_key=given.get("SCRIBELINE_TEST_S3_ACCESS_KEY", ""),
        s3_secret_key=given.get("SCRIBELINE_TEST_S3_SECRET_KEY", ""),
        s3_bucket=given.get("SCRIBELINE_TEST_S3_BUCKET", "scribeline"),
    )
    directory.mkdir(parents=True, exist_ok=True)
    try:
        if not servers.amqp_url:
            _start_broker(servers, directory)
        if not servers.database_url:
            _start_database(servers, directory)
        if not servers.s3_endpoint:
            _start_store(servers, directory)
    except BaseException:
        servers.stop()
        raise
    return servers


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    directory = tmp_path_factory.mktemp("servers")
    try:
        started = start_servers(directory)
    except (CannotRun, ready.NotReady) as error:
        pytest.fail(f"{error}\n{_tails(directory)}".strip(), pytrace=False)
    yield started
    started.stop()
    shutil.rmtree(directory, ignore_errors=True)


def _start_broker(servers: Servers, directory: Path) -> None:
    need_rabbitmq(directory / "install.log")
    port, management, prometheus, distribution, epmd_port = _ports(5)
    node = RabbitMQ(
        directory / "rabbitmq",
        password=secrets.token_hex(12),
        port=port,
        management_port=management,
        prometheus_port=prometheus,
        distribution_port=distribution,
        epmd_port=epmd_port,
    )
    if (version := broker_trees.chosen()) is not None:
        node = broker_trees.TreeRabbitMQ(**vars(node), tree=broker_trees.ensure(version))
    node.prepare()
    epmd, broker = node.programs()
    servers.amqp_url, servers.management_url = node.url, node.management_url
    servers.broker_metrics = node.metrics_address
    servers.port_mapper = Server(
        epmd, directory / "epmd.log", lambda: ready.connect("127.0.0.1", node.epmd_port)
    )
    servers.port_mapper.start()
    servers.broker = Server(broker, directory / "rabbitmq.log", lambda: ready.log_in(node.url))
    servers.broker.start()


def _start_database(servers: Servers, directory: Path) -> None:
    server = Postgres(directory / "postgres", free_port(), secrets.token_hex(12), durable=False)
    server.prepare()
    servers.database_url = server.url
    servers.database = Server(
        server.programs()[0], directory / "postgres.log", lambda: ready.select_one(server.url)
    )
    servers.database.start()


def _start_store(servers: Servers, directory: Path) -> None:
    port, metrics_port = _ports(2)
    store = ObjectStore(
        directory / "objectstore",
        port=port,
        metrics_port=metrics_port,
        access_key=secrets.token_hex(8),
        secret_key=secrets.token_hex(16),
        bucket=servers.s3_bucket,
    )
    store.prepare()
    servers.s3_endpoint = store.endpoint
    servers.s3_access_key, servers.s3_secret_key = store.access_key, store.secret_key
    servers.store = Server(store.programs()[0], directory / "objectstore.log", store.make_bucket)
    servers.store.start()


def _ports(count: int) -> Sequence[int]:
    chosen: list[int] = []
    for _ in range(count):
        chosen.append(free_port(frozenset(chosen)))
    return chosen


def _tails(directory: Path, lines: int = 15) -> str:
    """The last lines of each server's log: why it did not start."""
    return "\n".join(
        f"--- {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
        for log in sorted(directory.glob("*.log"))
    )
