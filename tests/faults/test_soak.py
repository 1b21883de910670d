"""Everything at once, for as long as one likes: uploads of real speech while services are killed.

`make soak` runs 200 jobs (SOAK_JOBS, SOAK_SEED say otherwise) and prints the table of kills; `make test` a
short form of it, in which the broker is restarted in good order: queues that are seconds old when their node
is killed may find no leader again on RabbitMQ 3.10.
"""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from uuid import uuid4

import httpx2
import psutil
import pytest
from aio_pika.exceptions import AMQPError

from scribeline.contracts.failures import DependencyDown
from scribeline.messaging.broker import Broker, declare
from tests.support import stack as stacks
from tests.support.audio import jfk, joined, silence, wav_file
from tests.support.checker import nothing_was_lost
from tests.support.inside import seen_from_within
from tests.support.pipeline import Pipeline
from tests.support.stack import Stack
from tests.support.waiting import eventually

JOBS = int(os.environ.get("SOAK_JOBS", "40"))
FEW_JOBS = 8
SEED = int(os.environ.get("SOAK_SEED", "1"))
SERVICES = ("gateway", "transcriber", "transcriber-2", "result-writer", "analyzer")
SERVERS = ("rabbitmq", "postgres", "objectstore")
LONG_EVERY = 8
"""One job in so many is a recording of several pieces."""
KILL_SECONDS = (2.0, 6.0)
"""Between two kills."""
END_SECONDS = 1800.0

pytestmark = pytest.mark.timeout(END_SECONDS + 600)


Death = tuple[float, str, signal.Signals]
"""When so much of the work is done, that server gets this signal."""


