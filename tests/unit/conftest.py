"""What makes the unit tests quick, for whoever runs them after each change."""

import gc
import os

import pytest
from hypothesis import settings

# No deadline in either: a busy machine is no failure.
settings.register_profile("quick", max_examples=25, deadline=None)
settings.register_profile("thorough", max_examples=300, deadline=None, print_blob=True)


def pytest_configure(config: pytest.Config) -> None:
    """CI looks at more examples; `--hypothesis-profile` says otherwise."""
    if not config.getoption("--hypothesis-profile", default=None):
        settings.load_profile("thorough" if os.environ.get("CI") == "true" else "quick")


def pytest_collection_finish() -> None:
    """All that was imported stays until the end: the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
