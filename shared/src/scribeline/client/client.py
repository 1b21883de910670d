"""The two clients: one blocks, one is for asyncio. They differ in nothing else."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal, Self, TypeVar, Unpack
from urllib.parse import urlsplit
from uuid import UUID

import httpx2

from scribeline.client.asking import Resource, W, call, series
from scribeline.client.events import Event
from scribeline.client.following import follow
from scribeline.client.jobs import Jobs
from scribeline.client.operations import Admin, Keys, Queues
from scribeline.client.options import Filters
from scribeline.client.reading import answer, as_json
from scribeline.client.retries import Retries
from scribeline.client.sending import Uploads
from scribeline.client.settings import Models, Rules, Templates
from scribeline.client.steps import Call, Series, fields, path
from scribeline.client.subscribers import Subscribers
from scribeline.client.tenants import Tenants
from scribeline.client.webhooks import Callbacks, Deliveries, Webhooks
from scribeline.client.wires import AsyncWire, Clock, Wire
from scribeline.contracts.api.search import SearchResult
from scribeline.contracts.api.usage import UsageView

T = TypeVar("T")


class Api(Resource[W]):
    """All there is to ask."""

    def __init__(self, wire: W) -> None:
        super().__init__(wire)
        self.jobs = Jobs(wire)
        self.uploads = Uploads(wire)
        self.templates = Templates(wire)
        self.rules = Rules(wire)
        self.models = Models(wire)
        self.webhooks = Webhooks(wire)
        self.deliveries = Deliveries(wire)
        self.callback_secret = Callbacks(wire)
        self.keys = Keys(wire)
        self.queues = Queues(wire)
        self.tenants = Tenants(wire)
        self.subscribers = Subscribers(wire)
        self.admin = Admin(wire)

    @series
    def events(self, *, types: Sequence[str] = (), after: UUID | str | None = None) -> Series[Event]:
        """Those of all jobs, from now on, or since about the one with the id `after`: without an end. An
        event may come again, with the same id."""
        query = fields({"type": list(types)})
        return follow(path("events"), query, after, self._wire.clock.now, of_job=False)

    @call
    def search(
        self,
        q: str,
        *,
        order: Literal["relevance", "newest"] | None = None,
        limit: int | None = None,
        matches: int | None = None,
        cursor: str | None = None,
        **filters: Unpack[Filters],
    ) -> Call[SearchResult]:
        """Jobs in whose transcripts these words were said; `next` of the answer is the `cursor` of the
        following one."""
        asked = {"q": q, "order": order, "limit": limit, "matches": matches, "cursor": cursor, **filters}
        return Call("GET", path("search"), answer(SearchResult), fields(asked))

    @call
    def usage(self, first: date | None = None, last: date | None = None) -> Call[UsageView]:
        """What your tenant has used on those days, by default in this month, and what is left."""
        return Call("GET", path("usage"), answer(UsageView), fields({"from": first, "to": last}))

    @call
    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Any = None,
    ) -> Call[Any]:
        """For what this client has no method for, at a `path` of the server: its answer as JSON."""
        if not path.startswith("/") or path.startswith("//"):
            raise ValueError(f"{path!r} is no path of the server: it begins with one /")
        return Call(method, path, as_json, fields(query or {}), json=json)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._wire.url!r})"


class Scribeline(Api[Wire]):
    """Close it, or use it in a `with`: it keeps connections. Safe to share between threads.

    The key goes to `url` and nowhere else: redirects are not followed. With the scope `act_as`, `owner` says
    on whose behalf. `transport` is httpx2's, for a proxy or a certificate authority of one's own.
    """

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        owner: str | None = None,
        retries: Retries | None = None,
        transport: httpx2.BaseTransport | None = None,
        clock: Clock | None = None,
        agent: str = "scribeline-python",
    ) -> None:
        self._http = httpx2.Client(
            base_url=_checked(url), headers=_headers(key, owner, agent), transport=transport
        )
        super().__init__(Wire(self._http, url, retries or Retries(), clock or Clock()))

    def send(self, call: Call[T]) -> T:
        """What `steps` can describe, and no method does."""
        return self._wire.call(call)

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


class AsyncScribeline(Api[AsyncWire]):
    """As `Scribeline`: its methods are awaited, and what is iterated over takes `async for`."""

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        owner: str | None = None,
        retries: Retries | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
        clock: Clock | None = None,
        agent: str = "scribeline-python",
    ) -> None:
        self._http = httpx2.AsyncClient(
            base_url=_checked(url), headers=_headers(key, owner, agent), transport=transport
        )
        super().__init__(AsyncWire(self._http, url, retries or Retries(), clock or Clock()))

    async def send(self, call: Call[T]) -> T:
        return await self._wire.call(call)

    async def close(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()


def _checked(url: str) -> str:
    """Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is not an http:// or https:// address")
    if parts.username or parts.password:
        raise ValueError("the server's address may hold no user name or password: the key is given by itself")
    return url


def _headers(key: str | None, owner: str | None, agent: str) -> dict[bytes, bytes]:
    """Raises ValueError, which does not show the key."""
    headers = {b"User-Agent": agent.encode()}
    if key:
        if not (key.strip().isascii() and key.strip().isprintable()):
            raise ValueError("the API key holds characters that no key has")
        headers[b"Authorization"] = f"Bearer {key.strip()}".encode()
    if owner is not None:
        headers[b"X-Scribeline-Owner"] = owner.encode()
    return headers
