"""The client library on everything that is real, over real sockets, and the examples of its manual."""

import asyncio
import os
import re
import secrets
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import aio_pika
import httpx2
import numpy as np
import pytest
from aio_pika.exceptions import AMQPError
from pydantic import SecretStr
from standardwebhooks import Webhook as Standard

from scribeline.client import AsyncScribeline, Event, JobFailed, NotFound, Refused, Scribeline, TimedOut
from scribeline.contracts.job import TranscriptCompleted
from scribeline.messaging.broker import Broker
from scribeline.messaging.topology import topology
from tests.support import databases
from tests.support.audio import JFK_TEXT, jfk, joined, silence, wav_file
from tests.support.brokers import forget
from tests.support.clients import KINDS, each
from tests.support.pipeline import pipeline
from tests.support.processes import Service, beside
from tests.support.receivers import answering, fine, receiver
from tests.support.servers import Servers
from tests.support.subscribed import subscribed
from tests.support.waiting import eventually
from tests.support.words import same_words

MANUAL = Path(__file__).parents[2] / "docs/client.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", MANUAL.read_text(), re.S)
COMMAND = ("-c", "from scribeline_cli.main import app; app()")
TIMES = 12
"""How often each sample is repeated: eleven seconds are then two parts of 5 MiB."""
WHOLE = ["job.accepted", "transcript.completed", "analysis.completed", "job.completed"]


@dataclass
class Place:
    url: str
    key: str
    gateway: Service
    clients: dict[str, Any]
    subscriber: str
    """Where its subscriber takes events from."""

    async def run(self, folder: Path, *arguments: str, ends: int = 0) -> tuple[str, str]:
        """Python, as a user of this place, which ends so; what it prints, and what else it says."""
        own = {"SCRIBELINE_URL": self.url, "SCRIBELINE_API_KEY": self.key, "SUBSCRIBER_URL": self.subscriber}
        given = {**os.environ, **own}
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, cwd=folder, env=given, stdout=pipe, stderr=pipe
        )
        out, err = await process.communicate()
        assert process.returncode == ends, err.decode()
        return out.decode(), err.decode()


@pytest.fixture(scope="module")
async def place(
    servers: Servers, template_database: str, models_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Place]:
    """One for all tests of this file: starting it takes longer than most of them."""
    broker = Broker(servers.amqp_url, topology(f"t{secrets.token_hex(4)}."), heartbeat=10)
    name = f"test_{secrets.token_hex(4)}"
    await databases.create(servers.database_url, name, template=template_database)
    running = pipeline(
        servers,
        broker,
        databases.named(servers.database_url, name),
        models_dir,
        without={"gateway"},
        piece_seconds=15.0,
        shutdown_seconds=1.0,
        amqp_management_url=SecretStr(servers.management_url),
        webhook_hosts_allowed=("127.0.0.1",),
    )
    logs = tmp_path_factory.mktemp("client")
    async with running as system, beside("gateway", system.environment, logs) as gateway:
        await gateway.start()
        await eventually(system.answers)
        key = system.client.headers["authorization"].removeprefix("Bearer ")
        url = str(system.client.base_url)
        with Scribeline(url, key) as blocking:
            async with AsyncScribeline(url, key) as awaited, subscribed(servers, broker) as subscriber:
                clients = dict(zip(KINDS, (blocking, awaited), strict=True))
                yield Place(url, key, gateway, clients, subscriber.url)
    await forget(broker)
    await databases.drop(servers.database_url, name)


def in_thread(kind: str, ask: Callable[[], Any]) -> Any:
    """The services run in this process: the client that blocks must not stop them."""
    return asyncio.to_thread(ask) if kind == "blocking" else ask()


