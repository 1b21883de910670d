"""Free ports on the loopback interface, below the range the kernel gives to outgoing connections."""

import random
import socket

PRIVATE = range(20_000, 32_000)
"""Linux hands out 32768 and above (ip_local_port_range), and well-known servers sit below 20000."""


def is_free(port: int) -> bool:
    """Whether a server could listen there now. Connections still closing do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(taken: frozenset[int] = frozenset()) -> int:
    """A port nobody listens on, and none of `taken`."""
    for port in random.sample(PRIVATE, k=200):
        if port not in taken and is_free(port):
            return port
    raise OSError(f"no free port between {PRIVATE.start} and {PRIVATE.stop}")
