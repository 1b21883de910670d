"""The examples for those who write a subscriber, as they are, with the rights that a subscriber has."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aio_pika import Message

from scribeline.contracts import routes
from scribeline.messaging.broker import Broker
from scribeline.messaging.publisher import Publisher
from tests.support.golden import example
from tests.support.node import NODE, installed
from tests.support.rabbitmqctl import rabbitmqctl
from tests.support.servers import Servers
from tests.support.subscribed import Subscribed, announce, event, several, subscribed, waiting
from tests.support.waiting import eventually

EXAMPLES = Path(__file__).parents[2] / "examples"
WORD_SECONDS = 40.0


@pytest.fixture
async def me(servers: Servers, broker: Broker) -> AsyncIterator[Subscribed]:
    async with subscribed(servers, broker) as made:
        yield made


@pytest.fixture(scope="module")
async def node(tmp_path_factory: pytest.TempPathFactory) -> Sequence[str]:
    project = await installed(EXAMPLES / "subscriber-node", tmp_path_factory.mktemp("node"))
    return str(NODE), str(project / "index.mjs")


@pytest.fixture(params=["python", "node"])
def command(request: pytest.FixtureRequest) -> Sequence[str]:
    if request.param == "python":
        return sys.executable, "-W", "error", str(EXAMPLES / "subscriber-python/main.py")
    found: Sequence[str] = request.getfixturevalue("node")
    return found


class Running:
    """An example, and what it prints."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def line(self) -> list[str]:
        assert self.process.stdout is not None
        told = await asyncio.wait_for(self.process.stdout.readline(), WORD_SECONDS)
        return told.decode().split(maxsplit=3)


@asynccontextmanager
async def running(command: Sequence[str], url: str, **environment: str) -> AsyncIterator[Running]:
    given: Mapping[str, str] = {**os.environ, "SUBSCRIBER_URL": url, **environment}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, env=given, stdout=pipe, stderr=pipe)
    try:
        yield Running(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_it_prints_what_was_said_and_what_failed(
    broker: Broker, publisher: Publisher, me: Subscribed, command: Sequence[str]
) -> None:
    said, failed = example("transcript.completed"), example("job.failed")
    async with running(command, me.url) as it:
        await announce(publisher, said, failed)
        assert await it.line() == [str(said.id), said.type, str(said.subject), "Shall we ship on Friday?\n"]
        assert await it.line() == [str(failed.id), failed.type, str(failed.subject), "audio_unreadable\n"]
        await eventually(lambda: is_empty(broker, me.queue))


async def is_empty(broker: Broker, queue: str) -> bool:
    return await waiting(broker, queue) == 0


async def test_it_gives_nothing_twice_and_passes_over_what_is_no_event(
    broker: Broker, publisher: Publisher, me: Subscribed, command: Sequence[str]
) -> None:
    one, other = several(2)
    later = str(event().id).encode()
    new = one.encode().replace(b'"job.accepted"', b'"job.admired"').replace(str(one.id).encode(), later)
    async with running(command, me.url) as it:
        await announce(publisher, one, one)
        for body in (b"no JSON", new):
            await publisher.publish(routes.PUBLIC, "job.admired.acme", Message(body))
        await announce(publisher, one, other)
        assert [(await it.line())[1] for _ in range(3)] == ["job.accepted", "job.admired", "job.accepted"]
        await eventually(lambda: is_empty(broker, me.queue))


async def test_it_connects_again_and_misses_nothing(
    servers: Servers, publisher: Publisher, me: Subscribed, command: Sequence[str]
) -> None:
    async with running(command, me.url) as it:
        [first] = await announce(publisher, event())
        assert (await it.line())[0] == str(first)
        await rabbitmqctl(servers, "close_all_user_connections", me.queue, "a test")
        [second] = await announce(publisher, event())
        assert (await it.line())[0] == str(second)


async def test_it_ends_where_it_may_not_come_in(me: Subscribed, command: Sequence[str]) -> None:
    async with running(command, me.url.replace(me.password, "wrong")) as it:
        _, err = await asyncio.wait_for(it.process.communicate(), WORD_SECONDS)
    assert it.process.returncode not in (0, None)
    assert b"refuse" in err.lower()


@asynccontextmanager
async def silent() -> AsyncIterator[tuple[int, asyncio.Event]]:
    """A port that accepts and says nothing, and whether anybody came."""
    came, done = asyncio.Event(), asyncio.Event()

    async def hear(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.set()
        await done.wait()
        writer.close()

    server = await asyncio.start_server(hear, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], came
        done.set()


async def test_in_node_it_ends_when_it_is_told_to_while_it_waits_for_the_broker(node: Sequence[str]) -> None:
    async with silent() as (port, came), running(node, f"amqp://me:x@127.0.0.1:{port}/") as it:
        await asyncio.wait_for(came.wait(), WORD_SECONDS)
        it.process.terminate()
        assert await asyncio.wait_for(it.process.wait(), 5) == 0


async def test_in_node_it_ends_when_it_is_told_to(
    publisher: Publisher, me: Subscribed, node: Sequence[str]
) -> None:
    async with running(node, me.url) as it:
        [only] = await announce(publisher, event())
        assert (await it.line())[0] == str(only)
        it.process.terminate()
        _, err = await asyncio.wait_for(it.process.communicate(), 5)
    assert (it.process.returncode, err) == (0, b"")


async def test_in_node_a_broker_that_says_nothing_is_given_up_and_asked_again(node: Sequence[str]) -> None:
    async with silent() as (port, came), running(node, f"amqp://me:x@127.0.0.1:{port}/"):
        await asyncio.wait_for(came.wait(), WORD_SECONDS)
        came.clear()
        await asyncio.wait_for(came.wait(), WORD_SECONDS)


async def test_in_python_it_reads_back(
    servers: Servers, broker: Broker, publisher: Publisher, me: Subscribed
) -> None:
    [before] = await announce(publisher, event())
    async with subscribed(servers, broker) as late:
        command = sys.executable, "-W", "error", str(EXAMPLES / "subscriber-python/main.py")
        async with running(command, late.url, SINCE_HOURS="1") as it:
            assert (await it.line())[0] == str(before)


def test_the_lock_of_the_example_names_no_registry() -> None:
    lock = json.loads((EXAMPLES / "subscriber-node/package-lock.json").read_text())
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []
    assert "://" not in json.dumps(lock)
