"""The commands of `docs/webhooks.md`, as they stand there, against a whole system; and its tables."""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from notifier.answers import KEPT, READ, READ_SECONDS
from notifier.schedule import Schedule
from scribeline.contracts.api.webhooks import DeliveryStatus
from tests.support.audio import jfk, wav_file
from tests.support.manual import sections, spans
from tests.support.pipeline import Pipeline
from tests.support.receivers import Receiver, receiver
from tests.support.served import served
from tests.support.servers import Servers
from tests.support.waiting import eventually

ROOT = Path(__file__).parents[2]
PAGE = sections("webhooks.md")
HOST = "https://hooks.example.com"
SHELL = "set -euo pipefail\n"
UNITS = {"s": 1, "min": 60, "h": 3600}


@dataclass(frozen=True)
class Reader:
    """Somebody who has a key, a recording, a webhook and a shell."""

    system: Pipeline
    hook: Receiver
    directory: Path
    environment: dict[str, str]

    async def run(self, script: str) -> str:
        """What it prints."""
        ran = await asyncio.create_subprocess_exec(
            *("bash", "-c", SHELL + script.replace(HOST, self.hook.url(""))),
            cwd=self.directory,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said = (await ran.communicate())[0].decode()
        assert ran.returncode == 0, f"{script}\n{said}"
        return said

    async def ask(self, method: str, path: str, **body: Any) -> Any:
        answer = await self.system.client.request(method, path, json=body or None)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


@pytest.fixture(scope="module")
async def system(
    servers: Servers, template_database: str, models_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Pipeline]:
    """One for the whole page."""
    logs = tmp_path_factory.mktemp("webhooks")
    settings = {"webhook_hosts_allowed": ("127.0.0.1",)}
    async with served(servers, template_database, models_dir, logs, **settings) as running:
        yield running


@pytest.fixture(scope="module")
async def job(system: Pipeline) -> str:
    return await system.submit(wav_file(jfk()), analyze="false")


@pytest.fixture
async def reader(system: Pipeline, job: str, tmp_path: Path) -> AsyncIterator[Reader]:
    audio = wav_file(jfk())
    (tmp_path / "talk.mp3").write_bytes(audio)
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "curl").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.support.curl "$@"\n')
    (bin_ / "curl").chmod(0o755)
    async with receiver() as hook:
        reader = Reader(system, hook, tmp_path, _environment(system, bin_))
        made = await reader.ask("POST", "/v1/webhooks", url=hook.url())
        sent = await reader.ask("POST", f"/v1/webhooks/{made['id']}/test")
        reader.environment.update(WEBHOOK=made["id"], DELIVERY=sent["id"], JOB=job)
        await eventually(lambda: hook.received)
        yield reader
        for each in (await reader.ask("GET", "/v1/webhooks"))["webhooks"]:
            await reader.ask("DELETE", f"/v1/webhooks/{each['id']}")


def _environment(system: Pipeline, bin_: Path) -> dict[str, str]:
    key = system.client.headers["authorization"].removeprefix("Bearer ")
    url = str(system.client.base_url).rstrip("/")
    return {
        **os.environ,
        "PATH": f"{bin_}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}",
        "URL": url,
        "KEY": key,
        "SCRIBELINE_URL": url,
        "SCRIBELINE_API_KEY": key,
    }


@pytest.mark.parametrize("kind", ["sh", "sh cli"])
@pytest.mark.parametrize("title", [title for title, section in PAGE.items() if section.blocks("sh")])
async def test_the_commands_of_the_page_do_as_it_says(reader: Reader, title: str, kind: str) -> None:
    blocks = PAGE[title].blocks(kind)
    if blocks:
        await reader.run("\n".join(blocks))


async def test_a_ping_is_in_the_log_with_what_the_receiver_answered(reader: Reader) -> None:
    *_, listed = PAGE["In five minutes"].blocks("sh")
    said = await reader.run(listed.splitlines()[1])
    assert '"webhook.ping"' in said
    assert '"status":204' in said


async def test_the_log_of_a_job_has_what_was_told_of_it(reader: Reader) -> None:
    job = await reader.system.submit(wav_file(jfk()), analyze="false")
    reader.environment["JOB"] = job
    await eventually(lambda: ("job.completed", job) in told(reader.hook))
    asked, _ = PAGE["The log"].blocks("sh")
    [command] = [line for line in asked.splitlines() if "$JOB" in line]
    log = json.loads(await reader.run(command))["deliveries"]
    assert {each["job"] for each in log} == {job}
    assert "job.completed" in {each["type"] for each in log}


def told(hook: Receiver) -> list[tuple[str, str]]:
    """Of each event, its type and its subject."""
    events = [json.loads(each.body) for each in hook.received]
    return [(event["type"], event["subject"]) for event in events]


async def test_a_job_tells_its_own_address_how_it_ended(reader: Reader) -> None:
    said = await reader.run("\n".join(PAGE["For one job only"].blocks("sh")))
    assert "whsec_" in said
    told = await eventually(lambda: [each for each in reader.hook.received if each.path == "/jobs/17"])
    assert b'"job.completed"' in told[0].body


def test_the_schedule_is_the_codes() -> None:
    [rows] = [PAGE["When it does not arrive"].table("try")]
    delays = [0.0 if told == "at once" else _seconds(told) for _, told in rows]
    assert tuple(delays) == Schedule().delays
    assert [number for number, _ in rows] == [str(1 + place) for place in range(len(delays))]


def _seconds(told: str) -> float:
    number, unit = told.split()
    return float(number) * UNITS[unit]


async def test_the_headers_are_those_that_are_sent(reader: Reader) -> None:
    told = [name for header, *_ in PAGE["What is sent"].table("header") for name in spans(header)]
    needed = {"host", "accept-encoding", "connection", "content-length"}
    assert set(told) == set(reader.hook.received[0].headers) - needed


def test_the_states_of_a_delivery_are_all_told() -> None:
    told = [state for cell, *_ in PAGE["The log"].table("`status`") for state in spans(cell)]
    assert told == [str(status) for status in DeliveryStatus]


def test_what_is_read_of_an_answer_is_told() -> None:
    bounds = PAGE["What you can rely on"].text
    assert f"for {READ_SECONDS:g} s and {READ // 1024} KiB" in re.sub(r"\s+", " ", bounds)
    assert f"({KEPT // 1024} KiB)" in PAGE["The log"].text
