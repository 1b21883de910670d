"""What a webhook is sent: the stored event, signed for the moment, and nothing that tells of us."""

import hmac
import logging
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import structlog

from notifier.sender import Sender
from scribeline.outbound.resolver import SystemResolver
from scribeline.telemetry.logging import configure
from tests.support.sending import (
    EVENT,
    NEW,
    OLD,
    TRUSTING,
    WEBHOOK,
    headers_of,
    outgoing,
    sender,
    verified,
    web,
)
from tests.support.sites import Site, head, raw, status

__all__ = ["web"]


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


async def test_the_stored_event_arrives_as_it_is_and_signed(web: Site) -> None:
    answer = await sender()(outgoing(web.url("/hook?for=a%20b&c")))

    assert (answer.status, answer.error, answer.body, answer.ok) == (200, None, "ok", True)
    assert 0 < answer.seconds < 15
    assert web.given == [EVENT.encode()]
    [asked] = web.asked
    headers = headers_of(asked)
    assert asked.startswith("POST /hook?for=a%20b&c HTTP/1.1\r\n")
    assert (headers["host"], headers["content-type"]) == (web.host, "application/json")
    assert (headers["user-agent"], headers["webhook-id"]) == ("Scribeline", str(EVENT.id))
    assert verified(NEW, web.given[0], headers)
    assert (
        not {"authorization", "cookie", "referer", "x-api-key", "traceparent", "tracestate"} & headers.keys()
    )


async def test_the_trace_of_the_event_goes_with_it(web: Site) -> None:
    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    await sender()(replace(outgoing(web.url("/hook")), traceparent=trace))
    assert headers_of(web.asked[0])["traceparent"] == trace


async def test_the_signature_follows_the_specification(web: Site) -> None:
    """HMAC-SHA256 of `id.timestamp.body` under the bytes behind `whsec_`, in base64, behind `v1,`."""
    await sender()(outgoing(web.url("/hook")))
    headers = headers_of(web.asked[0])
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + web.given[0]
    digest = hmac.digest(b64decode(NEW.removeprefix("whsec_")), content, "sha256")
    assert headers["webhook-signature"] == f"v1,{b64encode(digest).decode()}"
    assert abs(int(headers["webhook-timestamp"]) - datetime.now(UTC).timestamp()) < 60


async def test_while_a_secret_is_changed_both_sign(web: Site) -> None:
    await sender()(outgoing(web.url("/hook"), NEW, OLD))
    headers = headers_of(web.asked[0])
    newest, before = headers["webhook-signature"].split(" ")
    for secret in (NEW, OLD):
        assert verified(secret, web.given[0], headers)
    assert verified(NEW, web.given[0], headers | {"webhook-signature": newest})
    assert verified(OLD, web.given[0], headers | {"webhook-signature": before})
    assert not verified(OLD, web.given[0], headers | {"webhook-signature": newest})


async def test_whatever_is_tampered_with_is_noticed(web: Site) -> None:
    await sender()(outgoing(web.url("/hook")))
    body, headers = web.given[0], headers_of(web.asked[0])
    later = str(int(headers["webhook-timestamp"]) + 1)
    assert verified(NEW, body, headers)
    assert not verified(OLD, body, headers)
    assert not verified(NEW, body.replace(b"Friday", b"Monday"), headers)
    assert not verified(NEW, body, headers | {"webhook-id": str(WEBHOOK)})
    assert not verified(NEW, body, headers | {"webhook-timestamp": later})


async def test_each_try_is_signed_for_its_own_moment(web: Site) -> None:
    """Receivers refuse what was signed more than five minutes ago."""
    moments = iter([datetime(2026, 11, 22, hour, tzinfo=UTC) for hour in (1, 1, 2, 2)])
    send = Sender(TRUSTING, SystemResolver(), 15, clock=lambda: next(moments))
    for _ in range(2):
        assert (await send(outgoing(web.url("/hook")))).ok
    told = [headers_of(asked) for asked in web.asked]
    assert [headers["webhook-timestamp"] for headers in told] == ["1795309200", "1795312800"]
    assert len({headers["webhook-signature"] for headers in told}) == 2
    assert len({headers["webhook-id"] for headers in told}) == 1


async def test_a_cookie_does_not_come_back(web: Site) -> None:
    web.pages["/hook"] = raw(head(set_cookie="session=secret; Path=/", content_length="0"))
    send = sender()
    for _ in range(2):
        assert (await send(outgoing(web.url("/hook")))).ok
    assert "secret" not in "".join(web.asked)


async def test_no_log_line_tells_an_address_a_secret_or_what_was_said(
    web: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    configure("notifier", "DEBUG")
    web.pages["/500"] = status("500 No")
    assert (await sender()(outgoing(web.url("/hook?token=hidden")))).ok
    assert not (await sender()(outgoing(web.url("/500?token=hidden")))).ok
    logged = capsys.readouterr().out
    for hidden in ("hidden", NEW, "Friday"):
        assert hidden not in logged
