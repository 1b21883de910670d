"""What a subscriber's user may do, as the broker reads it: regular expressions over names and keys."""

import re

import pytest

from scribeline.contracts.catalogue import PUBLIC
from scribeline.messaging.subscriber_rights import Place, place_of, types_of

OWN = Place("a.b-", "acme", "billing")
EVERY = Place("a.b-", None, "audit")


def test_a_queues_name_tells_whose_it_is() -> None:
    for place in (OWN, EVERY, Place("", "acme", "billing")):
        assert place_of(place.prefix, place.queue) == place


@pytest.mark.parametrize(
    ("prefix", "queue"),
    [
        ("", "a.scribeline.sub.acme.billing"),
        ("a.", "scribeline.sub.acme.billing"),
        ("a.", "ascribeline.sub.acme.billing"),
        ("", "scribeline.sub.acme.billing.more"),
        ("", "scribeline.sub.acme"),
        ("", "scribeline.sub.acme.billing\n"),
        ("", "scribeline.sub.ACME.billing"),
        ("", "scribeline.sub._none.billing"),
        ("", "scribeline.public.log.acme"),
        ("scribeline.sub.acme.", "scribeline.sub.acme.billing"),
    ],
)
def test_what_is_another_installations_or_no_subscribers_is_none_of_ours(prefix: str, queue: str) -> None:
    assert place_of(prefix, queue) is None


@pytest.mark.parametrize(
    "name",
    [
        "",
        "amq.default",
        "a.b-scribeline.events",
        "a.b-scribeline.events.log",
        "a.b-scribeline.sub.acme.billing2",
        "a.b-scribeline.sub.acme.other",
        "a.b-scribeline.sub.beta.billing",
        "a.b-scribeline.public.log.beta",
        "a.b-scribeline.public.log.acme2",
        "aXb-scribeline.sub.acme.billing",
        "xa.b-scribeline.sub.acme.billing",
        "a.b-scribeline-public",
    ],
)
def test_it_may_neither_read_nor_write_what_is_not_its_own(name: str) -> None:
    for right in ("read", "write"):
        assert not re.search(OWN.permission[right], name)


def test_it_may_read_its_queue_its_log_and_the_exchange_and_write_to_its_queue_alone() -> None:
    own = (OWN.queue, OWN.log, OWN.exchange)
    assert [bool(re.search(OWN.permission["read"], name)) for name in own] == [True, True, True]
    assert [bool(re.search(OWN.permission["write"], name)) for name in own] == [True, False, False]
    for place in (OWN, EVERY):
        assert not any(re.search(place.permission["configure"], name) for name in own)


@pytest.mark.parametrize(
    "key",
    [
        "#",
        "*.*.*",
        "job.#",
        "*.*.beta",
        "#.acme",
        "job.#.acme",
        "*.acme",
        "*.*.acme2",
        "*.*.*.acme",
        "*.*.acme.#",
    ],
)
def test_it_may_bind_no_key_that_reaches_over_its_tenant(key: str) -> None:
    assert not re.search(OWN.topic_permission["read"], key)


def test_it_may_bind_whatever_keeps_to_its_tenant() -> None:
    for key in (*OWN.routing_keys(PUBLIC), *OWN.routing_keys(), "job.*.acme", "*.completed.acme"):
        assert re.search(OWN.topic_permission["read"], key), key
    for key in (*EVERY.routing_keys(PUBLIC), "*.*.*", "job.*.acme", "*.*.a-2"):
        assert re.search(EVERY.topic_permission["read"], key), key
        assert not re.search(EVERY.topic_permission["write"], key)


def test_the_types_that_are_let_through_are_told_from_the_keys() -> None:
    assert types_of(OWN.routing_keys(["job.failed", "job.completed"])) == ["job.completed", "job.failed"]
    assert types_of(EVERY.routing_keys()) == types_of(["*.*.acme", "job.failed.acme"]) == []
    assert types_of(["job.*.acme"]) == ["job.*"]
