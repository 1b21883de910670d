"""Name servers as a test wants them."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any

import pytest

from scribeline.outbound.addresses import Address


class Names:
    """A name server that gives its answers in turn, the last for ever."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[Address]:
        self.asked.append(host)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [ip_address(address) for address in answer.split()]


class Hanging:
    """Names that begin with `hangs` keep the thread that looks them up until `end()`; nobody knows them."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._look_up = socket.getaddrinfo
        self.stuck: list[str] = []

    def __call__(self, host: bytes, *given: Any, **named: Any) -> Any:
        if not host.startswith(b"hangs"):
            return self._look_up(host, *given, **named)
        self.stuck.append(host.decode())
        self._ended.wait()
        self.stuck.remove(host.decode())
        raise socket.gaierror

    def end(self) -> None:
        self._ended.set()


@contextmanager
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hanging]:
    names = Hanging()
    monkeypatch.setattr("scribeline.outbound.resolver.getaddrinfo", names)
    try:
        yield names
    finally:
        names.end()
