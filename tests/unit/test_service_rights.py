"""Who may do what on the broker, as the broker will read it: a pattern that is found in a name."""

import re

import pytest

from scribeline.contracts import routes
from scribeline.contracts.routes import CONSUMED
from scribeline.messaging.service_rights import (
    DEFAULT_EXCHANGE,
    SERVICES,
    management,
    permission,
    visible,
)
from scribeline.messaging.subscriber_rights import Place
from scribeline.messaging.topology import dead_queue, topology

TABLE = topology("live.")


def names(prefix: str) -> list[str]:
    table = topology(prefix)
    return [exchange.name for exchange in table.exchanges] + [queue.name for queue in table.queues]


NAMES = names("live.")


def may(service: str, what: str, name: str) -> bool:
    return re.search(permission(SERVICES[service], TABLE)[what], name) is not None


def who_may(what: str, short: str) -> set[str]:
    return {service for service in SERVICES if may(service, what, TABLE.name(short))}


@pytest.mark.parametrize("service", SERVICES)
def test_nobody_may_make_or_delete_what_lasts(service: str) -> None:
    assert not [name for name in NAMES if may(service, "configure", name)]


@pytest.mark.parametrize("queue", CONSUMED)
def test_each_queue_is_read_by_the_one_service_that_consumes_it(queue: str) -> None:
    assert who_may("read", queue) == {_consumer(queue)}


def _consumer(queue: str) -> str:
    return next(service for service in sorted(SERVICES, reverse=True) if queue.startswith(service))


@pytest.mark.parametrize("queue", CONSUMED)
def test_dead_letters_are_read_by_the_gateway_for_its_operators(queue: str) -> None:
    assert who_may("read", dead_queue(queue)) == {"gateway"}


def test_only_those_who_store_may_announce_and_only_the_notifier_tells_others() -> None:
    assert who_may("write", routes.EVENTS) == {"gateway", "result-writer"}
    assert who_may("write", routes.PUBLIC) == {"notifier"}


def test_workers_cannot_reach_a_queue_by_its_name() -> None:
    reach = {service for service in SERVICES if may(service, "write", DEFAULT_EXCHANGE)}
    assert reach == {"gateway", "result-writer", "notifier"}


def test_one_installation_has_no_right_in_another_on_the_same_virtual_host() -> None:
    for service in SERVICES:
        for other in (*names(""), *names("live-2.")):
            assert not may(service, "read", other)
            assert not may(service, "write", other)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_asks_for_what_it_uses_and_for_nothing_that_it_has_no_right_to(service: str) -> None:
    rights = SERVICES[service]
    asked = visible(service, TABLE)
    found = [each.name for each in asked.exchanges] + [each.name for each in asked.queues]
    uses = {TABLE.name(name) for name in (*rights.consumes, *rights.publishes) if name != DEFAULT_EXCHANGE}
    assert uses <= set(found)
    assert all(may(service, "read", name) or may(service, "write", name) for name in found)


def test_the_gateway_is_told_how_long_every_queue_is() -> None:
    told = {queue.name for queue in visible("gateway", TABLE).queues}
    assert {TABLE.name(name) for queue in CONSUMED for name in (queue, dead_queue(queue))} <= told


def test_the_gateway_hears_events_in_a_queue_of_its_own_and_keeps_no_other() -> None:
    assert may("gateway", "configure", "amq.gen-aBc")
    assert may("gateway", "read", TABLE.name(routes.EVENTS))
    assert not may("transcriber", "configure", "amq.gen-aBc")
    assert not may("gateway", "configure", "notamq.gen-aBc")


def test_the_result_writer_may_make_every_binding_of_the_topology() -> None:
    for binding in TABLE.bindings:
        assert may("result-writer", "read", binding.exchange)
        assert may("result-writer", "write", binding.queue)


def test_who_makes_subscribers_touches_nothing_else() -> None:
    manages = management(TABLE)["gateway"].permission
    theirs = Place("live.", "acme", "crm")
    for what in ("configure", "write", "read"):
        assert re.search(manages[what], theirs.queue)
        assert re.search(manages[what], theirs.log)
    assert [name for name in NAMES if re.search(manages["configure"], name)] == []
    assert [name for name in NAMES if re.search(manages["read"], name)] == [TABLE.name(routes.PUBLIC)]


def test_the_result_writer_sees_in_the_management_api_and_changes_nothing() -> None:
    manages = management(TABLE)["result-writer"]
    assert manages.tag == "monitoring"
    assert not [
        name
        for name in (*NAMES, "")
        for what in manages.permission.values()
        if name and re.search(what, name)
    ]
