"""The secrets that sign webhooks: derived, so that none is stored.

A secret is HMAC-SHA256 of whose it is and its generation, under the installation's
`SCRIBELINE_WEBHOOK_SECRET`, written as Standard Webhooks does (`whsec_` and base64 of 32 bytes). A new
generation is a new secret; whoever reads the database learns none of them.
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import hmac
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

MOST = 5
"""Secrets that sign at once: each is a signature in the header."""


@dataclass(frozen=True)
class Generations:
    """Which secrets sign: the newest, and the former ones down to the oldest until then."""

    newest: int
    oldest: int
    until: datetime | None

    def signing(self, now: datetime) -> tuple[int, ...]:
        """Newest first."""
        oldest = self.oldest if self._promised(now) else self.newest
        return tuple(range(self.newest, oldest - 1, -1))

    def rotated(self, now: datetime, overlap: timedelta) -> "Generations":
        """Without overlap no former one signs any more. With it none loses what it was promised, however
        often this is asked for, but for those beyond `MOST`."""
        newest = self.newest + 1
        if not overlap:
            return Generations(newest, newest, None)
        until, promised = now + overlap, self._promised(now)
        if promised is None:
            return Generations(newest, self.newest, until)
        return Generations(newest, max(self.oldest, newest - MOST + 1), max(promised, until))

    def _promised(self, now: datetime) -> datetime | None:
        """Until when former ones sign; None: none does."""
        return self.until if self.until is not None and self.until > now else None


def webhook_secret(master: str, webhook: UUID, generation: int) -> str:
    """Of one webhook."""
    return _derived(master, f"webhook/{webhook}/{generation}")


def callback_secret(master: str, tenant: str, generation: int) -> str:
    """Of the `webhook_url` of all of a tenant's jobs."""
    return _derived(master, f"tenant/{tenant}/{generation}")


def _derived(master: str, whose: str) -> str:
    return "whsec_" + b64encode(hmac.digest(master.encode(), whose.encode(), "sha256")).decode()