@pytest.mark.parametrize("kind", KINDS)
async def test_from_a_recording_to_its_results(place: Place, kind: str, tmp_path: Path) -> None:
    (tmp_path / "call.wav").write_bytes(wav_file(jfk()))
    jobs = place.clients[kind].jobs
    tag = secrets.token_hex(4)

    made = await in_thread(
        kind, lambda: jobs.create(tmp_path / "call.wav", language="en", tags=[tag], metadata={"case": [7]})
    )
    job = await in_thread(kind, lambda: jobs.wait(made, timeout=120))
    transcript = await in_thread(kind, lambda: jobs.transcript(job))
    captions = await in_thread(kind, lambda: jobs.transcript_as(job, "vtt"))
    analysis = await in_thread(kind, lambda: jobs.analysis(job))
    found = await in_thread(kind, lambda: each_now(kind, jobs.list(tag=tag)))
    said = await in_thread(kind, lambda: place.clients[kind].search('"fellow americans"', tag=[tag]))
    used = await in_thread(kind, place.clients[kind].usage)

    assert (job.status, job.progress, job.metadata) == ("completed", 100, {"case": [7]})
    assert same_words(transcript.text, JFK_TEXT)
    assert captions.startswith("WEBVTT")
    assert analysis.engine == "extractive"
    assert [each_.id for each_ in found] == [hit.job for hit in said.hits] == [job.id]
    assert used.total.audio_seconds >= 11


def each_now(kind: str, items: Any) -> Any:
    return list(items) if kind == "blocking" else each(items)


@pytest.mark.parametrize("kind", KINDS)
async def test_every_run_of_a_job_is_readable(place: Place, kind: str) -> None:
    jobs = place.clients[kind].jobs
    made = await in_thread(kind, lambda: jobs.create(wav_file(jfk()), analyze=False, wait=60))

    await in_thread(kind, lambda: jobs.rerun(made, word_timestamps=True))
    again = await in_thread(kind, lambda: jobs.wait(made))
    runs = await in_thread(kind, lambda: jobs.runs(made))
    before = await in_thread(kind, lambda: jobs.transcript(made, run=1))
    after = await in_thread(kind, lambda: jobs.transcript(made))

    assert again.run == 2
    assert [(run.run, run.status) for run in runs.runs] == [(1, "completed"), (2, "completed")]
    assert before.segments[0].words is None
    assert after.segments[0].words[0].text.strip() == "And"


@pytest.mark.parametrize("kind", KINDS)
async def test_events_are_gone_on_with_in_the_middle(place: Place, kind: str) -> None:
    jobs = place.clients[kind].jobs
    audio = wav_file(joined(*[joined(jfk(), silence(20))] * 2))
    made = await in_thread(kind, lambda: jobs.create(audio))

    whole: list[Event] = await in_thread(kind, lambda: each_now(kind, jobs.events(made)))
    stored = [event for event in whole if event.id]
    assert [e.type for e in stored if not e.type.startswith("analysis.action")] == WHOLE
    assert whole[0].type == "job"
    [said] = [event.data for event in whole if isinstance(event.data, TranscriptCompleted)]
    assert said.text is not None
    assert same_words(said.text, f"{JFK_TEXT} {JFK_TEXT}")

    middle = len(stored) // 2
    rest = await in_thread(kind, lambda: each_now(kind, jobs.events(made, after=stored[middle].id)))
    assert [event for event in rest if event.id] == stored[middle + 1 :]
    last = await in_thread(kind, lambda: each_now(kind, jobs.events(made, after=stored[-1].id)))
    assert last == []


