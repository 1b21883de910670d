"""What a service is told of the broker."""

import pytest

from scribeline.messaging.service_rights import SERVICES, visible
from scribeline.messaging.topology import topology

TABLE = topology("a.")


def test_a_service_asks_for_what_it_uses_and_not_for_what_the_broker_would_refuse_to_tell() -> None:
    """Seen on RabbitMQ 4.3: one question too many, and the channel is closed."""
    told = visible("analyzer", TABLE)
    exchanges, queues = ({one.name for one in found} for found in (told.exchanges, told.queues))

    assert {"a.scribeline.results", "a.scribeline.dead"} <= exchanges
    assert "a.analyzer" in queues
    assert exchanges.isdisjoint({"a.scribeline.events", "a.scribeline.public"})
    assert queues.isdisjoint({"a.transcriber.short", "a.result-writer", "a.analyzer.dead"})


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_finds_something_to_ask_for(service: str) -> None:
    told = visible(service, TABLE)
    assert told.exchanges
    assert told.queues
