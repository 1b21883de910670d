"""What may be made of a server's answer, by its head."""

from httpcore2 import Response

from gateway.body import too_large
from gateway.fetching.troubles import unreachable
from gateway.problems import Problem
from gateway.uploads import OCTETS, is_media, media_type
from scribeline.contracts.codes import Code

OK = 200
REDIRECTS = frozenset({301, 302, 303, 307, 308})


def location_of(response: Response) -> str | None:
    """Where a redirect leads; None for any other answer."""
    return header(response, b"location") or None if response.status in REDIRECTS else None


def check(response: Response, most: int) -> str:
    """The media type of the recording that follows. Raises Problem."""
    if response.status != OK:
        raise unreachable(f"Its server answered with the status {response.status}.")
    if header(response, b"content-encoding").strip().lower() not in ("", "identity"):
        raise unreachable("Its answer is compressed, although it was asked not to be.")
    kind = media_type(header(response, b"content-type") or OCTETS)
    if not is_media(kind):
        told = "The address holds no recording, by its content type: such as a page about it."
        raise Problem(Code.UNSUPPORTED_MEDIA_TYPE, told)
    if int(header(response, b"content-length") or 0) > most:  # h11 has read it as a number
        raise too_large(most)
    return kind


def header(response: Response, name: bytes) -> str:
    """The first of that name; empty without one."""
    found = (value for given, value in response.headers if given.lower() == name)
    return next(found, b"").decode("latin-1")
