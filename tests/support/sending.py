"""A sender, one event that it sends, and what its receiver finds in the request."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from notifier.outgoing import Outgoing
from notifier.sender import Sender
from scribeline.outbound.resolver import Resolve, SystemResolver
from scribeline.outbound.rules import Rules
from scribeline.signing import webhook_secret
from tests.support.certificates import Authority
from tests.support.golden import example
from tests.support.sites import Site, head, raw, site

EVENT = example("transcript.completed")
WEBHOOK = UUID("01890a5d-ac96-774b-bcce-b302099a8058")
OLD, NEW = (webhook_secret("a secret of the installation", WEBHOOK, number) for number in (1, 2))
TRUSTING = Rules(frozenset({"127.0.0.1"}), encrypted=True)
FINE = raw(head(content_length="2"), b"ok")


@pytest.fixture
async def web() -> AsyncIterator[Site]:
    """Answers `ok` at `/hook`."""
    async with site({"/hook": FINE}) as at:
        yield at


def sender(
    rules: Rules = TRUSTING,
    resolve: Resolve | None = None,
    seconds: float = 15.0,
    authority: Authority | None = None,
) -> Sender:
    return Sender(rules, resolve or SystemResolver(), seconds, authority.trusting() if authority else None)


def outgoing(url: str, *secrets: str) -> Outgoing:
    return Outgoing(str(EVENT.id), url, EVENT.encode(), secrets or (NEW,), EVENT.type)


def headers_of(asked: str) -> dict[str, str]:
    lines = asked.strip().split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


def verified(secret: str, body: bytes, headers: dict[str, str]) -> bool:
    """By the library that receivers use."""
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True
