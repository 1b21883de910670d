"""Where a subscriber's events come from: its queue, and before that what its tenant's log has kept."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from scribeline.contracts import routes

if TYPE_CHECKING:
    from scribeline.client.line import Offset

SKEW = timedelta(minutes=2)
"""How far a broker's clock may be behind: a stream knows the times of its pieces, not those of events."""
MOST_PREFETCH = 65_535
SUBSCRIBER = re.compile(rf"(?P<prefix>.*){re.escape(routes.SUBSCRIBERS)}\.(?P<tenant>[a-z0-9_-]+)\.[^.]+")


@dataclass(frozen=True)
class Source:
    """A queue; with an `offset` it is a stream, to be read from there on, up to the message with the number
    `last`. Of it, what is older than `since` is passed over."""

    queue: str
    offset: "Offset | None" = None
    since: datetime | None = None
    last: int | None = None

    @property
    def over(self) -> bool:
        return self.last is not None and isinstance(self.offset, int) and self.offset > self.last

    def behind(self, number: object) -> "Source":
        """Of a stream, what comes after that message."""
        return replace(self, offset=number + 1) if isinstance(number, int) else self


def sources(url: str, queue: str | None, since: datetime | timedelta | None) -> list[Source]:
    """The last one has no end. Raises ValueError."""
    name = queue or _user(url)
    last = Source(name)
    if since is None:
        return [last]
    begin = _moment(since)
    return [Source(log_of(name), begin - SKEW, begin), last]


def log_of(queue: str) -> str:
    """The stream that a subscriber can read back in. Raises ValueError for what is no subscriber's queue."""
    found = SUBSCRIBER.fullmatch(queue)
    if found is None:
        raise ValueError(
            f"{queue!r} is no subscriber's queue, so there is nothing to read back: leave out `since`"
        )
    tenant = found["tenant"]
    return found["prefix"] + routes.public_log(None if tenant == routes.EVERY_TENANT else tenant)


def _user(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("amqp", "amqps") or not parts.hostname or not parts.username:
        raise ValueError("a subscriber's address is amqp://USER:PASSWORD@HOST, as making it printed")
    return unquote(parts.username)


def _moment(since: datetime | timedelta) -> datetime:
    moment = datetime.now(UTC) - since if isinstance(since, timedelta) else since
    if moment.tzinfo is None:
        raise ValueError("`since` needs a time zone: datetime.now(UTC), say")
    return moment
