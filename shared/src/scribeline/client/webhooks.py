"""Webhooks, the log of what was sent to them, and the secret of jobs' own callbacks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypedDict, Unpack
from uuid import UUID

from pydantic_core import to_jsonable_python

from scribeline.client.asking import Resource, W, call, series
from scribeline.client.reading import answer, nothing
from scribeline.client.steps import Call, Item, Series, fields, given, path
from scribeline.contracts.api.jobs import JobView
from scribeline.contracts.api.webhooks import (
    CallbackSecret,
    DeliveryList,
    DeliveryView,
    Replayed,
    SecretWebhook,
    WebhookList,
    WebhookView,
)

Which = WebhookView | UUID | str
"""A webhook, or its id."""
PAGE = 100


class Changes(TypedDict, total=False):
    url: str
    types: Sequence[str]
    """Of events; empty: all."""
    description: str
    content: Literal["full", "refs"]
    status: Literal["active", "disabled"]
    """`active` also resumes a paused one: what is held is sent."""


class Webhooks(Resource[W]):
    """Addresses of yours that are told of events."""

    @call
    def create(
        self,
        url: str,
        *,
        types: Sequence[str] | None = None,
        description: str | None = None,
        content: Literal["full", "refs"] | None = None,
    ) -> Call[SecretWebhook]:
        """Told of these types of events, or of all. Its secret stands in this answer, and nowhere later."""
        body = given(url=url, types=types, description=description, content=content)
        return Call("POST", path("webhooks"), answer(SecretWebhook), json=body)

    @call
    def list(self) -> Call[WebhookList]:
        return Call("GET", path("webhooks"), answer(WebhookList))

    @call
    def get(self, webhook: Which) -> Call[WebhookView]:
        return Call("GET", _of(webhook), answer(WebhookView))

    @call
    def change(self, webhook: Which, **changes: Unpack[Changes]) -> Call[WebhookView]:
        """What is not named stays as it is."""
        return Call("PATCH", _of(webhook), answer(WebhookView), json=to_jsonable_python(changes))

    @call
    def delete(self, webhook: Which) -> Call[None]:
        """With the log of what was sent to it."""
        return Call("DELETE", _of(webhook), nothing)

    @call
    def rotate(self, webhook: Which, *, overlap_seconds: int | None = None) -> Call[SecretWebhook]:
        """A new secret. For so long, a day by default, the one before signs as well."""
        body = given(overlap_seconds=overlap_seconds)
        return Call("POST", _of(webhook, "rotate"), answer(SecretWebhook), json=body)

    @call
    def test(self, webhook: Which) -> Call[DeliveryView]:
        """Send it a `webhook.ping`. `deliveries.get` tells what became of it."""
        return Call("POST", _of(webhook, "test"), answer(DeliveryView))

    @call
    def replay(
        self,
        webhook: Which,
        since: datetime,
        *,
        until: datetime | None = None,
        types: Sequence[str] | None = None,
        status: Literal["failed", "delivered", "cancelled", "any"] | None = None,
    ) -> Call[Replayed]:
        """Send it again what was told since then, with the same ids; also what it was never told."""
        body = given(since=since, until=until, types=types, status=status)
        return Call("POST", _of(webhook, "replay"), answer(Replayed), json=body)


class Deliveries(Resource[W]):
    """What was sent to webhooks, and what they answered."""

    @series
    def list(
        self,
        *,
        webhook: Which | None = None,
        job: JobView | UUID | str | None = None,
        status: Sequence[str] | str | None = None,
        type: Sequence[str] | str | None = None,  # noqa: A002 - as in the address
        limit: int | None = None,
    ) -> Series[DeliveryView]:
        """Those that have everything that is named (of several states or types, one), the newest first, page
        by page; at most `limit`."""
        asked = fields({"webhook": _id(webhook), "job": _id(job), "status": status, "type": type})
        cursor: str | None = ""
        while cursor is not None and (limit is None or limit > 0):
            size = PAGE if limit is None else min(limit, PAGE)
            query = {**asked, "limit": str(size)} | ({"cursor": cursor} if cursor else {})
            page: DeliveryList = yield Call("GET", path("deliveries"), answer(DeliveryList), query)
            for delivery in page.deliveries[:size]:
                yield Item(delivery)
            limit = None if limit is None else limit - len(page.deliveries)
            cursor = page.next_cursor if page.deliveries else None

    @call
    def get(self, delivery: DeliveryView | UUID | str) -> Call[DeliveryView]:
        return Call("GET", path("deliveries", _id(delivery)), answer(DeliveryView))

    @call
    def replay(self, delivery: DeliveryView | UUID | str) -> Call[DeliveryView]:
        """Send it again, with the same id."""
        return Call("POST", path("deliveries", _id(delivery), "replay"), answer(DeliveryView))


class Callbacks(Resource[W]):
    """The secret that signs what is sent to the `webhook_url` of jobs."""

    @call
    def get(self) -> Call[CallbackSecret]:
        return Call("GET", path("callback-secret"), answer(CallbackSecret))

    @call
    def rotate(self, *, overlap_seconds: int | None = None) -> Call[CallbackSecret]:
        """As a webhook's."""
        body = given(overlap_seconds=overlap_seconds)
        return Call("POST", path("callback-secret", "rotate"), answer(CallbackSecret), json=body)


def _of(webhook: Which, *what: str) -> str:
    return path("webhooks", _id(webhook), *what)


def _id(given: WebhookView | DeliveryView | JobView | UUID | str | None) -> UUID | str | None:
    return given.id if isinstance(given, WebhookView | DeliveryView | JobView) else given
