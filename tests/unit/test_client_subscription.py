"""Rules of a subscriber that need no broker."""

import json

import pytest

from scribeline.client.errors import Unreadable
from scribeline.client.patience import FIRST_PAUSE, LONGEST_PAUSE, STEADY, Patience
from scribeline.client.public_event import TYPES, PublicEvent, public_event
from scribeline.client.sources import log_of
from scribeline.client.subscription import subscribe
from scribeline.contracts import routes
from tests.support.golden import EXAMPLES, FOLDER, example, type_of

PUBLISHED = sorted(name for name in EXAMPLES if type_of(name) in TYPES)


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_public_event_that_was_ever_sent_is_read_as_its_class(name: str) -> None:
    told = public_event((FOLDER / f"{name}.json").read_bytes())
    meant = example(name)
    assert isinstance(told.data, TYPES[type_of(name)])
    assert (told.id, told.type, told.subject, told.tenant) == (
        meant.id,
        meant.type,
        meant.subject,
        meant.tenant,
    )
    assert (told.owner, told.traceparent, told.time) == (meant.owner, meant.traceparent, meant.time)


def test_a_word_that_is_new_makes_no_event_unreadable() -> None:
    raw = json.loads(example("job.accepted").encode())
    raw["data"] |= {"status": "admired", "new": 1}
    told = public_event(json.dumps(raw | {"newer": 2}).encode())
    assert isinstance(told.data, TYPES["job.accepted"])
    assert told.data.status == "admired"  # type: ignore[attr-defined]


def test_data_of_another_shape_is_a_dictionary() -> None:
    raw = json.loads(example("job.accepted").encode())
    told: PublicEvent = public_event(json.dumps(raw | {"data": {"odd": True}}).encode())
    assert told.data == {"odd": True}


@pytest.mark.parametrize("missing", ["id", "type", "subject", "time", "tenant", "data"])
def test_what_lacks_a_part_of_every_event_is_unreadable(missing: str) -> None:
    raw = json.loads(example("job.accepted").encode())
    del raw[missing]
    with pytest.raises(Unreadable, match=missing):
        public_event(json.dumps(raw).encode())


@pytest.mark.parametrize(
    ("queue", "log"),
    [
        (routes.subscriber("acme", "crm"), routes.public_log("acme")),
        (f"staging.{routes.subscriber('a-b', 'crm')}", f"staging.{routes.public_log('a-b')}"),
        (routes.subscriber(None, "crm"), routes.public_log(None)),
    ],
)
def test_a_queue_s_name_tells_where_its_tenant_s_log_is(queue: str, log: str) -> None:
    assert log_of(queue) == log


def test_pauses_grow_to_a_bound_and_begin_anew_when_something_came_or_it_held_for_long() -> None:
    now = 0.0
    patience = Patience(lambda: now)
    pauses = [patience.pause() for _ in range(20)]
    assert FIRST_PAUSE / 2 <= pauses[0] <= FIRST_PAUSE
    assert LONGEST_PAUSE / 2 <= pauses[-1] <= LONGEST_PAUSE
    patience.opened()
    assert patience.pause() >= LONGEST_PAUSE / 2
    patience.opened()
    now += STEADY
    assert patience.pause() <= FIRST_PAUSE
    patience.pause()
    patience.over()
    assert patience.pause() <= FIRST_PAUSE


@pytest.mark.parametrize("prefetch", [0, -1, 65_536])
def test_no_other_number_of_events_can_be_on_their_way_than_the_broker_knows(prefetch: int) -> None:
    """0 would be without a bound, and of a stream is refused."""
    with pytest.raises(ValueError, match="`prefetch` is from 1 to 65535"):
        subscribe("amqp://scribeline.sub.acme.crm:x@host/", prefetch=prefetch)


def test_a_type_that_is_not_known_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    subscribe("amqp://scribeline.sub.acme.crm:x@host/", "job.completed", "job.complete")
    assert caplog.messages == [
        "This version of the library knows no event 'job.complete': its data is a dictionary."
    ]
