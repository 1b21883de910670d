"""Subscribers as the gateway changes them: one at a time, and every trouble told in a sentence."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text

from gateway.context import Gateway
from gateway.problems import Problem
from scribeline.contracts.api.subscribers import SecretSubscriber, SubscriberView
from scribeline.contracts.codes import Code
from scribeline.messaging.management_api import ManagementTrouble
from scribeline.messaging.subscribers import Subscriber, Subscribers
from scribeline.storage.database import EVERYBODY

UNSET = (
    "Subscribers are made by the broker's management API: set SCRIBELINE_AMQP_MANAGEMENT_URL, with a user who"
    " has the tag administrator."
)
LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('subscribers', 0))")


@asynccontextmanager
async def reading(context: Gateway) -> AsyncIterator[Subscribers]:
    """Raises Problem(BROKER_UNAVAILABLE), which says what is wrong."""
    subscribers = context.broker.subscribers
    if subscribers is None:
        raise Problem(Code.BROKER_UNAVAILABLE, UNSET)
    try:
        yield subscribers
    except ManagementTrouble as trouble:
        again = {"Retry-After": str(context.settings.retry_after_seconds)}
        raise Problem(Code.BROKER_UNAVAILABLE, f"Of the broker, {trouble.why}.", headers=again) from trouble


@asynccontextmanager
async def changing(context: Gateway) -> AsyncIterator[Subscribers]:
    """As `reading`, and nobody else changes them meanwhile, at no gateway: the broker has no transactions.

    Those who wait at this gateway share one connection to the database.
    """
    async with (
        reading(context) as subscribers,
        context.changing_subscribers,
        context.database.transaction(EVERYBODY) as session,
    ):
        await session.run(LOCK)
        yield subscribers


def view(found: Subscriber) -> SubscriberView:
    place = found.place
    return SubscriberView(
        name=place.name,
        tenant=place.tenant,
        types=found.types,
        queue=place.queue,
        log=place.log,
        messages=found.messages,
        consumers=found.consumers,
        max_length=found.max_length,
        max_bytes=found.max_bytes,
        ready=found.ready,
    )


def secret_view(context: Gateway, subscribers: Subscribers, made: tuple[Subscriber, str]) -> SecretSubscriber:
    """With where to connect to."""
    found, password = made
    url = subscribers.address(found.place, password, context.settings.amqp_public_url)
    return SecretSubscriber(**view(found).model_dump(), url=url)
