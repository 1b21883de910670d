"""What is sent of an event, and signed by whose secret."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from standardwebhooks import Webhook, WebhookVerificationError
from uuid_utils.compat import uuid7

from notifier.letter import letter
from notifier.signatures import signed
from scribeline.contracts.envelope import Unreadable, decode
from scribeline.signing import Generations, callback_secret, webhook_secret
from scribeline.storage.claims import Due, Target
from tests.support.golden import example

MASTER = "a secret for tests only"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIRST = Generations(1, 1, None)
HOOK, JOB = UUID(int=7), UUID(int=8)
BODY = example("transcript.completed").encode()


def due(body: bytes = BODY, **given: Any) -> Due:
    fields: dict[str, Any] = {
        "content": "full",
        "job": None,
        "generations": FIRST,
        **given,
    }
    hook = Target(id=HOOK, owner=None, url="https://h.example/x", status="active", **fields)
    return Due(uuid7(), "acme", uuid7(), "transcript.completed", 0, (), NOW, NOW, hook, body)


def test_an_event_is_sent_byte_for_byte_as_it_was_announced() -> None:
    odd = BODY.replace(b'"specversion"', b'  "from_the_future":1, "specversion"')
    what = due(odd)
    sent = letter(what, MASTER, NOW)
    assert (sent.body, sent.id, sent.url, sent.type) == (
        odd, str(what.event), "https://h.example/x", "transcript.completed"
    )  # fmt: skip


def test_refs_tell_nothing_of_what_was_said() -> None:
    full, sent = decode(BODY), decode(letter(due(content="refs"), MASTER, NOW).body)
    assert (sent.id, sent.type, sent.time, sent.subject) == (full.id, full.type, full.time, full.subject)
    assert sent.data.text is None  # type: ignore[attr-defined]  # a transcript.completed
    assert full.data.text  # type: ignore[attr-defined]


def test_what_cannot_be_read_cannot_be_shortened() -> None:
    with pytest.raises(Unreadable):
        letter(due(b"{}", content="refs"), MASTER, NOW)


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("newest", "oldest", "until", "signing"),
    [
        (1, 1, None, [1]),
        (2, 1, None, [2]),
        (2, 1, NOW + timedelta(seconds=1), [2, 1]),
        (2, 1, NOW, [2]),
        (5, 3, NOW + DAY, [5, 4, 3]),
        (1, 1, NOW + DAY, [1]),
    ],
)
def test_the_secrets_before_sign_as_long_as_they_hold(
    newest: int, oldest: int, until: datetime | None, signing: list[int]
) -> None:
    generations = Generations(newest, oldest, until)
    own = letter(due(generations=generations), MASTER, NOW).secrets
    assert own == tuple(webhook_secret(MASTER, HOOK, each) for each in signing)
    of_job = letter(due(generations=generations, job=JOB), MASTER, NOW).secrets
    assert of_job == tuple(callback_secret(MASTER, "acme", each) for each in signing)


def test_who_asks_for_a_new_secret_twice_is_still_understood_by_receivers_that_have_the_first() -> None:
    now = datetime.now(UTC)
    twice = FIRST.rotated(now, DAY).rotated(now, timedelta(minutes=1))
    for job, secret in (
        (None, partial(webhook_secret, MASTER, HOOK)),
        (JOB, partial(callback_secret, MASTER, "acme")),
    ):
        sent = letter(due(generations=twice, job=job), MASTER, now)
        headers = {name.decode(): value.decode() for name, value in signed(sent, now)}
        for generation in (1, 2, 3):
            assert Webhook(secret(generation)).verify(sent.body, headers)["type"] == "transcript.completed"
        with pytest.raises(WebhookVerificationError):
            Webhook(secret(4)).verify(sent.body, headers)


@pytest.mark.parametrize(
    ("before", "overlap", "after"),
    [
        (Generations(1, 1, None), DAY, Generations(2, 1, NOW + DAY)),
        (Generations(2, 1, NOW + DAY), DAY / 2, Generations(3, 1, NOW + DAY)),
        (Generations(2, 1, NOW + DAY), DAY * 2, Generations(3, 1, NOW + DAY * 2)),
        (Generations(3, 1, NOW), DAY, Generations(4, 3, NOW + DAY)),
        (Generations(3, 1, NOW + DAY), timedelta(), Generations(4, 4, None)),
        (Generations(5, 1, NOW + DAY), DAY, Generations(6, 2, NOW + DAY)),
    ],
)
def test_a_new_secret_takes_from_none_before_it_what_was_promised(
    before: Generations, overlap: timedelta, after: Generations
) -> None:
    assert before.rotated(NOW, overlap) == after


@pytest.mark.parametrize("content", ["full", "refs"])
def test_the_receiver_is_told_the_trace_of_the_request_that_the_job_came_with(content: str) -> None:
    sent = letter(due(content=content), MASTER, NOW)
    assert sent.traceparent == decode(BODY).traceparent
    assert sent.traceparent is not None


@pytest.mark.parametrize(
    "body", [b"no JSON", b'["traceparent"]', b'{"traceparent": 7}', b'{"data": {"traceparent": "00-1-2-01"}}']
)
def test_what_names_no_trace_is_sent_without_one(body: bytes) -> None:
    assert letter(due(body), MASTER, NOW).traceparent is None
