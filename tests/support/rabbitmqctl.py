"""What a broker does by an operator's hand or of its own accord: alarms, policies, timeouts, closing."""

import asyncio
import json
import secrets
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from scribeline.contracts.failures import DependencyDown
from scribeline.messaging.broker import Broker
from scribeline.messaging.publisher import Publisher
from tests.support.servers import Servers
from tests.support.waiting import eventually

DEFAULT_TIMEOUT_MS = 1_800_000
DEFAULT_TICK_MS = 60_000


async def rabbitmqctl(servers: Servers, *arguments: str) -> str:
    """What it printed; it must succeed."""
    return await asyncio.to_thread(_run, servers, arguments)


def _run(servers: Servers, arguments: tuple[str, ...]) -> str:
    assert servers.broker is not None
    program = servers.broker.program
    *within, server = program.argv
    tool = server.replace("rabbitmq-server", "rabbitmqctl")
    node = program.environment["RABBITMQ_NODENAME"]
    done = subprocess.run(
        [*within, tool, "--quiet", "-n", node, *arguments],
        env=dict(program.environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr or done.stdout
    return done.stdout


@dataclass(frozen=True)
class Alarm:
    """While it is on, the broker takes no publishes and confirms none."""

    on: tuple[str, ...]
    off: tuple[str, ...]


MEMORY = Alarm(
    on=("set_vm_memory_high_watermark", "absolute", "1"), off=("set_vm_memory_high_watermark", "0.4")
)
DISK = Alarm(on=("set_disk_free_limit", "900000000000000"), off=("set_disk_free_limit", "50MB"))


@asynccontextmanager
async def under_alarm(servers: Servers, broker: Broker, alarm: Alarm = MEMORY) -> AsyncIterator[None]:
    """While the broker confirms nothing."""
    probe = Publisher(broker, "probe")

    async def silent() -> bool:
        try:
            await probe.ping()
        except DependencyDown:
            return True
        return False

    await rabbitmqctl(servers, *alarm.on)
    try:
        await eventually(silent, within=60)
        yield
    finally:
        await rabbitmqctl(servers, *alarm.off)
        await probe.close()


@asynccontextmanager
async def policy(servers: Servers, queue: str, **definition: str | int) -> AsyncIterator[None]:
    """While an operator's policy holds for a queue (full name)."""
    name = f"test-{secrets.token_hex(4)}"
    pattern = f"^{queue.replace('.', '[.]')}$"
    rules = json.dumps({key.replace("_", "-"): value for key, value in definition.items()})
    await rabbitmqctl(servers, "set_policy", name, pattern, rules, "--apply-to", "queues")
    try:
        yield
    finally:
        await rabbitmqctl(servers, "clear_policy", name)


async def close_connections(servers: Servers, name: str) -> None:
    """The broker closes every connection of that name, as an operator may."""
    listed = await rabbitmqctl(servers, "list_connections", "pid", "client_properties")
    for line in listed.splitlines():
        if f'"{name}"' in line:
            await rabbitmqctl(servers, "close_connection", line.split("\t")[0], "by an operator")


@asynccontextmanager
async def impatient(servers: Servers, seconds: float) -> AsyncIterator[None]:
    """While the broker waits only so long for an ack, on channels opened meanwhile."""
    await _patience(servers, round(seconds * 1000), 1000)
    try:
        yield
    finally:
        await _patience(servers, DEFAULT_TIMEOUT_MS, DEFAULT_TICK_MS)


async def _patience(servers: Servers, timeout_ms: int, tick_ms: int) -> None:
    settings = {"consumer_timeout": timeout_ms, "channel_tick_interval": tick_ms}
    calls = ", ".join(f"application:set_env(rabbit, {name}, {value})" for name, value in settings.items())
    await rabbitmqctl(servers, "eval", f"{calls}.")
