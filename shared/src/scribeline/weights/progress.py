"""How a pull tells what it does."""

from typing import Protocol


class Progress(Protocol):
    """Called often. `what` names the step; `done` and `total` are bytes, `total` None when unknown."""

    def __call__(self, what: str, done: int = 0, total: int | None = None) -> None: ...


def silent(what: str, done: int = 0, total: int | None = None) -> None:
    """Tell nobody."""
