"""The transcriber as it is run: a process between a real broker and a real object store."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aio_pika.abc import AbstractIncomingMessage
from uuid_utils.compat import uuid7

from scribeline.contracts import routes
from scribeline.contracts.catalogue import TYPE_OF
from scribeline.contracts.codes import Code
from scribeline.contracts.envelope import Envelope, decode, message_id, wrap
from scribeline.contracts.transcription import (
    AudioObject,
    ShortTranscribed,
    TranscribeShort,
    TranscriptionOptions,
)
from scribeline.contracts.unit import Stage, UnitFailed, UnitRef
from scribeline.messaging.broker import Broker
from scribeline.messaging.codec import message
from scribeline.messaging.publisher import Publisher
from scribeline.storage.s3 import S3Store
from tests.support.audio import jfk, png, wav_file
from tests.support.brokers import depth, take_all
from tests.support.servers import Servers
from tests.support.waiting import eventually


@pytest.fixture
def process(broker: Broker, servers: Servers, tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    environment = {
        **os.environ,
        **servers.environment(),
        "SCRIBELINE_AMQP_PREFIX": broker.topology.prefix,
    }
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "transcriber.main"], env=environment, stdout=log, stderr=log
        )
        yield process
        process.kill()
        process.wait()


async def send(publisher: Publisher, store: S3Store, file: bytes) -> Envelope:
    job = uuid7()
    prefix = f"acme/{job}/"
    await store.put(prefix + "source", file)
    command = TranscribeShort(
        unit=UnitRef(job=job, stage=Stage.SHORT),
        source=AudioObject(key=prefix + "source", bytes=len(file)),
        options=TranscriptionOptions(),
        key_prefix=prefix,
    )
    id_ = message_id(job, TYPE_OF[TranscribeShort], unit=command.unit)
    sent = wrap(command, id=id_, job=job, tenant="acme", owner=None, source="test")
    await publisher.publish(routes.JOBS, routes.SHORT_QUEUE, message(sent.encode(), str(id_)))
    return sent


async def test_speech_comes_back_as_words_and_a_picture_as_a_failure(
    process: "subprocess.Popen[bytes]", broker: Broker, publisher: Publisher, store: S3Store
) -> None:
    speech = await send(publisher, store, wav_file(jfk()))
    picture = await send(publisher, store, png())

    async def both_are_answered() -> bool:
        assert process.poll() is None
        return await depth(broker, routes.RESULTS_QUEUE) >= 2

    await eventually(both_are_answered, within=120.0)
    answers = {e.subject: e.data for e in map(_read, await take_all(broker, routes.RESULTS_QUEUE))}
    heard, refused = answers[speech.subject], answers[picture.subject]
    assert isinstance(heard, ShortTranscribed)
    assert "your country" in heard.transcribed.segments[0].text
    assert isinstance(refused, UnitFailed)
    assert refused.error.code is Code.AUDIO_UNREADABLE

    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0


def _read(delivery: AbstractIncomingMessage) -> Envelope:
    return decode(delivery.body)


def test_a_model_that_cannot_be_had_ends_the_process_with_a_sentence(tmp_path: Path) -> None:
    environment = {**os.environ, "SCRIBELINE_MODELS_DIR": str(tmp_path), "SCRIBELINE_DEFAULT_MODEL": "../x"}
    ran = subprocess.run(
        [sys.executable, "-m", "transcriber.main"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (1, "'../x' is not a model name.\n")
