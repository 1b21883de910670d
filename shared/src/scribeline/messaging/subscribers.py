"""Subscribers: others' queues, each with a broker user of its own. The broker is where they are kept.

The last step of making one is the permission to use the virtual host: until then its user can do nothing,
and what there is can be made again or removed. Removing begins with taking that permission away, and ends
with the user. Whoever dies in between leaves a subscriber that is not `ready`.
"""

import asyncio
import secrets
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from yarl import URL

from scribeline.messaging.management_api import Calls, ManagementApi, ManagementTrouble
from scribeline.messaging.subscriber_rights import (
    LOG_ARGUMENTS,
    USER_LIMITS,
    Place,
    place_of,
    queue_arguments,
    types_of,
)
from scribeline.trust import SYSTEM, Certificates

PASSWORD_BYTES = 32
COLUMNS = "name,arguments,messages,consumers"
CLOSE_TRIES = 50
CLOSE_AGAIN_SECONDS = 0.1


class Taken(Exception):
    """There is one of this name; the message says where, if that is elsewhere."""


@dataclass(frozen=True)
class Subscriber:
    place: Place
    types: list[str]
    """Of events; empty: all."""
    messages: int | None
    """That wait in its queue, as of some seconds ago; None while the broker does not know."""
    consumers: int | None
    max_length: int
    max_bytes: int
    ready: bool
    """It can connect, and its queue is bound."""


@dataclass(frozen=True)
class Seen:
    """All that the broker has of the subscribers of one installation."""

    users: frozenset[Place]
    permitted: frozenset[Place]
    queues: Mapping[Place, Mapping[str, Any]]
    keys: Mapping[Place, list[str]]
    """Routing keys that their queues are bound with."""
    elsewhere: frozenset[Place]
    """Users of such a name that may use another virtual host: not ours to touch."""

    def called(self, name: str) -> list[Place]:
        return [place for place in self.users | self.permitted | self.queues.keys() if place.name == name]

    def whole(self, place: Place) -> bool:
        return place in self.permitted and place in self.queues

    def others_of(self, place: Place) -> bool:
        """Whether its tenant has another subscriber."""
        return any(
            other.tenant == place.tenant and other != place for other in self.users | self.queues.keys()
        )

    def subscriber(self, place: Place) -> Subscriber:
        queue, keys = self.queues[place], self.keys.get(place, [])
        arguments = queue.get("arguments") or {}
        return Subscriber(
            place,
            types_of(keys),
            queue.get("messages"),
            queue.get("consumers"),
            arguments.get("x-max-length", 0),
            arguments.get("x-max-length-bytes", 0),
            ready=place in self.permitted and bool(keys),
        )


