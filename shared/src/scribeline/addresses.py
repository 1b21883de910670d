"""What an address in a setting must be. A wrong one is not told: it may hold a password."""

from collections.abc import Callable
from typing import TypeVar

from pydantic import AfterValidator, SecretStr
from yarl import URL

Given = TypeVar("Given", str, SecretStr)


def address(*schemes: str) -> AfterValidator:
    """Of a setting that may be empty: one of these schemes, a host, and no port that cannot be."""
    return AfterValidator(_checked(schemes))


def _checked(schemes: tuple[str, ...]) -> Callable[[Given], Given]:
    begin = " or ".join(f"{scheme}://" for scheme in schemes)

    def check(given: Given) -> Given:
        text = given.get_secret_value() if isinstance(given, SecretStr) else given
        if text and not _is_address(text, schemes):
            raise ValueError(
                f"must be an address that begins with {begin}, with a host and a port up to 65535"
            )
        return given

    return check


def _is_address(text: str, schemes: tuple[str, ...]) -> bool:
    try:
        url = URL(text)
        return url.scheme in schemes and bool(url.host) and (url.port or 0) <= 65535
    except ValueError:
        return False
