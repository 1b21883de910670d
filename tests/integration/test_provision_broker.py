"""What each service's user of the broker is refused, and what is done where it may not declare."""

import pytest
from aio_pika import Message
from aio_pika.abc import AbstractChannel
from aiormq.exceptions import ChannelAccessRefused

from scribeline.contracts import routes
from scribeline.contracts.failures import DependencyDown
from scribeline.messaging.broker import Broker
from scribeline.messaging.management import Management
from scribeline.messaging.management_api import ManagementApi
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.topology import topology
from scribeline.provision import broker as provision_broker
from tests.support.installation import Installation, broker_of
from tests.support.waiting import eventually


async def refused(broker: Broker, *asked: object) -> list[bool]:
    """Whether each was: of a function that is given a channel of its own."""
    connection = await broker.connect("tries")
    answers = []
    async with connection:
        for ask in asked:
            channel = await connection.channel(publisher_confirms=True)
            try:
                await ask(channel)  # type: ignore[operator]
            except ChannelAccessRefused:
                answers.append(True)
            else:
                answers.append(False)
                await channel.close()
    return answers


def publishing(exchange: str, key: str) -> object:
    async def publish(channel: AbstractChannel) -> None:
        target = await channel.get_exchange(exchange, ensure=False)
        await target.publish(Message(b"{}"), key, mandatory=False, timeout=10)

    return publish


def taking(queue: str) -> object:
    async def take(channel: AbstractChannel) -> None:
        await (await channel.get_queue(queue, ensure=False)).get(fail=False)

    return take


def deleting(queue: str) -> object:
    async def delete(channel: AbstractChannel) -> None:
        await channel.queue_delete(queue)

    return delete


def making(queue: str) -> object:
    async def make(channel: AbstractChannel) -> None:
        await channel.declare_queue(queue, durable=True)

    return make


async def test_a_transcriber_cannot_announce_and_reads_nobody_elses_queue(provisioned: Installation) -> None:
    denied = await refused(
        broker_of(provisioned, "transcriber"),
        publishing(routes.EVENTS, "job.completed.acme"),
        publishing(routes.PUBLIC, "job.completed.acme"),
        publishing("", routes.WEBHOOKS_QUEUE),
        taking(routes.RESULTS_QUEUE),
        taking(routes.ANALYZER_QUEUE),
        deleting(routes.SHORT_QUEUE),
        making("a queue of its own"),
    )
    assert denied == [True] * 7
    assert await refused(
        broker_of(provisioned, "transcriber"),
        publishing(routes.RESULTS, "nowhere"),
        taking(routes.SHORT_QUEUE),
    ) == [False, False]


async def test_the_notifier_cannot_answer_for_a_worker_nor_the_writer_speak_to_others(
    provisioned: Installation,
) -> None:
    results = publishing(routes.RESULTS, routes.RESULTS_QUEUE)
    assert await refused(broker_of(provisioned, "notifier"), results) == [True]
    public = publishing(routes.PUBLIC, "job.completed.acme")
    assert await refused(broker_of(provisioned, "result-writer"), public) == [True]
    assert await refused(broker_of(provisioned, "gateway"), deleting(routes.RESULTS_QUEUE)) == [True]


async def test_who_may_not_declare_waits_for_the_topology_and_names_what_is_missing(
    new: Installation,
) -> None:
    await provision_broker.provision(new.settings)
    url = new.settings.amqp_url.get_secret_value()
    elsewhere = Broker(url, topology("later."), heartbeat=10, keeping="check")
    async with Publisher(elsewhere, "early") as publisher:
        with pytest.raises(DependencyDown, match=r"later\.scribeline"):
            await publisher.ping()
        later = new.settings.model_copy(update={"amqp_prefix": "later."})
        await provision_broker.provision(later)
        await publisher.close()
        await eventually(lambda: _pings(publisher))


async def _pings(publisher: Publisher) -> bool:
    try:
        await publisher.ping()
    except DependencyDown:
        return False
    return True


async def test_a_binding_that_was_lost_is_made_again_when_the_result_writer_connects(
    provisioned: Installation,
) -> None:
    api = ManagementApi(
        provisioned.settings.amqp_management_url.get_secret_value(),
        provisioned.settings.amqp_url.get_secret_value(),
    )
    path = ("bindings", api.vhost, "e", routes.EVENTS, "q", routes.WEBHOOKS_QUEUE)
    async with api.open() as calls:
        assert await calls.get(*path)
        await calls.delete(*path, "*.*.*")
        assert not await calls.get(*path)
        checks = broker_of(provisioned, "gateway")
        async with Publisher(checks, "gateway") as publisher:
            await publisher.ping()
        assert not await calls.get(*path), "the gateway may not"
        async with Publisher(broker_of(provisioned, "result-writer"), "result-writer") as publisher:
            await publisher.ping()
        assert await calls.get(*path)


async def test_whoever_watches_the_topology_sees_all_of_it_and_what_was_lost(
    provisioned: Installation,
) -> None:
    """With the user that the result-writer measures with: no right, but a tag that shows."""
    table, amqp_url = topology(), provisioned.settings.amqp_url.get_secret_value()
    watching = Management(provisioned.secret("result-writer", "amqp_management_url"), amqp_url, table)
    assert await watching.differences() == []
    administrator = ManagementApi(provisioned.settings.amqp_management_url.get_secret_value(), amqp_url)
    path = ("bindings", administrator.vhost, "e", routes.EVENTS, "q", routes.WEBHOOKS_QUEUE)
    async with administrator.open() as calls:
        await calls.delete(*path, "*.*.*")
    assert await watching.differences() == [
        f"queue {routes.WEBHOOKS_QUEUE} is not bound to {routes.EVENTS} with '*.*.*'"
    ]

    async def counted() -> bool:  # the node counts every few seconds
        return len(await watching.held()) == len(table.queues)

    await eventually(counted, within=60)
