"""The receivers that the manual shows, as programs: they take what is ours, once, and nothing else."""

import asyncio
import hmac
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import time
from uuid import uuid4

import httpx2
import pytest

from deploy.local.ports import free_port
from notifier.outgoing import Outgoing
from notifier.sender import Sender
from scribeline.outbound.resolver import SystemResolver
from scribeline.outbound.rules import Rules
from scribeline.signing import callback_secret
from tests.support.golden import JOB, example
from tests.support.manual import sections
from tests.support.node_receiver import node_command
from tests.support.waiting import eventually

OLD, NEW, OTHER = (callback_secret("a secret of the installation", "acme", number) for number in range(3))
TOKEN = "agreed on once"
RULES = Rules(frozenset({"127.0.0.1"}))
WEBHOOKS, MIGRATING = (
    sections("webhooks.md")["A receiver"],
    sections("migrating.md")["A callback with a token"],
)
EVENT = example("transcript.completed")
NONSENSE = ("x", "v1", "v1,?", "v1,a,b", "v1a,QUJD")


def forged(signature: str) -> dict[str, str]:
    return {"webhook_id": "1", "webhook_timestamp": str(int(time())), "webhook_signature": signature}


@dataclass
class Program:
    url: str
    process: asyncio.subprocess.Process
    log: Path

    @property
    def lines(self) -> list[str]:
        return self.log.read_text().splitlines()

    async def sent(self, *secrets: str, body: bytes = EVENT.encode()) -> int | None:
        """As the notifier sends it; what was answered."""
        send = Sender(RULES, SystemResolver(), 15)
        answer = await send(Outgoing(str(EVENT.id), self.url, body, secrets, EVENT.type))
        return answer.status

    async def posted(self, body: bytes, **headers: str | bytes) -> int:
        async with httpx2.AsyncClient(trust_env=False) as client:
            named = [
                (name.replace("_", "-").encode(), value if isinstance(value, bytes) else value.encode())
                for name, value in headers.items()
            ]
            return (await client.post(self.url, content=body, headers=named)).status_code


@asynccontextmanager
async def running(command: list[str], program: str, directory: Path) -> AsyncIterator[Program]:
    """The program of a page, on a free port, knowing the secret `NEW`."""
    port = free_port()
    assert "8080" in program
    log = directory / "receiver.log"
    environment = {"WEBHOOK_SECRET": NEW, "CALLBACK_TOKEN": TOKEN}
    with log.open("wb") as said:
        process = await asyncio.create_subprocess_exec(
            *command, program.replace("8080", str(port)), env=environment, cwd=directory, stdout=said
        )
    receiver = Program(f"http://127.0.0.1:{port}/hook", process, log)
    try:
        await eventually(lambda: _listens(port))
        yield receiver
    finally:
        process.kill()
        await process.wait()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


@pytest.fixture(params=["python", "js"])
async def receiver(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Program]:
    [program] = WEBHOOKS.blocks(f"{request.param} receiver")
    command = [sys.executable, "-c"]
    if request.param == "js":
        command = await node_command(tmp_path)
    async with running(command, program, tmp_path) as at:
        yield at


async def test_it_takes_what_is_signed_by_its_secret_and_works_once(receiver: Program) -> None:
    assert [await receiver.sent(NEW) for _ in range(3)] == [204, 204, 204]
    assert await receiver.sent(OTHER, NEW) == 204, "while the secret is changed, both sign"
    await eventually(lambda: receiver.lines == [f"transcript.completed {JOB}"])


async def test_it_refuses_what_another_secret_has_signed(receiver: Program) -> None:
    assert await receiver.sent(OTHER) == 401
    assert await receiver.posted(EVENT.encode()) == 401
    for signature in NONSENSE:
        assert await receiver.posted(EVENT.encode(), **forged(signature)) == 401, signature
    assert receiver.lines == []


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[Program]:
    [program] = MIGRATING.blocks("python receiver")
    async with running([sys.executable, "-c"], program, tmp_path) as at:
        yield at


def old_callback(body: bytes) -> str:
    return "sha256=" + hmac.new(TOKEN.encode(), body, "sha256").hexdigest()


async def test_who_moves_here_hears_from_both_sides_in_the_same_words(both: Program) -> None:
    before = json.dumps({"id": str(uuid4()), "text": "Hello.", "error": None}).encode()
    assert await both.posted(before, x_signature=old_callback(before)) == 204
    assert await both.sent(NEW) == 204
    heard = await eventually(lambda: len(both.lines) == 2 and [json.loads(line) for line in both.lines])
    assert heard[0] == json.loads(before)
    assert heard[1] == {"id": str(JOB), "text": "Shall we ship on Friday?", "error": None}


async def test_who_moves_here_hears_of_failures(both: Program) -> None:
    failed = example("job.failed")
    assert await both.sent(NEW, body=failed.encode()) == 204
    await eventually(lambda: both.lines)
    assert json.loads(both.lines[0])["error"]["code"] == "audio_unreadable"


async def test_who_moves_here_is_told_nothing_by_a_stranger(both: Program) -> None:
    body = b'{"id": "1", "text": "No."}'
    assert await both.posted(body) == 401
    assert await both.posted(body, x_signature=old_callback(body + b" ")) == 401
    assert await both.posted(body, x_signature="ä".encode("latin-1")) == 401
    for signature in NONSENSE:
        assert await both.posted(body, **forged(signature)) == 401, signature
    assert await both.posted(b"\xff", **forged("v1,QUJD")) == 401
    assert await both.sent(OTHER) == 401
    assert await both.sent(OLD) == 401
    assert both.lines == []
