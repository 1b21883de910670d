"""Which engine is used, how often it is loaded, and how threads are held."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from scribeline.contracts.transcription import TranscriptionOptions
from tests.support.engines import FakeEngine
from tests.support.waiting import eventually
from transcriber import whisper
from transcriber.engine import Compute, Engines
from transcriber.settings import TranscriberSettings
from transcriber.slots import Slots


def test_a_model_is_loaded_once_however_many_ask_for_it_at_once() -> None:
    loads: list[str] = []

    def load(name: str) -> FakeEngine:
        loads.append(name)
        return FakeEngine()

    engines = Engines(load, default="base", keep=2)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(engines.get, [None, "base"] * 20))
    assert loads == ["base"]
    assert len(set(map(id, found))) == 1


def test_the_least_recently_used_model_makes_room() -> None:
    loads: list[str] = []

    def load(name: str) -> FakeEngine:
        loads.append(name)
        return FakeEngine()

    engines = Engines(load, default="a", keep=2)
    for name in ("a", "b", "a", "c", "a", "b"):
        engines.get(name)
    assert loads == ["a", "b", "c", "b"]


def test_who_wants_a_loaded_model_does_not_wait_while_another_one_is_loaded() -> None:
    loading, go_on = threading.Event(), threading.Event()

    def load(name: str) -> FakeEngine:
        if name == "large-v3":
            loading.set()
            assert go_on.wait(30)
        return FakeEngine()

    engines = Engines(load, default="base", keep=2)
    base = engines.get("base")
    with ThreadPoolExecutor(2) as threads:
        large = threads.submit(engines.get, "large-v3")
        assert loading.wait(30)
        also_base = threads.submit(engines.get, "base")
        try:
            assert also_base.result(30) is base
            assert not large.done()
        finally:
            go_on.set()
        assert large.result(30) is not base


def test_a_model_that_could_not_be_loaded_is_tried_again_and_takes_no_other_ones_place() -> None:
    loads: list[str] = []

    def load(name: str) -> FakeEngine:
        loads.append(name)
        if loads.count("broken") == 1 and name == "broken":
            raise Fail(Code.MODEL_UNAVAILABLE)
        return FakeEngine()

    engines = Engines(load, default="base", keep=1)
    base = engines.get(None)
    with pytest.raises(Fail):
        engines.get("broken")
    assert engines.get(None) is base
    engines.get("broken")
    assert loads == ["base", "broken", "broken"]


def test_a_language_is_refused_before_any_work() -> None:
    engines = Engines(lambda _name: FakeEngine(frozenset({"en"})), default="tiny.en", keep=1)
    with pytest.raises(Fail) as failed:
        engines.for_options(TranscriptionOptions(language="de"))
    assert failed.value.code is Code.LANGUAGE_UNSUPPORTED


@pytest.mark.parametrize("name", ["../secrets", "/etc", "nobody-pulled-this", "a/b", ".."])
def test_a_model_name_is_never_a_path(name: str, tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "models").mkdir()
    with pytest.raises(Fail) as failed:
        whisper.load(name, tmp_path / "models", Compute())
    assert failed.value.code in (Code.MODEL_UNAVAILABLE, Code.INVALID_PARAMETER)


async def test_a_cancelled_caller_comes_back_only_when_its_thread_has_ended() -> None:
    slots, began, go_on = Slots(1, "test"), threading.Event(), threading.Event()

    def work() -> None:
        began.set()
        go_on.wait(30)

    caller = asyncio.create_task(slots.run(work))
    await eventually(began.is_set)
    caller.cancel()
    await asyncio.sleep(0)
    second = asyncio.create_task(slots.run(began.is_set))
    done, _ = await asyncio.wait([caller, second], timeout=0.05)
    assert not done
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert await second
    slots.close()


async def test_what_waits_for_a_slot_is_dropped_when_nobody_waits_for_it() -> None:
    slots, go_on, ran = Slots(1, "test"), threading.Event(), threading.Event()
    first = asyncio.create_task(slots.run(go_on.wait, 30))
    await asyncio.sleep(0)
    waiting = asyncio.create_task(slots.run(ran.set))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    go_on.set()
    assert await first
    assert not await slots.run(ran.is_set)
    slots.close()


def test_lanes_are_given_as_a_list_and_cores_are_shared_by_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRIBELINE_TRANSCRIBER_LANES", "chunks, short")
    monkeypatch.setenv("SCRIBELINE_CHUNK_SLOTS", "2")
    monkeypatch.setattr("os.sched_getaffinity", lambda _pid: set(range(8)))
    settings = TranscriberSettings()
    assert settings.slots == {"chunks": 2, "short": 1}
    assert (settings.compute.threads, settings.compute.slots) == (4, 3)


def test_an_unknown_lane_is_refused_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRIBELINE_TRANSCRIBER_LANES", "chunk")
    with pytest.raises(ValueError, match="transcriber_lanes"):
        TranscriberSettings()