@pytest.mark.parametrize("kind", KINDS)
async def test_one_key_makes_one_job_whoever_asks_again(place: Place, kind: str) -> None:
    key = secrets.token_hex(8)
    audio = wav_file(jfk())
    first = await in_thread(
        kind, lambda: place.clients[kind].jobs.create(audio, idempotency_key=key, wait=0.01)
    )
    again = await in_thread(kind, lambda: place.clients[kind].jobs.create(audio, idempotency_key=key))
    assert first.id == again.id
    with pytest.raises(Refused, match="idempotency_key_reused"):
        await in_thread(kind, lambda: place.clients[kind].jobs.create(audio + b"x", idempotency_key=key))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_recording_in_parts_goes_on_where_it_was(place: Place, kind: str, tmp_path: Path) -> None:
    client = place.clients[kind]
    audio = wav_file(np.repeat(jfk(), TIMES), TIMES * 16_000, channels=2)
    (tmp_path / "call.wav").write_bytes(audio)
    digest = sha256(audio).hexdigest()

    upload = await in_thread(
        kind, lambda: client.uploads.create(len(audio), part_bytes=5 * 2**20, sha256=digest)
    )
    first = upload.missing[0]
    async with httpx2.AsyncClient() as store:
        await store.put(first.url, content=audio[: first.bytes])
    begun = await in_thread(kind, lambda: client.uploads.get(upload))
    sent = await in_thread(kind, lambda: client.uploads.send(upload, tmp_path / "call.wav"))
    made = await in_thread(kind, lambda: client.jobs.create(upload=upload, analyze=False))
    whole = await in_thread(
        kind, lambda: client.jobs.create(tmp_path / "call.wav", parts=True, analyze=False, wait=0.1)
    )

    assert ([part.number for part in begun.stored], begun.missing_parts) == ([1], 1)
    assert ([part.number for part in sent.stored], sent.missing_parts) == ([1, 2], 0)
    job = await in_thread(kind, lambda: client.jobs.wait(made))
    assert (job.bytes, job.sha256) == (len(audio), digest)
    job = await in_thread(kind, lambda: client.jobs.wait(whole))
    assert (job.bytes, job.filename) == (len(audio), "call.wav")
    assert same_words((await in_thread(kind, lambda: client.jobs.transcript(job))).text, JFK_TEXT)


@pytest.mark.parametrize("kind", KINDS)
async def test_what_a_filter_names_is_changed_at_once(place: Place, kind: str) -> None:
    jobs = place.clients[kind].jobs
    tag = secrets.token_hex(4)
    made = [
        (await in_thread(kind, lambda: jobs.create(b"this is no audio", tags=[tag], wait=60))).id
        for _ in range(2)
    ]
    meant = await in_thread(kind, lambda: jobs.bulk("delete", tag=tag, status=["failed"], dry_run=True))
    refused = await in_thread(kind, lambda: jobs.bulk("cancel", tag=tag))
    gone = await in_thread(kind, lambda: jobs.bulk("delete", tag=[tag], metadata={}))

    assert (meant.changed, set(meant.jobs)) == (2, set(made))
    assert (refused.changed, refused.skipped) == (0, {"job_ended": 2})
    assert (gone.changed, gone.next) == (2, None)
    assert await in_thread(kind, lambda: each_now(kind, jobs.list(tag=tag))) == []
    with pytest.raises(Refused, match="say all"):
        await in_thread(kind, lambda: jobs.bulk("delete"))


@pytest.mark.parametrize("kind", KINDS)
async def test_an_operator_makes_and_changes_tenants(place: Place, kind: str) -> None:
    tenants = place.clients[kind].tenants
    name = f"t-{secrets.token_hex(4)}"
    await in_thread(kind, lambda: tenants.create(name, retention_days=30, models_allowed=["tiny.en"]))
    changed = await in_thread(kind, lambda: tenants.change(name, retention_days=None, jobs_in_flight=5))
    listed = await in_thread(kind, tenants.list)
    used = await in_thread(kind, lambda: tenants.usage(name))

    assert (changed.retention_days, changed.models_allowed, changed.jobs_in_flight) == (None, ("tiny.en",), 5)
    assert changed in listed.tenants
    assert changed == await in_thread(kind, lambda: tenants.get(name))
    assert (used.tenant, used.total.jobs, used.limits.jobs_in_flight.left) == (name, 0, 5)


