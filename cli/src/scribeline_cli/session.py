"""What every command gets: the address it talks to, and the client, made on first use."""

from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote

import typer

from scribeline_cli.address import find_address

if TYPE_CHECKING:
    import httpx2

    from scribeline_cli.client import Client


class Session:
    """The context object of the command line. Tests give a transport in its place."""

    def __init__(
        self, url: str | None, api_key: str | None, transport: "httpx2.BaseTransport | None"
    ) -> None:
        self._url = url
        self._api_key = api_key
        self._transport = transport

    @cached_property
    def client(self) -> "Client":
        from scribeline_cli.client import Client  # noqa: PLC0415 - keeps --help quick

        return Client(find_address(self._url, self._api_key), self._transport)


def path(*names: str) -> str:
    """Below `/v1`; a name that someone typed stays one step of it."""
    return "/v1/" + "/".join(quote(name, safe="") for name in names)


def client_of(context: typer.Context) -> "Client":
    session = context.obj
    assert isinstance(session, Session)  # noqa: S101 - for the type checker; main.py's callback made it
    return session.client