@dataclass
class Kills:
    """What was killed, and when: seconds since the first upload."""

    began: float = field(default_factory=time.monotonic)
    done: list[tuple[float, str]] = field(default_factory=list)

    def kill(self, stack: Stack, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send it the signal, unless it is dead already."""
        try:
            psutil.Process(stack.pids()[name]).send_signal(number)
        except (KeyError, psutil.NoSuchProcess):
            return
        how = "" if number is signal.SIGKILL else f" ({number.name})"
        self.done.append((time.monotonic() - self.began, name + how))

    def table(self) -> str:
        counts = Counter(name for _, name in self.done)
        rows = [f"| {name} | {count} |" for name, count in sorted(counts.items())]
        return "\n".join(["| killed | times |", "|---|---:|", *rows])


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, models_dir: Path) -> Iterator[Stack]:
    started = stacks.start(tmp_path_factory.mktemp("soak") / "state", stacks.many_units(models_dir))
    started.run("scale", "transcriber", "2")
    yield started
    started.run("down")
    assert started.processes() == []


async def test_nothing_is_lost_while_services_die_again_and_again(stack: Stack) -> None:
    await soak(stack, FEW_JOBS, [(1 / 4, "postgres", signal.SIGKILL), (1 / 2, "rabbitmq", signal.SIGTERM)])


@pytest.mark.thorough
async def test_nothing_is_lost_while_everything_dies_again_and_again(stack: Stack) -> None:
    broker = "rabbitmq", signal.SIGKILL
    await soak(stack, JOBS, [(1 / 4, *broker), (1 / 2, "postgres", signal.SIGKILL), (3 / 4, *broker)])


async def soak(stack: Stack, count: int, deaths: Sequence[Death]) -> None:
    random, kills = Random(SEED), Kills()
    async with seen_from_within(stack) as system:
        before = resources(stack)
        killing = asyncio.create_task(kill_at_random(stack, kills, Random(SEED)))
        jobs = [await upload(system.client, recording(random, number)) for number in range(count)]
        await end_of(system, jobs, kills, stack, list(deaths))
        assert not killing.done(), "the killer gave up"
        killing.cancel()
        await eventually(lambda: all_back(system), within=120)
        await nothing_was_lost(system, jobs)
        statuses = Counter([(await system.job(job))["status"] for job in jobs])
        print(f"\n{count} jobs, seed {SEED}: {dict(statuses)}\n{kills.table()}")  # noqa: T201 - what it is for
        print(resources_table(before, resources(stack)))  # noqa: T201 - what it is for
        assert statuses == {"completed": count}
        assert len(set(jobs)) == count
        killed = Counter(name for _, name in kills.done)
        assert {name for name in killed if name.startswith(SERVERS)}, "no server died"
        assert sum(killed[name] for name in SERVICES) >= min(count // 10, 10)


def recording(random: Random, number: int) -> bytes:
    """Real speech: a part of the sample, or a minute and more of it with pauses."""
    speech = jfk()
    if number % LONG_EVERY == LONG_EVERY - 1:
        return wav_file(joined(*[joined(speech, silence(random.uniform(3, 9)))] * random.randint(4, 7)))
    return wav_file(speech[: round(speech.size * random.uniform(0.4, 1.0))])


async def upload(client: httpx2.AsyncClient, audio: bytes) -> str:
    """As a careful client does: again with the same key until it is answered. Returns the job's id."""
    headers = {"Idempotency-Key": str(uuid4())}

    async def sent() -> str | None:
        try:
            answer = await client.post("/v1/jobs", files={"audio": ("a.wav", audio)}, headers=headers)
        except httpx2.TransportError:
            return None
        assert answer.status_code in (202, 429, 503), answer.text
        return str(answer.json()["id"]) if answer.status_code == 202 else None

    id_: str = await eventually(sent, within=120, every=0.3)
    return id_


async def kill_at_random(stack: Stack, kills: Kills, random: Random) -> None:
    while True:
        await asyncio.sleep(random.uniform(*KILL_SECONDS))
        kills.kill(stack, random.choice(SERVICES))


async def end_of(system: Pipeline, jobs: list[str], kills: Kills, stack: Stack, due: list[Death]) -> None:
    """Once all have ended. On the way the servers die."""

    async def all_ended() -> bool:
        shown = [await stacks.job(system.client, job) for job in jobs]
        ended = sum(each.get("status") in ("completed", "failed", "cancelled") for each in shown)
        while due and ended >= due[0][0] * len(jobs):
            kills.kill(stack, *due.pop(0)[1:])
        return ended == len(jobs)

    await eventually(all_ended, within=END_SECONDS, every=1.0)


async def all_back(system: Pipeline) -> bool:
    """Whatever was killed last is there again."""
    try:
        await system.database.ping()
        await system.store.ping()
        await declared(system.broker)
        return (await system.client.get("/readyz")).status_code == 200
    except (DependencyDown, AMQPError, httpx2.TransportError):
        return False


async def declared(broker: Broker) -> None:
    """Every queue has its leader again: after a kill, the stream's takes longest."""
    connection = await broker.connect("soak")
    async with connection:
        await declare(await connection.channel(), broker.topology)


def resources(stack: Stack) -> dict[str, tuple[int, int, int]]:
    """Memory in MB, open files and TCP connections of each process."""
    found = {}
    for name in (*SERVICES, *SERVERS):
        try:
            process = psutil.Process(stack.pids()[name])
            memory, connections = process.memory_info().rss // 2**20, process.net_connections("tcp")
            found[name] = (memory, process.num_fds(), len(connections))
        except (KeyError, psutil.NoSuchProcess):
            continue
    return found


def resources_table(before: Mapping[str, Sequence[int]], after: Mapping[str, Sequence[int]]) -> str:
    head = "| | MB before | after | files before | after | connections before | after |\n|---|" + "---:|" * 6
    rows = [
        f"| {name} | "
        + " | ".join(f"{then} | {now}" for then, now in zip(seen, after[name], strict=True))
        + " |"
        for name, seen in before.items()
        if name in after
    ]
    return "\n".join([head, *rows])
