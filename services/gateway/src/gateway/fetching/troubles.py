"""What a client is told when its address gives no recording: never what stands inside the network, and of
the server's answer only its status."""

from collections.abc import Iterator
from contextlib import contextmanager

from httpcore2 import ConnectError, ConnectTimeout, NetworkError, ProtocolError, TimeoutException

from gateway.problems import Problem, invalid
from scribeline.contracts.codes import Code
from scribeline.outbound.rules import NotAllowed

FIELD = "audio_url"
NOWHERE = (
    "It leads nowhere that this server can go: the host is unknown or does not answer, its certificate is not"
    " valid, or it is not on the public internet."
)
"""One sentence for all of it: which one it is would tell of names, hosts and ports inside."""
BROKEN = "Its answer broke off, or is not HTTP."


def refused(error: NotAllowed, *, redirected: bool = False) -> Problem:
    if redirected:
        return Problem(Code.AUDIO_URL_REFUSED, f"It redirects to an address that {error}.")
    return invalid(FIELD, str(error), Code.AUDIO_URL_REFUSED)


def unreachable(told: str) -> Problem:
    return Problem(Code.AUDIO_URL_UNREACHABLE, told)


@contextmanager
def network_errors() -> Iterator[None]:
    """Around what is asked of the other side, and nothing else. Raises Problem instead of its errors."""
    try:
        yield
    except (ConnectError, ConnectTimeout):
        raise unreachable(NOWHERE) from None
    except (NetworkError, ProtocolError, TimeoutException, OSError):
        raise unreachable(BROKEN) from None
