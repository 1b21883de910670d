"""What an operator does: keys, queues, dead letters. It needs a key with the scope `admin`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from scribeline.client.asking import Resource, W, call
from scribeline.client.reading import answer, nothing
from scribeline.client.steps import Call, fields, given, path
from scribeline.contracts.api.failures import FailureList
from scribeline.contracts.api.keys import CreatedKey, KeyList
from scribeline.contracts.api.queues import (
    LetterList,
    LetterView,
    PausedView,
    QueueList,
    ResumedView,
    SortedView,
)
from scribeline.contracts.api.status import StatusView


class Keys(Resource[W]):
    @call
    def create(
        self,
        name: str = "",
        *,
        scopes: Sequence[str] | None = None,
        tenant: str | None = None,
        owner: str | None = None,
        expires_at: datetime | None = None,
    ) -> Call[CreatedKey]:
        """The key itself stands in this answer, and nowhere later."""
        body = given(name=name, scopes=scopes, tenant=tenant, owner=owner, expires_at=expires_at)
        return Call("POST", path("keys"), answer(CreatedKey), json=body)

    @call
    def list(self, *, tenant: str | None = None) -> Call[KeyList]:
        return Call("GET", path("keys"), answer(KeyList), fields({"tenant": tenant}))

    @call
    def revoke(self, key: UUID | str) -> Call[None]:
        return Call("DELETE", path("keys", key), nothing)


class Queues(Resource[W]):
    @call
    def list(self) -> Call[QueueList]:
        return Call("GET", path("admin", "queues"), answer(QueueList))

    @call
    def pause(self, queue: str) -> Call[PausedView]:
        return Call("POST", path("admin", "queues", queue, "pause"), answer(PausedView))

    @call
    def resume(self, queue: str) -> Call[PausedView]:
        return Call("POST", path("admin", "queues", queue, "resume"), answer(PausedView))

    @call
    def dead(self, queue: str, *, limit: int = 100) -> Call[LetterList]:
        """Its dead letters, the oldest first."""
        query = fields({"limit": limit})
        return Call("GET", path("admin", "queues", queue, "dead"), answer(LetterList), query)

    @call
    def letter(self, queue: str, letter: str) -> Call[LetterView]:
        """One of them, with its message."""
        return Call("GET", path("admin", "queues", queue, "dead", letter), answer(LetterView))

    @call
    def redrive(
        self,
        queue: str,
        ids: Sequence[str] | None = None,
        *,
        job: UUID | str | None = None,
        tenant: str | None = None,
        all: bool = False,  # noqa: A002 - as in the body
    ) -> Call[SortedView]:
        """Try again what failed in the jobs of the letters that are named."""
        body = given(ids=ids, job=job, tenant=tenant, all=all or None)
        return Call("POST", path("admin", "queues", queue, "dead", "redrive"), answer(SortedView), json=body)

    @call
    def discard(
        self,
        queue: str,
        ids: Sequence[str] | None = None,
        *,
        job: UUID | str | None = None,
        tenant: str | None = None,
        all: bool = False,  # noqa: A002 - as in the body
    ) -> Call[SortedView]:
        body = given(ids=ids, job=job, tenant=tenant, all=all or None)
        return Call("POST", path("admin", "queues", queue, "dead", "discard"), answer(SortedView), json=body)


class Admin(Resource[W]):
    @call
    def status(self) -> Call[StatusView]:
        return Call("GET", path("admin", "status"), answer(StatusView))

    @call
    def failures(self, *, limit: int | None = None) -> Call[FailureList]:
        """Jobs that failed, of all tenants, the latest first."""
        return Call("GET", path("admin", "failures"), answer(FailureList), fields({"limit": limit}))

    @call
    def resume(self, job: UUID | str | None = None) -> Call[ResumedView]:
        """Send again what is under way, of one job or of all, after the broker lost its data."""
        body = given(job=job, all=True if job is None else None)
        return Call("POST", path("admin", "resume"), answer(ResumedView), json=body)
