"""What a scrape shows."""

import pytest
from prometheus_client import generate_latest

from scribeline.telemetry import metrics
from tests.support.scrapes import sample


def test_a_handler_is_in_flight_only_while_it_runs() -> None:
    with metrics.handling("test.queue"):
        assert sample('scribeline_in_flight{queue="test.queue"}') == 1
    assert sample('scribeline_in_flight{queue="test.queue"}') == 0


def test_a_handler_that_raises_is_timed_and_no_longer_in_flight() -> None:
    with pytest.raises(KeyError), metrics.handling("test.raises"):
        raise KeyError
    assert sample('scribeline_in_flight{queue="test.raises"}') == 0
    assert sample('scribeline_handler_seconds_count{queue="test.raises"}') == 1


def test_build_info_tells_service_and_version() -> None:
    metrics.build_info("testing")
    assert 'scribeline_build_info{service="testing",version="0' in generate_latest().decode()


def test_every_metric_has_our_prefix_a_unit_by_convention_and_few_labels() -> None:
    ours = [m for m in vars(metrics).values() if hasattr(m, "collect") and hasattr(m, "_labelnames")]
    assert len(ours) >= 15
    for metric in ours:
        for family in metric.collect():
            assert family.name.startswith("scribeline_")
            assert not family.name.endswith("_total")  # the client adds it to counters
            assert set(metric._labelnames) <= {"queue", "outcome", "reason", "status", "service"}
