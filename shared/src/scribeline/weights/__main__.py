"""`python -m scribeline.weights`: the default model is there, whole and checked.

For jobs that may reach the internet, beside transcribers that may not. Others: `scribeline models pull`.
"""

import sys

from scribeline.contracts.failures import Fail
from scribeline.settings import load
from scribeline.weights.names import DEFAULT_MODEL
from scribeline.weights.pulling import ensure
from scribeline.weights.settings import WeightsSettings


class PullSettings(WeightsSettings):
    default_model: str = DEFAULT_MODEL
    """The model that is pulled."""


def main() -> None:
    settings, tell = load(PullSettings), _Tell()
    try:
        folder = ensure(settings.default_model, settings.models_dir, progress=tell)
    except Fail as failure:
        sys.exit(failure.message)
    tell(f"{settings.default_model} is in {folder}")


class _Tell:
    """Each step once, as a line of the job's log."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, what: str, done: int = 0, total: int | None = None) -> None:  # noqa: ARG002
        if what != self._last:
            sys.stdout.write(f"{what}\n")
            sys.stdout.flush()
            self._last = what


if __name__ == "__main__":
    main()
