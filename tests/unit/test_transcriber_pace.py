"""How fast units are transcribed and models are loaded, as a scrape tells it."""

from typing import Any, cast

import pytest
from structlog.testing import capture_logs
from uuid_utils.compat import uuid7

from scribeline.contracts import routes
from scribeline.contracts.codes import Code
from scribeline.contracts.envelope import Envelope
from scribeline.contracts.failures import Fail
from scribeline.contracts.unit import Outcome
from tests.support.births import chunk, handed_back, short
from tests.support.engines import FakeEngine
from tests.support.scrapes import sample
from transcriber.engine import Engines
from transcriber.pace import paced

QUEUE = routes.CHUNKS_QUEUE
JOB = uuid7()


async def transcribed(result: Envelope, **changes: Any) -> None:
    outcome = cast(Outcome, result.data.model_copy(update=changes))

    async def handle() -> Outcome:
        return outcome

    assert await paced(QUEUE, handle)() is outcome


def measured() -> tuple[float, float, float]:
    names = ("transcribed_audio_seconds_total", "transcription_seconds_total", "real_time_factor_sum")
    audio, took, factor = (sample(f'scribeline_{name}{{queue="{QUEUE}"}}') for name in names)
    return audio, took, factor


@pytest.mark.parametrize(
    ("result", "changes", "audio", "factor"),
    [
        (chunk(JOB, 0, "a"), {}, 30.0, 0.2),
        (short(JOB, "a"), {}, 3.0, 2.0),
        (short(JOB, "a"), {"channels": 2}, 6.0, 1.0),  # each of them was listened to
        (handed_back(JOB), {}, 0.0, 0.0),  # nothing was transcribed: no time for it either
    ],
)
async def test_audio_and_the_time_it_took_count_for_the_queue(
    result: Envelope, changes: dict[str, Any], audio: float, factor: float
) -> None:
    before = measured()
    await transcribed(result, processing_seconds=6.0, **changes)
    now = [after - earlier for after, earlier in zip(measured(), before, strict=True)]
    assert now == pytest.approx([audio, 6.0 if audio else 0.0, factor])


def test_models_are_counted_as_they_are_loaded_and_as_they_cannot_be() -> None:
    def load(name: str) -> FakeEngine:
        if name == "gone":
            raise Fail(Code.MODEL_UNAVAILABLE) from RuntimeError("weights are damaged")
        return FakeEngine()

    loads = 'scribeline_model_loads_total{outcome="%s"}'
    before = sample(loads % "loaded"), sample(loads % "failed"), sample("scribeline_model_load_seconds_count")
    engines = Engines(load, default="base", keep=2)
    engines.get("base")
    engines.get("base")
    with capture_logs() as logs, pytest.raises(Fail):
        engines.get("gone")

    assert [(each["model"], each["reason"]) for each in logs] == [
        ("gone", "RuntimeError('weights are damaged')")
    ]
    assert sample(loads % "loaded") == before[0] + 1
    assert sample(loads % "failed") == before[1] + 1
    assert sample("scribeline_model_load_seconds_count") == before[2] + 1
    assert engines.alive == 1
