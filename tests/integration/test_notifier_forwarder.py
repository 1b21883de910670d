"""The forwarder on a real broker: what others hear of an event, and what becomes of what is none."""

import json
from collections.abc import Sequence
from uuid import UUID

from aio_pika import DeliveryMode, Message

from scribeline.contracts import routes
from scribeline.contracts.envelope import Envelope
from scribeline.messaging.broker import Broker
from scribeline.messaging.codec import message
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.topology import dead_queue
from tests.support.brokers import depth, take_all
from tests.support.foreign import announce, event, foreign_queue
from tests.support.forwarding import forwarded, forwarding
from tests.support.golden import example

DEAD = dead_queue(routes.FORWARDER_QUEUE)


async def put(publisher: Publisher, *bodies: bytes) -> None:
    """Straight into the forwarder's queue, by whatever key."""
    for number, body in enumerate(bodies):
        await publisher.publish("", routes.FORWARDER_QUEUE, Message(body, message_id=str(number)))


def from_a_newer_writer(told: Envelope) -> bytes:
    raw = json.loads(told.encode())
    raw["colour"], raw["data"]["mood"] = "green", {"of": "tomorrow"}
    return json.dumps(raw, indent=1).encode()


async def test_others_get_an_event_byte_for_byte_under_its_id_type_and_tenant(
    broker: Broker, publisher: Publisher
) -> None:
    told = event(tenant="acme")
    body = from_a_newer_writer(told)
    async with foreign_queue(broker, "job.*.acme") as theirs, foreign_queue(broker, "*.*.beta") as others:
        async with forwarding(broker):
            await publisher.publish(routes.EVENTS, "job.accepted.acme", message(body, str(told.id)))
            await theirs.take(len)
        assert await others.depth() == 0
    [heard] = theirs.taken
    assert heard.body == body
    assert (heard.message_id, heard.routing_key) == (str(told.id), "job.accepted.acme")
    assert (heard.content_type, heard.delivery_mode) == (
        "application/cloudevents+json",
        DeliveryMode.PERSISTENT,
    )


async def test_in_references_nothing_is_told_of_what_was_said(broker: Broker, publisher: Publisher) -> None:
    told = example("transcript.completed")
    secret = "Shall we ship on Friday?"
    assert secret in told.encode().decode()
    raw = json.loads(told.encode())
    raw["data"]["words_of_tomorrow"] = secret
    async with foreign_queue(broker) as theirs, forwarding(broker, "refs"):
        await publisher.publish(
            routes.EVENTS, "transcript.completed.acme", message(json.dumps(raw).encode(), str(told.id))
        )
        await theirs.take(len)
    [heard] = theirs.taken
    assert secret not in heard.body.decode()
    assert (heard.message_id, json.loads(heard.body)["id"]) == (str(told.id), str(told.id))
    assert json.loads(heard.body)["data"]["href"] == f"/v1/jobs/{told.subject}/transcript"


async def test_the_tenant_of_the_event_decides_who_hears_it_and_not_the_key_that_it_came_with(
    broker: Broker, publisher: Publisher
) -> None:
    async with foreign_queue(broker, "*.*.acme") as acme, foreign_queue(broker, "*.*.beta") as beta:
        async with forwarding(broker):
            told = event(tenant="beta")
            copy = message(told.encode(), str(told.id))
            await publisher.publish(routes.EVENTS, "job.accepted.acme", copy)
            await beta.take(len)
        assert await acme.depth() == 0


async def test_what_is_no_public_event_is_dead_at_once_with_the_reason_and_what_follows_goes_on(
    broker: Broker, publisher: Publisher
) -> None:
    ping, internal = example("webhook.ping"), example("scribeline.internal.job_progressed")
    last = event()
    async with foreign_queue(broker) as theirs, forwarding(broker):
        await put(publisher, b"nonsense", ping.encode(), internal.encode(), last.encode())
        await theirs.take(len)
    assert theirs.ids == [last.id]
    letters = {letter.message_id: letter for letter in await take_all(broker, DEAD)}
    assert set(letters) == {"0", "1", "2"}
    assert all(str(letter.headers["x-reason"]).startswith("unreadable") for letter in letters.values())
    assert "does not belong in this queue" in str(letters["1"].headers["x-reason"])
    assert await depth(broker, routes.DEATHS_QUEUE) == 0  # there is no unit that failed


async def test_with_nobody_listening_events_go_by(broker: Broker, publisher: Publisher) -> None:
    async with forwarding(broker):
        await announce(publisher, *(event() for _ in range(20)))
        await forwarded(broker)
    assert await depth(broker, DEAD) == 0


async def test_what_came_while_no_forwarder_ran_is_heard_later_in_its_order(
    broker: Broker, publisher: Publisher
) -> None:
    told = [event(number) for number in range(1, 151)]
    async with foreign_queue(broker) as theirs:
        await announce(publisher, *told)
        assert await theirs.depth() == 0
        async with forwarding(broker):
            await theirs.take(lambda taken: len(taken) >= len(told))
    assert theirs.ids == ids(told)


async def test_two_forwarders_share_the_queue_and_each_event_comes_once(
    broker: Broker, publisher: Publisher
) -> None:
    told = [event(number) for number in range(1, 101)]
    async with foreign_queue(broker) as theirs, forwarding(broker, size=4), forwarding(broker, size=4):
        await announce(publisher, *told)
        await theirs.take(lambda taken: len(taken) >= len(told))
    assert sorted(theirs.ids) == sorted(ids(told))


async def test_an_event_that_comes_twice_goes_on_twice_with_the_same_id_and_bytes(
    broker: Broker, publisher: Publisher
) -> None:
    told = event()
    async with foreign_queue(broker) as theirs, forwarding(broker):
        await announce(publisher, told, told)
        await theirs.take(lambda taken: len(taken) == 2)
    first, second = theirs.taken
    assert (first.message_id, first.body) == (second.message_id, second.body)


def ids(told: Sequence[Envelope]) -> list[UUID]:
    return [each.id for each in told]
