"""The client library as the commands use it: the server's own JSON, and errors as exit codes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, BinaryIO, TypeVar, cast
from uuid import uuid4

import httpx2
import stamina

from scribeline.client import Refused, Scribeline, ScribelineError, Unreachable
from scribeline.client.jobs import named, whole_file
from scribeline.client.options import Filters
from scribeline.client.reading import as_json, as_text
from scribeline.client.steps import IDEMPOTENCY_KEY, Call, fields
from scribeline.client.uploads import Recording
from scribeline.contracts.api.bulk import BulkAction, BulkResult
from scribeline_cli.address import Address
from scribeline_cli.exits import Exit, Stop
from scribeline_cli.views import items, text

T = TypeVar("T")

PAGE = 100
SEARCH_PAGE = 50
EXITS = {401: Exit.NOT_ALLOWED, 403: Exit.NOT_ALLOWED, 404: Exit.NOT_FOUND, 410: Exit.NOT_FOUND}

stamina.instrumentation.set_on_retry_hooks([])  # people read our sentences, not its log

Fields = Mapping[str, str | list[str]]
Value = str | int | list[str]
"""Of a query: a list is the name repeated."""


class Client:
    """Every method raises `Stop`. GETs and uploads are repeated when the server is away; nothing else is.

    Answers are printed and read as they are, not as the contracts' models: what a command does not show may
    be missing or odd.
    """

    def __init__(self, address: Address, transport: httpx2.BaseTransport | None = None) -> None:
        self.address = address
        try:
            self._scribeline = Scribeline(
                address.url, address.api_key, transport=transport, agent="scribeline-cli"
            )
        except ValueError as wrong:
            raise Stop(Exit.USAGE, f"{wrong}.") from None

    def get(self, path: str, **query: Value) -> dict[str, Any]:
        return self._object(Call("GET", path, as_json, fields(query)))

    def rendering(self, path: str, **query: Value) -> str:
        return self._sent(Call("GET", path, as_text, fields(query)))

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._object(Call("POST", path, as_json, json=body))

    def put(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._object(Call("PUT", path, as_json, json=body))

    def patch(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._object(Call("PATCH", path, as_json, json=body))

    def delete(self, path: str) -> None:
        self._sent(Call("DELETE", path, as_text))

    def upload(self, name: str, file: BinaryIO, options: Fields) -> dict[str, Any]:
        """Make a job of a file, which is sent as it is read.

        Sent again when the server is away: with the same key, that makes no second job.
        """
        return self._made(whole_file(Recording.of(file, name), options, {IDEMPOTENCY_KEY: str(uuid4())}))

    def upload_in_parts(self, name: str, file: BinaryIO, options: Fields) -> dict[str, Any]:
        """The same, straight to the object store: after a cut only what is missing is sent again."""
        told: Any = _in_json(options)
        with self._in_exits():
            made = self._scribeline.jobs.create(file, parts=True, filename=name, **told)
        return made.model_dump(mode="json")

    def fetched(self, url: str, options: Fields) -> dict[str, Any]:
        """Make a job of an address, and wait until the server has fetched it. Repeated as `upload`."""
        asked = {"audio_url": url, **_in_json(options)}
        return self._made(named(asked, {IDEMPOTENCY_KEY: str(uuid4())}))

    def jobs(self, limit: int, **query: Value) -> Iterator[dict[str, Any]]:
        """Up to `limit` jobs of a filter, newest first, page by page."""
        return self._listed("jobs", limit, query, "next")

    def deliveries(self, limit: int, **query: Value) -> Iterator[dict[str, Any]]:
        """The same, of deliveries."""
        return self._listed("deliveries", limit, query, "next_cursor")

    def found(self, limit: int, **query: Value) -> Iterator[dict[str, Any]]:
        """Pages of a search, with up to `limit` jobs in all."""
        cursor = ""
        while limit > 0:
            asked = {**query, "limit": min(limit, SEARCH_PAGE)} | ({"cursor": cursor} if cursor else {})
            page = self.get("/v1/search", **asked)
            yield {**page, "hits": items(page, "hits")[:limit]}
            limit -= len(items(page, "hits"))
            cursor = text(page, "next")
            if not cursor or not items(page, "hits"):
                return

    def bulk(
        self,
        action: BulkAction,
        named: Mapping[str, Any],
        *,
        dry_run: bool,
        options: Mapping[str, Any] | None = None,
    ) -> BulkResult:
        """All jobs, where nothing is named. A server that goes away in the middle is waited for."""
        with self._in_exits():
            return self._scribeline.jobs.bulk(
                action, dry_run=dry_run, all=not named, options=options, **cast(Filters, named)
            )

    def _listed(
        self, what: str, limit: int, query: Mapping[str, Value], next_: str
    ) -> Iterator[dict[str, Any]]:
        cursor = ""
        while limit > 0:
            asked = {**query, "limit": min(limit, PAGE)} | ({"cursor": cursor} if cursor else {})
            page = self.get(f"/v1/{what}", **asked)
            found = items(page, what)[:limit]
            yield from found
            limit -= len(found)
            cursor = text(page, next_)
            if not cursor or not found:
                return

    def _made(self, creation: Call[Any]) -> dict[str, Any]:
        return self._object(replace(creation, read=as_json))

    def _object(self, call: Call[Any]) -> dict[str, Any]:
        body = self._sent(call)
        if not isinstance(body, dict):
            raise self._no_server()
        return body

    def _sent(self, call: Call[T]) -> T:
        with self._in_exits():
            return self._scribeline.send(call)

    @contextmanager
    def _in_exits(self) -> Iterator[None]:
        """Errors as exit codes."""
        try:
            yield
        except Unreachable as error:
            raise self._unreachable(error) from None
        except Refused as error:
            usual = Exit.REFUSED if error.status < 500 else Exit.SERVER_ERROR
            raise Stop(EXITS.get(error.status, usual), error.detail, error.code) from None
        except ScribelineError:
            raise self._no_server() from None

    def _unreachable(self, error: Unreachable) -> Stop:
        where = f"{self.address.url} ({self.address.origin})"
        if error.url != self.address.url:  # the object store's
            return Stop(Exit.UNREACHABLE, str(error))
        if error.reason is None:
            return Stop(Exit.UNREACHABLE, f"No Scribeline server answers at {where}.")
        return Stop(Exit.UNREACHABLE, f"The connection to {where} broke: {error.reason}.")

    def _no_server(self) -> Stop:
        return Stop(Exit.SERVER_ERROR, f"{self.address.url} does not answer like a Scribeline server.")


def _in_json(options: Fields) -> dict[str, str]:
    return {name: value if isinstance(value, str) else ",".join(value) for name, value in options.items()}
