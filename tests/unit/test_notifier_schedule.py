"""When a webhook is tried again, and what follows from each answer."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from notifier.notices import without_secrets
from notifier.outgoing import Answer
from notifier.schedule import STANDARD, Schedule
from notifier.verdicts import TRIES_KEPT, Verdict, judge, told, tried
from scribeline.contracts.api.webhooks import DeliveryStatus, WebhookStatus
from scribeline.signing import Generations
from scribeline.storage.claims import Due, Target
from scribeline.storage.settlements import Standing

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BEGAN = NOW - timedelta(days=3)
MIDDLE = 0.5  # of the jitter: none
URL = "https://h.example/x"
ACTIVE = Standing("active", None, None, URL)


def answer(status: int | None = 500, retry_after: float | None = None) -> Answer:
    ok = status is not None and 200 <= status < 300
    return Answer(status, None if ok else "It failed.", "body", 0.25, retry_after)


def due(attempts: int = 0, *, job: bool = False, tries: int | None = None) -> Due:
    """After so many attempts, an hour apart, the first at BEGAN."""
    kept = attempts if tries is None else tries
    hook = Target(uuid7(), None, uuid7() if job else None, URL, "full", "active", Generations(1, 1, None))
    log = tuple({"at": (BEGAN + timedelta(hours=n)).isoformat(), "status": 500} for n in range(kept))
    return Due(uuid7(), "acme", uuid7(), "job.failed", attempts, log, NOW, NOW, hook, b"{}")


def verdict(what: Due, came: Answer, standing: Standing = ACTIVE) -> Verdict:
    tries = tried(what, came, NOW)
    return judge(what, came, tries, standing, schedule=STANDARD, now=NOW, random=MIDDLE)


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(1, 5), (2, 300), (3, 1800), (4, 7200), (5, 18000), (6, 36000), (7, 50400), (8, 72000), (9, 86400)],
)
def test_after_each_failure_it_is_tried_again_later(attempts: int, seconds: int) -> None:
    assert STANDARD.again(attempts, answer(), NOW, MIDDLE) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("attempts", [10, 11, 99])
def test_after_the_tenth_it_is_not(attempts: int) -> None:
    assert STANDARD.again(attempts, answer(), NOW, MIDDLE) is None


def test_the_first_try_is_at_once() -> None:
    assert STANDARD.delays[0] == 0


@given(st.integers(1, 9), st.floats(0, 1, exclude_max=True))
def test_a_delay_is_a_tenth_longer_or_shorter_at_most(attempts: int, random: float) -> None:
    at = STANDARD.again(attempts, answer(), NOW, random)
    assert at is not None
    assert 0.9 <= (at - NOW).total_seconds() / STANDARD.delays[attempts] <= 1.1


def test_what_failed_together_does_not_come_back_together() -> None:
    times = {STANDARD.again(3, answer(), NOW, random) for random in (0.0, 0.25, 0.5, 0.75)}
    assert len(times) == 4


@pytest.mark.parametrize(
    ("status", "asked", "attempts", "seconds"),
    [
        (503, 60, 1, 60),
        (429, 60, 1, 60),
        (503, 60, 2, 300),  # at least, and it waits longer anyway
        (503, 86400, 1, 3600),  # nobody may ask for more than an hour
        (503, float("inf"), 1, 3600),
        (503, -7, 1, 5),
        (500, 60, 1, 5),  # only these two say so about their load
        (200, 60, 1, 5),
        (None, 60, 1, 5),
        (503, None, 1, 5),
    ],
)
def test_a_receiver_may_ask_to_be_left_alone(
    status: int | None, asked: float | None, attempts: int, seconds: int
) -> None:
    at = STANDARD.again(attempts, answer(status, asked), NOW, MIDDLE)
    assert at == NOW + timedelta(seconds=seconds)


def test_a_schedule_of_one_try_fails_at_the_first() -> None:
    assert Schedule(delays=(0,)).again(1, answer(), NOW, MIDDLE) is None


@pytest.mark.parametrize("attempts", [0, 5, 9])
@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_whatever_says_that_it_took_it_has_it(status: int, attempts: int) -> None:
    assert verdict(due(attempts), answer(status)) == Verdict(DeliveryStatus.DELIVERED)


@pytest.mark.parametrize("status", [None, 301, 302, 400, 401, 404, 429, 500, 503])
def test_everything_else_is_tried_again(status: int | None) -> None:
    at = NOW + timedelta(seconds=300)
    assert verdict(due(1), answer(status)) == Verdict(DeliveryStatus.PENDING, again_at=at)


@pytest.mark.parametrize("attempts", [0, 9])
@pytest.mark.parametrize("job", [True, False])
def test_who_is_gone_is_told_nothing_more(attempts: int, job: bool) -> None:
    gone = verdict(due(attempts, job=job), answer(410))
    assert gone == Verdict(DeliveryStatus.FAILED, "receiver_gone", webhook=WebhookStatus.DISABLED)


@pytest.mark.parametrize(
    ("standing", "paused"),
    [
        (Standing("active", BEGAN, None, URL), True),
        (Standing("active", BEGAN, BEGAN - timedelta(seconds=1), URL), True),
        (Standing("active", None, BEGAN, URL), False),
        (Standing("active", None, NOW - timedelta(hours=1), URL), False),  # another event arrived meanwhile
        (Standing("paused", BEGAN, None, URL), False),  # it is already
        (Standing("disabled", BEGAN, None, URL), False),
    ],
)
def test_a_webhook_at_which_nothing_arrived_is_paused(standing: Standing, paused: bool) -> None:
    end = verdict(due(9), answer(), standing)
    assert (end.status, end.reason) == (DeliveryStatus.FAILED, "tries_exhausted")
    assert end.webhook == (WebhookStatus.PAUSED if paused else None)


def test_the_tries_before_a_replay_do_not_count() -> None:
    """They were on the first day; the round began at the tenth from the end, and something arrived before."""
    before = due(9, tries=14)
    began = BEGAN + timedelta(hours=5)
    assert verdict(before, answer(), Standing("active", None, began - timedelta(seconds=1), URL)).webhook
    assert not verdict(before, answer(), Standing("active", None, began, URL)).webhook


def test_a_callback_of_one_job_fails_and_is_not_paused() -> None:
    assert verdict(due(9, job=True), answer()) == Verdict(DeliveryStatus.FAILED, "tries_exhausted")


def test_the_log_keeps_the_latest_tries() -> None:
    log = tried(due(9, tries=TRIES_KEPT), answer(503), NOW)
    assert len(log) == TRIES_KEPT
    assert log[-1] == {
        "at": "2026-03-01T12:00:00Z",
        "status": 503,
        "error": "It failed.",
        "body": "body",
        "seconds": 0.25,
    }
    assert log[0]["at"] == (BEGAN + timedelta(hours=1)).isoformat()


def test_its_owner_is_told_why() -> None:
    assert told(answer(500)) == "No try succeeded: the last one was answered 500."
    assert told(answer(None)) == "No try succeeded. The last one: It failed."
    assert told(answer(410)) == "Its receiver answered 410 Gone."


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://h.example/services/T0/B0/token?token=1#y", "https://h.example"),
        ("https://ana:secret@h.example:8443/x", "https://h.example:8443"),
        ("http://[::1]:80/", "http://[::1]:80"),
    ],
)
def test_a_notice_tells_no_secret_of_an_address(url: str, shown: str) -> None:
    assert without_secrets(url) == shown
