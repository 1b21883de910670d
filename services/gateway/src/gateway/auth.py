"""API keys: who asks, and what they may do. Keys are stored as HMAC-SHA256 under the key secret only."""

import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from math import inf
from typing import NamedTuple
from uuid import UUID

from fastapi import Request

from gateway.limits.guesses import Guesses
from gateway.problems import Problem, invalid
from scribeline.contracts.api.keys import Scope as Scope  # noqa: PLC0414 - callers know it from here
from scribeline.contracts.api.tenants import NO_LIMITS, TenantLimits
from scribeline.contracts.codes import Code
from scribeline.storage.models import ApiKeyRow

HINT = 9
"""Characters of a key that are kept to recognise it by: `sl_` and six more, of 43."""
LONGEST = 200
CACHED = 1024
OWNER_MAX = 128


@dataclass(frozen=True)
class Principal:
    """Who asks. `owner` None sees every job of the tenant."""

    tenant: str
    owner: str | None
    scopes: frozenset[str]
    key: UUID | None = None
    """Id of the API key, for the log."""
    limits: TenantLimits = NO_LIMITS
    """The tenant's, as fresh as the key: what must be exact is asked of the database."""


class Known(NamedTuple):
    """A key that is stored."""

    row: ApiKeyRow
    limits: TenantLimits
    """Its tenant's."""


def new_key() -> str:
    """`sl_` and 256 random bits."""
    return f"sl_{secrets.token_urlsafe(32)}"


class KeyRing:
    """Looks keys up by digest and believes what it found for a few seconds."""

    def __init__(
        self,
        secret: str,
        find: Callable[[bytes], Awaitable[Known | None]],
        *,
        cache_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._secret = secret.encode()
        self._find = find
        self._cache_seconds = cache_seconds
        self._clock = clock
        self._cache: OrderedDict[bytes, tuple[float, Known]] = OrderedDict()

    def digest(self, key: str) -> bytes:
        return hmac.digest(self._secret, key.encode(), sha256)

    async def principal(self, key: str) -> Principal | None:
        """None for a key that is unknown, revoked or expired. Raises DependencyDown("database")."""
        known = await self._known(self.digest(key))
        if known is None or not is_valid(known.row):
            return None
        row = known.row
        return Principal(row.tenant, row.owner, frozenset(row.scopes), row.id, known.limits)

    async def _known(self, digest: bytes) -> Known | None:
        cached = self._cache.get(digest)
        if cached is not None and self._clock() - cached[0] < self._cache_seconds:
            return cached[1]
        asked = self._clock()
        known = await self._find(digest)
        self._cache.pop(digest, None)
        if known is not None:
            self._cache[digest] = (asked, known)
            if len(self._cache) > CACHED:
                self._cache.popitem(last=False)
        return known

    def has_seen(self, key: str) -> bool:
        """It was valid when it was looked up last: to look it up again serves nobody who guesses."""
        cached = self._cache.get(self.digest(key))
        return cached is not None and is_valid(cached[1].row)

    def forget(self) -> None:
        """Ask the database about every key again: one was revoked here, or its tenant changed."""
        for digest, (_, known) in self._cache.items():
            self._cache[digest] = (-inf, known)


def is_valid(row: ApiKeyRow) -> bool:
    """Neither revoked nor expired."""
    return row.revoked_at is None and (row.expires_at is None or row.expires_at > datetime.now(UTC))


def presented(request: Request) -> str:
    """The key a request carries. Raises Problem(UNAUTHENTICATED), also when two differ."""
    keys = set(request.headers.getlist("x-api-key"))
    for header in request.headers.getlist("authorization"):
        scheme, _, value = header.partition(" ")
        if scheme.lower() != "bearer":
            raise refused()
        keys.add(value.strip())
    if len(keys) != 1 or not 0 < len(key := keys.pop()) <= LONGEST or not key.isascii():
        raise refused()
    return key


def refused() -> Problem:
    return Problem(Code.UNAUTHENTICATED, headers={"WWW-Authenticate": "Bearer"})


async def authenticate(request: Request, ring: KeyRing, guesses: Guesses) -> Principal:
    """Whose key it is. Raises Problem: UNAUTHENTICATED, RATE_LIMITED after too many wrong ones."""
    key = presented(request)
    if ring.has_seen(key):
        principal = await ring.principal(key)
    else:
        principal = await _first_seen(key, request, ring, guesses)
    if principal is None:
        raise refused()
    return principal


async def _first_seen(key: str, request: Request, ring: KeyRing, guesses: Guesses) -> Principal | None:
    async with guesses.one_more(request):
        principal = await ring.principal(key)
        if principal is None:
            guesses.was_wrong(request)
    return principal


def allowed(request: Request, principal: Principal, scope: Scope) -> Principal:
    """The principal, with the owner that the request names. Raises Problem: FORBIDDEN, INVALID_PARAMETER."""
    if scope not in principal.scopes:
        raise Problem(Code.FORBIDDEN, f"This needs the scope {scope}.")
    given = [value for name, value in request.headers.raw if name == b"x-scribeline-owner"]
    if not given:
        return principal
    if Scope.ACT_AS not in principal.scopes:
        raise Problem(Code.FORBIDDEN, f"X-Scribeline-Owner needs the scope {Scope.ACT_AS}.")
    return replace(principal, owner=_owner(given))


def _owner(given: list[bytes]) -> str:
    try:
        owner = given[0].decode()
    except UnicodeDecodeError:
        raise invalid("X-Scribeline-Owner", "is not UTF-8") from None
    if len(given) > 1 or not is_owner(owner):
        raise invalid("X-Scribeline-Owner", f"must be one value of 1 to {OWNER_MAX} printable characters")
    return owner


def is_owner(name: str) -> bool:
    return 0 < len(name) <= OWNER_MAX and name.isprintable() and name == name.strip()
