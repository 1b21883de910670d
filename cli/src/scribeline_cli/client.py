"""The gateway's HTTP API, with its errors as exit codes."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, BinaryIO
from uuid import uuid4

import httpx2
import stamina

from scribeline_cli.address import Address
from scribeline_cli.exits import Exit, Stop
from scribeline_cli.views import items, text

TIMEOUT = httpx2.Timeout(10, read=120)
"""Seconds; reading is long because a big upload is answered only after it is stored."""
FETCH_TIMEOUT = httpx2.Timeout(10, read=960)
"""Longer than a server fetches a recording, unless it was told otherwise."""
TRY_AGAIN = frozenset({429, 502, 503, 504})
LONGEST_PAUSE = 30.0
PAGE = 100
EXITS = {401: Exit.NOT_ALLOWED, 403: Exit.NOT_ALLOWED, 404: Exit.NOT_FOUND, 410: Exit.NOT_FOUND}

stamina.instrumentation.set_on_retry_hooks([])  # people read our sentences, not its log

Fields = Mapping[str, str | list[str]]
Value = str | int | list[str]
"""Of a query: a list is the name repeated."""


class Client:
    """Every method raises `Stop`. GETs and uploads are repeated when the server is away; nothing else is."""

    def __init__(self, address: Address, transport: httpx2.BaseTransport | None = None) -> None:
        headers = {"User-Agent": "scribeline-cli"}
        if address.api_key:
            headers["Authorization"] = f"Bearer {address.api_key}"
        self.address = address
        self._http = httpx2.Client(
            base_url=address.url, headers=headers, timeout=TIMEOUT, transport=transport
        )

    def get(self, path: str, **query: Value) -> dict[str, Any]:
        return _object(self._get(path, query))

    def rendering(self, path: str, **query: Value) -> str:
        return self._get(path, query).text

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return _object(self._once("POST", path, json=body))

    def put(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return _object(self._once("PUT", path, json=body))

    def delete(self, path: str) -> None:
        self._once("DELETE", path)

    def upload(self, path: str, name: str, file: BinaryIO, fields: Fields) -> dict[str, Any]:
        """Send a file as it is read, as multipart field `audio`, after the other fields.

        Sent again when the server is away: with the same key, that makes no second job.
        """
        files = {"audio": (name, file, "application/octet-stream")}
        headers = {"Idempotency-Key": str(uuid4())}

        def send() -> httpx2.Response:
            file.seek(0)
            return self._http.post(path, data=fields, files=files, headers=headers)

        return _object(self._repeated(send))

    def fetched(self, path: str, fields: Fields) -> dict[str, Any]:
        """Send fields as JSON, and wait until the server has fetched what they name. Repeated as `upload`."""
        body = {name: value if isinstance(value, str) else ",".join(value) for name, value in fields.items()}
        headers = {"Idempotency-Key": str(uuid4())}
        return _object(
            self._repeated(lambda: self._http.post(path, json=body, headers=headers, timeout=FETCH_TIMEOUT))
        )

    def jobs(self, limit: int, **query: Value) -> Iterator[dict[str, Any]]:
        """Up to `limit` jobs of a filter, newest first, page by page."""
        cursor = ""
        while limit > 0:
            asked = {**query, "limit": min(limit, PAGE)} | ({"cursor": cursor} if cursor else {})
            page = self.get("/v1/jobs", **asked)
            found = items(page, "jobs")[:limit]
            yield from found
            limit -= len(found)
            cursor = text(page, "next")
            if not cursor or not found:
                return

    def _get(self, path: str, query: Mapping[str, Value]) -> httpx2.Response:
        return self._repeated(lambda: self._http.get(path, params=dict(query)))

    def _repeated(self, send: Callable[[], httpx2.Response]) -> httpx2.Response:
        try:
            for attempt in stamina.retry_context(on=_pause, attempts=5, timeout=60, wait_jitter=0.2):
                with attempt:
                    return self._checked(send())
        except httpx2.HTTPStatusError as error:
            raise _refusal(error.response) from None
        except httpx2.TransportError as error:
            raise self._unreachable(error) from None
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _once(self, method: str, path: str, **request: Any) -> httpx2.Response:
        try:
            return self._checked(self._http.request(method, path, **request))
        except httpx2.HTTPStatusError as error:
            raise _refusal(error.response) from None
        except httpx2.TransportError as error:
            raise self._unreachable(error) from None

    def _checked(self, response: httpx2.Response) -> httpx2.Response:
        if not response.is_success:
            raise httpx2.HTTPStatusError(
                str(response.status_code), request=response.request, response=response
            )
        return response

    def _unreachable(self, error: httpx2.TransportError) -> Stop:
        where = f"{self.address.url} ({self.address.origin})"
        if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
            return Stop(Exit.UNREACHABLE, f"No Scribeline server answers at {where}.")
        return Stop(Exit.UNREACHABLE, f"The connection to {where} broke: {error or type(error).__name__}.")


def _pause(error: Exception) -> bool | timedelta:
    """Whether a GET is worth repeating, and when the server says so."""
    if isinstance(error, httpx2.HTTPStatusError):
        after = error.response.headers.get("Retry-After", "")
        if error.response.status_code in TRY_AGAIN and after.isdecimal():
            return timedelta(seconds=min(float(after), LONGEST_PAUSE))
        return error.response.status_code in TRY_AGAIN
    return isinstance(error, httpx2.TransportError)


def _object(response: httpx2.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Stop(Exit.SERVER_ERROR, f"{response.url} does not answer like a Scribeline server.")
    return body


def _refusal(response: httpx2.Response) -> Stop:
    """The server's own sentence and code (RFC 9457), or the status of whoever stands before it."""
    status = response.status_code
    exit_code = EXITS.get(status, Exit.REFUSED if status < 500 else Exit.SERVER_ERROR)
    try:
        problem = json.loads(response.content)
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        problem = {}
    sentence = problem.get("detail") or problem.get("title")
    if not isinstance(sentence, str):
        sentence = f"{response.url.host} answered {status} {response.reason_phrase}."
    code = problem.get("code")
    return Stop(exit_code, sentence, code if isinstance(code, str) else None)
