"""What a scrape shows, and what every metric must tell of itself."""

import re
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from prometheus_client import generate_latest

from scribeline.telemetry import metrics
from scribeline.telemetry.metrics.build import build_info
from scribeline.telemetry.metrics.family import EVERYONE, FAMILIES, Family
from scribeline.telemetry.metrics.messages import consuming, handling
from tests.support.families import import_all
from tests.support.scrapes import sample

import_all()

LABELS = {"queue", "outcome", "reason", "status", "stage", "state", "kind"} | {
    "service", "version", "method", "route"
}  # fmt: skip


def test_a_handler_is_in_flight_only_while_it_runs() -> None:
    with handling("test.queue"):
        assert sample('scribeline_in_flight{queue="test.queue"}') == 1
    assert sample('scribeline_in_flight{queue="test.queue"}') == 0


def test_a_handler_that_raises_is_timed_and_no_longer_in_flight() -> None:
    with pytest.raises(KeyError), handling("test.raises"):
        raise KeyError
    assert sample('scribeline_in_flight{queue="test.raises"}') == 0
    assert sample('scribeline_handler_seconds_count{queue="test.raises"}') == 1


def test_build_info_tells_service_and_version() -> None:
    build_info("testing")
    assert 'scribeline_build_info{service="testing",version="0' in generate_latest().decode()


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_every_metric_has_our_prefix_a_unit_by_convention_and_few_labels(family: Family) -> None:
    assert re.fullmatch("scribeline(_[a-z]+)+", family.name)
    assert family.name.endswith("_total") == (family.kind == "counter")
    assert not re.search(r"(milli|micro|_ms|minutes|_mb|percent)", family.name)  # base units only
    assert set(family.labels) <= LABELS
    assert set(family.services) <= set(EVERYONE)
    assert family.meaning.endswith(".")


def test_what_may_alarm_at_its_first_step_begins_at_zero() -> None:
    scrape = generate_latest().decode().splitlines()
    assert any(row.startswith('scribeline_webhooks_stopped_total{status="paused"}') for row in scrape)
    assert any(
        row.startswith('scribeline_transcribed_audio_seconds_total{queue="transcriber.chunks"}')
        for row in scrape
    )


def test_a_consumer_shows_its_queue_before_the_first_message_and_nobody_elses() -> None:
    assert "test.begins" not in generate_latest().decode()
    consuming("test.begins")
    assert 'scribeline_messages_total{outcome="retry",queue="test.begins"} 0.0' in generate_latest().decode()
    assert 'scribeline_dead_letters_total{queue="test.begins"} 0.0' in generate_latest().decode()


def test_every_metric_is_moved_by_the_code_of_those_who_show_it() -> None:
    """By its name in the code: what is defined and never touched would be a zero that nobody sees through."""
    defined = {id(family.metric): family.name for family in FAMILIES}
    for module in iter_modules(metrics.__path__):
        for name, value in vars(import_module(f"{metrics.__name__}.{module.name}")).items():
            if id(value) in defined and re.search(rf"\b{name}\b(\.|\))", CODE):
                del defined[id(value)]
    assert not defined


ROOT = Path(__file__).parents[2]
CODE = "\n".join(
    file.read_text()
    for folder in ("shared/src", "services")
    for file in sorted(ROOT.joinpath(folder).rglob("*.py"))
)
