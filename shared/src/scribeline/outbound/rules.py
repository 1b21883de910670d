"""Which URLs may be asked for, as far as the URL tells. Where a name leads is checked by `network`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from httpx2 import URL, InvalidURL

DEFAULT_PORTS = {"http": 80, "https": 443}
LONGEST = 4096
"""Characters: room for a presigned URL with a session's token."""
LONGEST_HOST = 253
PLAIN = re.compile(r"[a-z0-9._:-]+")
"""A name or an address; one with the zone of a network interface is inside."""


class NotAllowed(ValueError):
    """Its text is a sentence for the user without its subject. It quotes nothing of the URL."""


@dataclass(frozen=True)
class Destination:
    """A URL that may be asked for."""

    url: URL
    """Without user, fragment and a dot behind its host."""
    host: str
    """In lower case and ASCII; an IPv6 address without brackets."""
    port: int


@dataclass(frozen=True)
class Rules:
    hosts: frozenset[str] = frozenset()
    """Trusted: `name` or `name:port`, in lower case. These may be anywhere, also inside."""
    ports: tuple[range, ...] = (range(80, 81), range(443, 444), range(1024, 65536))
    """Of everything else, and of hosts that are trusted without a port."""
    encrypted: bool = False
    """Only `https`, but for hosts that are trusted."""

    def trusts(self, host: str, port: int) -> bool:
        return host in self.hosts or self._named(host, port)

    def destination(self, url: str) -> Destination:
        """Raises NotAllowed."""
        if len(url) > LONGEST:
            raise NotAllowed(f"is longer than {LONGEST} characters")
        try:
            return self._checked(URL(url.strip()))
        except InvalidURL:
            raise NotAllowed("is no valid URL") from None

    def redirected(self, origin: Destination, location: str) -> Destination:
        """Where an answer sends us. Raises NotAllowed, also where that would give up encryption."""
        if len(location) > LONGEST:
            raise NotAllowed(f"is longer than {LONGEST} characters")
        try:
            found = self._checked(origin.url.join(location))
        except InvalidURL:
            raise NotAllowed("is no valid URL") from None
        if origin.url.scheme == "https" and found.url.scheme != "https":
            raise NotAllowed("leads from https to http")
        return found

    def _checked(self, url: URL) -> Destination:
        if url.scheme not in DEFAULT_PORTS:
            raise NotAllowed("must begin with http:// or https://")
        if url.userinfo:
            raise NotAllowed("may hold no user name or password")
        host = url.raw_host.decode("ascii").removesuffix(".").lower()
        if not 0 < len(host) <= LONGEST_HOST:
            raise NotAllowed("names no host")
        if not PLAIN.fullmatch(host):
            raise NotAllowed("is no valid URL")
        port = DEFAULT_PORTS[url.scheme] if url.port is None else url.port
        if self.encrypted and url.scheme != "https" and not self.trusts(host, port):
            raise NotAllowed("must begin with https://")
        if not self._named(host, port) and not any(port in allowed for allowed in self.ports):
            raise NotAllowed("has a port that is not allowed")
        return Destination(url.copy_with(host=host, fragment=None), host, port)

    def _named(self, host: str, port: int) -> bool:
        bracketed = f"[{host}]" if ":" in host else host
        return f"{bracketed}:{port}" in self.hosts


def ports_of(texts: Iterable[str]) -> tuple[range, ...]:
    """`80` or `1024-65535`. Raises ValueError."""
    return tuple(map(_ports, texts))


def _ports(text: str) -> range:
    first, _, last = text.partition("-")
    if not all(number.isascii() and number.isdecimal() for number in (first, last or first)):
        raise ValueError(f"{text!r} is no port and no range of ports such as 1024-65535")
    found = range(int(first), int(last or first) + 1)
    if not found or not 0 < found.start <= found.stop <= 65536:
        raise ValueError(f"{text!r} is no range of ports from 1 to 65535")
    return found