@pytest.mark.parametrize("kind", KINDS)
async def test_webhooks_are_told_and_told_again(place: Place, kind: str) -> None:
    client = place.clients[kind]
    async with receiver() as crm:
        webhook = await in_thread(kind, lambda: client.webhooks.create(crm.url(), types=["job.failed"]))
        job = await in_thread(
            kind, lambda: client.jobs.create(b"no audio", webhook_url=crm.url("/own"), wait=60)
        )
        await eventually(lambda: len(crm.received) == 2)
        own = await in_thread(kind, client.callback_secret.get)
        for sent in crm.received:
            secret = webhook.secret if sent.path == "/hook" else own.secret
            assert Standard(secret).verify(sent.body, sent.headers)["type"] == "job.failed"
        [delivery] = await _ended(kind, client, job=job, webhook=webhook)
        assert (delivery.status, delivery.tries[0].status) == ("delivered", 204)

        await in_thread(kind, lambda: client.deliveries.replay(delivery))
        await eventually(lambda: len(crm.received) == 3)
        await _ended(kind, client, job=job)
        again = await in_thread(kind, lambda: client.webhooks.replay(webhook, job.created_at))
        await eventually(lambda: len(crm.received) == 3 + again.deliveries)
        await in_thread(kind, lambda: client.webhooks.delete(webhook))
    assert again.deliveries == 1
    assert set(crm.ids) == {str(delivery.event)}


async def _ended(kind: str, client: Any, **filters: Any) -> Any:
    """Those deliveries, once none of them is pending."""

    async def found() -> Any:
        all_ = await in_thread(kind, lambda: each_now(kind, client.deliveries.list(**filters)))
        return all_ and all(one.status != "pending" for one in all_) and all_

    return await eventually(found)


async def test_webhooks_from_the_command_line(place: Place, tmp_path: Path) -> None:
    async def run(*arguments: str, ends: int = 0) -> tuple[str, str]:
        return await place.run(tmp_path, *COMMAND, *arguments, ends=ends)

    async with receiver() as crm:
        secret, told = await run("webhooks", "create", crm.url(), "--type", "job.failed")
        [webhook] = re.findall("Webhook (.+): keep its secret", told)
        _, arrived = await run("webhooks", "test", webhook)
        crm.answer = answering("503 Service Unavailable")
        _, failed = await run("webhooks", "test", webhook, ends=1)
        pings, _ = await run("webhooks", "deliveries", webhook)
        [first] = [line.split("\t")[1] for line in pings.splitlines() if "\tdelivered\t" in line]
        crm.answer = fine
        await run("deliveries", "replay", first)
        await eventually(lambda: crm.ids.count(crm.ids[0]) == 2)
        shown, _ = await run("deliveries", "show", first)
        new, _ = await run("webhooks", "rotate", webhook, "--overlap", "1h")
        await run("webhooks", "delete", webhook)
        await run("webhooks", "show", webhook, ends=5)

    ping = crm.received[0]
    assert Standard(secret.strip()).verify(ping.body, ping.headers)["type"] == "webhook.ping"
    assert arrived.startswith("It arrived: answered 204 after ")
    assert "error: It did not arrive: " in failed
    assert "503" in failed
    assert "The answer begins: told\n" in failed
    assert "It is tried again at 20" in failed
    assert "replays       1" in shown.splitlines()
    assert new.startswith("whsec_")
    assert new != secret


async def test_subscribers_from_the_command_line(place: Place, tmp_path: Path) -> None:
    async def run(*arguments: str, ends: int = 0) -> tuple[str, str]:
        return await place.run(tmp_path, *COMMAND, "subscribers", *arguments, ends=ends)

    given = ("--tenant", "acme", "--types", "job.failed,job.completed", "--max-length", "9")
    url, told = await run("create", "crm-2", *given)
    connection = await aio_pika.connect(url.strip())
    await connection.close()
    _, taken = await run("create", "crm-2", *given, ends=8)
    listed, _ = await run("list")
    shown, _ = await run("show", "crm-2")
    new, _ = await run("rotate", "crm-2")
    with pytest.raises(AMQPError):
        await aio_pika.connect(url.strip())
    await (await aio_pika.connect(new.strip())).close()
    await run("remove", "crm-2")
    await run("show", "crm-2", ends=5)

    assert "(subscriber_exists)" in taken
    [line] = [line.split("\t") for line in listed.splitlines() if line.startswith("crm-2\t")]
    assert (line[1], sorted(line[-1].split())) == ("acme", ["job.completed", "job.failed"])
    assert "most messages 9" in shown.splitlines()
    [queue] = re.findall("from the queue (.+)\\.", told)
    assert f"queue         {queue}" in shown.splitlines()


