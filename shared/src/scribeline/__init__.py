"""What Scribeline's services share: contracts, messaging, storage and telemetry; and its client library.

`Scribeline` and `AsyncScribeline` stand here, too, imported when they are first asked for: they need the
extra `client`, which services do without.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scribeline.client import AsyncScribeline, Scribeline

__all__ = ["AsyncScribeline", "Scribeline"]


def __getattr__(name: str) -> object:
    if name in __all__:
        from scribeline import client  # noqa: PLC0415 - see above

        return getattr(client, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
