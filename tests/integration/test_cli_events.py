"""`scribeline events`: the log of all events as an operator sees it, and again for who missed something."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from scribeline.contracts import routes
from scribeline.contracts.envelope import Envelope, message_id, wrap
from scribeline.contracts.job import JobProgressed, JobStatus
from scribeline.messaging.broker import Broker
from scribeline.messaging.publisher import Publisher
from scribeline_cli.event_log import PREFETCH
from scribeline_cli.exits import Exit
from tests.support.brokers import stands, take_all
from tests.support.rabbitmqctl import rabbitmqctl
from tests.support.servers import Servers
from tests.support.subscribed import (
    Subscribed,
    announce,
    event,
    never_pausing,
    several,
    subscribed,
    waiting,
)
from tests.support.waiting import eventually

NOW = datetime.now(UTC)
HOURS = timedelta(hours=1)
Run = Callable[..., Coroutine[Any, Any, tuple[int, str, str]]]
TAIL = "subscriber "
COMMAND = ("-W", "error", "-c", "from scribeline_cli.main import app; app()", "events")


@pytest.fixture
async def me(servers: Servers, broker: Broker) -> AsyncIterator[Subscribed]:
    async with subscribed(servers, broker) as made:
        yield made


@pytest.fixture
def run(servers: Servers, broker: Broker, tmp_path: Path) -> Run:
    """The command line as a process; its exit code, what it printed, and what else it said."""
    given = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SCRIBELINE_")},
        "SCRIBELINE_AMQP_URL": servers.amqp_url,
        "SCRIBELINE_AMQP_PREFIX": broker.topology.prefix,
    }

    async def invoke(*arguments: str, **environment: str) -> tuple[int, str, str]:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *COMMAND,
            *arguments,
            cwd=tmp_path,
            env={**given, **environment},
            stdout=pipe,
            stderr=pipe,
        )
        out, err = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()

    return invoke


async def in_log(publisher: Publisher, *events: Envelope) -> None:
    await announce(publisher, *events, exchange=routes.EVENTS)


def progressed() -> Envelope:
    """What only gateways want to hear."""
    data = JobProgressed(job=uuid4(), status=JobStatus.TRANSCRIBING, run=1, progress=3, stages=())
    return wrap(
        data,
        id=message_id(data.job, "progress"),
        job=data.job,
        tenant="acme",
        owner=None,
        source="result-writer",
    )


async def test_the_log_is_printed_to_its_end(publisher: Publisher, run: Run) -> None:
    sent = [event(1), event(2, tenant="other"), progressed(), event(3, failed=True)]
    await in_log(publisher, *sent)
    code, out, err = await run("tail", "--no-follow")
    assert (code, err) == (Exit.OK, "")
    assert [line.split("\t") for line in out.splitlines()] == [
        [each.time.isoformat(), each.type, str(each.subject), each.tenant, str(each.id)]
        for each in sent
        if each.type.count(".") == 1
    ]


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        (("--since", "90m"), [2, 3, 4]),
        (("--since", "90m", "--tenant", "acme"), [2, 4]),
        (("--type", "job.failed"), [4]),
        (("--type", "job.failed", "--type", "job.accepted", "--limit", "2"), [1, 2]),
        (("--tenant", "nobody"), []),
    ],
)
async def test_what_is_wanted_is_printed(
    publisher: Publisher, run: Run, asked: tuple[str, ...], numbers: list[int]
) -> None:
    sent = [
        event(1, time=NOW - 2 * HOURS),
        event(2, time=NOW - HOURS),
        event(3, tenant="other"),
        event(4, failed=True),
    ]
    await in_log(publisher, *sent)
    code, out, _ = await run("tail", "--no-follow", "--json", *asked)
    assert code == Exit.OK
    assert [json.loads(line)["data"]["sequence"] for line in out.splitlines()] == numbers


async def test_what_comes_later_is_printed_as_it_comes(publisher: Publisher, run: Run) -> None:
    await in_log(publisher, event(1))
    following = asyncio.create_task(run("tail", "--since", "1h", "--limit", "3", "--json"))
    await in_log(publisher, event(2))
    await in_log(publisher, event(3))
    code, out, _ = await following
    assert code == Exit.OK
    assert [json.loads(line)["data"]["sequence"] for line in out.splitlines()] == [1, 2, 3]


async def test_ctrl_c_ends_it_without_a_word(
    servers: Servers, broker: Broker, publisher: Publisher, tmp_path: Path
) -> None:
    await in_log(publisher, event())
    given = {**os.environ, "SCRIBELINE_AMQP_URL": servers.amqp_url}
    pipe = asyncio.subprocess.PIPE
    arguments = ("tail", "--since", "1h", "--amqp-prefix", broker.topology.prefix)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *COMMAND,
        *arguments,
        cwd=tmp_path,
        env=given,
        stdout=pipe,
        stderr=pipe,
        # a shell starts what it runs in the background, such as this suite, deaf to it
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 60)
    process.send_signal(signal.SIGINT)
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert (process.returncode, out, err) == (Exit.INTERRUPTED, b"", b"")


async def test_a_broker_that_goes_away_is_waited_for(
    servers: Servers, broker: Broker, publisher: Publisher, run: Run
) -> None:
    """What was printed is not printed again."""
    await in_log(publisher, event(1))
    following = asyncio.create_task(run("tail", "--since", "1h", "--limit", "2", "--json"))
    await eventually(lambda: connected(servers, TAIL))
    await rabbitmqctl(servers, "close_all_connections", "a test")
    await eventually(lambda: stands(broker))
    await in_log(publisher, event(2))
    code, out, err = await following
    assert code == Exit.OK
    assert [json.loads(line)["data"]["sequence"] for line in out.splitlines()] == [1, 2]
    assert "The broker is away" in err


async def test_the_log_has_an_end_though_announcing_has_none(
    publisher: Publisher, me: Subscribed, run: Run
) -> None:
    """Up to now is what was there when it began."""
    await in_log(publisher, *several(3))
    async with never_pausing(publisher, routes.EVENTS) as more:
        await eventually(lambda: len(more) > 5)
        code, out, _ = await run("tail", "--no-follow")
        assert (code, len(out.splitlines()) >= 8) == (Exit.OK, True)
        code, _, err = await run("replay", "--to-queue", me.queue, "--since", "1h")
        assert (code, f"are put into {me.queue}" in err) == (Exit.OK, True)


async def test_what_is_announced_while_the_broker_is_away_is_printed_though_nothing_came_before(
    servers: Servers, broker: Broker, publisher: Publisher, tmp_path: Path
) -> None:
    """It sleeps while its connection is lost."""
    await in_log(publisher, event(1))
    given = {**os.environ, "SCRIBELINE_AMQP_URL": servers.amqp_url}
    arguments = ("tail", "--limit", "1", "--json", "--amqp-prefix", broker.topology.prefix)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, *COMMAND, *arguments, cwd=tmp_path, env=given, stdout=pipe, stderr=pipe
    )
    try:
        await eventually(lambda: follows(servers))
        process.send_signal(signal.SIGSTOP)
        await rabbitmqctl(servers, "close_all_connections", "a test")
        await eventually(lambda: stands(broker))
        await in_log(publisher, event(2))
        process.send_signal(signal.SIGCONT)
        out, err = await asyncio.wait_for(process.communicate(), 60)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
    assert (process.returncode, json.loads(out)["data"]["sequence"]) == (Exit.OK, 2)
    assert b"The broker is away" in err


async def follows(servers: Servers) -> bool:
    """By now it is not looking for the end of the log any more."""
    listed = await rabbitmqctl(servers, "list_channels", "prefetch_count", "consumer_count")
    return f"{PREFETCH}\t1" in listed


async def connected(servers: Servers, name: str) -> bool:
    listed = await rabbitmqctl(servers, "list_connections", "client_properties")
    return name in listed


async def test_events_are_put_into_a_subscriber_s_queue_again_as_they_were(
    broker: Broker, publisher: Publisher, me: Subscribed, run: Run
) -> None:
    """A hundred are one bundle."""
    old = event(1, time=NOW - 2 * HOURS)
    mine, foreign = several(230), event(tenant="other")
    await in_log(publisher, old, progressed(), *mine, foreign)
    again = ("replay", "--to-queue", me.queue, "--since", "1h")

    code, out, err = await run(*again, "--dry-run")
    assert (code, out, await waiting(broker, me.queue)) == (Exit.OK, "", 0)
    assert err.endswith(f"230 events of acme would be put into {me.queue}, in full.\n")

    code, _, err = await run(*again)
    assert code == Exit.OK
    assert err.endswith(f"230 job.accepted\n230 events of acme are put into {me.queue}, in full.\n")
    taken = await take_all(broker, me.queue.removeprefix(broker.topology.prefix))
    assert [(each.body, each.message_id) for each in taken] == [
        (each.encode(), str(each.id)) for each in mine
    ]
    assert {each.content_type for each in taken} == {"application/cloudevents+json"}


@asynccontextmanager
async def server(told: dict[str, Any]) -> AsyncIterator[str]:
    """Answers everything with that; its address."""
    body = json.dumps(told).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n".encode()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


async def test_a_subscriber_is_given_its_own_types_and_no_more_than_its_queue_holds(
    broker: Broker, publisher: Publisher, me: Subscribed, run: Run
) -> None:
    """What would push out the oldest is not put there: it goes on from a time that is told."""
    await in_log(publisher, event(failed=True), *several(120, first=2))
    short = me.queue.rpartition(".")[2]
    told = {"name": short, "queue": me.queue, "types": ["job.accepted"], "max_length": 150}
    again = ("replay", "--to-queue", short, "--since", "1h")
    async with server(told) as url:
        code, _, err = await run(*again, SCRIBELINE_URL=url)
        assert (code, await waiting(broker, me.queue)) == (Exit.OK, 120), err
        code, _, err = await run(*again, "--type", "job.failed", SCRIBELINE_URL=url)
        assert (code, await waiting(broker, me.queue)) == (Exit.OK, 121), err
        code, _, err = await run(*again, SCRIBELINE_URL=url)
    assert (code, await waiting(broker, me.queue)) == (Exit.REFUSED, 121), err
    assert "holds 150 at most: 0 events are put there" in err
    assert "go on with --since 20" in err


async def test_only_what_is_asked_for_is_put_there(
    broker: Broker, publisher: Publisher, me: Subscribed, run: Run
) -> None:
    sent = [
        event(1, time=NOW - 3 * HOURS),
        event(2, time=NOW - 2 * HOURS),
        event(3, failed=True, time=NOW - 2 * HOURS),
        event(4, time=NOW),
    ]
    await in_log(publisher, *sent)
    name = me.queue.rpartition(".")[2]
    asked = ("--since", "150m", "--until", "1h", "--type", "job.accepted")
    code, _, err = await run("replay", "--to-queue", name, "--tenant", "acme", *asked)
    assert code == Exit.OK, err
    taken = await take_all(broker, me.queue.removeprefix(broker.topology.prefix))
    assert [each.message_id for each in taken] == [str(sent[1].id)]


@pytest.mark.parametrize(
    ("asked", "code", "told"),
    [
        (("--to-queue", "{queue}", "--tenant", "other"), Exit.USAGE, "given no events of other"),
        (("--to-queue", "scribeline.sub.acme.nobody"), Exit.NOT_FOUND, "there is no such queue"),
        (("--to-queue", "transcriber.short"), Exit.USAGE, "Scribeline's own"),
        (("--to-queue", "scribeline.events.log"), Exit.USAGE, "Scribeline's own"),
        (("--to-queue", "Wrong name"), Exit.USAGE, "no name of a subscriber"),
        (("--to-queue", "{queue}", "--type", "job.done"), Exit.USAGE, "there is no event"),
    ],
)
async def test_what_cannot_be_meant_is_refused(
    broker: Broker,
    publisher: Publisher,
    me: Subscribed,
    run: Run,
    asked: tuple[str, ...],
    code: Exit,
    told: str,
) -> None:
    await in_log(publisher, event(), event(tenant="other"))
    found, _, err = await run("replay", "--since", "1h", *(each.format(queue=me.queue) for each in asked))
    assert (found, told in " ".join(err.replace("│", " ").split())) == (code, True), err
    assert await waiting(broker, me.queue) == 0


async def test_a_broker_that_cannot_be_used_is_one_sentence(me: Subscribed, run: Run) -> None:
    code, out, err = await run("tail", SCRIBELINE_AMQP_URL="amqp://a:secret@127.0.0.1:9/")
    assert (code, out, err.count("\n")) == (Exit.UNREACHABLE, "", 1)
    code, _, err = await run("tail", "--no-follow", SCRIBELINE_AMQP_URL=me.url)
    assert (code, err.count("\n")) == (Exit.NOT_ALLOWED, 1)
    code, _, err = await run("tail", SCRIBELINE_AMQP_URL=me.url.replace(me.password, "secret"))
    assert (code, err.count("\n"), "secret" in err) == (Exit.NOT_ALLOWED, 1, False)
    code, _, err = await run("tail", SCRIBELINE_AMQP_URL="")
    assert (code, "Where is the broker?" in err) == (Exit.USAGE, True)


async def test_the_local_stack_s_broker_is_found(
    servers: Servers, broker: Broker, publisher: Publisher, run: Run, tmp_path: Path
) -> None:
    await in_log(publisher, event())
    (tmp_path / ".scribeline").mkdir()
    prefix = broker.topology.prefix
    lines = f"export SCRIBELINE_AMQP_URL='{servers.amqp_url}'\nexport SCRIBELINE_AMQP_PREFIX='{prefix}'\n"
    (tmp_path / ".scribeline/env").write_text(lines)
    code, out, _ = await run("tail", "--no-follow", SCRIBELINE_AMQP_URL="", SCRIBELINE_AMQP_PREFIX="")
    assert (code, len(out.splitlines())) == (Exit.OK, 1)
