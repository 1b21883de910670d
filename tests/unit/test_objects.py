"""A streamed upload never leaves anything behind, whatever goes wrong and whenever."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import urllib3
from minio.error import InvalidResponseError, S3Error, ServerError
from urllib3.exceptions import MaxRetryError, ProtocolError

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import DependencyDown, Fail
from scribeline.storage.s3_errors import translated
from scribeline.storage.s3_upload import IN_FLIGHT, S3Upload
from tests.support.waiting import eventually

PART = 10


class SlowWriter:
    """Implements `Writer`: calls wait until a test lets them go on, and fail where it says."""

    def __init__(self, *failing: str) -> None:
        self.failing = failing
        self.gate = threading.Event()
        self.gate.set()
        self.parts: dict[int, bytes] = {}
        self.object: bytes | None = None
        self.aborted = 0
        self.after_abort: list[int] = []
        self.busy = 0
        self.busiest = 0
        self._lock = threading.Lock()

    def _do(self, what: str) -> None:
        if what in self.failing:
            raise DependencyDown("store", what)

    def put(self, data: bytes | memoryview, content_type: str) -> None:
        self.object = bytes(data)
        self._do("put")

    def remove(self) -> None:
        self.object = None

    def begin(self, content_type: str) -> str:
        self._do("begin")
        return "upload-1"

    def put_part(self, upload: str, number: int, data: bytes | memoryview) -> str:
        with self._lock:
            self.busy += 1
            self.busiest = max(self.busiest, self.busy)
        self.gate.wait(10)
        with self._lock:
            self.busy -= 1
        self._do(f"part {number}")
        self.parts[number] = bytes(data)
        if self.aborted:
            self.after_abort.append(number)
        return f'"{number}"'

    def complete(self, upload: str, etags: list[str]) -> None:
        assert etags == [f'"{number}"' for number in sorted(self.parts)]
        self.object = b"".join(self.parts[number] for number in sorted(self.parts))
        self._do("complete")

    def abort(self, upload: str) -> None:
        self._do("abort")
        self.aborted += 1
        self.parts.clear()


@pytest.fixture
def begin() -> Any:
    threads = ThreadPoolExecutor(8)

    def run(work: Callable[..., Any], *arguments: object) -> "asyncio.Future[Any]":
        return asyncio.get_running_loop().run_in_executor(threads, work, *arguments)

    def make(writer: SlowWriter) -> S3Upload:
        return S3Upload("k", "audio/wav", writer=writer, run=run, part_bytes=PART)

    yield make
    threads.shutdown()


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 3 * PART, 57])
@pytest.mark.parametrize("step", [1, 7, 64])
async def test_whatever_is_written_is_what_is_stored(begin: Any, size: int, step: int) -> None:
    writer, data = SlowWriter(), bytes(range(size))
    upload = begin(writer)
    for start in range(0, size, step):
        await upload.write(data[start : start + step])
    info = await upload.complete()
    await upload.abort()
    assert (writer.object, info.bytes, writer.aborted) == (data, size, 0)


async def test_a_slow_store_holds_the_client_back(begin: Any) -> None:
    writer = SlowWriter()
    writer.gate.clear()
    upload = begin(writer)
    writing = asyncio.create_task(upload.write(bytes(10 * PART)))
    await eventually(lambda: writer.busy == IN_FLIGHT)
    assert not writing.done()
    writer.gate.set()
    await writing
    await upload.complete()
    assert writer.busiest == IN_FLIGHT


async def test_an_abort_waits_for_the_parts_that_are_under_way(begin: Any) -> None:
    writer = SlowWriter()
    writer.gate.clear()
    upload = begin(writer)
    await upload.write(bytes(2 * PART))
    await eventually(lambda: writer.busy == 2)
    aborting = asyncio.create_task(upload.abort())
    await asyncio.sleep(0)
    assert writer.aborted == 0
    writer.gate.set()
    await aborting
    assert (writer.aborted, writer.parts, writer.after_abort) == (1, {}, [])


@pytest.mark.parametrize("again", [False, True])
async def test_a_request_that_is_cancelled_still_leaves_nothing(begin: Any, again: bool) -> None:
    writer = SlowWriter()
    writer.gate.clear()
    upload = begin(writer)
    writing = asyncio.create_task(upload.write(bytes(9 * PART)))
    await eventually(lambda: writer.busy == IN_FLIGHT)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    aborting = asyncio.create_task(upload.abort())
    await asyncio.sleep(0)
    if again:
        aborting.cancel()
    writer.gate.set()
    await eventually(lambda: writer.aborted == 1)
    assert (writer.parts, writer.after_abort) == ({}, [])


@pytest.mark.parametrize("failing", ["begin", "part 1", "part 3", "complete", "put"])
async def test_a_store_that_fails_is_told_and_nothing_is_left(begin: Any, failing: str) -> None:
    writer = SlowWriter(failing)
    upload = begin(writer)

    async def whole() -> None:
        await upload.write(bytes(5 if failing == "put" else 4 * PART))
        await upload.complete()

    with pytest.raises(DependencyDown, match="store"):
        await whole()
    await upload.abort()
    assert (writer.object, writer.parts) == (None, {})


async def test_a_store_that_fails_even_to_abort_is_left_to_the_sweep(begin: Any) -> None:
    writer = SlowWriter("part 1", "abort")
    upload = begin(writer)
    await upload.write(bytes(PART))
    await upload.abort()
    assert writer.object is None


def an_s3_error(code: str) -> S3Error:
    return S3Error(urllib3.HTTPResponse(), code, "m", "r", "q", "h")


@pytest.mark.parametrize(
    "error",
    [
        an_s3_error("AccessDenied"),
        an_s3_error("NoSuchBucket"),
        ServerError("503", 503),
        InvalidResponseError(502, "text/html", "<html>"),
        MaxRetryError(urllib3.HTTPConnectionPool("h"), "/", None),
        ProtocolError("cut"),
    ],
)
def test_a_store_in_trouble_is_a_dependency_that_is_down(error: Exception) -> None:
    with pytest.raises(DependencyDown, match="store"), translated():
        raise error


def test_an_object_that_is_gone_is_the_inputs_fault() -> None:
    with pytest.raises(Fail) as failed, translated():
        raise an_s3_error("NoSuchKey")
    assert failed.value.code is Code.AUDIO_MISSING
