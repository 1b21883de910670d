"""What `make up` gives: real processes, real weights, real speech; and what happens when parts of it die."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import psutil
import pytest

from tests.support import stack as stacks
from tests.support.audio import JFK, JFK_TEXT, jfk, joined, silence, wav_file
from tests.support.stack import Stack
from tests.support.waiting import eventually
from tests.support.words import same_words

pytestmark = pytest.mark.timeout(900)

TIMES = 10
PAUSE_SECONDS = 50
"""The sample so often and so far apart makes one piece of each. Twice in one piece, the repetition can send
Whisper into its fallback, which draws words at random."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, models_dir: Path) -> Iterator[Stack]:
    settings = {"SCRIBELINE_MODELS_DIR": str(models_dir), "SCRIBELINE_ANALYZER_ENGINE": "extractive"}
    # Spaces in the path, as a checkout may have.
    started = stacks.start(tmp_path_factory.mktemp("up") / "a state directory", settings)
    yield started
    started.run("down")
    assert started.processes() == []


@pytest.fixture
async def client(stack: Stack) -> AsyncIterator[httpx2.AsyncClient]:
    async with stack.client() as client:
        yield client


def long_recording() -> bytes:
    return wav_file(joined(*[joined(jfk(), silence(PAUSE_SECONDS))] * TIMES))


async def test_the_sample_is_transcribed_word_for_word_and_analyzed(client: httpx2.AsyncClient) -> None:
    id_ = await stacks.submit(client, JFK.read_bytes())

    await stacks.completed(client, id_)

    assert same_words(await stacks.text(client, id_), JFK_TEXT)
    analysis = (await client.get(f"/v1/jobs/{id_}/analysis")).json()
    assert analysis["engine"] == "extractive"


def test_a_second_up_says_so_and_touches_nothing(stack: Stack) -> None:
    before = stack.pids()

    said = stack.run("up")

    assert "up already" in said
    assert stack.pids() == before


def test_scaling_leaves_the_running_instances_alone(stack: Stack) -> None:
    before = stack.pids()

    stack.run("scale", "transcriber", "2")
    scaled = stack.pids()
    stack.run("scale", "transcriber", "1")

    assert scaled.keys() - before.keys() == {"transcriber-2"}
    assert scaled.items() > before.items()
    assert stack.pids() == before
    assert not psutil.pid_exists(scaled["transcriber-2"])


@pytest.mark.parametrize(
    "victim",
    [
        "transcriber",
        "result-writer",
        *(pytest.param(name, marks=pytest.mark.thorough) for name in ("gateway", "analyzer", "notifier")),
    ],
)
async def test_a_service_killed_in_the_middle_comes_back_and_the_job_completes(
    stack: Stack, client: httpx2.AsyncClient, victim: str
) -> None:
    id_ = await stacks.submit(client, long_recording())
    await eventually(lambda: _some_pieces_done(client, id_), within=stacks.JOB_SECONDS)
    killed = stack.pids()[victim]

    psutil.Process(killed).kill()

    shown = await stacks.completed(client, id_)
    assert shown["progress"] == 100
    assert same_words(await stacks.text(client, id_), " ".join([JFK_TEXT] * TIMES))
    await eventually(lambda: _lives_again(stack, victim, killed), within=60)


async def test_servers_that_die_come_back_with_all_they_held(
    stack: Stack, client: httpx2.AsyncClient
) -> None:
    id_ = await stacks.submit(client, long_recording())
    pids = stack.pids()

    for server in ("rabbitmq", "postgres", "objectstore"):
        psutil.Process(pids[server]).kill()

    await stacks.completed(client, id_)
    assert same_words(await stacks.text(client, id_), " ".join([JFK_TEXT] * TIMES))


async def test_down_leaves_no_process_and_the_next_up_finds_the_jobs(stack: Stack) -> None:
    async with stack.client() as client:
        id_ = await stacks.submit(client, JFK.read_bytes())
        await stacks.completed(client, id_)

    stack.run("down")
    left = stack.processes()
    again = stack.run("down")
    stack.run("up")

    assert left == []
    assert "not running" in again
    async with stack.client() as client:
        assert same_words(await stacks.text(client, id_), JFK_TEXT)


async def _some_pieces_done(client: httpx2.AsyncClient, id_: str) -> bool:
    """In the middle: at least one piece is in, and not all."""
    shown = await stacks.job(client, id_)
    assert shown.get("status") not in ("completed", "failed"), "it was over before anything could be killed"
    stages = {stage["name"]: stage for stage in shown.get("stages", [])}
    return bool(stages.get("transcription", {}).get("units_done", 0) >= 2)


def _lives_again(stack: Stack, name: str, killed: int) -> bool:
    pid = stack.pids()[name]
    return pid != killed and psutil.pid_exists(pid)
