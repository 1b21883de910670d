"""Names to IP addresses, by the system's resolver: hosts file, search domains and every spelling it knows."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import ip_address
from socket import SOCK_STREAM, getaddrinfo

from scribeline.outbound.addresses import Address

THREADS = 16
"""A lookup cannot be cancelled. Threads of their own keep slow ones from what else runs in threads."""

Resolve = Callable[[str, int], Awaitable[list[Address]]]
"""The addresses of a host, none twice, in the order to try them. Raises OSError when there are none."""


class SystemResolver:
    """Implements `Resolve`. It has no bound of its own: whoever awaits it has one."""

    def __init__(self, threads: int = THREADS) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="resolver")

    async def __call__(self, host: str, port: int) -> list[Address]:
        # as bytes: for a str, Python would apply its own, older rules for international names
        look_up = partial(getaddrinfo, host.encode("ascii"), port, type=SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._executor, look_up)
        return list(dict.fromkeys(ip_address(where[0]) for *_, where in found))