class Subscribers:
    """Of one installation. One changes at a time, over all gateways: whoever calls sees to it.

    Every method raises ManagementTrouble.
    """

    def __init__(self, url: str, amqp_url: str, prefix: str, certificates: Certificates = SYSTEM) -> None:
        self._api = ManagementApi(url, amqp_url, certificates)
        self._amqp = URL(amqp_url)
        self._prefix = prefix

    async def all(self) -> list[Subscriber]:
        """By name; also those that are made half, as soon as they have a queue."""
        async with self._api.open() as calls:
            seen = await self._look(calls)
        return [seen.subscriber(place) for place in sorted(seen.queues, key=_by_name)]

    async def find(self, name: str) -> Subscriber | None:
        return next((found for found in await self.all() if found.place.name == name), None)

    async def make(
        self, tenant: str | None, name: str, types: Collection[str], max_length: int, max_bytes: int
    ) -> tuple[Subscriber, str]:
        """With its password. What there is of it already is made anew, if it was made half. Raises Taken."""
        place = Place(self._prefix, tenant, name)
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        async with self._api.open() as calls:
            await self._make_room(calls, place)
            await _let_in(calls, place, password)
            arguments = queue_arguments(max_length, max_bytes)
            await calls.put("queues", calls.vhost, place.queue, body=_durable(arguments))
            await _keep_log(calls, place)
            for key in place.routing_keys(types):
                await _bind(calls, place, place.queue, key)
            await calls.put("permissions", calls.vhost, place.queue, body=place.permission)
        return Subscriber(place, sorted(set(types)), 0, 0, max_length, max_bytes, ready=True), password

    async def rotate(self, name: str) -> tuple[Subscriber, str] | None:
        """With its new password; the old one is of no use any more, and its connections are closed.

        None when there is no such subscriber, or it was made half.
        """
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        async with self._api.open() as calls:
            seen = await self._look(calls)
            place = next((place for place in seen.called(name) if seen.whole(place)), None)
            if place is None:
                return None
            await calls.put("users", place.queue, body={"password": password, "tags": ""})
            await _hang_up(calls, place)
        return seen.subscriber(place), password

    async def remove(self, name: str) -> bool:
        """With what waits in its queue, and the log of its tenant if nobody else reads it.

        False when there is none.
        """
        async with self._api.open() as calls:
            seen = await self._look(calls)
            found = seen.called(name)
            for place in found:
                await _clear(calls, place)
                await _forget(calls, place, seen)
        return bool(found)

    def address(self, place: Place, password: str, public_url: str | None) -> str:
        """Where it connects to: the broker as we reach it, or as `public_url` says."""
        rest = public_url or f"{self._amqp.scheme}://{self._amqp.host_port_subcomponent}"
        scheme, _, host = rest.partition("://")
        user, secret, vhost = (quote(part, safe="") for part in (place.queue, password, self._api.vhost))
        return f"{scheme}://{user}:{secret}@{host}/{vhost}"

    async def _make_room(self, calls: Calls, place: Place) -> None:
        seen = await self._look(calls)
        if place in seen.elsewhere:
            raise Taken("The broker has a user of this name for another virtual host.")
        found = seen.called(place.name)
        if any(seen.whole(other) for other in found):
            raise Taken
        for other in found:
            await _clear(calls, other)
            if other != place:  # of its own tenant the log stays
                await _forget(calls, other, seen)

    async def _look(self, calls: Calls) -> Seen:
        granted = list(self._places(await calls.get("permissions"), "user"))
        elsewhere = frozenset(place for place, told in granted if told.get("vhost") != calls.vhost)
        users = frozenset(
            place for place, _ in self._places(await calls.get("users", columns="name"), "name")
        )
        permitted = frozenset(place for place, told in granted if told.get("vhost") == calls.vhost)
        queues = dict(self._places(await calls.get("queues", calls.vhost, columns=COLUMNS), "name"))
        for place in users - elsewhere - queues.keys():  # a long list may be some seconds old
            one = await calls.get("queues", calls.vhost, place.queue, columns=COLUMNS)
            if one is not None:
                queues[place] = one
        return Seen(users - elsewhere, permitted - elsewhere, queues, await self._keys(calls), elsewhere)

    async def _keys(self, calls: Calls) -> dict[Place, list[str]]:
        exchange = Place(self._prefix, None, "").exchange
        bound = await calls.get("exchanges", calls.vhost, exchange, "bindings", "source")
        keys: dict[Place, list[str]] = {}
        for place, binding in self._places(bound, "destination"):
            keys.setdefault(place, []).append(str(binding.get("routing_key")))
        return keys

    def _places(self, told: Any, field: str) -> Iterator[tuple[Place, Mapping[str, Any]]]:
        """What is told of subscribers, out of a list of whatever."""
        for each in told if isinstance(told, list) else []:
            place = place_of(self._prefix, str(each.get(field))) if isinstance(each, Mapping) else None
            if place is not None:
                yield place, each


def _by_name(place: Place) -> tuple[str, str]:
    return place.name, place.tenant or ""


def _durable(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"durable": True, "auto_delete": False, "arguments": dict(arguments)}


async def _let_in(calls: Calls, place: Place, password: str) -> None:
    """A user who may not use the virtual host yet. Without the topic permission, any key would be allowed."""
    await calls.put("users", place.queue, body={"password": password, "tags": ""})
    for limit, most in USER_LIMITS.items():
        await calls.put("user-limits", place.queue, limit, body={"value": most})
    await calls.put("topic-permissions", calls.vhost, place.queue, body=place.topic_permission)


async def _keep_log(calls: Calls, place: Place) -> None:
    """One that is there stays as it is, also if it was made with other arguments."""
    if await calls.get("queues", calls.vhost, place.log, columns="name") is None:
        await calls.put("queues", calls.vhost, place.log, body=_durable(LOG_ARGUMENTS))
    for key in place.routing_keys():
        await _bind(calls, place, place.log, key)


async def _bind(calls: Calls, place: Place, queue: str, key: str) -> None:
    body = {"routing_key": key, "arguments": {}}
    await calls.post("bindings", calls.vhost, "e", place.exchange, "q", queue, body=body)


async def _clear(calls: Calls, place: Place) -> None:
    """It can do nothing any more, and its queue is gone."""
    await calls.delete("permissions", calls.vhost, place.queue)
    await _hang_up(calls, place)
    await calls.delete("queues", calls.vhost, place.queue)


async def _forget(calls: Calls, place: Place, seen: Seen) -> None:
    """The user last: as long as there is one, this can be asked for again."""
    if not seen.others_of(place):
        await calls.delete("queues", calls.vhost, place.log)
    await calls.delete("users", place.queue)


async def _hang_up(calls: Calls, place: Place) -> None:
    """Again until none is left: one may just have been let in."""
    for _ in range(CLOSE_TRIES):
        await calls.delete("connections", "username", place.queue)
        if not await calls.get("connections", "username", place.queue):
            return
        await asyncio.sleep(CLOSE_AGAIN_SECONDS)
    raise ManagementTrouble("it does not close the subscriber's connections")
