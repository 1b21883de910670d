"""One job is one trace, from the request that brought it to the webhook that tells of its end."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from scribeline.messaging.broker import Broker
from tests.support.audio import jfk, wav_file
from tests.support.collector import Collector, Mode, Span
from tests.support.pipeline import Pipeline, pipeline
from tests.support.processes import beside
from tests.support.receivers import Receiver, receiver
from tests.support.servers import Servers
from tests.support.waiting import eventually

SERVICES = ("gateway", "transcriber", "analyzer", "result-writer", "notifier")
TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
GIVEN = {"traceparent": f"00-{TRACE}-{CALLER}-01", "tracestate": "vendor=1"}


@pytest.fixture
def told() -> Receiver:
    return Receiver()


@asynccontextmanager
async def running(
    servers: Servers, broker: Broker, database_url: str, models_dir: Path, directory: Path, endpoint: str
) -> AsyncIterator[Pipeline]:
    """Every service is a process of its own, as each exports by itself."""
    async with AsyncExitStack() as stack:
        system = await stack.enter_async_context(
            pipeline(
                servers,
                broker,
                database_url,
                models_dir,
                without=SERVICES,
                webhook_hosts_allowed=("127.0.0.1",),
            )
        )
        environment = {**system.environment, "SCRIBELINE_OTLP_ENDPOINT": endpoint}
        for name in SERVICES:
            service = await stack.enter_async_context(beside(name, environment, directory))
            await service.start()
        await eventually(system.answers, within=60)
        yield system


async def done(system: Pipeline, hook: Receiver) -> None:
    """One job, whose webhook has been called."""
    answer = await system.client.post(
        "/v1/jobs",
        files={"audio": ("a.wav", wav_file(jfk()))},
        data={"webhook_url": hook.url()},
        headers=GIVEN,
    )
    assert answer.status_code == 202, answer.text
    assert (await system.ended(answer.json()["id"]))["status"] == "completed"
    await eventually(lambda: any(b'"type":"job.completed"' in each.body for each in hook.received), within=30)


async def test_one_job_is_one_trace_from_the_request_to_its_webhooks(
    servers: Servers, broker: Broker, database_url: str, models_dir: Path, tmp_path: Path
) -> None:
    with Collector() as collector:
        async with (
            receiver() as hook,
            running(servers, broker, database_url, models_dir, tmp_path, collector.url) as system,
        ):
            await done(system, hook)
        # each has sent what it had before it ended
        spans = collector.of_trace(TRACE)

    assert {span.service for span in spans} == set(SERVICES)
    (request,) = [span for span in spans if span.kind == "server"]
    assert (request.name, request.parent) == ("POST /v1/jobs", CALLER)
    assert request.attributes["http.response.status_code"] == 202
    ids = {span.id for span in spans}
    assert {span.parent for span in spans if span is not request} <= ids, "nobody hangs in the air"
    assert not [span.name for span in spans if span.failed]

    worked = {span.name: span for span in spans if span.kind == "consumer"}
    assert {
        "process transcriber.short",
        "process analyzer",
        "process result-writer",
        "process notifier.webhooks",
        "process notifier.public",
    } == worked.keys()
    assert {span.parent for span in worked.values()} == {request.id}
    result = of(spans, "publish scribeline.results:result-writer", "transcriber")
    assert result.parent == worked["process transcriber.short"].id
    assert result.attributes["messaging.system"] == "rabbitmq"
    assert of(spans, "publish scribeline.jobs:transcriber.short", "gateway").parent == request.id

    tries = {span.id: span for span in spans if span.kind == "client"}
    assert all(span.service == "notifier" for span in tries.values())
    for received in hook.received:
        _, trace, parent, flags = received.headers["traceparent"].split("-")
        assert (trace, flags) == (TRACE, "01")
        assert tries[parent].attributes["messaging.message.id"] == received.id
        assert "tracestate" not in received.headers


def of(spans: list[Span], name: str, service: str) -> Span:
    (found,) = [span for span in spans if (span.name, span.service) == (name, service)]
    return found


@pytest.mark.parametrize("mode", [Mode.REFUSING, Mode.HANGING])
async def test_a_collector_that_takes_nothing_holds_up_neither_jobs_nor_a_stop(
    servers: Servers, broker: Broker, database_url: str, models_dir: Path, tmp_path: Path, mode: Mode
) -> None:
    with Collector(mode) as collector:
        async with (
            receiver() as hook,
            running(servers, broker, database_url, models_dir, tmp_path, collector.url) as system,
        ):
            await done(system, hook)
            await eventually(collector.asked.is_set, within=30)
        # all of them have left by themselves, and well
        assert not collector.closed.is_set()
        assert [each.headers["traceparent"].split("-")[1] for each in hook.received] == [TRACE] * len(
            hook.received
        )