@pytest.mark.parametrize("kind", KINDS)
async def test_how_it_can_end_otherwise(place: Place, kind: str) -> None:
    jobs = place.clients[kind].jobs
    broken = await in_thread(kind, lambda: jobs.create(b"this is no audio", filename="x.mp3"))
    with pytest.raises(JobFailed) as caught:
        await in_thread(kind, lambda: jobs.wait(broken))
    error = caught.value.job.error
    assert error is not None
    assert error.code == "audio_unreadable"

    long = await in_thread(kind, lambda: jobs.create(wav_file(joined(*[jfk()] * 8))))
    with pytest.raises(TimedOut):
        await in_thread(kind, lambda: jobs.wait(long, timeout=0.01))
    await in_thread(kind, lambda: jobs.delete(long))
    with pytest.raises(NotFound):
        await in_thread(kind, lambda: jobs.get(long))


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
async def test_the_examples_of_the_manual_work(place: Place, number: int, tmp_path: Path) -> None:
    (tmp_path / "call.wav").write_bytes(wav_file(jfk()))
    (tmp_path / "example.py").write_text(EXAMPLES[number])
    out, err = await place.run(tmp_path, "-W", "error", "example.py")
    assert (bool(out.strip()), err) == (True, "")


async def test_the_command_line_is_a_client_of_it(place: Place, tmp_path: Path) -> None:
    (tmp_path / "call.wav").write_bytes(wav_file(jfk()))
    command = COMMAND

    id_, _ = await place.run(tmp_path, *command, "submit", "call.wav", "--tag", "cli", "--meta", "a=b")
    said, _ = await place.run(tmp_path, *command, "jobs", "watch", id_.strip(), "--format", "txt")
    listed, _ = await place.run(tmp_path, *command, "jobs", "list", "--tag", "cli")
    found, _ = await place.run(tmp_path, *command, "search", '"fellow americans"', "--tag", "cli")
    used, _ = await place.run(tmp_path, *command, "usage")
    large = ("submit", "call.wav", "--parts", "--tag", "cli", "--tag", "large", "--meta", "a=b", "--words")
    large_id, _ = await place.run(tmp_path, *command, *large)
    by_name = ("delete", "--tag", "large", "--metadata", '{"a": "b"}')
    meant, _ = await place.run(tmp_path, *command, "jobs", *by_name, "--dry-run")
    _, told = await place.run(tmp_path, *command, "jobs", *by_name, "--yes")
    tenants, _ = await place.run(tmp_path, *command, "tenants", "list")

    assert same_words(said, JFK_TEXT)
    assert listed.startswith(id_.strip())
    assert found.startswith(f"{id_.strip()}\t0:00:0")
    assert "fellow Americans" in found
    assert "total\t" in used
    assert (meant, told) == (large_id, "1 job is deleted.\n")
    assert tenants


@pytest.mark.parametrize("kind", KINDS)
async def test_a_gateway_that_is_started_anew_is_waited_for(place: Place, kind: str) -> None:
    client = place.clients[kind]
    made = await in_thread(
        kind, lambda: client.jobs.create(wav_file(joined(*[joined(jfk(), silence(5))] * 6)))
    )
    waiting = asyncio.ensure_future(in_thread(kind, lambda: client.jobs.wait(made)))
    following = asyncio.ensure_future(
        in_thread(kind, lambda: each_now(kind, place.clients[kind].jobs.events(made)))
    )

    await place.gateway.leave()
    await place.gateway.start()

    assert (await waiting).status == "completed"
    stored = [event for event in await following if event.id]
    assert [event.type for event in stored if not event.type.startswith("analysis.action")] == WHOLE
