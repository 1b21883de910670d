"""What a scrape shows after real work: each metric that a job without trouble moves, and no unknown label."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from result_writer.gauges import Gauges
from scribeline.contracts import routes
from scribeline.messaging.broker import Broker
from scribeline.messaging.management import Management
from scribeline.telemetry.metrics.build import build_info
from tests.support.audio import jfk, joined, silence, wav_file
from tests.support.families import Series, moved, shown, undocumented
from tests.support.ollama import FakeOllama
from tests.support.pipeline import Pipeline, pipeline
from tests.support.receivers import Received, Receiver, fine, receiver
from tests.support.roles import as_writer
from tests.support.scrapes import sample
from tests.support.servers import Servers
from tests.support.sites import Page
from tests.support.waiting import eventually

BY_TROUBLE = {
    "scribeline_dead_letters_total": "tests/integration/test_worker.py",
    "scribeline_publish_failures_total": "tests/faults/test_unit_in_hand.py",
    "scribeline_unroutable_total": "tests/integration/test_relay.py",
    "scribeline_outbox_rows": "tests/integration/test_relay.py",
    "scribeline_outbox_oldest_seconds": "tests/integration/test_relay.py",
    "scribeline_llm_truncations_total": "tests/integration/test_analyzer_metrics.py",
    "scribeline_dropped_results_total": "tests/integration/test_result_writer.py",
    "scribeline_lost_units_total": "tests/integration/test_result_writer_recovery.py",
    "scribeline_sweeps_total": "tests/integration/test_result_writer_sweep.py",
    "scribeline_orphans_removed_total": "tests/integration/test_result_writer_sweep.py",
    "scribeline_stale_uploads_aborted_total": "tests/integration/test_gateway_parts.py",
    "scribeline_webhooks_stopped_total": "tests/integration/test_notifier_stops.py",
    "scribeline_units": "tests/integration/test_gauges.py",
    "scribeline_oldest_unit_seconds": "tests/integration/test_gauges.py",
    "scribeline_dead_letters_waiting": "tests/integration/test_gauges.py",
    "scribeline_deliveries_waiting": "tests/integration/test_gauges.py",
    "scribeline_deliveries_oldest_seconds": "tests/integration/test_gauges.py",
}
"""What only trouble moves, or what is back at nothing when all is done; and where a test sees it move."""
BACK_AGAIN = {
    "scribeline_in_flight",
    "scribeline_stream_clients",
    "scribeline_uploads_in_flight",
    "scribeline_webhooks_in_flight",
    "scribeline_models_loaded",  # as many as the test before left in this process
}
"""Up and down within the run, or as before it."""


@pytest.fixture
async def told() -> AsyncIterator[Receiver]:
    """What it is sent counts as under way while it has not answered."""

    def answer(received: Received) -> Page:
        assert sample("scribeline_webhooks_in_flight") >= 1
        return fine(received)

    async with receiver() as there:
        there.answer = answer
        yield there


@pytest.fixture
async def system(
    servers: Servers, broker: Broker, database_url: str, models_dir: Path
) -> AsyncIterator[Pipeline]:
    with FakeOllama() as model:
        async with pipeline(
            servers,
            broker,
            database_url,
            models_dir,
            piece_seconds=15.0,
            analyzer_engine="ollama",
            ollama_url=model.url,
            webhook_hosts_allowed=("127.0.0.1",),
        ) as running:
            yield running


@pytest.fixture
def before() -> Mapping[str, Mapping[Series, float]]:
    return shown()


async def test_two_jobs_move_every_metric_but_those_of_trouble(
    before: Mapping[str, Mapping[Series, float]], system: Pipeline, servers: Servers, told: Receiver
) -> None:
    if not servers.management_url:
        pytest.skip("the given broker has no management API")
    made = await system.client.post("/v1/webhooks", json={"url": told.url(), "types": ["job.completed"]})
    assert made.is_success, made.text

    short = await system.submit(wav_file(jfk()))
    pause = silence(2.0)
    long = await system.submit(wav_file(joined(jfk(), pause, jfk(), pause, jfk())))
    for id_ in (short, long):
        assert (await system.ended(id_))["status"] == "completed"
    await eventually(lambda: len(told.received) >= 2, within=30)

    management = Management(servers.management_url, system.broker.url, system.broker.topology)
    gauges = Gauges(as_writer(system.database), management)

    async def consumed() -> bool:
        await gauges.measure()
        return sample(f'scribeline_queue_consumers{{queue="{routes.SHORT_QUEUE}"}}') == 1

    await eventually(consumed, within=30)
    build_info("gateway")
    changed = moved(before)

    assert shown().keys() - changed.keys() - BACK_AGAIN <= BY_TROUBLE.keys()
    assert not undocumented(
        changed,
        {
            "route": lambda route: route.startswith("/v1/") and short not in route and long not in route,
            "status": lambda status: status in ("200", "201", "202"),
            "version": lambda version: version[0].isdigit(),
        },
    )
    assert sample("scribeline_models_loaded") >= 1
    assert sample(f'scribeline_transcribed_audio_seconds_total{{queue="{routes.SHORT_QUEUE}"}}') >= 11
    assert sample(f'scribeline_transcribed_audio_seconds_total{{queue="{routes.CHUNKS_QUEUE}"}}') >= 30, (
        "without the pauses"
    )


@pytest.mark.parametrize(("name", "test"), BY_TROUBLE.items())
def test_what_only_trouble_moves_is_seen_to_move_by_another_test(name: str, test: str) -> None:
    assert name in Path(__file__).parents[2].joinpath(test).read_text()
